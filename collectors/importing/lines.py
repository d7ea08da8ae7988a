"""JSON lines of items: what each says, or in one sentence why it says nothing."""

import json
from typing import Any

from collectors.parsing.markup import html_of_html, html_of_plain
from collectors.parsing.moment import understood
from collectors.parsing.parsed import Entry, bounded, identifier
from stream.net.guard import Blocked, parse_url

__all__ = ["LONGEST_LINE", "BadLine", "read_line"]

LONGEST_LINE = 2 * 2**20  # bytes
_TEXTS = ("title", "summary", "text", "html", "url", "lang", "source", "source_url")
_LATEST = 253_402_300_799_999  # the last ms of the year 9999


class BadLine(ValueError):
    """A line is no item; the sentence says why."""


def read_line(line: bytes) -> Entry:
    """The entry that a line says; raises `BadLine`. Fields that are not known are passed over.

    `title`, `summary` and `text` are plain text, and `html` is text as HTML. `published` is a date as feeds have
    them, or ms since 1970.
    """
    if len(line) > LONGEST_LINE:
        raise BadLine(f"it is longer than {LONGEST_LINE // 2**20} MiB")
    try:
        found = json.loads(line)
    except UnicodeDecodeError as error:
        raise BadLine(f"it is not UTF-8: {error.reason} at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise BadLine(f"it is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadLine("it is no JSON object")
    for name in _TEXTS:
        if not isinstance(found.get(name) or "", str):
            raise BadLine(f"`{name}` is no text")
    title, summary, content = _title(found), html_of_plain(bounded(found.get("summary"), "summary")), _content(found)
    link = _link(found)
    if not (title or summary or content):
        raise BadLine("it has no `title`, `summary`, `text` or `html`")
    published, moment = _published(found.get("published"))
    return Entry(
        guid=_guid(found.get("id")),
        link=link,
        title=title,
        summary=summary or content,
        published=published,
        published_ms=moment,
        lang=bounded(found.get("lang"), "date"),
        source_name=bounded(found.get("source"), "name"),
        source_url=bounded(found.get("source_url"), "link"),
        content=content if summary and content != summary else "",
    )


def _title(found: dict[str, Any]) -> str:
    return html_of_plain(bounded(found.get("title"), "title"), title=True)


def _content(found: dict[str, Any]) -> str:
    if html := bounded(found.get("html"), "content"):
        return html_of_html(html)
    return html_of_plain(bounded(found.get("text"), "content"))


def _guid(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value or "", str):
        raise BadLine("`id` is neither a text nor a whole number")
    return identifier(value)


def _link(found: dict[str, Any]) -> str:
    link = bounded(found.get("url"), "link").strip()
    if not link:
        return ""
    try:
        parse_url(link)
    except Blocked as error:
        raise BadLine(f"`url` is no web address: {error}") from error
    return link


def _published(value: object) -> tuple[str, int | None]:
    """The date as given and in ms; a line that says one says it clearly, since nobody could ask again later."""
    if value is None or value == "":
        return "", None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LATEST:
        return str(value), int(value)
    if isinstance(value, str):
        published, moment = understood([bounded(value, "date")])
        if moment is not None:
            return published, moment
    raise BadLine(f"`published` is not understood ({str(value)[:60]!r}): use ISO 8601, or milliseconds since 1970")
