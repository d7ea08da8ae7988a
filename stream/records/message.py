"""The base of all records, and their JSON.

Evolution: unknown fields are ignored, a minor version adds optional ones, and a newer major version (`v`) than ours
stops the stage that reads it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from stream.errors import ThemewireError

__all__ = ["Failure", "Message", "NewerVersion", "decode", "encode", "readable"]


class NewerVersion(ThemewireError):
    """A record was written by a newer major version: this process must be upgraded before it goes on."""


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What all records share: the major version of their form."""

    v: int = 1


class Failure(msgspec.Struct, frozen=True):
    """Why something failed: a kind of a closed list, and a sentence."""

    kind: str
    message: str


M = TypeVar("M", bound=Message)


class _Version(msgspec.Struct):
    v: int = 1


def encode(message: Message) -> bytes:
    """The record's JSON."""
    return msgspec.json.encode(message)


def decode(data: bytes | None, kind: type[M]) -> M:
    """The record of this JSON; raises `NewerVersion`, or msgspec's `ValidationError` or `DecodeError` for no record."""
    if data is None:
        raise msgspec.ValidationError(f"a tombstone where a {kind.__name__} was expected")
    try:
        message = msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        _check_version(data, kind)
        raise
    _check_version(data, kind) if message.v > 1 else None
    return message


def readable(
    found: Iterable[tuple[str, bytes | None]], kind: type[M], tell: Callable[[str], object] = str
) -> Iterator[tuple[str, M]]:
    """The records that can be read, by their names: one that cannot never hides the others; `tell` is told of it.

    Raises `NewerVersion`.
    """
    for name, value in found:
        try:
            yield name, decode(value, kind)
        except msgspec.MsgspecError as error:
            tell(f"the {kind.__name__} {name!r} cannot be read, and is passed over: {error}")


def _check_version(data: bytes, kind: type[Message]) -> None:
    """A newer form may not fit our type at all, so its version is looked at on its own."""
    version = msgspec.json.decode(data, type=_Version).v
    if version > 1:
        raise NewerVersion(
            f"a {kind.__name__} of version {version} was met and this themewire reads version 1: upgrade it"
        )
