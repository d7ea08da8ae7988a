"""Patterns that people write: RE2's, whose time is linear in the text, so that none can hang."""

import re
from functools import lru_cache
from typing import Any

import re2

__all__ = ["pattern", "word"]

_WIDTH = 1 << 20  # bytes that a compiled pattern may take
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")  # scripts that put no space between words


@lru_cache(maxsize=1024)
def pattern(text: str) -> Any:  # noqa: ANN401  (the library is untyped)
    """Return the compiled RE2 pattern; raises ValueError with what is wrong with it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _WIDTH
    try:
        compiled = re2.compile(text, options)
    except re2.error as error:
        said = error.args[0]
        raise ValueError(said.decode() if isinstance(said, bytes) else str(said)) from error
    if compiled.search(""):
        raise ValueError("it matches every text, since it matches nothing at all")
    return compiled


def word(text: str) -> Any:  # noqa: ANN401  (the library is untyped)
    """Return the pattern of a plain word or phrase in any case, or of `/REGEX/`; raises ValueError.

    A word stands by itself: `chip` is not in `chiplet`. In scripts without spaces it may stand anywhere.
    """
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return pattern(text[1:-1])
    plain = " ".join(text.split())
    if not plain:
        raise ValueError("a word is empty")
    inner = r"\s+".join(map(re2.escape, plain.split(" ")))
    before = "" if _SPACELESS.match(plain[0]) else r"(?:^|[^\pL\pN])"
    after = "" if _SPACELESS.match(plain[-1]) else r"(?:[^\pL\pN]|$)"
    return pattern(f"(?i){before}{inner}{after}")
