"""A page of Markdown as what can be checked of it: its anchors, and its links and pieces of code with their lines."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["Code", "Link", "Page", "read_page"]

_SHELL = {"", "sh", "bash", "shell", "console"}


@dataclass(frozen=True, slots=True)
class Link:
    """The target of a link or picture, as it is written."""

    line: int
    target: str


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code: `inline` within a sentence, or one line of a block, with the lines that continue it."""

    line: int
    text: str
    inline: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`name` is its path from the top of the tree; `anchors` are those that GitHub gives to its headings."""

    name: str
    anchors: frozenset[str]
    links: tuple[Link, ...]
    code: tuple[Code, ...]


def read_page(name: str, text: str) -> Page:
    """Read CommonMark with tables; blocks in a language that is not a shell's are no code to check."""
    links: list[Link] = []
    code: list[Code] = []
    headings: list[str] = []
    line = 1
    previous = None
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        line = token.map[0] + 1 if token.map else line  # a cell of a table has only the line of its row
        if token.type == "inline":
            for child, place in _placed(token, line):
                if child.type == "code_inline":
                    code.append(Code(place, child.content.strip(), inline=True))
                elif target := child.attrGet("href") or child.attrGet("src"):
                    links.append(Link(place, unquote(str(target))))
            if previous and previous.type == "heading_open":
                headings.append("".join(child.content for child in token.children or []))
        elif token.type == "code_block" or (token.type == "fence" and token.info.strip() in _SHELL):
            code += _block_code(token.content, line + (token.type == "fence"))
        previous = token
    return Page(name, _anchors(headings), tuple(links), tuple(code))


def _placed(inline: Token, line: int) -> Iterator[tuple[Token, int]]:
    """Each part of a paragraph with its line; a line break within code is seen in the source only."""
    at = 0
    for child in inline.children or []:
        yield child, line
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "code_inline":
            begin = inline.content.index(child.markup, at) + len(child.markup)
            at = inline.content.index(child.markup, begin) + len(child.markup)
            line += inline.content.count("\n", begin, at)


def _block_code(text: str, line: int) -> Iterator[Code]:
    joined = re.sub(r"\\\n", "\\\\\0", text)
    for each in joined.split("\n"):
        yield Code(line, each.replace("\\\0", " ").strip(), inline=False)
        line += 1 + each.count("\0")


def _anchors(headings: list[str]) -> frozenset[str]:
    """As GitHub makes them: lower case, no punctuation, dashes for spaces, a number behind the second of a kind."""
    found: Counter[str] = Counter()
    anchors = set()
    for heading in headings:
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        anchors.add(f"{slug}-{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return frozenset(anchors)
