"""What people do with subscriptions: preview, save, test, mute, send again, give out and revoke an address, remove."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from msgspec import NODEFAULT
from msgspec.structs import fields, replace

from stream.delivering.channels.registry import CHANNELS, channel_options
from stream.errors import InvalidField
from stream.records import Destination, Subscription
from stream.subscriptions.rules import SubscriptionConflict
from stream.units import DAY
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, Shown
from stream.web.page.query import number_of
from stream.web.page.subscription_form import Asked, Texts, asked_of, groups_of, texts_of
from stream.web.page.workbench import Workbench

__all__ = ["MUTES", "PATH", "SubscriptionActs", "form_context"]

PATH = "/subscriptions"
MUTES = (1, 7, 30)  # days
PREVIEWED = 20  # messages
NOWHERE = Destination("webhook", "https://receiver.example/")  # a preview sends nothing


@dataclass(frozen=True)
class SubscriptionActs:
    """What the forms of the view do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        does: dict[str, Callable[[Form, Caller], str | Shown]] = {
            "mute": self.mute,
            "preview": self.preview,
            "save": self.save,
            "test": self.test,
            "again": self.again,
            "revoke": self.revoke,
            "remove": self.remove,
        }
        return tuple(Act(f"{PATH}/{name}", Role.OPERATOR, do) for name, do in does.items())

    def mute(self, form: Form, _: Caller) -> str:
        """Mutes a subscription for some days, none of them ends it; returns where to go on."""
        if form["days"] not in ("0", *map(str, MUTES)):
            raise RequestRefused(422, f"Choose {', '.join(map(str, MUTES))} days.")
        days = int(form["days"])
        self.bench.mute(form["name"], self.bench.clock() + days * DAY if days else 0)
        return form.back

    def preview(self, form: Form, _: Caller) -> Shown:
        """Shows what a subscription, saved or as the form has it, would have been sent."""
        if "saved" in form.fields:
            subscription = self._found(form["saved"])
            texts: Texts = {**texts_of(subscription), "revision": str(subscription.revision)}
            errors = dict[str, str]()
        else:
            asked, texts = self._asked(form), form.fields
            subscription, errors = _tried(asked.subscription), dict(asked.errors)
            errors = {**self._errors(subscription), **errors}
        forecast = None if errors else self.bench.subscriptions.preview(subscription)
        return self._form(texts, errors, {"forecast": forecast})

    def save(self, form: Form, _: Caller) -> str | Shown:
        """Saves what the form asks for; returns the subscription's own view, or the form with what is wrong."""
        asked = self._asked(form)
        if errors := {**self._errors(asked.subscription), **asked.errors}:
            return self._form(form.fields, errors)
        try:
            saved = self.bench.subscriptions.save(asked.subscription, number_of(form.fields.get("revision", "")))
        except SubscriptionConflict as error:
            return self._form(form.fields, {"": str(error)}, status=409)
        except InvalidField as error:
            return self._form(form.fields, {error.field: str(error)})
        return _view(saved.id)

    def test(self, form: Form, _: Caller) -> Shown:
        """Sends a marked test alert, and shows the steps and the answer."""
        trial = self.bench.subscriptions.test(form["name"])
        return Shown(PATH, "subscription_test.html", {"name": form["name"], "trial": trial})

    def again(self, form: Form, _: Caller) -> str:
        """Sends a delivery that was given up again."""
        self.bench.subscriptions.again(form["delivery"])
        return _view(form["name"])

    def revoke(self, form: Form, _: Caller) -> str:
        """Makes the Atom address good no more."""
        self.bench.subscriptions.revoke(form["name"])
        return _view(form["name"])

    def remove(self, form: Form, _: Caller) -> str:
        """Removes a subscription; returns the list."""
        self.bench.subscriptions.remove(form["name"])
        return PATH

    def _found(self, name: str) -> Subscription:
        if (found := self.bench.subscriptions.all().get(name)) is None:
            raise RequestRefused(404, "There is no such subscription.")
        return found

    def _asked(self, form: Form) -> Asked:
        """What the form asks for; one that was made before keeps what the form does not show."""
        seen, name = number_of(form.fields.get("revision", "")), form.fields.get("name", "")
        return asked_of(form.fields, self.bench.subscriptions.all().get(name) if seen else None)

    def _errors(self, asked: Subscription) -> dict[str, str]:
        """What is wrong, by field: what is refused first is put right until nothing else is."""
        found = dict[str, str]()
        right = {each.name: each.default for each in fields(Subscription) if each.default is not NODEFAULT}
        right |= {"id": "name", "channel": NOWHERE, "themes": tuple(theme.id for theme in self.bench.themes())}
        while True:
            try:
                self.bench.subscriptions.check(asked)
            except InvalidField as error:
                if error.field in found or error.field not in right:
                    return found or {error.field: str(error)}
                found[error.field] = str(error)
                asked = replace(asked, **{error.field: right[error.field]})
            else:
                return found

    def _form(self, texts: Texts, errors: Texts, more: Mapping[str, Any] | None = None, status: int = 422) -> Shown:
        context = form_context(self.bench, texts, errors) | {**(more or {})}
        return Shown(PATH, "subscription_form.html", context, status if errors else 200)


def form_context(bench: Workbench, texts: Texts, errors: Texts) -> dict[str, Any]:
    """Return what the template of the form shows: these texts, and what is wrong with them, by field."""
    return {
        "groups": groups_of(texts, [theme.id for theme in bench.themes()], errors),
        "texts": texts,
        "errors": errors,
        "channels": CHANNELS,
        "options": channel_options(),
        "forecast": None,
        "most": PREVIEWED,
    }


def _tried(asked: Subscription) -> Subscription:
    """What has no name yet, or does not know where to, can be tried as well."""
    channel = asked.channel if asked.channel.address else NOWHERE
    return replace(asked, id=asked.id or "preview", channel=channel)


def _view(name: str) -> str:
    return f"{PATH}?{urlencode({'name': name})}"
