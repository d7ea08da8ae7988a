"""The root of the errors that a person can do something about."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["InvalidField", "ThemewireError", "of_field"]


class ThemewireError(Exception):
    """Its text is one sentence for people that says what is wrong, and where it can, what to do; `__cause__` is why.

    Commands print it and end with status 1; anything else that is raised is a defect and shows its traceback.
    """


class InvalidField(ThemewireError, ValueError):
    """What somebody gives is refused; `field` names the part of it that is wrong, "" where it is no single one."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@contextmanager
def of_field(name: str) -> Iterator[None]:
    """Says of a ValueError that it is about this field."""
    try:
        yield
    except ValueError as error:
        raise InvalidField(str(error), name) from error
