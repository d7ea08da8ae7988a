"""The alert of a story, and when there is one at all."""

from collections.abc import Sequence

from stream.records import Alert, Source, Tagged
from stream.stories.rows import Part, Story

__all__ = ["alert_of", "kind_of"]


def kind_of(old: Story, parts: Sequence[Part], other_words: bool, other_count: bool, baseline: bool) -> str | None:
    """Return new for what was never alerted; then only what changes the reader's picture is worth a record.

    That what was unsure is sure now, by another item or a person's word, counts as other words.
    What was history when it came says nothing by itself: a feed that is added must not flood.
    """
    standing = [part for part in parts if part.stands]
    if old.seq < 0:
        return "new" if any(part.fresh for part in standing) else None
    if not standing:
        return "retracted" if old.kind != "retracted" else None
    if old.kind == "retracted" or other_words:
        return "update"
    return "update" if other_count and not baseline else None


def alert_of(theme: str, story_id: str, story: Story, tagged: Tagged, sources: tuple[Source, ...], now: int) -> Alert:
    """Return the record: the latest of a story, as the item that it shows was classified."""
    item = tagged.item
    return Alert(
        id=story_id,
        seq=story.seq,
        kind=story.kind,  # type: ignore[arg-type]  # one of the three by construction
        theme=theme,
        story=story_id,
        title=item.title,
        summary=item.summary,
        url=item.url,
        lang=item.lang,
        sources=sources,
        independent=max(1, story.independent),
        probability=tagged.themes.get(theme, 0.0),
        sure=story.sure,
        reasons=tuple(reason for reason in tagged.reasons if reason.theme == theme),
        model=tagged.model,
        rule=tagged.rule,
        excerpt=item.excerpts.get(theme, ""),
        published=item.published,
        date_quality=item.date_quality,
        first_seen=item.first_seen,
        tagged_at=tagged.at,
        alerted_at=now,
    )
