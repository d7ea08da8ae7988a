"""What is remembered of a text: 22 bytes, enough to tell whether another one says the same.

The ten smallest hashes of its words are a fair sample of all of them (a bottom-k sketch: Cohen and Kaplan, 2007), and
a hash of its numbers tells one release from the next.
"""

import struct
from dataclasses import dataclass
from zlib import crc32

from stream.text.likeness import numbers, overlap, words

__all__ = ["GIST_BYTES", "NO_GIST", "Gist", "gist"]

SAMPLE = 10
READ = 800  # characters of a text
_PACKED = struct.Struct(f">{SAMPLE}HH")
GIST_BYTES = _PACKED.size
NO_GIST = b"\xff" * GIST_BYTES  # of what was remembered before there were any


def gist(text: str) -> bytes:
    """The gist of a clean text."""
    sample = sorted({_hash(word) for word in words(text[:READ])})[:SAMPLE]
    told = numbers(text[:READ])
    return _PACKED.pack(*sample, *[0] * (SAMPLE - len(sample)), _hash(" ".join(told)) if told else 0)


def _hash(text: str) -> int:
    """From 1 to 65,534."""
    return crc32(text.encode("utf-8", "replace")) % 65_534 + 1


@dataclass(frozen=True, slots=True)
class Gist:
    """A gist that can be compared; one of nothing is like nothing."""

    sample: tuple[int, ...]
    numbers: int

    @classmethod
    def of(cls, packed: bytes) -> "Gist":
        """The gist of its bytes."""
        *sample, told = _PACKED.unpack(packed)
        return cls(tuple(each for each in sample if each), told)

    def share(self, other: "Gist") -> float:
        """How much of the words of the shorter text is in both, from 0 to 1."""
        full = [each.sample[-1] for each in (self, other) if len(each.sample) == SAMPLE]
        most = min(full, default=65_535)  # beyond it one of the samples knows nothing
        one, two = ({word for word in each.sample if word <= most} for each in (self, other))
        return overlap(one, two)
