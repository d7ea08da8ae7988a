"""Which characters a reader never sees."""

import unicodedata

__all__ = ["hidden"]


def hidden(character: str) -> bool:
    """Whether it is a control, a control of direction, half a surrogate pair, or of private use.

    What Unicode has not assigned may have been assigned since this Python was made (an emoji of last year), so it is
    shown; except what never will be, and what will show nothing.
    """
    kind = unicodedata.category(character)
    if kind != "Cn":
        return kind[0] == "C"
    code = ord(character)
    return (
        code & 0xFFFE == 0xFFFE
        or 0xFDD0 <= code <= 0xFDEF
        or code in (0x2065, *range(0xFFF0, 0xFFF9))
        or code >= 0xE0000
    )
