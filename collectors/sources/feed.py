"""Web feeds: RSS, Atom, RDF and JSON Feed."""

from msgspec.structs import replace

from collectors.fetching.results import Fetched
from collectors.parsing.discover import header_link, is_page
from collectors.parsing.parser_pool import parse_feed
from collectors.poll_result import Document, PollFailed, PollRequest, PollResult
from collectors.sources.kind import PollContext, SourceKind

__all__ = ["FEED", "with_hub"]


def poll_feed(request: PollRequest, context: PollContext) -> PollResult:
    """One poll of a feed: fetch, compare with what is stored, parse."""
    fetched = context.fetch(request)
    if not isinstance(fetched, Fetched):
        return fetched
    result = context.read(fetched, parse_feed)
    if isinstance(result, PollFailed) and result.kind == "not_a_feed":
        return replace(result, message=_reason(result.message, request, fetched))
    return with_hub(result, fetched) if isinstance(result, Document) else result


def with_hub(document: Document, fetched: Fetched) -> Document:
    """With the hub that the response names, which counts more than what the document says (WebSub, 4)."""
    url, header, parsed = fetched.final_url, fetched.link_header, document.parsed
    hub = header_link(header, "hub", url) or parsed.hub
    topic = (header_link(header, "self", url) or parsed.topic) if hub else ""
    return replace(document, parsed=replace(parsed, hub=hub if topic else "", topic=topic))


def _reason(message: str, request: PollRequest, fetched: Fetched) -> str:
    """Why a document is no feed, as far as it shows what it is instead."""
    if not is_page(fetched.body, fetched.content_type):
        return message
    if fetched.challenge or not request.body_hash:
        return fetched.challenge or message
    return (
        "a web page came where a feed was: a challenge for browsers, a consent or login page, or the site's own; "
        f"look at {fetched.final_url} in a browser, and ask the site to let feed readers through"
    )


def _may_be_feed(_: Fetched) -> bool:
    """The last kind that is tried: whether a document is a feed turns out when it is parsed."""
    return True


FEED = SourceKind("feed", "A web feed: RSS, Atom, RDF or JSON Feed.", _may_be_feed, poll_feed)
