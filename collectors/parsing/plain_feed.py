"""A fast way for plain feeds: RSS 2.0 and Atom whose every element is known, as feedparser would read them.

document ─► a tree (lxml) ─► each element's rule ─► the fields that feedparser would have made of them

feedparser is the judge. Whatever it treats in a way of its own (a base that is declared halfway, markup that is not
escaped, a text that it would take for one encoded twice) makes a document none of ours: None, and it is read by
feedparser itself. The document has been through `xml_guard`: it is whole, and nothing in it is too deep or too wide.
"""

import re

from lxml import etree

from collectors.parsing.plain_fields import Fields, pass_over_parts
from collectors.parsing.plain_names import FEED, IGNORED, PARTS, Names
from collectors.parsing.plain_values import (
    XML_BASE,
    XML_LANG,
    Bases,
    Element,
    NotPlain,
    Scope,
    check_attributes,
    check_date,
    inherited,
    steady,
    text_of,
)
from collectors.parsing.recovery import MOST_PARTS, Found

__all__ = ["read_plain"]

_ATOM = "{http://www.w3.org/2005/Atom}feed"
_OTHER_FORMATS = ("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/")  # they would change the version
_NAMESPACE = re.compile(r"""xmlns:([^\s=]+)\s*=\s*(["'])(.*?)\2""")
_XLINK = "http://www.w3.org/1999/xlink"  # which feedparser writes down at the next element
_STEERING = (
    "base",
    "lang",
    "href",
    "lastmod",
    "about",
)  # attributes that mean something to feedparser wherever they are
_STATED = ("language", "ttl", "sy_updateperiod", "sy_updatefrequency")


def read_plain(document: bytes) -> Found | None:
    """What feedparser would make of a whole document in UTF-8; None where only feedparser itself knows."""
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError:  # libxml2 is stricter in some ways, and has limits of its own
        return None
    try:
        names = Names(_declared(document, root))
        return _Reading(names, root).read() if names.as_usual and not len(parser.error_log) else None
    except NotPlain:
        return None


def _declared(document: bytes, root: Element) -> dict[str, str]:
    """The namespaces by their prefixes, each of which stands for one alone."""
    declared = {prefix: uri for prefix, uri in root.nsmap.items() if prefix is not None}
    if document.count(b"xmlns:") == len(declared):
        return declared
    for prefix, _, uri in _NAMESPACE.findall(document.decode()):  # also what a text has of them
        if uri == _XLINK or declared.setdefault(prefix, uri) != uri:
            raise NotPlain
    return declared


class _Reading:
    """A document on its way to fields."""

    def __init__(self, names: Names, root: Element) -> None:
        self._names = names
        self._root = root
        self._atom = root.tag == _ATOM
        self._feed = Fields(names, self._atom, of_entry=False)
        self._entries: list[dict[str, object]] = []

    def read(self) -> Found:
        """Raises `NotPlain`."""
        scope = self._begun()
        channel = self._channel()
        scope = scope if channel is self._root else inherited(scope, channel)
        others = 0  # since the last entry
        for child in channel:
            name = self._names[child.tag]
            if name is None:
                raise NotPlain
            rule = FEED.get(name, "")
            if rule == "entry":
                others = 0
                _check_steering(child)
                within = inherited(scope, child) if child.keys() else scope
                self._entries.append(Fields(self._names, self._atom, of_entry=True).read(child, within))
            else:
                others += 1 + (self._take(rule, child, scope) if rule else self._pass_over(name, child))
            if others > MOST_PARTS // 2:
                raise NotPlain
        return Found(self._feed.values, self._entries, "atom10" if self._atom else "rss20", None, ())

    def _begun(self) -> Scope:
        """What the root declares."""
        lang = base = ""
        for name, value in self._root.items():
            if name == XML_LANG:
                lang = value
            elif name == XML_BASE:
                base = steady(value)
            elif name.rpartition("}")[2].lower() in _STEERING:
                raise NotPlain
        if any(uri.lower() in _OTHER_FORMATS for uri in self._root.nsmap.values()):
            raise NotPlain
        if lang:
            self._feed.values["language"] = lang.replace("_", "-")
        return Scope(Bases(base), "", lang)

    def _channel(self) -> Element:
        if self._atom:
            return self._root
        if self._root.tag != "rss" or len(self._root) != 1 or self._root[0].tag != "channel":
            raise NotPlain
        channel: Element = self._root[0]
        _check_steering(channel)
        return channel

    def _take(self, rule: str, element: Element, scope: Scope) -> int:
        """A field of the feed; returns 0, the number of its parts."""
        values = self._feed.values
        if rule in _STATED:
            check_attributes(element)
            if rule == "language" or not element.keys():  # with attributes feedparser keeps these, and not the text
                values[rule] = text_of(element)
            else:
                raise NotPlain
        elif rule == "date":
            check_attributes(element)
            check_date(text_of(element))
        elif rule in ("description", "summary"):
            check_attributes(element)
            text_of(element)
            if "summary" in values:  # then it would be a content
                raise NotPlain
            if rule == "summary":
                values["summary"] = ""  # nobody reads it
        elif rule == "title" and "title" in values:
            raise NotPlain
        else:
            self._feed.take(rule, element, scope)
        return 0

    def _pass_over(self, name: str, element: Element) -> int:
        """What nobody reads; returns how many parts it has."""
        if name != IGNORED and name not in PARTS:
            raise NotPlain
        check_attributes(element)
        if not len(element):
            return 0
        if name != IGNORED:
            return pass_over_parts(self._names, name, element)
        parts = [each for each in element.iter() if each is not element]
        if any(self._names[part.tag] != IGNORED for part in parts):
            raise NotPlain
        for part in parts:
            check_attributes(part)
        return len(parts)


def _check_steering(element: Element) -> None:
    for name, _ in element.items():
        if name not in (XML_BASE, XML_LANG) and name.rpartition("}")[2].lower() in _STEERING:
            raise NotPlain
