"""What a training changed: tags of the last days' items, labels that it still gets wrong, and how sure it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.inspect.index_reader import index, items
from deploy.running.training import make_trainer
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.index.stage import ItemDoc
from stream.log.port import Log
from stream.records import Item, ModelRecord
from stream.units import DAY

if TYPE_CHECKING:
    from classifiers.judging.classify import Classifier, Judgement
    from classifiers.labels.collected import Labels

__all__ = ["Changes", "changes", "lines"]

SINCE = 7 * DAY
MOST = 300  # items, those most like a theme: hardly another changes its tags, and each is read once
_SHOWN = 10


@dataclass(frozen=True)
class Changes:
    """Titles with what is said of them; `sure` are shares of the items before and now."""

    items: int
    tagged: tuple[tuple[str, str], ...]
    untagged: tuple[tuple[str, str], ...]
    sure: tuple[float, float]
    labels: int
    wrong: tuple[tuple[str, str, str], ...]  # title, what the label says, what the model says


def changes(
    settings: Settings, stream: Log, before: ModelRecord | None, after: ModelRecord, labels: "Labels"
) -> Changes:
    """Return what the model `after` says otherwise than `before`, of the items of the last seven days by their titles
    and summaries."""
    from classifiers.judging.classify import Classifier  # only now: numpy takes a while to load
    from classifiers.judging.language import Languages
    from classifiers.judging.model import from_bytes

    encoders, languages = make_trainer(settings).reading, Languages()
    new = Classifier(from_bytes(after.data), encoders, languages)
    old = Classifier(from_bytes(before.data), encoders, languages) if before else new
    docs = _recent(settings, stream)
    then, now = (_judged(one, [doc.item for doc in docs]) for one in (old, new))
    pairs = list(zip(docs, then, now, strict=True))
    labelled = [each for each in labels.by_item if each.current]
    said = _judged(new, [each.item for each in labelled])
    wrong = [
        (each.item.title, _shown(each.current.yes), _shown(judged.tags))
        for each, judged in zip(labelled, said, strict=True)
        if not each.current.yes <= set(judged.tags) or each.current.no & set(judged.tags)
    ]
    return Changes(
        items=len(docs),
        tagged=tuple((doc.item.title, tag) for doc, a, b in pairs for tag in b.tags if tag not in a.tags),
        untagged=tuple((doc.item.title, tag) for doc, a, b in pairs for tag in a.tags if tag not in b.tags),
        sure=(_sure(then), _sure(now)),
        labels=len(labelled),
        wrong=tuple(wrong),
    )


def lines(found: Changes, before: ModelRecord | None, after: ModelRecord) -> Iterator[str]:
    """Return the table, a line each."""
    yield f"{'what changed':44}{'before':>9}{'now':>9}"
    for name, title in (("coverage", "sure of held-out examples"), ("accuracy", "of these, right")):
        was = f"{before.evaluation[name]:>9.3f}" if before and name in before.evaluation else f"{'-':>9}"
        yield f"{title:44}{was}{after.evaluation[name]:>9.3f}"
    of_items = f"sure of {plural(found.items, 'item')} of 7 days nearest to a theme"
    yield f"{of_items:44}{found.sure[0]:>9.3f}{found.sure[1]:>9.3f}"
    yield from _list(f"now tagged: {len(found.tagged)}", (f"{tag}: {title}" for title, tag in found.tagged))
    yield from _list(f"no longer tagged: {len(found.untagged)}", (f"{tag}: {title}" for title, tag in found.untagged))
    wrong = (f"{title} (label: {said}; model: {tags})" for title, said, tags in found.wrong)
    yield from _list(f"labels still not followed: {len(found.wrong)} of {found.labels}", wrong)
    if after.needs:
        yield f"labels that would help most (each counts as {after.label_weight:g} statements):"
    for need in after.needs:
        kind = f"{need.theme}{f', {need.lang}' if need.lang else ''} ({plural(need.labels, 'label')})"
        yield f"  {kind:42}" + (f"about {need.more} more" if need.more else "more of the same will hardly help")


def _recent(settings: Settings, stream: Log) -> list[ItemDoc]:
    since = clock() - SINCE
    with index(settings, stream) as found:
        docs = [doc for doc in items(found) if doc.item.first_seen >= since and doc.themes and not doc.rule]
    return sorted(docs, key=lambda doc: (-max(doc.themes.values()), doc.item.id))[:MOST]


def _judged(classifier: "Classifier", found: Sequence[Item]) -> "list[Judgement]":
    from classifiers.judging.text import Text

    texts = [Text(item.title, item.summary, item.lang) for item in found]
    return classifier.judge(texts, reasons=False, token_vectors=False)


def _sure(judged: "Sequence[Judgement]") -> float:
    return sum(one.decision != "unsure" for one in judged) / max(1, len(judged))


def _shown(tags: "frozenset[str] | tuple[str, ...]") -> str:
    return ", ".join(sorted(tags)) or "none"


def _list(head: str, rows: Iterator[str]) -> Iterator[str]:
    yield head
    found = list(rows)
    yield from (f"  {row[:110]}" for row in found[:_SHOWN])
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} more"
