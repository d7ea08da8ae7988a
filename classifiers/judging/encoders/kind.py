"""What an encoder is, and what is known of one before it is loaded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from stream.errors import ThemewireError

__all__ = ["Encoder", "EncoderError", "Kind", "TokenEncoder", "Tokens", "Vectors"]

Vectors = NDArray[np.float32]


class EncoderError(ThemewireError):
    """An encoder cannot be had; the sentence says what to do."""


class Encoder(Protocol):
    """Turns texts into vectors of `dim` numbers and of length 1."""

    name: str
    dim: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text; a row depends on its own text only, to the last bit, whatever stands beside it."""
        ...


class Tokens(NamedTuple):
    """A text's tokens: `states` (tokens, dim), and `rarity` (tokens,), minus the logarithm of how frequent each is."""

    states: Vectors
    rarity: Vectors


@runtime_checkable
class TokenEncoder(Encoder, Protocol):
    """An encoder whose vector is the mean of what it makes of each token, and that tells those too."""

    def tokens(self, text: str) -> Tokens:
        """Return the tokens of a text, without marks and prefix; what is too long for the encoder is cut."""
        ...


@dataclass(frozen=True)
class Kind:
    """What an encoder's file says of it.

    `name` is what `classify.encoder` calls it; one that ends with a colon stands before the name of a model. `make`
    gets the full name and how many threads it may use, `version` the full name; both raise `ImportError` or `OSError`
    where something is missing, and `install` then says what to install. Vectors of two versions cannot be compared.
    """

    name: str
    make: Callable[[str, int], Encoder]
    version: Callable[[str], str]
    module: str = ""  # without which it is not there; "" where it always is
    install: str = "install it"
    unknown: frozenset[str] = frozenset()  # languages that it does not know
    costly: bool = False  # tens of milliseconds a text
    problem: Callable[[str], str] = lambda _: ""  # why this full name can be none; a clause that follows it

    def is_called(self, name: str) -> bool:
        """Whether the name is that of an encoder of this kind."""
        return name.startswith(self.name) if self.name.endswith(":") else name == self.name
