"""Sections of a message for people, laid out as plain text and as HTML; whatever comes in, only our own tags go out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Fact", "Section", "as_html", "as_text", "sections_html"]

_LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)
LINK_SHOWN = 200


@dataclass(frozen=True)
class Fact:
    """A labelled line; `url` is shown as it is, or, for an `own` link of ours, behind the label."""

    label: str
    text: str = ""
    url: str = ""
    own: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs and facts; texts are on one line each, and addresses are http or https."""

    heading: str
    paragraphs: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    lang: str = ""


def as_text(sections: Sequence[Section]) -> str:
    """The sections as plain text."""
    blocks: list[str] = []
    for each in sections:
        blocks += [text for text in (each.heading, *each.paragraphs) if text]
        blocks.append("\n".join(map(_fact_text, each.facts)))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _fact_text(fact: Fact) -> str:
    return f"{fact.label}: " + " ".join(part for part in (fact.text, fact.url) if part)


def as_html(title: str, sections: Sequence[Section]) -> str:
    """The sections as a whole page, without styles, images, scripts or anything that is fetched."""
    body = sections_html(sections)
    head = f'<meta charset="utf-8">\n<title>{escape(title)}</title>'
    return f"<!doctype html>\n<html>\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n"


def sections_html(sections: Sequence[Section]) -> str:
    """The sections as a part of a page."""
    return "\n".join(map(_section_html, sections))


def _section_html(section: Section) -> str:
    lang = f' lang="{section.lang}"' if _LANG.fullmatch(section.lang) else ""
    lines = [f'<h2 dir="auto"{lang}>{escape(section.heading)}</h2>'] if section.heading else []
    lines += [f'<p dir="auto"{lang}>{escape(text)}</p>' for text in section.paragraphs if text]
    if section.facts:
        lines += ["<ul>", *map(_fact_html, section.facts), "</ul>"]
    return "\n".join(lines)


def _fact_html(fact: Fact) -> str:
    label, url = escape(fact.label), escape(fact.url)
    if fact.own:
        return f'<li><a href="{url}">{label}</a></li>'
    shown = escape(fact.url if len(fact.url) <= LINK_SHOWN else fact.url[: LINK_SHOWN - 1] + "…")
    link = f'<a href="{url}" rel="noreferrer">{shown}</a>' if fact.url else ""
    text = f"<bdi>{escape(fact.text)}</bdi>" if fact.text else ""
    return f"<li>{label}: " + " ".join(part for part in (text, link) if part) + "</li>"
