"""Links: made absolute, freed of what tracks a reader, and spelled in one way, so that one page is one link.

A fragment is a part of the link: it names the release in a changelog, or the page of a site that is one page to the
server. Only where it says nothing of the page (the text that is marked in it, how a reader came) is it left out.
"""

import re
from functools import cache
from importlib.resources import files
from urllib.parse import quote, unquote_plus, urljoin

from stream.ids import hashed
from stream.net.guard import BadUrl, Blocked, parse_url

__all__ = ["canonical_link", "entry_item", "former_page", "is_bare_host", "is_site_root", "item_of", "page_of"]

MOST_CHARACTERS = 2000
# Most links are absolute and spelled in the one way already; reading them as URLs took a third of a decision's time.
_PLAIN = re.compile(
    r"(https?://(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}/[A-Za-z0-9._~!$'()*+,;=:@/&-]*)"
    r"(?:\?([A-Za-z0-9._~!$'()*+,;=:@/&-]*))?(?:#([^\s]*))?"
)
_ROOT = re.compile(r"https?://[^/?#]*/?")
_SITE = re.compile(r"^https?://(?:www\.)?")
_FRAGMENT_SAFE = "/%:@!$&'()*+,;=~?-._"
_NO_SCHEME = re.compile(r"www\.[^\s/?#.]+\.[^\s/?#]+(?:[/?#]|$)", re.IGNORECASE)
# What was taken for tracking, by how it begins, while links were kept without their fragments.
_FORMERLY_TRACKING = re.compile(r"(?:utm|pk|mtm|matomo|at|oly|guce)_\w+|wt[._]\w+|cmp", re.IGNORECASE)


def canonical_link(link: str, base: str = "") -> str:
    """The link, absolute and canonical; "" for what is not http or https, has no usable host, or cannot be read."""
    text = re.sub(r"[\t\r\n]", "", link).strip()
    if not text or len(text) > MOST_CHARACTERS:
        return ""
    if plain := _PLAIN.fullmatch(text):
        return _with_query(plain[1], plain[2] or "") + _fragment(plain[3] or "")
    if is_bare_host(text):
        text = f"http://{text}"
    try:
        whole, _, fragment = urljoin(base, text).partition("#")
        target = parse_url(whole)
    except (ValueError, BadUrl, Blocked):
        return ""
    path, _, query = target.path.partition("?")
    return f"{target.scheme}://{target.authority}{_with_query(path, query)}" + _fragment(fragment)


def is_bare_host(link: str) -> bool:
    """Whether a link begins with a host whose name says so, `www.`, and has no scheme."""
    return bool(_NO_SCHEME.match(link.strip()))


def _with_query(path: str, query: str) -> str:
    """With those parameters that do not track, in one order."""
    kept = "&".join(sorted(part for part in query.split("&") if part and not _tracks(part)))
    return f"{path}?{kept}" if kept else path


def _fragment(text: str) -> str:
    """A fragment with its `#`; nothing where it names no part of the page: its top, marked words, how one came."""
    named = text.partition(":~:")[0]
    if not named or named.lower() == "top" or all(map(_tracks, named.lstrip("?").split("&"))):
        return ""
    escaped = quote(named.encode("utf-8", "replace"), safe=_FRAGMENT_SAFE)
    return f"#{escaped}" if len(escaped) <= MOST_CHARACTERS else ""


def _tracks(parameter: str) -> bool:
    name, _, _ = parameter.partition("=")
    return unquote_plus(name).lower() in _tracking()


@cache
def _tracking() -> frozenset[str]:
    """The names in `tracking.txt`."""
    lines = files("stream.text").joinpath("tracking.txt").read_text(encoding="utf-8").splitlines()
    names = (line.partition(": ")[2].lower().split() for line in lines if not line.startswith("#"))
    return frozenset(name for line_names in names for name in line_names)


def is_site_root(link: str) -> bool:
    """Whether a canonical link is a site's own, which identifies no entry."""
    return bool(_ROOT.fullmatch(link))


def page_of(link: str) -> str:
    """What a canonical link names, whatever its scheme, `www.` and last slash: one page for all of them."""
    page, sign, fragment = link.partition("#")
    return _SITE.sub("", page).rstrip("/") + sign + fragment


def former_page(link: str) -> str:
    """The page of a canonical link as it was once remembered: without a fragment, and with fewer parameters."""
    path, _, query = link.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if not _FORMERLY_TRACKING.fullmatch(unquote_plus(part.partition("=")[0]))]
    return page_of(f"{path}?{'&'.join(kept)}" if query and kept else path)


def item_of(link: str) -> str:
    """The id of the item that a canonical link identifies."""
    return hashed("link", page_of(link))


def entry_item(feed: str, entry: str) -> str:
    """The id of the item that only an entry of one feed identifies."""
    return hashed("entry", feed, entry)
