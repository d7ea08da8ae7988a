"""The list of a web page, found by the pattern that it repeats.

links of the same place in the page ─► the largest element around each that has no other of them: the item
─► its headline, or the link's text ─► the group that reads most like a list of news ─► selectors for its parts

Menus repeat a pattern, too: they stand in elements that say so, and have neither headlines nor dates.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lxml.cssselect import CSSSelector

from collectors.parsing.html_tree import own_text, text_of
from collectors.parsing.moment import read_moment
from collectors.parsing.parsed import absolute

__all__ = ["Pattern", "find_pattern"]

LEAST = 3  # elements
MOST_LINKS = 5_000
SHORTEST = 12  # bytes of a link that may be a title by itself
LONGEST = 120  # bytes of a title that count
LEAST_MEAN = 18.0  # bytes, so that the scripts of East Asia need fewer letters
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ASIDE = frozenset({"nav", "footer", "header", "aside"})
_ASIDE_NAME = re.compile(
    r"(?:^|[-_])(?:nav|navbar|navigation|mega|\w*menu\w*|dropdown|breadcrumbs?|footer|header|masthead|topbar|sidebar|pager"
    r"|pagination|social|share|cookies?|languages?|tags?|tabs?)(?:$|[-_])",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(r"(?:has|with|no|is|page|single)[-_]", re.IGNORECASE)  # what a class says of the whole page
_PASSING = re.compile(r"(?:.*[-_])?(?:odd|even|first|last|active|current|selected|alt|new)$|(?:is|has)-.*|.*\d.*", re.I)
_CLASS = re.compile(r"-?[A-Za-z_][\w-]*")
_Element = Any  # lxml's, which is untyped


class Pattern(NamedTuple):
    """CSS selectors of a list that was found; the last three are for within an item, "" for what it has not."""

    item: str
    title: str
    link: str
    date: str


class _Group(NamedTuple):
    """Links of the same place; around each its item, and in that the element whose text is the title."""

    links: list[_Element]
    items: list[_Element]
    titles: list[_Element]


def find_pattern(root: _Element, url: str) -> Pattern | None:
    """The selectors of the list in a page; None where nothing in it reads like one."""
    groups = [(score, group) for group in _groups(root, url) if (score := _score(group)) > 0]
    for _, group in sorted(groups, key=lambda each: -each[0])[:LEAST]:
        if (item := _selector(root, group.items)) is not None:
            link = _inner(list(zip(group.items, group.links, strict=True)), "a[href]")
            headed = any(title is not link for title, link in zip(group.titles, group.links, strict=True))
            title = _inner(list(zip(group.items, group.titles, strict=True)), "") if headed else ""
            return Pattern(item, title, link, _date(group.items))
    return None


def _groups(root: _Element, url: str) -> Iterator[_Group]:
    """Links by the tags and classes of all that they lie in; of the same address the first with a text."""
    by_place: dict[tuple[str, ...], dict[str, _Element]] = defaultdict(dict)
    for count, link in enumerate(root.iter("a")):
        if count >= MOST_LINKS:
            break
        href = (link.get("href") or "").strip()
        address = absolute(url, href[:4000]) if href and not href.startswith("#") else ""
        if address.lower().startswith(("http:", "https:")) and text_of(link):
            place = tuple(_shape(each) for each in (link, *link.iterancestors()))
            by_place[place].setdefault(address, link)
    for found in by_place.values():
        links = list(found.values())
        named = [link for link in links if len(text_of(link).encode()) >= SHORTEST]  # beside them, `PDF` is none
        links = named if len(named) >= LEAST else links
        if len(links) >= LEAST:
            items = _items(links)
            yield _Group(links, items, [_title(item, link) for item, link in zip(items, links, strict=True)])


def _items(links: Sequence[_Element]) -> list[_Element]:
    """Around each link the largest element without another one of them."""
    within = Counter(each for link in links for each in (link, *link.iterancestors()))
    return [[each for each in (link, *link.iterancestors()) if within[each] == 1][-1] for link in links]


def _title(item: _Element, link: _Element) -> _Element:
    """The headline of an item that has one, unless that is the link's own text; else the link."""
    headings = [each for each in item.iter(*_HEADINGS) if text_of(each)]
    return headings[0] if len(headings) == 1 and text_of(headings[0]) != text_of(link) else link


