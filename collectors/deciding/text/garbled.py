"""Whether a text is a known one that was only decoded worse: that is no edit.

A replacement character stands where a letter was lost, so a text with one says nothing of edits. A text that was read
in the wrong encoding still has all its bytes, and read in the right one it is the known text to the letter.
"""

from collections.abc import Callable, Iterator

__all__ = ["is_garbled", "other_readings"]

_ALPHABETS = (
    "cp1251",
    "koi8-r",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "cp874",
    "cp866",
)
_SCRIPTS = ("cp932", "euc_jp", "iso2022_jp", "gb18030", "cp949", "big5")
_RIGHT = ("utf-8", *_ALPHABETS, *_SCRIPTS)


def is_garbled(text: str, is_known: Callable[[str], bool]) -> bool:
    """Whether it is a worse decoding of a text for which `is_known` holds."""
    return "\ufffd" in text or (not text.isascii() and any(map(is_known, other_readings(text))))


def other_readings(text: str) -> Iterator[str]:
    """The text as its bytes may have been meant: read as 1252 and meant otherwise, or meant as UTF-8."""
    if (encoded := _as_1252(text)) is not None:
        yield from _read(encoded, _RIGHT)
    for wrong in (*_ALPHABETS, *_SCRIPTS):
        try:
            yield from _read(text.encode(wrong), ("utf-8",))
        except UnicodeEncodeError:
            continue


def _as_1252(text: str) -> bytes | None:
    """The bytes, whether they were read as 1252 or as latin-1, which has control characters for some letters of it."""
    try:
        return b"".join(bytes((ord(letter),)) if ord(letter) < 256 else letter.encode("cp1252") for letter in text)
    except UnicodeEncodeError:
        return None


def _read(encoded: bytes, encodings: tuple[str, ...]) -> Iterator[str]:
    for encoding in encodings:
        try:
            yield encoded.decode(encoding)
        except UnicodeDecodeError:
            continue
