"""The view of subscriptions: who is alerted of what, by which way, and how the last deliveries went."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream.index.rows import DELIVERIES
from stream.index.session import IndexRows
from stream.records import Subscription
from stream.sqlite.database import Database
from stream.subscriptions.saved import read_subscriptions
from stream.units import DAY
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form
from stream.web.page.workbench import Workbench

__all__ = ["SubscriptionActs", "asked_for", "subscriptions_view"]

MUTES = (1, 7, 30)  # days


def subscriptions_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    rows = IndexRows(index)
    found = read_subscriptions(bench.stream)
    if (name := query.get("name", "")) and name not in found:
        raise RequestRefused(404, "There is no such subscription.")
    last = {key: DELIVERIES.read(row) for key in found if (row := rows.get(DELIVERIES.name, key))}
    return "subscriptions.html", {
        "subscriptions": [found[name]] if name else [found[key] for key in sorted(found)],
        "one": bool(name),
        "last": last,
        "asked_for": asked_for,
        "days": MUTES,
    }


@dataclass(frozen=True)
class SubscriptionActs:
    """What the forms of the view do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (Act("/subscriptions/mute", Role.OPERATOR, self.mute),)

    def mute(self, form: Form, _: Caller) -> str:
        """Mutes a subscription for some days, none of them ends it; returns where to go on."""
        if form["days"] not in ("0", *map(str, MUTES)):
            raise RequestRefused(422, f"Choose {', '.join(map(str, MUTES))} days.")
        days = int(form["days"])
        self.bench.mute(form["name"], self.bench.clock() + days * DAY if days else 0)
        return form.back


def asked_for(subscription: Subscription) -> list[str]:
    """Return what a subscription asks for beyond its themes, each as a few words."""
    each, found = subscription, []
    found.append(f"from {each.threshold:.2f}" if each.threshold else "unsure too" if each.unsure else "what is sure")
    for label, values in (
        ("in", each.languages),
        ("from", each.sources),
        ("not from", each.not_sources),
        ("with", each.words),
        ("without", each.not_words),
        ("digest at", each.digest),
    ):
        if values:
            found.append(f"{label} {', '.join(values)}")
    if each.least_sources > 1:
        found.append(f"once {each.least_sources} sources have it")
    if each.quiet:
        found.append(f"quiet {each.quiet} {each.zone}")
    if each.cap:
        found.append(f"at most {each.cap} an hour")
    return found
