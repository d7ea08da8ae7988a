"""What a document, or that there is none, makes of a feed's row and of the balance of its entries."""

from dataclasses import dataclass

from msgspec.structs import replace

from collectors.deciding.entries.dates import reaches_to
from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.entries.novelty import DecidedEntries, decide_entries
from collectors.deciding.entries.seen import load_seen, save_seen
from collectors.deciding.feed.interval import FeedHints
from collectors.deciding.feed.state import FeedState
from collectors.deciding.held_back import hold
from collectors.deciding.text.clean import TITLE_CHARACTERS, clean
from collectors.deciding.text.full import MAX_TEXT
from collectors.poll_result import Document, PollRequest, Unchanged
from stream.engine.tables import Tables
from stream.records import Item

__all__ = ["DocumentRules", "has_gap", "read_document", "unchanged"]


@dataclass(frozen=True)
class DocumentRules:
    """The settings: what counts as new, whether a first document is history (the baseline), and how many characters of
    an item's text are kept for judging."""

    limits: FloodLimits
    baseline: bool = True
    max_text: int = MAX_TEXT


def read_document(
    tables: Tables, state: FeedState, request: PollRequest, document: Document, rules: DocumentRules, now: int
) -> tuple[DecidedEntries, FeedState]:
    """What of a document is new, revised, seen or held back, and the state with the validators that vouch for it."""
    parsed = document.parsed
    seen = load_seen(tables, state)
    title = state.feed.title or clean(parsed.title, TITLE_CHARACTERS) or state.title
    limits = rules.limits if state.polled_before or not rules.baseline else None
    entries = decide_entries(parsed, state.feed, title, seen, limits, now, rules.max_text)
    state = hold(tables, save_seen(tables, state, seen, now), entries.held, now)
    times = [item.published for item in entries.items if _is_timed(item, state.polled_before)]
    gap, oldest = has_gap(state, entries), 0 if parsed.partial else reaches_to(parsed, now)
    return entries, replace(
        state,
        etag=document.etag,
        last_modified=document.last_modified,
        body_hash=document.body_hash,
        cursor=document.cursor,
        distrusted=state.distrusted or _hid_a_change(state, request, document, entries),
        title=title,
        polled_before=True,
        entries=entries.count,
        entries_held=entries.held_back,
        item_intervals=replace(state.item_intervals.with_items(times), oldest=oldest),
        hints=FeedHints(max(parsed.ttl, document.max_age), parsed.skip_hours, parsed.skip_days),
        recent_gaps=state.recent_gaps + 1 if gap else max(0, state.recent_gaps - (entries.new > 0)),
    )


def unchanged(state: FeedState, result: Unchanged) -> tuple[DecidedEntries, FeedState]:
    """Where nothing is new: the validators may be other ones, and the entries are those of the last document."""
    etag, last_modified = result.etag or state.etag, result.last_modified or state.last_modified
    if (etag, last_modified) != (state.etag, state.last_modified):
        state = replace(state, etag=etag, last_modified=last_modified)
    held = state.entries_held if state.held else 0
    if result.not_modified:
        return DecidedEntries(), state
    return DecidedEntries(count=state.entries, seen=state.entries - held, held_back=held), state


def has_gap(before: FeedState, entries: DecidedEntries) -> bool:
    """Whether all that was known has left the document since the last poll, so that some entries may be missing."""
    return before.polled_before and before.entries > 0 and entries.turned_over


def _hid_a_change(state: FeedState, request: PollRequest, document: Document, entries: DecidedEntries) -> bool:
    """Whether something is new under the old validators, which were not sent with this request."""
    if request.etag or request.last_modified or not (entries.new or entries.revised):
        return False
    if state.etag or document.etag:
        return state.etag == document.etag
    return bool(state.last_modified) and state.last_modified == document.last_modified


def _is_timed(item: Item, polled_before: bool) -> bool:
    """Whether the item's time counts for the feed's intervals."""
    return item.revision == 0 and (polled_before or item.date_quality == "trusted")
