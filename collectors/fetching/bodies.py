"""The bodies of responses: whole ones, inflated within the limits, and how the page of an error begins."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.fetching.bot_walls import READ_BYTES
from collectors.fetching.decompress import FIRST_BYTES, BadEncoding, BodyTooLarge, inflaters
from stream.net.http import Response

__all__ = ["Wire", "beginning_of_page", "is_web_page", "whole"]

ERROR_PAGE_SECONDS = 5.0
_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


@dataclass
class Wire:
    """What has come of a body so far."""

    bytes: int = 0


def whole(response: Response, limit: int, wire: Wire) -> bytes:
    """The whole body, inflated; at most `limit` bytes on the wire, at each stage of inflating, and as a result.

    `wire` counts what comes, also of a body that fails on the way. Raises `BodyTooLarge` and `BadEncoding`, and what
    the response raises.
    """
    announced = response.header("content-length")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise BodyTooLarge
    pieces = _counted(response.body(), wire)
    first = _first(pieces)
    chain = inflaters(response.header("content-encoding"), first, limit)
    out = bytearray()
    for piece in itertools.chain([first], pieces):
        if wire.bytes > limit:
            raise BodyTooLarge
        for inflater in chain:
            piece = inflater.feed(piece)
        out += piece
    for inflater in chain:
        inflater.finish()
    return bytes(out)


def beginning_of_page(response: Response) -> bytes:
    """How the page of an error begins; what cannot be read or inflated shows nothing."""
    page = response.beginning(READ_BYTES, ERROR_PAGE_SECONDS)
    try:
        for inflater in inflaters(response.header("content-encoding"), page[:FIRST_BYTES], 64 * READ_BYTES):
            page = inflater.feed(page)
    except (BadEncoding, BodyTooLarge):
        return b""
    return page


def is_web_page(body: bytes) -> bool:
    """Whether a body begins as HTML."""
    return bool(_PAGE.search(body[:4096]))


def _counted(pieces: Iterator[bytes], wire: Wire) -> Iterator[bytes]:
    for piece in pieces:
        wire.bytes += len(piece)
        yield piece


def _first(pieces: Iterator[bytes]) -> bytes:
    """Enough of a body to tell what it is, or all of it."""
    first = b""
    while len(first) < FIRST_BYTES and (piece := next(pieces, None)) is not None:
        first += piece
    return first
