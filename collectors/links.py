"""Links: made absolute, freed of what tracks a reader, and spelled in one way, so that one page is one link."""

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

__all__ = ["canonical_link", "is_site_root", "page_of"]

_TRACKING = re.compile(
    r"utm_\w+|utm|(?:fb|g|gb|d|ms|tw|ttc|yc|wbra|gbra|igsh)clid|igshid|mc_[ce]id|mkt_tok|_hs(?:enc|mi|fp|tc)|"
    r"__twitter_impression|ncid|cmpid|cmp|ito|ocid|s_cid|wt[._]\w+|pk_\w+|mtm_\w+|matomo_\w+|at_\w+|xtor|"
    r"ref_src|ref_url|referrer|spm|scm|trk|trkcampaign|vero_(?:id|conv)|oly_\w+|"
    r"from_rss|guccounter|guce_\w+|sr_share|smid|mbid|_ga|_gl|zanpid|__s",
    re.IGNORECASE,
)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
MOST_CHARACTERS = 2000


def canonical_link(link: str, base: str = "") -> str:
    """The link, absolute and canonical; "" for what is not http or https, has no host, or cannot be read."""
    text = re.sub(r"[\t\r\n]", "", link).strip()
    try:
        parts = urlsplit(urljoin(base, text) if text else "")
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or len(text) > MOST_CHARACTERS:
        return ""
    place = f"[{host}]" if ":" in host else host
    if port is not None and str(port) != _DEFAULT_PORTS[parts.scheme]:
        place = f"{place}:{port}"
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
        if not _TRACKING.fullmatch(name)
    )
    query = urlencode(kept, errors="surrogateescape")
    return urlunsplit((parts.scheme, place, _UNSAFE.sub(_percent, parts.path) or "/", query, ""))


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode())


def is_site_root(link: str) -> bool:
    """Whether a canonical link is a site's own, which identifies no entry."""
    parts = urlsplit(link)
    return parts.path in ("", "/") and not parts.query


def page_of(link: str) -> str:
    """What a canonical link names, whatever its scheme, `www.` and last slash: one page for all of them."""
    return re.sub(r"^https?://(?:www\.)?", "", link).rstrip("/")
