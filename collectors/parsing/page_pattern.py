"""The list of a web page, found by the pattern that it repeats.

links of the same place in the page ─► the group that reads most like headlines ─► the largest element around each that
has no other of them: the item ─► selectors for it, and for title, link and date within it

Menus repeat a pattern, too. Their texts are short and undated, and they stand in elements that say so.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lxml.cssselect import CSSSelector

from collectors.parsing.html_tree import text_of
from collectors.parsing.moment import read_moment
from collectors.parsing.parsed import absolute

__all__ = ["Pattern", "find_pattern"]

LEAST = 3  # elements
MOST_LINKS = 5_000
SHORTEST = 12  # bytes of a headline, so that the scripts of East Asia need fewer letters
LONGEST = 120  # bytes of one that count
LEAST_MEAN = 18.0
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ASIDE = frozenset({"nav", "footer", "aside", "form"})
_ASIDE_NAMES = re.compile(
    r"(?:^|[-_\s])(?:nav\w*|menu\w*|footer|breadcrumbs?|sidebar|pager|pagination|social|share|tags?|cookie\w*|lang\w*)(?:$|[-_\s])",
    re.I,
)
_PASSING = re.compile(r"^(?:odd|even|first|last|active|current|selected|alt|new|is-.*|has-.*|.*\d.*)$", re.I)
_CLASS = re.compile(r"-?[A-Za-z_][\w-]*")
_Element = Any  # lxml's, which is untyped


class Pattern(NamedTuple):
    """CSS selectors of a list that was found; the last three are for within an item, "" for what it has not."""

    item: str
    title: str
    link: str
    date: str


class _Group(NamedTuple):
    """Links of the same place, each with the text that a reader sees."""

    links: list[_Element]
    titles: list[str]


def find_pattern(root: _Element, url: str) -> Pattern | None:
    """The selectors of the list in a page; None where nothing in it reads like one."""
    best = max(_groups(root, url), key=_score, default=None)
    if best is None or _score(best) <= 0:
        return None
    items = _items(best.links)
    item = _selector(root, items)
    if item is None:
        return None
    link = _inner([(i, a) for i, a in zip(items, best.links, strict=True)], "a[href]")
    return Pattern(item, "", link, _date(items))


def _groups(root: _Element, url: str) -> Iterator[_Group]:
    """Links by the tags and classes of all that they lie in; of the same address the one with the longest text."""
    by_place: dict[tuple[str, ...], dict[str, tuple[_Element, str]]] = defaultdict(dict)
    for count, link in enumerate(root.iter("a")):
        if count >= MOST_LINKS:
            break
        href = (link.get("href") or "").strip()
        address = absolute(url, href[:4000]) if href and not href.startswith(("#", "javascript:", "mailto:")) else ""
        text = text_of(link) if address else ""
        if address and len(text.encode()) >= SHORTEST:
            place = tuple(_shape(each) for each in (link, *link.iterancestors()))
            known = by_place[place].get(address)
            if known is None or len(known[1]) < len(text):
                by_place[place][address] = (link, text)
    for found in by_place.values():
        if len(found) >= LEAST:
            yield _Group([link for link, _ in found.values()], [text for _, text in found.values()])


def _score(group: _Group) -> float:
    """How much a group reads like headlines; 0 for one that does not."""
    sizes = [min(len(text.encode()), LONGEST) for text in set(group.titles)]
    if len(sizes) < LEAST or sum(sizes) / len(sizes) < LEAST_MEAN:
        return 0.0
    first = group.links[0]
    around = (first, *first.iterancestors())
    score = math.sqrt(sum(sizes)) * (sum(sizes) / len(sizes))  # long titles count more than many of them
    if any(each.tag in _HEADINGS for each in (*around[:4], *first.iter())):
        score *= 1.5
    if any(each.tag in _ASIDE or _ASIDE_NAMES.search(_names(each)) for each in around):
        score *= 0.1
    items = _items(group.links[:LEAST])
    return score * (2.0 if all(any(_is_date(each) for each in item.iter()) for item in items) else 1.0)


def _items(links: Sequence[_Element]) -> list[_Element]:
    """Around each link the largest element without another one of them."""
    within = Counter(each for link in links for each in (link, *link.iterancestors()))
    items = []
    for link in links:
        alone = [each for each in (link, *link.iterancestors()) if within[each] == 1]
        items.append(alone[-1])
    return items


def _selector(root: _Element, items: Sequence[_Element]) -> str | None:
    """A selector that finds these items and little else, as short as it can be; None where there is none."""
    wanted, first = set(items), items[0]
    shared = [_shared(level) for level in zip(*(list(_line(item)) for item in _alike(items)), strict=False)]
    best, most = None, 0.0
    for count in range(1, len(shared) + 1):
        selector = " > ".join(reversed(shared[:count]))
        found = set(CSSSelector(selector, translator="html")(root))
        right = len(found & wanted) / len(found | wanted) if found else 0.0
        if first in found and right > most + 0.05:
            best, most = selector, right
        if right == 1.0:
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
    links = [element for _, element in pairs]
    for selector in ("", _shared(links), f"{_shared([e.getparent() for e in links])} > {_shared(links)}"):
        find = CSSSelector(selector or usual, translator="html")
        right = sum(next(iter(find(item)), None) is element for item, element in pairs)
        if right >= 0.9 * len(pairs):
            return selector
    return ""


def _date(items: Sequence[_Element]) -> str:
    """A selector of the date within most of the items; "" where they have none."""
    dated = [(item, date) for item in items if (date := _date_of(item)) is not None]
    if 2 * len(dated) < len(items):
        return ""
    return _inner(dated, "time") or (
        "time" if all(date.tag == "time" for _, date in dated) else _shared([d for _, d in dated])
    )


def _date_of(item: _Element) -> _Element | None:
    return next((each for each in item.iter() if _is_date(each)), None)


def _is_date(element: _Element) -> bool:
    """Whether an element is nothing but a date that is understood."""
    if element.tag == "time" and element.get("datetime"):
        return True
    if not isinstance(element.tag, str) or len(element) > 2 or element.tag == "a":
        return False
    text = text_of(element)
    return 6 <= len(text) <= 40 and any(map(str.isdigit, text)) and read_moment(text).ms is not None


def _shape(element: _Element) -> str:
    """Its tag and its classes, without those that tell one of a kind from the next."""
    return ".".join((str(element.tag), *sorted(_classes(element))))


def _classes(element: _Element) -> list[str]:
    names = (element.get("class") or "").split()
    return [name for name in names[:10] if _CLASS.fullmatch(name) and not _PASSING.match(name)]


def _names(element: _Element) -> str:
    return " ".join(element.get(name) or "" for name in ("class", "id", "role"))
