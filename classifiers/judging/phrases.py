"""What a text says phrase by phrase: for the stage `story`, which compares texts word for word across languages."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from classifiers.judging.centring import Common, common
from classifiers.judging.encoders import TokenEncoder, Tokens
from stream.records import TOKEN_VECTOR_BYTES

__all__ = ["joined", "packed", "phrases_of"]

_TOKENS = 2  # of a phrase
_MOST = 192  # tokens of a text: a title with a summary as long as a story looks at
_RARE = 1.5  # the power that says how much more a rare token counts than a frequent one

Matrix = NDArray[np.float32]


def phrases_of(text: str, lang: str, encoder: TokenEncoder) -> bytes:
    """Return `TOKEN_VECTOR_BYTES` for each two tokens of a text: a vector of signed bytes, then how much it counts.

    What a language's tokens have in common is taken away; without that they are like each other, not like what means
    the same in another language.
    """
    tokens = encoder.tokens(text)
    with _blas().limit(limits=1, user_api="blas"):
        return packed(tokens, lang, common())


def packed(tokens: Tokens, lang: str, known: Common) -> bytes:
    """Return what `phrases_of` does, of a text that was read."""
    vectors, weights = joined(tokens, lang, known)
    vectors = np.round(vectors / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9) * 127)
    rows = np.empty((len(weights), TOKEN_VECTOR_BYTES), np.int8)
    rows[:, :-1] = vectors
    rows[:, -1] = np.clip(np.round(weights), 1, 255).astype(np.uint8).view(np.int8)
    return rows.tobytes()


def joined(tokens: Tokens, lang: str, known: Common) -> tuple[Matrix, Matrix]:
    """Return a vector and a weight for each two tokens of a text, seen along the axes."""
    mean = known.tokens[lang] if lang in known.tokens else np.mean(list(known.tokens.values()), axis=0)
    states = (tokens.states[:_MOST] - mean) @ known.axes
    states /= np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-9)
    rarity = tokens.rarity[:_MOST] ** _RARE
    starts = np.arange(0, len(rarity), _TOKENS)
    return np.add.reduceat(states * rarity[:, None], starts), np.add.reduceat(rarity, starts)


@cache
def _blas() -> ThreadpoolController:
    """Made at the first text, so that it knows the BLAS."""
    return ThreadpoolController()
