"""An export that is cut off in the middle."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from deploy.exporting import folder as folders

__all__ = ["cut_off"]


class _CutOff(BaseException):
    """As a kill would."""


@contextmanager
def cut_off(monkeypatch: pytest.MonkeyPatch, steps: int) -> Iterator[None]:
    """What is exported within ends where it would make so many things last: a file or its folder is a step each."""
    left = [steps]

    def fsync(_: int) -> None:
        left[0] -= 1
        if not left[0]:
            raise _CutOff

    with monkeypatch.context() as patched:
        patched.setattr(folders.os, "fsync", fsync)
        with pytest.raises(_CutOff):
            yield
