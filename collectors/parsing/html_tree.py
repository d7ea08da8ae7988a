"""A web page as a tree, and what a reader sees of its elements; runs in a parser process.

lxml's elements are `Any` here, since the library is untyped.
"""

from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from collectors.parsing.decoding import page_text
from collectors.parsing.parsed import bounded

__all__ = ["headline", "language", "own_text", "shown", "text_of", "tree_of"]

UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "iframe", "object", "svg", "select", "textarea"})
_BLOCKS = """
address article aside blockquote body br caption dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
header hr html legend li main nav ol option p pre section summary table tbody td tfoot th thead tr ul
"""
BLOCKS = frozenset(_BLOCKS.split())
CELLS = frozenset({"td", "th", "dt"})  # which stand beside what follows them


def tree_of(body: bytes, content_type: str) -> Any | None:  # noqa: ANN401
    """The page's root element; None for a document without any element. Whatever the bytes are, nothing is raised."""
    text = page_text(body, content_type).replace("\0", "")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return root


def shown(element: Any, without: frozenset[Any] = frozenset()) -> Iterator[str]:  # noqa: ANN401
    """The lines that a reader sees of an element, one for each of its blocks, a table's row on one; none is empty."""
    line: list[str] = []
    for what, text in _pieces(element, without):
        if what == "block":
            if joined := " ".join("".join(line).split()):
                yield joined
            line = []
        else:
            line.append(text)
    if joined := " ".join("".join(line).split()):
        yield joined


def _pieces(element: Any, without: frozenset[Any]) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """The texts in order, and where a block begins or ends."""
    skipped = None
    for event, each in etree.iterwalk(element, events=("start", "end")):
        tag = each.tag if isinstance(each.tag, str) else ""
        if event == "start":
            if skipped is None and (tag in UNSEEN or each in without or each.get("hidden") is not None):
                skipped = each
            if skipped is None:
                if tag in BLOCKS and tag not in CELLS:
                    yield "block", ""
                yield "text", each.text or ""
            continue
        if skipped is None:
            yield ("text", "  ") if tag in CELLS else ("block" if tag in BLOCKS else "text", "")
        elif skipped is each:
            skipped = None
        if skipped is None and each is not element:
            yield "text", each.tail or ""


def text_of(element: Any) -> str:  # noqa: ANN401
    """What a reader sees of an element, on one line."""
    return " ".join(shown(element))


def own_text(element: Any) -> str:  # noqa: ANN401
    """What stands in an element itself, and in none within it, without what sets it off from them."""
    pieces = [element.text or "", *(each.tail or "" for each in element)]
    return " ".join(" ".join(pieces).split()).strip(" -–—|·:,;()[]")


def headline(root: Any) -> str:  # noqa: ANN401
    """What the page calls itself: to those who share it, in its only headline, or in its title."""
    for meta in root.iter("meta"):
        shared = (meta.get("property") or meta.get("name") or "").lower() in ("og:title", "twitter:title")
        if shared and (title := " ".join((meta.get("content") or "").split())):
            return bounded(title, "title")
    headlines = [text for each in root.iter("h1") if (text := text_of(each))]
    titles = [text for each in root.iter("title") if (text := " ".join((each.text or "").split()))]
    return bounded(headlines[0] if len(headlines) == 1 else (titles or headlines or [""])[0], "title")


def language(root: Any) -> str:  # noqa: ANN401
    """The language that the page names."""
    return bounded(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"), "date")
