"""JSON APIs: a list that an expression finds (JMESPath), and what further ones find in each of its elements.

Runs in a parser process. Where no expression is given for the list, it is found: the longest one whose objects have
something like a title, and with it the names of their fields.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from msgspec.structs import asdict, replace

from collectors.parsing.decoding import decoded
from collectors.parsing.markup import html_of_plain
from collectors.parsing.moment import understood
from collectors.parsing.parsed import MOST_ENTRIES, Entry, Parsed, ParseFailed, absolute, bounded, identifier, too_many

__all__ = ["ListFields", "find_list", "parse_list"]

DEEPEST = 5  # objects within objects, where a list is looked for
LEAST = 2  # elements of a list that is found
MILLISECONDS = 100_000_000_000  # a number from here on counts them, and a smaller one seconds
_INNER = ("", ".rendered", ".value", ".text")  # where a text stands in an object of its own
# In the order in which they are taken, with underscores, hyphens or capitals between their words.
_NAMES = {
    "title": ("title", "headline", "name", "subject", "full_title", "display_name", "summary", "description", "text"),
    "link": ("html_url", "permalink", "web_url", "url", "link", "href", "uri", "document_url", "page_url"),
    "id": ("id", "guid", "uuid", "key", "document_number", "number", "slug", "sha"),
    "summary": ("summary", "abstract", "description", "excerpt", "body", "content", "text"),
    "published": (
        *("published", "published_at", "publication_date", "date_published", "pub_date", "released_at", "release_date"),
        *(
            "date_gmt",
            "date",
            "created_at",
            "created",
            "date_created",
            "timestamp",
            "time",
            "updated_at",
            "modified",
            "date_filed",
        ),
    ),
}


class ListFields(msgspec.Struct, frozen=True):
    """Expressions: `items` finds the list, and all but `next` what there is in each element; "" for what it has not.

    `next` finds in the document where the list goes on.
    """

    items: str = ""
    title: str = ""
    link: str = ""
    id: str = ""
    summary: str = ""
    published: str = ""
    next: str = ""


def parse_list(body: bytes, content_type: str, url: str, *, fields: ListFields) -> Parsed | ParseFailed:
    """An entry for each element of the list."""
    document = _loaded(body, content_type)
    if isinstance(document, ParseFailed):
        return document
    if not fields.items:
        return _found(document, url, fields)
    listed = _search(fields.items, document)
    if not isinstance(listed, list):
        return ParseFailed("parse", f"`{fields.items}` finds no list in the document: its form may have changed")
    parsed = _parsed(listed, url, fields)
    if isinstance(parsed, ParseFailed) or not fields.next:
        return parsed
    return replace(parsed, goes_on=_text(_search(fields.next, document), "link"))


def find_list(body: bytes, content_type: str, url: str) -> Parsed | ParseFailed:
    """As `parse_list`, of a document of which nothing is known."""
    return parse_list(body, content_type, url, fields=ListFields())


def _loaded(body: bytes, content_type: str) -> Any:  # noqa: ANN401 (a document of any form)
    try:
        return json.loads(decoded(body, content_type))
    except (ValueError, RecursionError) as error:
        return ParseFailed("not_a_feed", f"the document is no JSON: {error}"[:300])


def _found(document: object, url: str, given: ListFields) -> Parsed | ParseFailed:
    """The list with the most elements that has titles; of the fields those that are given count."""
    best = max(_lists(document, "", 0), key=lambda each: len(each[1]), default=None)
    if best is None:
        return ParseFailed("not_a_feed", "the JSON document has no list of objects with titles")
    path, listed, names = best
    fields = replace(given, items=path, **{name: key for name, key in names.items() if not getattr(given, name)})
    parsed = _parsed(listed, url, fields)
    if isinstance(parsed, ParseFailed):
        return parsed
    options = {name: value for name, value in asdict(fields).items() if value}
    return replace(parsed, options=options, why=f"`{path}` is a list of {len(listed):,} objects with titles")


def _lists(value: object, path: str, depth: int) -> Iterator[tuple[str, list[Any], dict[str, str]]]:
    """(expression, list, fields) of each list within a value whose objects have titles and links, or ids."""
    if isinstance(value, list):
        objects = [each for each in value[:50] if isinstance(each, Mapping)]
        names = _names(objects)
        if (
            len(value) >= LEAST
            and len(objects) == len(value[:50])
            and "title" in names
            and names.keys() & {"link", "id"}
        ):
            yield path or "@", value, names
    elif isinstance(value, Mapping) and depth < DEEPEST:
        for key, inner in list(value.items())[:200]:
            yield from _lists(inner, f"{path}.{_quoted(key)}" if path else _quoted(key), depth + 1)


def _names(objects: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By field the key of these objects that most of them have as a text or number."""
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        for name in names:
            spelled = [key for key in (objects[0] if objects else ()) if _plain(key) == _plain(name)]
            for path in (f"{_quoted(key)}{inner}" for key in spelled for inner in _INNER):
                if field not in found and path not in found.values() and _mostly(objects, path, field):
                    found[field] = path
    return found


