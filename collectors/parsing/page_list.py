"""A list in a web page, by CSS selectors; runs in a parser process.

A page in which they find nothing is no empty list: its layout has changed, and somebody has to look.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPathError
from msgspec.structs import asdict, replace

from collectors.parsing.html_tree import headline, language, own_text, text_of, tree_of
from collectors.parsing.markup import html_of_plain
from collectors.parsing.moment import understood
from collectors.parsing.page_pattern import find_pattern
from collectors.parsing.parsed import MOST_ENTRIES, Entry, Parsed, ParseFailed, absolute, bounded, too_many

__all__ = ["ListSelectors", "compiled", "find_page_list", "parse_page_list"]


class ListSelectors(msgspec.Struct, frozen=True):
    """CSS selectors: `item` finds each element of the list, the others what there is in it, or the item itself.

    Without `title` that is the text of the link, and without `link` the first one.
    """

    item: str = ""
    title: str = ""
    link: str = ""
    date: str = ""
    summary: str = ""


@lru_cache(maxsize=256)
def compiled(selector: str) -> CSSSelector:
    """The selector; raises ValueError with what is wrong with it."""
    try:
        return CSSSelector(selector, translator="html")
    except (SelectorError, XPathError) as error:
        raise ValueError(f"{selector!r} is no CSS selector: {error}") from error


def parse_page_list(body: bytes, content_type: str, url: str, *, selectors: ListSelectors) -> Parsed | ParseFailed:
    """An entry for each item; without a selector for items the list is found, and its selectors with it."""
    root = tree_of(body, content_type)
    if root is None:
        return ParseFailed("not_a_feed", "the document is no web page")
    base = _base(root, url)
    if not selectors.item:
        found = find_pattern(root, base)
        if found is None:
            return ParseFailed("not_a_feed", "the page repeats no pattern in which titles with links could be found")
        given = {name: value for name, value in asdict(selectors).items() if value}
        selectors = replace(ListSelectors(*found), **given)
        why = f"{len(compiled(selectors.item)(root))} elements of the page repeat one pattern, `{selectors.item}`"
        parsed = _parsed(root, base, selectors)
        options = {name: value for name, value in asdict(selectors).items() if value}
        return parsed if isinstance(parsed, ParseFailed) else replace(parsed, why=why, options=options)
    return _parsed(root, base, selectors)


def find_page_list(body: bytes, content_type: str, url: str) -> Parsed | ParseFailed:
    """As `parse_page_list`, of a page of which nothing is known."""
    return parse_page_list(body, content_type, url, selectors=ListSelectors())


def _base(root: Any, url: str) -> str:  # noqa: ANN401 (an untyped library's)
    for base in root.iter("base"):
        return absolute(url, bounded(base.get("href"), "link")) or url
    return url


def _parsed(root: Any, url: str, selectors: ListSelectors) -> Parsed | ParseFailed:  # noqa: ANN401
    items = compiled(selectors.item)(root)
    if not items:
        return ParseFailed("parse", f"{_changed(selectors.item)}: nothing in the page is one")
    if len(items) > MOST_ENTRIES:
        return too_many(len(items))
    lang = language(root)
    entries = [entry for item in items if (entry := _entry(item, url, lang, selectors)).title]
    if not entries:
        of = f"`{selectors.title or selectors.link or 'a[href]'}`"
        return ParseFailed("parse", f"{_changed(selectors.item)}: none of {len(items):,} has a title by {of}")
    missing = len(items) - len(entries)
    untitled = f"{missing:,} of {len(items):,} elements of the list have no title"
    return Parsed(
        title=html_of_plain(headline(root), title=True),
        lang=lang,
        site="",
        entries=tuple(entries),
        warnings=(untitled,) if 2 * missing > len(items) else (),  # a table's head is one of its rows
        why=f"`{selectors.item}` finds {len(items):,} elements",
    )


def _changed(item: str) -> str:
    return f"the page's layout seems to have changed, since `{item}` no longer finds its list"


def _entry(item: Any, url: str, lang: str, selectors: ListSelectors) -> Entry:  # noqa: ANN401
    link = next(_within(item, selectors.link or "a[href]"), None)
    title = next(_within(item, selectors.title), None) if selectors.title else link
    date = next(_within(item, selectors.date), None) if selectors.date else None
    summary = " ".join(text_of(each) for each in _within(item, selectors.summary)) if selectors.summary else ""
    published, published_ms = understood(_dates(date)) if date is not None else ("", None)
    href = bounded(link.get("href"), "link") if link is not None else ""
    address = absolute(url, href) if not href.startswith("#") else ""
    return Entry(
        guid="",
        link=address if address.lower().startswith(("http:", "https:")) else "",
        title=html_of_plain(bounded(text_of(title), "title"), title=True) if title is not None else "",
        summary=html_of_plain(bounded(summary, "summary")),
        published=published,
        published_ms=published_ms,
        lang=lang,
    )


def _within(item: Any, selector: str) -> Iterator[Any]:  # noqa: ANN401
    """What a selector finds in an item, the item itself included, in order."""
    return iter(compiled(selector)(item))


def _dates(element: Any) -> Iterator[str]:  # noqa: ANN401
    """A date as a machine reads it, then as people do."""
    yield bounded(element.get("datetime") or element.get("content") or element.get("title"), "date")
    yield bounded(text_of(element), "date")
    yield bounded(own_text(element), "date")
