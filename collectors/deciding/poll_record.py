"""The record of a poll: its outcome, the balance of its entries, and how the feed is."""

from dataclasses import dataclass

from collectors.deciding.articles import ArticleCounts
from collectors.deciding.documents import has_gap
from collectors.deciding.entries.novelty import DecidedEntries
from collectors.deciding.feed.state import FeedState
from collectors.poll_result import Document, PollFailed, PollResult, Unchanged
from stream.records import Failure, Poll

__all__ = ["FinishedPoll", "poll_record"]


@dataclass(frozen=True)
class FinishedPoll:
    """A poll that has come to its end: the feed's row before and after it, its result, and its entries."""

    before: FeedState
    after: FeedState
    result: PollResult
    entries: DecidedEntries


def poll_record(poll: FinishedPoll, articles: ArticleCounts, interval: float, next_poll: int | None, now: int) -> Poll:
    """The record for `polls`; `interval` in seconds, `next_poll` and `now` in ms."""
    state, result, entries = poll.after, poll.result, poll.entries
    return Poll(
        feed=state.feed.id,
        url=state.feed.url,
        title=state.title,
        at=now,
        outcome=_outcome(result),
        error=Failure(result.kind, result.message) if isinstance(result, PollFailed) else None,
        state=state.state,
        entries=entries.count,
        document_entries=state.entries,
        new=entries.new,
        revised=entries.revised,
        seen=entries.seen,
        held_back=entries.held_back,
        refused=entries.refused,
        baseline=entries.baseline,
        held=state.held,
        gap=isinstance(result, Document) and has_gap(poll.before, entries),
        interval=interval,
        next_poll=next_poll,
        seconds=round(result.seconds, 3),
        received=result.received,
        failures=state.failures,
        since=state.since,
        moved_to=state.moved_to,
        item_interval=state.item_intervals.usual,
        last_item=state.item_intervals.last or None,
        warnings=result.parsed.warnings if isinstance(result, Document) else (),
        articles_read=articles.read,
        articles_failed=articles.failed,
        article_error=articles.failure,
    )


def _outcome(result: PollResult) -> str:
    if isinstance(result, PollFailed):
        return result.kind
    return "not_modified" if isinstance(result, Unchanged) and result.not_modified else "ok"