def _mostly(objects: Sequence[Mapping[str, Any]], path: str, field: str) -> bool:
    """Whether most of the objects have there what may be such a field."""
    texts = [_text(_search(path, each), "link") for each in objects]
    fit = [text for text in texts if text and (field != "link" or text.startswith(("http://", "https://", "/")))]
    return 2 * len(fit) > len(objects)


def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _quoted(key: str) -> str:
    """A key as JMESPath has it."""
    return key if key.isascii() and key.isidentifier() else json.dumps(key)


def _parsed(listed: Sequence[object], url: str, fields: ListFields) -> Parsed | ParseFailed:
    if len(listed) > MOST_ENTRIES:
        return too_many(len(listed))
    entries = [_entry(each, url, fields) for each in listed]
    named = [entry for entry in entries if entry.title or entry.summary or entry.link]
    if listed and not named:
        message = f"no element of `{fields.items}` has a title or a link where it should be"
        return ParseFailed("parse", f"{message}: their form may have changed")
    missing = len(entries) - len(named)
    warnings = (f"{missing:,} elements of the list have neither title nor link",) if missing else ()
    why = f"`{fields.items}` lists {len(listed):,} elements"
    return Parsed("", "", "", tuple(named), warnings=warnings, why=why)


def _entry(element: object, url: str, fields: ListFields) -> Entry:
    def text(field: str, limit: str) -> str:
        expression = getattr(fields, field)
        return _text(_search(expression, element), limit) if expression else ""

    given = _search(fields.published, element) if fields.published else None
    published, published_ms = understood([_moment(given)])
    return Entry(
        guid=identifier(text("id", "summary")),
        link=absolute(url, text("link", "link")),
        title=html_of_plain(text("title", "title"), title=True),
        summary=html_of_plain(text("summary", "summary")),
        published=published,
        published_ms=published_ms,
    )


def _search(expression: str, value: object) -> Any:  # noqa: ANN401 (a value of any form)
    """What an expression finds; None where what is there is not of the form that it needs."""
    try:
        return jmespath.search(expression, value)
    except JMESPathError:  # a function was given another type: of this element it finds nothing
        return None


def _text(value: object, limit: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):  # as of authors or subjects
        return ", ".join(text for each in value[:20] if not isinstance(each, list) and (text := _text(each, limit)))
    return bounded(value, limit).strip()


def _moment(value: object) -> str:
    """A date as text; a number counts from 1970, in seconds or milliseconds."""
    if isinstance(value, str) and value.isdecimal() and len(value) >= 10:
        value = int(value[:20])
    if not isinstance(value, int | float) or isinstance(value, bool):
        return bounded(value, "date")
    try:
        seconds = value / 1000 if abs(value) >= MILLISECONDS else value
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(value)[:40]
