"""A subscription's fields as the API and the command line take them, made from the record's annotations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from stream.records import Destination, Subscription

__all__ = ["FieldOption", "SubscriptionBody", "field_options", "subscription_of"]

_OWN = ("v", "id", "revision", "ended")  # not for people to say, but for the revision that they have seen


@dataclass(frozen=True)
class FieldOption:
    """How the command line asks for a field: `kind` is that of one value, which may be one of `choices` only, and
    `several` may be given."""

    field: str
    flag: str
    metavar: str
    help: str
    kind: type
    default: Any
    several: bool
    choices: tuple[str, ...] = ()


def field_options() -> tuple[FieldOption, ...]:
    """An option for each field that has a flag, in the order of the record."""
    made = []
    for field in msgspec.structs.fields(Subscription):
        kind, meta = _annotated(field.type)
        if meta and meta.extra:
            several = get_origin(kind) is tuple
            one = get_args(kind)[0] if several else kind
            flag, metavar = meta.extra["flag"], meta.extra["metavar"]
            choices = get_args(one) if get_origin(one) is Literal else ()
            of = (meta.description or "", str if choices else one, field.default, several, choices)
            made.append(FieldOption(field.name, flag, metavar, *of))
    return tuple(made)


def subscription_of(name: str, body: msgspec.Struct) -> Subscription:
    """The subscription of this name that a body (`SubscriptionBody`) asks for, not yet checked."""
    fields = msgspec.structs.asdict(body)
    del fields["revision"]
    channel = Destination(**msgspec.structs.asdict(fields.pop("channel")))
    return Subscription(id=name, revision=0, channel=channel, **fields)


def _annotated(kind: Any) -> tuple[Any, msgspec.Meta | None]:  # noqa: ANN401  (types)
    if get_origin(kind) is Annotated:
        bare, *metas = get_args(kind)
        return bare, next((meta for meta in metas if isinstance(meta, msgspec.Meta)), None)
    return kind, None


def _body() -> type[msgspec.Struct]:
    """The record without what people do not say, and strict, so that a misspelt field is refused."""
    fields = [f for f in msgspec.structs.fields(Subscription) if f.name not in (*_OWN, "channel")]
    channel = msgspec.defstruct("Channel", _spec(msgspec.structs.fields(Destination)), forbid_unknown_fields=True)
    seen = Annotated[int | None, msgspec.Meta(description="The revision that was seen, 0 for a new subscription.")]
    return msgspec.defstruct(
        "SubscriptionBody",
        [("channel", channel), *_spec(fields), ("revision", seen, None)],
        forbid_unknown_fields=True,
    )


def _spec(fields: Sequence[msgspec.structs.FieldInfo]) -> list[Any]:
    return [
        (f.name, f.type)
        if f.required
        else (
            f.name,
            f.type,
            f.default if f.default is not msgspec.NODEFAULT else msgspec.field(default_factory=f.default_factory),
        )
        for f in fields
    ]


SubscriptionBody = _body()
