"""The form of a subscription: made from the record's own fields, as the command line's options are.

A field that the record gains is in the form, under "More". What the form says is checked where all is checked that
anybody asks for (`stream.subscriptions.rules`); only what is no number is refused here. What a form holds are its texts
by name, as it is sent: `themes-standards` for a tick, `option-secret` for an option of the channel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from stream.errors import InvalidField
from stream.records import EVENT_KINDS, Destination, Subscription
from stream.subscriptions.fields import FieldOption, field_options

__all__ = ["Asked", "FormField", "Texts", "asked_of", "groups_of", "texts_of", "wished"]

Texts = Mapping[str, str]

LABELS = {
    "themes": "Themes",
    "words": "Only with one of these words",
    "not_words": "Not with any of these words",
    "languages": "Languages",
    "sources": "Only from these sources",
    "not_sources": "Not if only these sources have it",
    "threshold": "From this probability on",
    "unsure": "Unsure ones too",
    "digest": "Digest at",
    "quiet": "Quiet hours",
    "zone": "Time zone",
    "least_sources": "Once this many sources have it",
    "updates": "Without updates",
    "related": "Related alerts",
    "cap": "Most messages an hour",
    "events": "Health events",
    "fallback": "If it cannot be delivered",
}
GROUPS = {
    "What": ("themes", "words", "not_words", "languages", "sources"),
    "How sure": ("threshold", "unsure"),
    "When": ("digest", "quiet", "zone"),
}
IN_A_LINE = ("languages", "digest")  # with commas; of other lists each stands on a line of its own
TICKS = ("themes", "events")
FROM_SEARCH = {"lang": "languages", "words": "words", "source": "sources"}
ON = "1"


@dataclass(frozen=True)
class FormField:
    """A field as it is shown: its `kind` is text, tick, lines, choice or ticks; `values` are those that are ticked."""

    name: str
    label: str
    help: str
    kind: str
    value: str = ""
    values: Sequence[str] = ()
    choices: Sequence[str] = ()
    error: str = ""


@dataclass(frozen=True)
class Asked:
    """What a form asks for, as far as it can be read, and what of it cannot, by field."""

    subscription: Subscription
    errors: Texts = field(default_factory=dict)


def groups_of(texts: Texts, themes: Sequence[str], errors: Texts) -> list[tuple[str, list[FormField]]]:
    """Return the fields of a form that holds these texts, in groups."""
    fields = {option.field: _shown(option, texts, themes, errors) for option in field_options()}
    placed = {name for names in GROUPS.values() for name in names}
    groups = [(title, [fields[name] for name in names]) for title, names in GROUPS.items()]
    return [*groups, ("More", [each for name, each in fields.items() if name not in placed])]


def wished(query: Texts) -> Texts:
    """Return the texts that a saved search begins a form with."""
    texts = {FROM_SEARCH[name]: text for name, text in query.items() if name in FROM_SEARCH}
    return texts | ({f"themes-{query['theme']}": ON} if query.get("theme") else {})


def texts_of(subscription: Subscription) -> Texts:
    """Return the texts of the form of a subscription."""
    texts, channel = dict[str, str](), subscription.channel
    for option in field_options():
        name, value = option.field, getattr(subscription, option.field)
        if name in TICKS:
            texts |= {f"{name}-{each}": ON for each in value}
        elif option.several:
            texts[name] = (", " if name in IN_A_LINE else "\n").join(value)
        elif option.kind is bool:
            texts[name] = ON if value != option.default else ""
        else:
            texts[name] = f"{value:g}" if isinstance(value, float) else str(value)
    options = {f"option-{name}": text for name, text in channel.options.items()}
    return {**texts, **options, "name": subscription.id, "kind": channel.kind, "address": channel.address}


def asked_of(texts: Texts, before: Subscription | None) -> Asked:
    """Return what a form asks for; what no form shows stays as it was `before`."""
    errors, fields = dict[str, str](), dict[str, Any]()
    for option in field_options():
        try:
            fields[option.field] = _read(option, texts)
        except InvalidField as error:
            errors[error.field] = str(error)
    given = {name.removeprefix("option-"): text.strip() for name, text in texts.items() if name.startswith("option-")}
    options = {name: text for name, text in given.items() if text}
    channel = Destination(texts.get("kind", ""), texts.get("address", "").strip(), options)
    base = before or Subscription(id=texts.get("name", "").strip(), revision=0, channel=channel)
    return Asked(replace(base, channel=channel, **fields), errors)


def _read(option: FieldOption, texts: Texts) -> object:
    name, text = option.field, texts.get(option.field, "").strip()
    if name in TICKS:
        return _ticked(name, texts)
    if option.several:
        parts = text.replace("\n", ",").split(",") if name in IN_A_LINE else text.splitlines()
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if option.kind is bool:
        return not option.default if text else option.default
    if option.kind is str or not text:
        return text or option.default
    try:
        return option.kind(text.replace(",", "."))
    except ValueError as error:
        example = "0.8" if option.kind is float else "3"
        raise InvalidField(f"{text[:40]!r} is no number like {example}", name) from error


def _ticked(name: str, texts: Texts) -> tuple[str, ...]:
    return tuple(key.removeprefix(f"{name}-") for key, text in texts.items() if key.startswith(f"{name}-") and text)


def _shown(option: FieldOption, texts: Texts, themes: Sequence[str], errors: Texts) -> FormField:
    name = option.field
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    kind, choices, values = "text", option.choices, _ticked(name, texts) if name in TICKS else ()
    if name in TICKS:
        known: Sequence[str] = themes if name == "themes" else ("all", *EVENT_KINDS)
        kind, choices = "ticks", (*known, *(each for each in values if each not in known))
    elif option.choices:
        kind = "choice"
    elif option.kind is bool:
        kind = "tick"
    elif option.several and name not in IN_A_LINE:
        kind = "lines"
    value = texts.get(name, "" if option.several or option.kind is bool else _default(option))
    return FormField(name, label, option.help, kind, value, values, choices, errors.get(name, ""))


def _default(option: FieldOption) -> str:
    return str(option.default) if option.default else ""
