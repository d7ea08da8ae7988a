"""The fields of an entry or a feed, put together as feedparser does it: by its elements in their order.

Where feedparser's handlers do something that plain feeds have no need of, `NotPlain` is raised.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from collectors.parsing.plain_names import ENTRY, IGNORED, PARTS, WITH_PARTS, Names
from collectors.parsing.plain_values import (
    HTML,
    Element,
    NotPlain,
    Scope,
    attributes,
    check_attributes,
    check_date,
    inherited,
    joined,
    marked_up,
    text_of,
)
from collectors.parsing.recovery import MOST_PARTS

__all__ = ["Fields", "pass_over_parts"]

_OF_SOURCES = ("title", "link", "guid", "published", "updated", "leaf")
_HALF_REFERENCE = re.compile("&([A-Za-z0-9_]+);")


class Fields:
    """What is known of an entry; or, but for `of_entry`, of the feed itself or of an entry's source."""

    def __init__(self, names: Names, atom: bool, of_entry: bool) -> None:
        self.values: dict[str, Any] = {}
        self._names = names
        self._atom = atom
        self._of_entry = of_entry
        self._titled = False  # what comes now is no title any more
        self._has_content = False
        self._parts = 0

    def read(self, element: Element, scope: Scope) -> dict[str, Any]:
        """The fields of an entry, or of a source; raises `NotPlain`."""
        for child in element:
            name = self._names[child.tag]
            if (rule := ENTRY.get(name) if name else None) and (self._of_entry or rule in _OF_SOURCES):
                self.take(rule, child, scope)
            elif name is not None and (name == IGNORED or name in PARTS):
                self._pass_over(name, child)
            else:
                raise NotPlain
        self._parts += len(element)
        if self._parts > MOST_PARTS // 2:
            raise NotPlain
        return self.values

    def take(self, rule: str, element: Element, scope: Scope) -> None:
        """One element, by the rule of its name; raises `NotPlain`."""
        _RULES[rule](self, element, inherited(scope, element) if element.keys() else scope)

    def title(self, element: Element, scope: Scope) -> None:
        """The first one that is not empty."""
        self.media_title(element, scope)
        self._titled = self._titled or bool(self.values["title"])

    def media_title(self, element: Element, scope: Scope) -> None:
        """A title where there is none yet, which the next one replaces."""
        text, detail = marked_up(element, scope, "text/plain", self._atom)
        if not self._titled:
            self.values["title"], self.values["title_detail"] = text, detail

    def link(self, element: Element, scope: Scope) -> None:
        """By an attribute, as in Atom, or by its text."""
        link = attributes(element, "rel", "type", "href", "hreflang", never=("url", "uri"))
        relation = link.setdefault("rel", "alternate")
        kind = link.setdefault("type", "application/atom+xml" if relation == "self" else "text/html")
        self.values.setdefault("links", []).append(link)
        if "href" in link:
            link["href"] = joined(scope.base, link["href"])
            if relation == "alternate" and kind in HTML:
                self.values["link"] = link["href"]
            return
        href = text_of(element)
        href = joined(scope.base, href) if href else ""
        self.values["link"] = _HALF_REFERENCE.sub(r"&\1", href.replace("&amp;", "&") if self._of_entry else href)
        if href or not self._of_entry:
            link["href"] = self.values["link"]

    def guid(self, element: Element, scope: Scope) -> None:
        """Also the link, where there is none and it is not said to be no link."""
        is_link = attributes(element, "ispermalink").get("ispermalink", "true") == "true"
        value = text_of(element)
        self.values["id"] = value = joined(scope.base, value) if is_link and value else value
        self.values.setdefault("guidislink", is_link and "link" not in self.values)
        if is_link:
            self.values.setdefault("link", value)

    def description(self, element: Element, scope: Scope) -> None:
        """The summary, or a content where there is a summary already."""
        self._describe(element, scope, "text/html")

    def summary(self, element: Element, scope: Scope) -> None:
        """As a description, but plain where nothing is said."""
        self._describe(element, scope, "text/plain")

    def content(self, element: Element, scope: Scope) -> None:
        """One of the contents."""
        self._add_content(element, scope, "text/plain")

    def encoded(self, element: Element, scope: Scope) -> None:
        """One of the contents, HTML where nothing is said."""
        self._add_content(element, scope, "text/html")

    def date(self, name: str, element: Element) -> None:
        """The last one of each name."""
        self.values[name] = text = text_of(element)
        check_date(text)

    def enclosure(self, element: Element, _: Scope) -> None:
        """A link to what nobody here reads."""
        given = attributes(element, "url", "href", never=("uri",))
        href = given.get("url", given.get("href", ""))
        self.values.setdefault("links", []).append({"rel": "enclosure", "href": href} if href else {"rel": "enclosure"})

    def source(self, element: Element, scope: Scope) -> None:
        """Of Atom the fields of the other feed, of RSS its address and name."""
        of_source = Fields(self._names, self._atom, of_entry=False)
        given = attributes(element, "url")
        if len(element):
            of_source.read(element, scope)
            if any((each.tail or "").strip() for each in element) or (element.text or "").strip():
                raise NotPlain
        elif text := text_of(element):
            of_source.values["title"] = text
        self.values["source"] = {"href": given["url"], **of_source.values} if "url" in given else of_source.values
        self._titled = False  # as far as feedparser remembers

    def leaf(self, element: Element, _: Scope) -> None:
        """What nobody reads, if it has no markup."""
        text_of(element)

    def group(self, element: Element, scope: Scope) -> None:
        """Media, of which there may be some to choose from; their titles and descriptions stand for the entry's."""
        self._parts += len(element)
        for child in element:
            name = self._names[child.tag]
            if name == IGNORED:
                check_attributes(child)
            elif (
                (name == "media_title" and self._titled)
                or (name == "media_description" and not self._has_content)
                or name in ("media_group", "media_content")
            ):
                self.take(ENTRY[name], child, scope)
            else:
                raise NotPlain

    def _describe(self, element: Element, scope: Scope, default: str) -> None:
        if "summary" in self.values and not self._has_content:
            self.content(element, scope)
        else:
            self.values["summary"], self.values["summary_detail"] = marked_up(element, scope, default, self._atom)

    def _add_content(self, element: Element, scope: Scope, default: str) -> None:
        self._has_content = True
        text, detail = marked_up(element, scope, default, self._atom)
        self.values.setdefault("content", []).append({**detail, "value": text})
        self.values.setdefault("summary", text)

    def _pass_over(self, name: str, element: Element) -> None:
        check_attributes(element)
        if name in WITH_PARTS and len(element):
            if not self._of_entry and any(self._names[part.tag] == "uri" for part in element):
                raise NotPlain  # it would be the source's address
            self._parts += pass_over_parts(self._names, name, element)


def pass_over_parts(names: Names, name: str, element: Element) -> int:
    """How many parts an element has that nobody reads; raises where there is one that is no part of it."""
    known = PARTS[name]
    parts = [each for each in element.iter() if each is not element]
    for part in parts:
        check_attributes(part)
        called = names[part.tag]
        if (called not in known and (called != IGNORED or name in ("image", "textinput"))) or (
            len(part) and name not in known
        ):
            raise NotPlain
    return len(parts)


def _dated(name: str) -> Callable[[Fields, Element, Scope], None]:
    return lambda fields, element, _: fields.date(name, element)


_RULES: Mapping[str, Callable[[Fields, Element, Scope], None]] = {
    "title": Fields.title,
    "media_title": Fields.media_title,
    "link": Fields.link,
    "guid": Fields.guid,
    "description": Fields.description,
    "summary": Fields.summary,
    "content": Fields.content,
    "encoded": Fields.encoded,
    "enclosure": Fields.enclosure,
    "source": Fields.source,
    "group": Fields.group,
    "leaf": Fields.leaf,
    **{name: _dated(name) for name in ("published", "updated", "created")},
}
