"""A sketch of a text: 22 bytes, enough to estimate how many words two texts share.

The ten smallest hashes of its words are a fair sample of them: a bottom-k sketch (Cohen and Kaplan, "Summarizing data
using bottom-k sketches", 2007), which is MinHash (Broder, 1997) with one hash function. A hash of its numbers beside it
tells one release from the next.
"""

import struct
from dataclasses import dataclass
from zlib import crc32

from stream.text.likeness import numbers, overlap, words

__all__ = ["NO_SKETCH", "SKETCH_BYTES", "Sketch", "sketch_of"]

SAMPLE = 10
READ = 800  # characters of a text
_PACKED = struct.Struct(f">{SAMPLE}HH")
SKETCH_BYTES = _PACKED.size
NO_SKETCH = bytes(SKETCH_BYTES)  # of a text without words and numbers


def sketch_of(text: str) -> bytes:
    """The sketch of a clean text, packed."""
    sample = sorted({_hash(word) for word in words(text[:READ])})[:SAMPLE]
    found = numbers(text[:READ])
    return _PACKED.pack(*sample, *[0] * (SAMPLE - len(sample)), _hash(" ".join(found)) if found else 0)


def _hash(text: str) -> int:
    """From 1 to 65,534."""
    return crc32(text.encode("utf-8", "replace")) % 65_534 + 1


@dataclass(frozen=True, slots=True)
class Sketch:
    """A sketch that can be compared; that of an empty text overlaps with none."""

    sample: tuple[int, ...]
    numbers: int

    @classmethod
    def of(cls, packed: bytes) -> "Sketch":
        """The sketch of these bytes."""
        *sample, numbers = _PACKED.unpack(packed)
        return cls(tuple(each for each in sample if each), numbers)

    def overlap(self, other: "Sketch") -> float:
        """The overlap coefficient of the words: how many of the shorter text's are in both, from 0 to 1."""
        full = [each.sample[-1] for each in (self, other) if len(each.sample) == SAMPLE]
        most = min(full, default=65_535)  # beyond it one of the samples is not complete
        one, two = ({word for word in each.sample if word <= most} for each in (self, other))
        return overlap(one, two)
