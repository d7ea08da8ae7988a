"""The text of a page, a line for each block, and what has changed in it since it was last read; in a parser process.

Ages and counters (`59 minutes ago`, `3 comments`) change by themselves, and a line in which nothing else has changed is
the same. The entry of a change names what is new first, for whoever reads no more than its title.
"""

import hashlib
import html
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from collectors.deciding.text.stable import stable_title
from collectors.parsing.html_tree import headline, language, shown, tree_of
from collectors.parsing.page_list import compiled
from collectors.parsing.parsed import Entry, Parsed, ParseFailed

__all__ = ["Watched", "parse_changes"]

MOST_LINES, MOST_CHARACTERS = 2_000, 60_000
LONGEST_LINE = 2_000
SHOWN_LINES = 40  # of each side of a change
TITLE_LINE = 120  # characters
_ABOUT = "main, [role=main], article, body"


class Watched(msgspec.Struct, frozen=True):
    """CSS selectors: `select` finds the parts of the page that are watched, `ignore` what is left out of them."""

    select: str = ""
    ignore: str = ""


def parse_changes(
    body: bytes, content_type: str, url: str, *, watched: Watched, before: str, now: int
) -> Parsed | ParseFailed:
    """The page as an entry, with its text in `goes_on`: what of it has changed since it was `before`, or all at first.

    `now` (ms) is the moment of the change. A page without any change has no entry.
    """
    root = tree_of(body, content_type)
    if root is None:
        return ParseFailed("not_a_feed", "the document is no web page")
    lines = _lines(root, watched)
    if not lines:
        what = f"`{watched.select}` finds no text in the page" if watched.select else "the page has no text"
        return ParseFailed("parse", f"{what}: its layout may have changed, or scripts fill it")
    title = html.escape(headline(root) or url, quote=False)
    page = Entry(_guid(before, lines, now), url, title, _html(lines[:SHOWN_LINES]), "", None, language(root))
    return Parsed(
        title=title,
        lang=language(root),
        site="",
        entries=tuple(_change(page, before.split("\n"), lines, now)) if before else (page,),
        why=f"the page has {len(lines):,} lines of text",
        goes_on="\n".join(lines),
        partial=True,
    )


def _lines(root: Any, watched: Watched) -> list[str]:  # noqa: ANN401 (an untyped library's)
    """The lines of the parts that are watched, without any part of a part."""
    found = compiled(watched.select)(root) if watched.select else _main(root)
    without = frozenset(compiled(watched.ignore)(root)) if watched.ignore else frozenset()
    parts, inside = [], set[Any]()
    for part in found:
        if part not in inside:
            parts.append(part)
            inside.update(part.iter())
    lines: list[str] = []
    left = MOST_CHARACTERS
    for line in (line[:LONGEST_LINE] for part in parts for line in shown(part, without)):
        left -= len(line) + 1
        if left < 0 or len(lines) == MOST_LINES:
            break
        lines.append(line)
    return lines


def _main(root: Any) -> Sequence[Any]:  # noqa: ANN401
    """What the page says is its main part, or all of it."""
    for selector in _ABOUT.split(", "):
        if found := compiled(selector)(root):
            return list(found if selector != "article" or len(found) == 1 else compiled("body")(root))
    return [root]


def _changed(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new; one that stands elsewhere is neither."""
    gone, come = _beyond(old, new, str), _beyond(new, old, str)  # to the letter first, which costs little
    return _beyond(gone, come, stable_title), _beyond(come, gone, stable_title)


def _beyond(lines: Sequence[str], others: Sequence[str], key: Callable[[str], str]) -> list[str]:
    """The lines of which there are more than in the others, where a line is what its key is."""
    left, beyond = Counter(map(key, others)), []
    for line in lines:
        if left[known := key(line)]:
            left[known] -= 1
        else:
            beyond.append(line)
    return beyond


def _guid(before: str, lines: Sequence[str], now: int) -> str:
    """Of a change between these texts, which may come more than once."""
    texts = "\n".join([before, "", *lines, str(now)])
    return hashlib.blake2b(texts.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _change(page: Entry, old: Sequence[str], lines: Sequence[str], now: int) -> Iterator[Entry]:
    """The entry of a change, if there is one."""
    gone, new = _changed(old, lines)
    if not (gone or new):
        return
    first = (new or [f"− {gone[0]}"])[0]
    short = html.escape(first if len(first) <= TITLE_LINE else first[: TITLE_LINE - 1] + "…", quote=False)
    said = [f"+ {line}" for line in new[:SHOWN_LINES]] + [f"− {line}" for line in gone[:SHOWN_LINES]]
    at = datetime.fromtimestamp(now / 1000, UTC).isoformat()
    yield replace(page, title=f"{page.title}: {short}", summary=_html(said), published=at, published_ms=now)


def _html(lines: Sequence[str]) -> str:
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
