"""The root of the errors that a person can do something about."""

__all__ = ["ThemewireError"]


class ThemewireError(Exception):
    """Its text is one sentence for people that says what is wrong, and where it can, what to do; `__cause__` is why.

    Commands print it and end with status 1; anything else that is raised is a defect and shows its traceback.
    """
