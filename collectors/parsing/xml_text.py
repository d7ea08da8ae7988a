"""XML as parsers take it: in UTF-8, declared so, and without what no XML may have."""

import re

__all__ = ["BLANKS", "as_xml"]

BLANKS = "\ufeff \t\r\n"  # what stands before a document by mistake
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_DECLARATION = re.compile(rb"\A<\?xml[^>]*>")
# What XML has not ends a parser's work.
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NO_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())


def as_xml(document: bytes) -> bytes:
    """The document, which is in UTF-8, declared so, without the characters that no XML may have."""
    document = document.translate(None, _CONTROLS)
    for letter in _NO_CHARACTERS:
        document = document.replace(letter, b"")
    return _REFERENCE.sub(
        _if_legal, b"<?xml version='1.0' encoding='utf-8'?>" + _DECLARATION.sub(b"", document, count=1)
    )


def _if_legal(found: re.Match[bytes]) -> bytes:
    """A character reference, or nothing where XML has no such character: feedparser fails on a half surrogate."""
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    code = int(digits, base) if len(digits) <= 7 else 0
    legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if legal else b""
