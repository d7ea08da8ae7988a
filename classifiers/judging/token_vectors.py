"""Token vectors of a text: for the stage `story`, which compares texts across languages by late interaction (MaxSim).

As in ColBERT (Khattab and Zaharia, SIGIR 2020) a text is a set of contextual vectors instead of one; here one vector
stands for two tokens, after mean centring by language and projection on the axes of `Centring`.
"""

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.blas import blas_on_one_thread
from classifiers.judging.centring import Centring, shipped_centring
from classifiers.judging.encoders import TokenEncoder, Tokens
from stream.records import TOKEN_VECTOR_BYTES

__all__ = ["joined", "packed", "token_vectors_of"]

_TOKENS = 2  # of which a vector is the weighted sum
_MOST = 192  # tokens of a text: a title with a summary as long as a story looks at
_RARE = 1.5  # the power that says how much more a rare token counts than a frequent one

Matrix = NDArray[np.float32]


def token_vectors_of(text: str, lang: str, encoder: TokenEncoder) -> bytes:
    """Return `TOKEN_VECTOR_BYTES` for each two tokens of a text: a vector of signed bytes, then its weight (1 to 255).

    The mean of the language's token states is subtracted: without that, tokens of one language are nearer to each
    other than to their translations.
    """
    tokens = encoder.tokens(text)
    with blas_on_one_thread():
        return packed(tokens, lang, shipped_centring())


def packed(tokens: Tokens, lang: str, centring: Centring) -> bytes:
    """Return what `token_vectors_of` does, of a text whose tokens are already encoded."""
    vectors, weights = joined(tokens, lang, centring)
    vectors = np.round(vectors / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9) * 127)
    rows = np.empty((len(weights), TOKEN_VECTOR_BYTES), np.int8)
    rows[:, :-1] = vectors
    rows[:, -1] = np.clip(np.round(weights), 1, 255).astype(np.uint8).view(np.int8)
    return rows.tobytes()


def joined(tokens: Tokens, lang: str, centring: Centring) -> tuple[Matrix, Matrix]:
    """Return a vector, projected on the axes, and a weight for each two tokens of a text: (n, axes) and (n,)."""
    mean = centring.tokens[lang] if lang in centring.tokens else np.mean(list(centring.tokens.values()), axis=0)
    states = (tokens.states[:_MOST] - mean) @ centring.axes
    states /= np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-9)
    rarity = tokens.rarity[:_MOST] ** _RARE
    starts = np.arange(0, len(rarity), _TOKENS)
    return np.add.reduceat(states * rarity[:, None], starts), np.add.reduceat(rarity, starts)
