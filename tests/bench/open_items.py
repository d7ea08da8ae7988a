"""Items of one theme, as many as are asked for, with vectors as the tagger's: for measuring what stories cost.

Their texts are those of seeds/events, in which each time other names and numbers stand, so that each tells of an event
of its own but for the share that tells of one again.
"""

import random
import re
from collections.abc import Iterator
from functools import cache
from zlib import crc32

import numpy as np

from seeds.events import load_events
from stream.records import TOKEN_VECTOR_BYTES, Candidate, Item, Source, Tagged
from stream.stories.meaning import Vectors
from stream.units import HOUR, MINUTE

__all__ = ["THEME", "alike", "candidates", "vectors_of"]

THEME = "ip-disputes"
AGAIN = 0.2  # of the items
MEANING = 512  # bytes of a sentence vector
LETTERS = 8  # of a text for each token vector, about
USUAL = 220  # letters of a summary: shorter ones are two
START = 1_770_000_000_000
SPREAD = 60 * HOUR  # all within a story's window

_NAME = re.compile(r"\b[A-Z][a-z]{4,}\b|\b[0-9]{2,}\b")


def candidates(count: int, seed: int = 7) -> Iterator[Candidate]:
    """So many, in the order in which they come."""
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    seen: list[tuple[str, str, str, np.ndarray]] = []
    for number in range(count):
        if seen and chance.random() < AGAIN:
            title, summary, lang, centre = chance.choice(seen[-500:])
        else:
            title, summary, lang = _another(chance)
            centre = noise.normal(size=MEANING)
            seen.append((title, summary, lang, centre))
        vector = centre + 0.7 * noise.normal(size=MEANING)
        tokens = noise.normal(size=(max(8, len(title + summary) // LETTERS), TOKEN_VECTOR_BYTES))
        yield _candidate(number, count, title, summary, lang, {"usem3": _bytes(vector)}, _bytes(tokens))


def alike(count: int, seed: int = 7) -> Iterator[Candidate]:
    """So many that differ in a code only, as releases and dockets do: each is a story of its own."""
    for number in range(count):
        title = f"Publishers sue a model maker for copyright infringement over training data, case T{number:010x}"
        summary = "The lawsuit asks the court for damages; the judge let the claims over the copied books stand."
        vectors, token_vectors = vectors_of(THEME, f"{seed} {title}")
        yield _candidate(number, count, title, summary, "en", vectors, token_vectors)


def vectors_of(theme: str, text: str) -> tuple[dict[str, bytes], bytes]:
    """Sentence and token vectors that are much the same for all texts of a theme."""
    own = np.random.default_rng(crc32(text.encode()))
    of_meaning, of_tokens = (_bytes(each + 0.1 * own.normal(size=each.shape)) for each in _centre(theme))
    return {"usem3": of_meaning}, of_tokens


@cache
def _centre(theme: str) -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(crc32(theme.encode()))
    return noise.normal(size=MEANING), noise.normal(size=(24, TOKEN_VECTOR_BYTES))


def _another(chance: random.Random) -> tuple[str, str, str]:
    """A text of seeds/events with other names and numbers."""
    title, summary, lang = chance.choice(_texts())

    def other(found: re.Match[str]) -> str:
        if found[0].isdigit():
            return str(chance.randrange(10, 10 ** len(found[0])))
        return "".join(chance.choice(("ba", "ke", "ri", "mo", "tu", "lan", "ser", "vox")) for _ in range(3)).title()

    if len(summary) < USUAL:
        summary += " " + chance.choice([more for _, more, its in _texts() if its == lang])
    return _NAME.sub(other, title), _NAME.sub(other, summary), lang


@cache
def _texts() -> list[tuple[str, str, str]]:
    return [(row.title, row.summary, row.lang) for row in load_events(None)]


def _bytes(vectors: np.ndarray) -> bytes:
    return np.clip(np.round(vectors * 40), -127, 127).astype(np.int8).tobytes()


def _candidate(
    number: int, count: int, title: str, summary: str, lang: str, vectors: Vectors, token_vectors: bytes
) -> Candidate:
    at = START + number * SPREAD // max(count, SPREAD // MINUTE)
    item = Item(
        id=f"{number:032x}", feed=f"f{number % 300}", source=f"Outlet {number % 300}", entry="e", revision=0,
        url=f"https://s{number % 300}.example/{number}", title=title, summary=summary, lang=lang, published=at,
        date_quality="trusted", first_seen=at, baseline=False,
    )  # fmt: skip
    tagged = Tagged(
        item=item, themes={THEME: 0.9}, tags=(THEME,), decision="tagged", reasons=(), model="m",
        sources=(Source(item.source, item.url, item.id),),
    )  # fmt: skip
    return Candidate(theme=THEME, stands=True, tagged=tagged, vectors=vectors, token_vectors=token_vectors)
