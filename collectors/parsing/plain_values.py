"""Values of a plain feed's elements: texts, markup, addresses and attributes, as feedparser hands them on."""

import contextlib
import re
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from feedparser.datetimes import _parse_date  # no public names: pinned
from feedparser.html import _cp1252

from collectors.parsing.moment import is_standard

__all__ = [
    "HTML",
    "XML_BASE",
    "XML_LANG",
    "Bases",
    "Element",
    "NotPlain",
    "Scope",
    "attributes",
    "check_attributes",
    "check_date",
    "inherited",
    "joined",
    "marked_up",
    "steady",
    "text_of",
]

Element: TypeAlias = Any  # of lxml, which is untyped
_XML = "{http://www.w3.org/XML/1998/namespace}"
XML_BASE, XML_LANG = f"{_XML}base", f"{_XML}lang"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_TEXT_HTML, _APPLICATION_XHTML = "text/html", "application/xhtml+xml"
HTML = frozenset({"html", "xhtml", _TEXT_HTML, _APPLICATION_XHTML})  # by any of their names
_TYPES = {
    **dict.fromkeys(("text", "plain", "text/plain"), "text/plain"),
    **dict.fromkeys(("html", _TEXT_HTML), _TEXT_HTML),
    **dict.fromkeys(("xhtml", _APPLICATION_XHTML), _APPLICATION_XHTML),
}
_C1 = re.compile("[\x80-\x9f]")
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_ABSOLUTE = re.compile("https?://[^/]")


class NotPlain(Exception):
    """Only feedparser knows what to make of the document."""


class Bases:
    """The base of a whole document: its root's, or else the first that any element declares.

    feedparser goes back to a base of before, but not to none.
    """

    def __init__(self, base: str) -> None:
        self.first = base


class Scope(NamedTuple):
    """What elements inherit; "" where nothing is declared."""

    bases: Bases
    own_base: str
    lang: str

    @property
    def base(self) -> str:
        """Where relative addresses start."""
        return self.own_base or self.bases.first


def inherited(scope: Scope, element: Element) -> Scope:
    """The scope within an element."""
    for name, value in element.items():
        if name == XML_LANG:
            scope = scope._replace(lang=value)
        elif name == XML_BASE and scope.base:
            scope = scope._replace(own_base=steady(joined(scope.base, value)))
        elif name == XML_BASE:
            scope.bases.first = steady(value)
        elif _local(name) in ("base", "lang"):
            raise NotPlain
    return scope


def steady(base: str) -> str:
    """A base that stays as it is when it is joined to itself, which feedparser does at each element."""
    if not (base.isascii() and _ABSOLUTE.match(base)) or urljoin(base, base) != base:
        raise NotPlain
    return base


def check_attributes(element: Element) -> None:
    """Raises where an element that nobody reads has a base, which feedparser may hold on to behind it."""
    for name, _ in element.items():
        if _local(name) == "base":
            raise NotPlain


def attributes(element: Element, *names: str, never: tuple[str, ...] = ()) -> dict[str, str]:
    """Those of these names, in whatever case; raises where it has one of `never`."""
    found = {}
    for name, value in element.items():
        local = _local(name)
        if local in never or (local in names and "}" in name):
            raise NotPlain
        if local in names:
            found[local] = value.lower() if local in ("rel", "type") else value
    return found


def check_date(text: str) -> None:
    """Raises where feedparser fails on a date, and says so."""
    if text and not is_standard(text):
        try:
            _parse_date(text)
        except Exception as error:
            raise NotPlain from error


def text_of(element: Element) -> str:
    """The text of an element without parts."""
    if len(element):
        raise NotPlain
    return _put_right((element.text or "").strip())


def joined(base: str, address: str) -> str:
    """The address as seen from the base."""
    address = _SLASHES.sub(r"\1", address)
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def marked_up(element: Element, scope: Scope, default: str, atom: bool) -> tuple[str, dict[str, Any]]:
    """A text, and what feedparser says of it: its type, language and base."""
    kind = default
    if element.keys():
        kind = _TYPES.get(attributes(element, "type", never=("mode",)).get("type", default), "")
    if not kind or (kind == _APPLICATION_XHTML and not atom):
        raise NotPlain
    text = _put_right(_xhtml(element).strip()) if kind == _APPLICATION_XHTML else text_of(element)
    return text, {"type": kind, "language": scope.lang.replace("_", "-"), "base": scope.base}


def _put_right(text: str) -> str:
    """The text without what was encoded twice, or read as latin-1 and not as windows-1252, where feedparser sees it."""
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_cp1252) if _C1.search(text) else text


def _xhtml(element: Element) -> str:
    """What is within an element, or within the one `div` of it."""
    whole = element[0] if len(element) == 1 and _local(element[0].tag) == "div" else None
    if whole is None or (element.text or "").strip() or (whole.tail or "").strip():
        return _inner(element)
    _tag(whole)
    return _inner(whole)


def _inner(element: Element) -> str:
    parts = [escape(element.text or "")]
    for child in element:
        name, given = _tag(child)
        parts += [f"<{name}{given}>", _inner(child), f"</{name}>", escape(child.tail or "")]
    return "".join(parts)


def _tag(element: Element) -> tuple[str, str]:
    """The name and the attributes of an element of XHTML."""
    name = element.tag.removeprefix(_XHTML).lower()
    if "}" in name or not element.tag.startswith(_XHTML) or name == "body":
        raise NotPlain
    given = []
    for key, value in element.items():
        if "}" in key or key.lower() == "base":
            raise NotPlain
        key = key.lower()
        value = value.lower() if key in ("rel", "type") else value
        given.append(f' {key}="{escape(value, {chr(34): "&quot;"})}"')
    return name, "".join(given)


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()
