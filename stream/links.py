"""Links: made absolute, freed of what tracks a reader, and spelled in one way, so that one page is one link."""

import re
from dataclasses import replace
from urllib.parse import unquote_plus, urljoin, urlsplit

from stream.ids import hashed
from stream.net.guard import BadUrl, Blocked, parse_url

__all__ = ["canonical_link", "is_site_root", "item_of", "page_of"]

_TRACKING = re.compile(
    r"utm_\w+|utm|(?:fb|g|gb|d|ms|tw|ttc|yc|wbra|gbra|igsh)clid|igshid|mc_[ce]id|mkt_tok|_hs(?:enc|mi|fp|tc)|"
    r"__twitter_impression|ncid|cmpid|cmp|ito|ocid|s_cid|wt[._]\w+|pk_\w+|mtm_\w+|matomo_\w+|at_\w+|xtor|"
    r"ref_src|ref_url|referrer|spm|scm|trk|trkcampaign|vero_(?:id|conv)|oly_\w+|"
    r"from_rss|guccounter|guce_\w+|sr_share|smid|mbid|_ga|_gl|zanpid|__s",
    re.IGNORECASE,
)
MOST_CHARACTERS = 2000
# Most links are absolute and spelled in the one way already; reading them as URLs took a third of a decision's time.
_PLAIN = re.compile(
    r"(https?://(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}/[A-Za-z0-9._~!$'()*+,;=:@/&-]*)"
    r"(?:\?([A-Za-z0-9._~!$'()*+,;=:@/&-]*))?(?:#[^\s]*)?"
)


def canonical_link(link: str, base: str = "") -> str:
    """The link, absolute and canonical; "" for what is not http or https, has no usable host, or cannot be read."""
    text = re.sub(r"[\t\r\n]", "", link).strip()
    if not text or len(text) > MOST_CHARACTERS:
        return ""
    if plain := _PLAIN.fullmatch(text):
        return _with_query(plain[1], plain[2] or "")
    try:
        target = parse_url(urljoin(base, text))
    except (ValueError, BadUrl, Blocked):
        return ""
    path, _, query = target.path.partition("?")
    return replace(target, path=_with_query(path, query)).url


def _with_query(path: str, query: str) -> str:
    """With those parameters that do not track, in one order."""
    kept = "&".join(sorted(part for part in query.split("&") if part and not _tracks(part)))
    return f"{path}?{kept}" if kept else path


def _tracks(parameter: str) -> bool:
    return bool(_TRACKING.fullmatch(unquote_plus(parameter.partition("=")[0])))


def is_site_root(link: str) -> bool:
    """Whether a canonical link is a site's own, which identifies no entry."""
    parts = urlsplit(link)
    return parts.path in ("", "/") and not parts.query


def page_of(link: str) -> str:
    """What a canonical link names, whatever its scheme, `www.` and last slash: one page for all of them."""
    return re.sub(r"^https?://(?:www\.)?", "", link).rstrip("/")


def item_of(link: str) -> str:
    """The id of the item that a canonical link identifies."""
    return hashed("link", page_of(link))
