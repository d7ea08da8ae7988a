"""JSON APIs: a list that expressions find, on one page or several.

A page's next one is where an expression says, as an address or as a value for a parameter of the address, or where a
Link header says (RFC 8288). The first page is the newest: where it has not changed, the others are not asked for.
"""

import re
from functools import partial
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import jmespath
from jmespath.exceptions import JMESPathError
from msgspec.structs import replace

from collectors.fetching.results import Fetched
from collectors.parsing.json_list import ListFields, find_list, parse_list
from collectors.parsing.jsonfeed import looks_like_json
from collectors.poll_result import Document, PollRequest, PollResult
from collectors.sources.kind import PollContext, SourceKind, read_options

__all__ = ["JSON", "JsonOptions"]

ACCEPT = "application/json, application/*+json;q=0.9, */*;q=0.1"
MOST_PAGES = 20
_NEXT = re.compile(r"<([^<>]*)>\s*;[^,<]*\brel\s*=\s*\"?[^\",;<]*\bnext\b", re.IGNORECASE)


class JsonOptions(ListFields, frozen=True, forbid_unknown_fields=True):
    """`next` finds the address of the next page or, where `parameter` is given, the value of that parameter in it; at
    most `pages` pages are read in a poll."""

    parameter: str = ""
    pages: int = 1

    def __post_init__(self) -> None:
        for name in ListFields.__struct_fields__:
            expression = getattr(self, name)
            try:
                jmespath.compile(expression) if expression else None
            except JMESPathError as error:
                raise ValueError(f"`{name}` is no JMESPath expression: {' '.join(str(error).split())}") from error
        if not 1 <= self.pages <= MOST_PAGES:
            raise ValueError(f"`pages` is from 1 to {MOST_PAGES}")

    @property
    def fields(self) -> ListFields:
        """The list, and what there is in its elements."""
        return ListFields(**{name: getattr(self, name) for name in ListFields.__struct_fields__})


def poll_json(request: PollRequest, context: PollContext) -> PollResult:
    """One page."""
    options = read_options(request.options, JsonOptions)
    fetched = context.fetch(request, ACCEPT)
    if not isinstance(fetched, Fetched):
        return fetched
    document = context.read(fetched, partial(parse_list, fields=options.fields))
    if not isinstance(document, Document) or request.step + 1 >= options.pages or not document.parsed.entries:
        return document
    met = [*(request.cursor.split() if request.step else ()), request.url]
    following = _following(request, fetched, document.parsed.goes_on, options)
    return replace(document, next_url=following, cursor=" ".join(met)) if following not in ("", *met) else document


def _following(request: PollRequest, fetched: Fetched, goes_on: str, options: JsonOptions) -> str:
    """The address of the next page; "" for none."""
    if not options.next and (found := _NEXT.search(fetched.link_header)):
        goes_on = found[1]
    if not goes_on or not (options.parameter and options.next):
        return _absolute(fetched.final_url, goes_on) if goes_on else ""
    parts = urlsplit(request.began_at)
    query = [(name, old) for name, old in parse_qsl(parts.query, keep_blank_values=True) if name != options.parameter]
    return parts._replace(query=urlencode([*query, (options.parameter, goes_on)])).geturl()


def _absolute(base: str, link: str) -> str:
    try:
        address = urljoin(base, link.strip())
    except ValueError:
        return ""
    return address if address.startswith(("http://", "https://")) and len(address.split()) == 1 else ""


def _recognises(fetched: Fetched) -> bool:
    """Any JSON but JSON Feed; whether it has a list that is meant shows when it is read."""
    return looks_like_json(fetched.body) and b"jsonfeed.org/version" not in fetched.body


JSON = SourceKind("json", "A list in the documents of a JSON API.", _recognises, poll_json, JsonOptions, find_list)
