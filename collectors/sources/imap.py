"""Mail: the messages of an IMAP folder, or the links in them; for newsletters, which are read and left as they are.

EXAMINE ─► what is new since the cursor (UIDVALIDITY and the last UID) ─► a step for some of them at a time

Where UIDVALIDITY has changed the newest messages are read again, and known by their ids.
"""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

import msgspec
from msgspec.structs import replace

from collectors.fetching.credentials import CredentialsError, Login, login_of
from collectors.fetching.imap import Folder, Listed, opened
from collectors.fetching.imap_connection import ImapError
from collectors.fetching.imap_names import folder_name
from collectors.fetching.results import Fetched
from collectors.parsing.mail import MOST_WARNINGS, Letter, pack, parse_mail
from collectors.parsing.markup import html_of_plain
from collectors.parsing.parsed import Parsed
from collectors.poll_result import Document, PollFailed, PollRequest, PollResult, Unchanged
from collectors.sources.kind import LEAST_PARSE_SECONDS, PollContext, SourceKind, read_options
from stream.net.dial import HttpError
from stream.net.guard import Blocked, Target, parse_url

__all__ = ["IMAP", "ImapOptions"]

SCHEMES = ("imaps", "imap")
MOST_MESSAGE = 2**20  # bytes of one that are read: texts come before attachments
MOST_TOGETHER = 50  # messages of one step
WINDOW = 5_000  # uids that are looked at in one step
LAST_UID = 2**32 - 1
MOST_FIRST = 1_000
LISTING_BYTES = 2 * 2**20
TYPE = "message/rfc822"
WHY = "it is an address of mail over IMAP"


class ImapOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether `items` are the messages or the links in them; `first` is how many of the newest messages are read at the
    first poll."""

    items: Literal["messages", "links"] = "messages"
    first: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.first <= MOST_FIRST:
            raise ValueError(f"`first` is from 0 to {MOST_FIRST}")


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Up to where the folder was read."""

    validity: int
    last: int


class _Found(msgspec.Struct, frozen=True):
    """What a step reads: the messages with what is known of them, where that leaves the cursor, and whether there is
    more."""

    messages: tuple[tuple[Listed, bytes], ...]
    cursor: _Cursor
    more: bool


def poll_imap(request: PollRequest, context: PollContext) -> PollResult:
    """One step: some messages that have come since the last one."""
    began = time.monotonic()
    options = read_options(request.options, ImapOptions)
    before = _read_cursor(request.cursor)
    try:
        target = parse_url(request.url, SCHEMES)
        login = login_of(request.credentials, os.environ)
        found = _read(target, login, before, options.first, context, began + context.deadline)
    except CredentialsError as error:
        return _failed("auth", str(error), began)
    except Blocked as error:
        return _failed("blocked", str(error), began)
    except (ImapError, HttpError) as error:
        return _failed(error.kind, str(error), began)
    if before == found.cursor and not found.messages:
        return Unchanged("", "", True, time.monotonic() - began)
    return _document(found, target, options, request, context, began)


def _read(target: Target, login: Login, before: _Cursor, first: int, context: PollContext, deadline: float) -> _Found:
    most = context.max_bytes + LISTING_BYTES
    line = context.fetcher.connect(target, deadline)
    within = {"deadline": deadline, "read_timeout": context.fetcher.read_timeout}
    with opened(line, login, folder_name(target), most_bytes=most, **within) as folder:
        listed, end = _listed(folder, before, first)
        chosen = _chosen(listed, context.max_bytes)
        bodies = folder.messages([each.uid for each in chosen], MOST_MESSAGE) if chosen else {}
        messages = tuple((each, bodies[each.uid]) for each in chosen if each.uid in bodies)
        last = chosen[-1].uid if len(chosen) < len(listed) else end
        return _Found(messages, _Cursor(folder.validity, last), last < max(end, folder.next_uid - 1))


def _listed(folder: Folder, before: _Cursor, first: int) -> tuple[list[Listed], int]:
    """The messages that were not read yet, or some of them, and the uid up to which there are no others."""
    if before.validity != folder.validity:
        listed = folder.newest(first) if first else []
        newest = listed[-1].uid if listed else 0
        return listed, max(newest, folder.next_uid - 1)
    if not folder.next_uid:
        listed = folder.between(before.last + 1, LAST_UID)
        return listed, listed[-1].uid if listed else before.last
    end = min(max(before.last, folder.next_uid - 1), before.last + WINDOW)
    return (folder.between(before.last + 1, end) if end > before.last else []), end


def _chosen(listed: Sequence[Listed], most_bytes: int) -> list[Listed]:
    """As many of them as one step may read, and one at least."""
    chosen: list[Listed] = []
    for each in listed[:MOST_TOGETHER]:
        most_bytes -= min(each.size, MOST_MESSAGE)
        if chosen and most_bytes < 0:
            break
        chosen.append(each)
    return chosen


def _document(
    found: _Found, target: Target, options: ImapOptions, request: PollRequest, context: PollContext, began: float
) -> Document:
    """What the messages say, the newest first."""
    letters = [Letter(each.uid, each.received, body) for each, body in found.messages]
    parsed = _parsed(letters, options.items == "links", context, began)
    return Document(
        *("", "", "", ""),
        parsed=replace(parsed, title=html_of_plain(folder_name(target), title=True), why=WHY),
        seconds=time.monotonic() - began,
        received=sum(len(letter.data) for letter in letters),
        next_url=request.url if found.more else "",
        cursor=msgspec.json.encode(found.cursor).decode(),
    )


def _parsed(letters: Sequence[Letter], links: bool, context: PollContext, began: float) -> Parsed:
    """What they say; where the parser dies of one of them, each is tried by itself, and that one is passed over."""
    if not letters:
        return Parsed("", "", "", (), partial=True)
    left = max(LEAST_PARSE_SECONDS, context.deadline - (time.monotonic() - began))
    parsed = context.parsers.parse(pack(letters), TYPE, "", left, partial(parse_mail, links=links))
    if isinstance(parsed, Parsed):
        return parsed
    if len(letters) == 1:
        warning = f"message {letters[0].number} cannot be read: {parsed.message}"
        return Parsed("", "", "", (), warnings=(warning,), partial=True)
    half = len(letters) // 2
    older, newer = (_parsed(part, links, context, began) for part in (letters[:half], letters[half:]))
    warnings = (*newer.warnings, *older.warnings)[:MOST_WARNINGS]
    return replace(newer, entries=(*newer.entries, *older.entries), warnings=warnings)


def _read_cursor(text: str) -> _Cursor:
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(text, type=_Cursor)
    return _Cursor(-1, 0)


def _failed(kind: str, message: str, began: float) -> PollFailed:
    return PollFailed(kind, message, 0.0, time.monotonic() - began)


def _recognises(_: Fetched) -> bool:
    """Nothing that is fetched from the web: its addresses are told by their scheme."""
    return False


IMAP = SourceKind(
    "imap",
    "A folder of mail: each message an item, or each link in it.",
    _recognises,
    poll_imap,
    ImapOptions,
    schemes=SCHEMES,
)
