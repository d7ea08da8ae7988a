"""Themes of one's own: taken from the file beside the data, and learnt from labels."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from classifiers.labels.collected import Labels, read_labels
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from seeds.themes import themes_in
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import HealthEvent, OwnTheme, encode
from stream.themes.rules import InvalidTheme
from stream.themes.saved import read_own_themes, save_theme
from stream.themes.watched import watched

if TYPE_CHECKING:
    from classifiers.own.material import Lesson, Reader

__all__ = ["learn_themes", "learnt_themes", "lessons_of", "put_learnt", "status_of", "take_file", "to_learn"]

log = logging.getLogger(__name__)
THEMES_FILE = "themes.toml"


def take_file(settings: Settings, stream: Log) -> None:
    """Adds the themes of `themes.toml` beside the data that were never there; one that makes no sense is passed over.

    A theme that was removed is not brought back by the file.
    """
    path = settings.data.dir / THEMES_FILE
    if not path.exists():
        return
    try:
        known, found = read_own_themes(stream), themes_in(path)
    except ValueError as error:
        log.error("%s", error)
        return
    for theme in found:
        if theme.id not in known:
            made = OwnTheme(id=theme.id, name=theme.name, about=theme.about, added_at=clock())
            try:
                save_theme(stream, made, clock())
            except InvalidTheme as error:
                log.error("%s: %s", path, error)
            else:
                log.info("%s: added the theme %s", path, theme.id)


def lessons_of(theme: str, labels: Labels) -> list["Lesson"]:
    """What people said of this theme, an item each; those of which they disagree say nothing."""
    from classifiers.judging.text import Text
    from classifiers.own.material import Lesson

    found = []
    for each in labels.by_item:
        yes, no = theme in each.current.yes, theme in each.current.no
        if yes or no:
            found.append(Lesson(Text(each.item.title, each.item.summary, each.item.lang), yes))
    return found


def to_learn(stream: Log, labels: Labels) -> list[OwnTheme]:
    """The themes that have no head, or of which people have said something since theirs was learnt."""
    return [theme for theme in watched(read_own_themes(stream)) if not theme.head or _heard(theme, labels)]


def learn_themes(
    stream: Log, themes: Collection[OwnTheme], labels: Labels | None = None, tell: Callable[[str], None] = log.info
) -> list[OwnTheme]:
    """Learns these themes anew from their descriptions and all labels, saves them, and returns them."""
    made = learnt_themes(themes, read_labels(stream) if labels is None else labels, tell) if themes else []
    put_learnt(stream, made)
    return made


def learnt_themes(
    themes: Collection[OwnTheme], labels: Labels, tell: Callable[[str], None] = log.info
) -> list[OwnTheme]:
    """Returns these themes with what is learnt of them now; nothing is saved."""
    from classifiers.judging.encoders import Encoders
    from classifiers.judging.language import Languages
    from classifiers.own.material import Reader

    reader = Reader(Encoders(), Languages())
    made = []
    for theme in themes:
        lessons = lessons_of(theme.id, labels)
        tell(f"learning {theme.id} from its description and {len(lessons)} labels")
        made.append(_learnt(theme, lessons, labels, reader))
    return made


def put_learnt(stream: Log, made: Collection[OwnTheme]) -> None:
    """Saves what was learnt; whoever has changed or removed a theme meanwhile has it learnt again, or not at all."""
    if not made:
        return
    now = read_own_themes(stream)
    stands = [one for one in made if one.id in now and now[one.id].revision == one.revision]
    stream.append([*(Out(topics.THEMES, one.id, encode(one)) for one in stands), *_told(now, stands)])


def _learnt(theme: OwnTheme, lessons: Sequence["Lesson"], labels: Labels, reader: "Reader") -> OwnTheme:
    from classifiers.own.gate import figures, may_be_sure, may_serve, theme_gate, what_is_missing
    from classifiers.own.head import head_bytes, head_id
    from classifiers.own.learning import learn

    learnt = learn(theme, lessons, reader)
    checks = theme_gate(learnt, lessons)
    told = replace(theme, labels=dict(labels.ends), checks=checks, trained_at=clock(), note=what_is_missing(checks))
    if theme.head and not may_serve(checks):
        return replace(told, note=f"the head of before goes on: {told.note}")
    data = head_bytes(learnt.head)
    yes = sum(lesson.yes for lesson in lessons)
    return replace(
        told,
        head=data,
        model=head_id(data),
        examples=(yes, len(lessons) - yes),
        sure=may_be_sure(checks, learnt),
        evaluation=figures(learnt),
    )


def _told(before: Mapping[str, OwnTheme], after: Sequence[OwnTheme]) -> list[Out]:
    """An event for each theme that has passed the gate, or passes it no more."""
    outs = []
    for new in after:
        if before[new.id].sure != new.sure:
            what = "passed the promotion gate, and its alerts may be sure" if new.sure else f"is unsure: {new.note}"
            kind, message = "theme sure" if new.sure else "theme unsure", f"the theme {new.id} {what}"
            event = HealthEvent(subject=f"themes/{new.id}", kind=kind, message=message, at=clock())
            outs.append(Out(topics.EVENTS, event.subject, encode(event)))
    return outs


def _heard(theme: OwnTheme, labels: Labels) -> bool:
    """Whether labels have come since that are about this theme, or its description has changed."""
    return not theme.labels or any(
        offset >= theme.labels.get(str(partition), 0) and (label.undoes or theme.id in (*label.yes, *label.no))
        for partition, offset, label in labels.records
    )


def status_of(theme: OwnTheme) -> str:
    """How far it is, in one sentence."""
    own, other = theme.examples
    if not theme.model:
        return "it is saved, and judges items once the role `train` has learnt it"
    if not own + other:
        return "it judges by its description alone, so all that it tags is unsure"
    learnt = f"learnt from {plural(own, 'item')} of it and {other} that are not"
    if theme.sure:
        found = theme.evaluation.get("recall.sure", 0.0)
        return f"{learnt}; its alerts may be sure ({found:.0%} of what was held back would be)"
    return f"{learnt}; what it tags is unsure until it has: {theme.note}"
