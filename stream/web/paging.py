"""Long lists, a page at a time: a cursor names the last row of a page, so what comes meanwhile moves nothing."""

import base64
from collections.abc import Iterable
from typing import Annotated, Generic, TypeVar

import msgspec

from stream.web.refused import RequestRefused

__all__ = ["Listed", "PageQuery", "by_key", "cursor_of", "place_of"]

T = TypeVar("T")
P = TypeVar("P")


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list: `next` is the `cursor` of the page behind it, null on the last one."""

    items: tuple[T, ...]
    next: str | None


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page is asked for."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=200, description="How many there are on a page.")] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=2000, description="The `next` of the page before.")] = ""


def cursor_of(place: object) -> str:
    """Return a place of a list, as text that means nothing to a client."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place_of(cursor: str, kind: type[P]) -> P:
    """Return the place that a cursor names; raises `RequestRefused`."""
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise RequestRefused(422, "this cursor is of no page: take the `next` of a page as it is") from error
    if cursor_of(place) != cursor:
        raise RequestRefused(422, "this cursor is of no page: take the `next` of a page as it is")
    return place


def by_key(rows: Iterable[tuple[str, T]], query: PageQuery) -> Listed[T]:
    """Return the page of these rows, in the order of their keys; raises `RequestRefused`."""
    after = place_of(query.cursor, str) if query.cursor else ""
    found = sorted(((key, row) for key, row in rows if key > after), key=lambda each: each[0])
    page = found[: query.limit]
    return Listed(tuple(row for _, row in page), cursor_of(page[-1][0]) if len(found) > len(page) else None)
