"""From bytes to text as browsers do it: labels and decoders of the WHATWG Encoding Standard.

byte order mark ─► header's charset ─► declaration ─► UTF-8        each broken byte costs one replacement character

The bytes speak, too. UTF-8 has a form that no other text takes by chance, so a document that keeps it is UTF-8 whatever
its labels say, and one with more broken sequences than whole ones is not, though they say so. And a label that servers
add without looking (latin-1, ASCII) yields to the document's own declaration.
"""

import codecs
import itertools
import re
from collections.abc import Iterator

import webencodings
from w3lib.encoding import resolve_encoding

__all__ = ["decoded", "encoding_of", "page_text"]

_SERVERS_GUESS = "windows-1252"
_WIDE = ("utf-16", "utf-32")
_HEAD = 1024
# What is cut off within a letter of three or four bytes is UTF-8 all the same.
_CUT = re.compile(rb"(?:[\xe0-\xef][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{1,2})(?![\x80-\xbf])")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s\"';,>]{1,60})", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]{0,400}?\bencoding\s*=\s*[\"']?\s*([^\s\"'?>]{1,60})", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([^\s\"';/>]{1,60})", re.IGNORECASE)
# UTF-32 is none of the standard's, but what begins so is nothing else. Longer entries come before their beginnings.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BEGINNINGS = (
    (re.compile(rb"<\0\0\0[!-~]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<\0\0\0[!-~]"), "utf-32-be"),
    (re.compile(rb"[<{]\0[ -~\n\r]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{]\0[ -~\n\r]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),  # `<?xm` in EBCDIC
)
# Beside the standard's labels, names that programs write; never a decoder such as UTF-7, which spells markup otherwise,
# or one that takes quadratic time.
_ALSO = re.compile(
    r"cp(?!0|273|424|500|875|1026|1140)\d{3,4}|iso8859-\d{1,2}|koi8-[rtu]|mac-\w+|big5\w*|euc_\w+|gb\w+|shift_jis\w*|iso2022_\w+|johab|hz|utf-(?:8|16.*|32.*)"
)
_WINDOWS = re.compile(r"win-?(?=\d{3,4}$)")


def decoded(body: bytes, content_type: str) -> str:
    """The document as text, without a byte order mark; whatever the bytes are, nothing is raised."""
    return _decoded(body, content_type, _DECLARATION.match(body[:_HEAD]))


def page_text(page: bytes, content_type: str) -> str:
    """A web page as text: as a document, but for where its encoding is declared."""
    return _decoded(page, content_type, _META.search(page[:_HEAD]) or _DECLARATION.match(page[:_HEAD]))


def encoding_of(label: str) -> str:
    """The name of the encoding that a label means, in any case and between blanks; "" for one that means none."""
    label = _WINDOWS.sub("windows-", label.strip("\t\n\f\r ").lower())
    known = webencodings.lookup(label) if label.isascii() else None
    if known is not None and known.name not in ("replacement", "x-user-defined"):
        return "gb18030" if known.name == "gbk" else known.name
    also = resolve_encoding(label) if re.fullmatch(r"[\w.:-]{1,60}", label, re.ASCII) else None
    return also if also and _ALSO.fullmatch(also) else ""


def _decoded(body: bytes, content_type: str, declared: re.Match[bytes] | None) -> str:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _decode(body[len(mark) :], name)
    for beginning, name in _BEGINNINGS:
        if beginning.match(body):
            return _decode(body, name)
    labelled = _CHARSET.search(content_type)
    by_header = encoding_of(labelled[1]) if labelled else ""
    by_itself = encoding_of(declared[1].decode("latin-1")) if declared else ""
    if by_itself.startswith(_WIDE):  # it was read byte by byte
        by_itself = "utf-8"
    if by_header.startswith(_WIDE) and b"\0" not in body[:_HEAD]:
        by_header = ""
    if by_header == _SERVERS_GUESS:
        by_header, by_itself = by_itself, by_header
    return _by_labels(body, [name for name in (by_header, by_itself) if name])


def _by_labels(body: bytes, names: list[str]) -> str:
    """By the first of these encodings, unless the bytes speak for or against UTF-8."""
    others = [name for name in names if name != "utf-8"]
    if body.isascii() or (others and others[0].startswith(_WIDE)):
        return _decode(body, others[0] if others else "utf-8")
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    whole += len(_CUT.findall(body))
    if broken == 0 or ((broken == 1 or whole >= broken) and (not names or "utf-8" in names)):
        return text
    return _decode(body, others[0] if others else _SERVERS_GUESS)


def _decode(body: bytes, name: str) -> str:
    if name == "iso-2022-jp":
        return _iso_2022_jp(body)
    known = webencodings.lookup(name)
    text: str = known.codec_info.decode(body, _ERRORS)[0] if known else body.decode(name, _ERRORS)
    return text.translate(_AMENDED[name]) if name in _AMENDED else text


# Where Python's decoders know another character than the standard.
_AMENDED = {"koi8-u": str.maketrans("╝╬", "ўЎ"), "euc-jp": str.maketrans("〜‖−¢£¬", "～∥－￠￡￢")}
_ERRORS = "themewire-web"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """What the standard reads where Python reads nothing, or one replacement character for what is broken."""
    assert isinstance(error, UnicodeDecodeError)
    pair, name = error.object[error.start : error.start + 2], error.encoding.lower().replace("_", "-")
    if pair[0] == 0x80 and name == "gb18030":
        return "€", error.start + 1
    if pair[0] < 0xA0 and name == "charmap":  # a hole in a Windows code page is the control character of that number
        return chr(pair[0]), error.start + 1
    also = _EUC_JP.get(pair, "") if name == "euc-jp" else pair.decode("cp950", "ignore") if name == "big5hkscs" else ""
    return (also, error.start + 2) if len(also) == 1 and not also.isascii() else ("\ufffd", error.end)


codecs.register_error(_ERRORS, _replaced)


def _additions() -> Iterator[tuple[bytes, str]]:
    """The characters that NEC and IBM added to JIS X 0208, by their bytes in EUC; Shift_JIS has them, too."""
    for row, cell in itertools.product(range(94), repeat=2):
        lead = row // 2 + (0x81 if row < 62 else 0xC1)
        trail = cell + 0x9F if row % 2 else cell + 0x40 + (cell >= 63)
        yield bytes((row + 0xA1, cell + 0xA1)), bytes((lead, trail)).decode("cp932", "replace")


_EUC_JP = {pair: character for pair, character in _additions() if len(character) == 1}
_SHIFT = re.compile(rb"\x1b(\([BJI]|\$[@B]|\$\(D)")
_PAIR = re.compile(rb"[\x21-\x7e]{2}")
_HALF_WIDTH = bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in range(256))
_HIGH = bytes(byte | 0x80 for byte in range(256))


def _iso_2022_jp(body: bytes) -> str:
    """Escape sequences say what follows: ASCII, its Japanese form, half-width katakana, or pairs of bytes."""
    parts = _SHIFT.split(body)
    text = [parts[0].decode("ascii", "replace")]
    for shift, run in zip(parts[1::2], parts[2::2], strict=True):
        if shift == b"(B":
            text.append(run.decode("ascii", "replace"))
        elif shift == b"(J":
            text.append(run.decode("ascii", "replace").translate({0x5C: "¥", 0x7E: "‾"}))
        elif shift == b"(I":
            text.append(run.translate(_HALF_WIDTH).decode("cp932", "replace"))
        else:
            third = b"\x8f" if shift == b"$(D" else b""
            text.append(_decode(_PAIR.sub(lambda pair, third=third: third + pair[0].translate(_HIGH), run), "euc-jp"))
    return "".join(text)