def _score(group: _Group) -> float:
    """How much a group reads like a list of news; 0 for one that does not."""
    sizes = [min(len(text.encode()), LONGEST) for text in {text_of(title) for title in group.titles}]
    if len(sizes) < LEAST or sum(sizes) / len(sizes) < LEAST_MEAN or 2 * len(sizes) < len(group.links):
        return 0.0
    if any(_is_aside(each) for each in (group.items[0], *group.items[0].iterancestors())):
        return 0.0
    score = math.sqrt(sum(sizes)) * (sum(sizes) / len(sizes))  # long titles count more than many of them
    first = group.items[:LEAST]
    headed = all(next(item.iter(*_HEADINGS), None) is not None or _is_headed(item) for item in first)
    dated = all(_date_of(item) is not None for item in first)
    return score * (1.5 if headed else 1.0) * (3.0 if dated else 1.0)


def _is_headed(item: _Element) -> bool:
    return any(each.tag in _HEADINGS for each in item.iterancestors())


def _is_aside(element: _Element) -> bool:
    """Whether it says of itself that what it has is no part of what the page is about."""
    if element.tag in _ASIDE:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}".split()
    whole = element.tag in ("body", "html", "main", "article")
    return not whole and any(_ASIDE_NAME.search(name) and not _OTHERWISE.match(name) for name in names)


def _selector(root: _Element, items: Sequence[_Element]) -> str | None:
    """A selector that finds these items and little else, as short as it can be; None where there is none.

    One that names a class or an id is taken before one of bare elements, which other parts of the page may soon have.
    """
    wanted, first = set(items), items[0]
    shared = [_shared(level) for level in zip(*(list(_line(item)) for item in _alike(items)), strict=False)]
    best, most = None, 0.0
    for count in range(1, len(shared) + 1):
        selector = " > ".join(reversed(shared[:count]))
        found = set(CSSSelector(selector, translator="html")(root))
        right = len(found & wanted) / len(found | wanted) if found else 0.0
        named = "." in selector or "#" in selector
        if first in found and right + 0.02 * named > most + 0.01:
            best, most = selector, right + 0.02 * named
        if right == 1.0 and named:
            break
    return best if most >= 0.6 else None


def _alike(items: Sequence[_Element]) -> list[_Element]:
    """Those items that are of the first one's kind of element: a teaser that stands out is left to itself."""
    tag = Counter(item.tag for item in items).most_common(1)[0][0]
    return [item for item in items if item.tag == tag]


def _line(element: _Element) -> Iterator[_Element]:
    """The element and all that it lies in, below the page's body."""
    for each in (element, *element.iterancestors()):
        if each.tag in ("body", "html"):
            return
        yield each


def _shared(elements: Sequence[_Element]) -> str:
    """A simple selector of what elements of one level have in common."""
    tags = {each.tag for each in elements}
    ids = {each.get("id") or "" for each in elements}
    if len(ids) == 1 and _CLASS.fullmatch(name := next(iter(ids))) and not any(map(str.isdigit, name)):
        return f"{elements[0].tag if len(tags) == 1 else '*'}#{name}"
    classes = set.intersection(*(set(_classes(each)) for each in elements))
    ordered = [name for name in _classes(elements[0]) if name in classes][:2]
    return (elements[0].tag if len(tags) == 1 else "*") + "".join(f".{name}" for name in ordered)


def _inner(pairs: Sequence[tuple[_Element, _Element]], usual: str) -> str:
    """A selector that finds in each item this element first; "" where the usual one does, or none that is simple."""
    wanted = [element for _, element in pairs]
    parents = [element.getparent() for element in wanted if element.getparent() is not None]
    simple = _shared(wanted)
    for selector in (usual, simple, f"{_shared(parents)} > {simple}" if parents else simple):
        if not selector:
            continue
        find = CSSSelector(selector, translator="html")
        right = sum(next(iter(find(item)), None) is element for item, element in pairs)
        if right >= 0.9 * len(pairs):
            return "" if selector == usual else selector
    return ""


def _date(items: Sequence[_Element]) -> str:
    """A selector of the date within most of the items; "" where they have none."""
    dated = [(item, date) for item in items if (date := _date_of(item)) is not None]
    return _inner(dated, "") if 2 * len(dated) >= len(items) and dated else ""


def _date_of(item: _Element) -> _Element | None:
    return next((each for each in item.iter() if _is_date(each)), None)


def _is_date(element: _Element) -> bool:
    """Whether an element is a date that is understood, or one stands in it beside other elements."""
    if element.tag == "time" and element.get("datetime"):
        return True
    if not isinstance(element.tag, str) or element.tag == "a":
        return False
    text = own_text(element)
    return 6 <= len(text) <= 40 and any(map(str.isdigit, text)) and read_moment(text).ms is not None


def _shape(element: _Element) -> str:
    """Its tag and its classes, without those that tell one of a kind from the next."""
    return ".".join((str(element.tag), *sorted(_classes(element))))


def _classes(element: _Element) -> list[str]:
    names = (element.get("class") or "").split()
    return [name for name in names[:10] if _CLASS.fullmatch(name) and not _PASSING.match(name)]
