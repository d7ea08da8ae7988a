"""What each element of a plain feed is to feedparser: a field that is read, what it keeps and nobody reads, or neither.

An element is known by feedparser's own name for it, such as `title`, `dc_date` or `itunes_summary`.
"""

from collections.abc import Mapping

from feedparser.api import StrictFeedParser  # no public name: pinned

__all__ = ["ENTRY", "FEED", "IGNORED", "PARTS", "WITH_PARTS", "Names"]

IGNORED = ""
# What may have markup, of which feedparser would take some for elements of the entry.
_TEXTS = (
    *("subtitle", "tagline", "rights", "copyright", "info"),
    *("dc_rights", "itunes_subtitle", "feedburner_browserfriendly"),
)
# What of an entry is read, and by which rule.
ENTRY: Mapping[str, str] = {
    "title": "title",
    "dc_title": "title",
    "media_title": "media_title",
    "link": "link",
    "guid": "guid",
    "id": "guid",
    "description": "description",
    "dc_description": "description",
    "media_description": "description",
    "summary": "summary",
    "itunes_summary": "summary",
    "content": "content",
    "content_encoded": "encoded",
    "enclosure": "enclosure",
    "source": "source",
    "media_group": "group",
    "media_content": "group",
    **dict.fromkeys(("published", "pubdate", "issued", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
    **dict.fromkeys(_TEXTS, "leaf"),
}
# What of a feed is read.
FEED: Mapping[str, str] = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "id": "guid",
    "language": "language",
    "dc_language": "language",
    "ttl": "ttl",
    "sy_updateperiod": "sy_updateperiod",
    "sy_updatefrequency": "sy_updatefrequency",
    "item": "entry",
    "entry": "entry",
    **dict.fromkeys(("description", "dc_description"), "description"),
    **dict.fromkeys(("summary", "itunes_summary"), "summary"),
    **dict.fromkeys(("published", "pubdate", "updated", "lastbuilddate", "dc_date", "created"), "date"),
    **dict.fromkeys(_TEXTS, "leaf"),
}
# What a feed has whose parts are of another thing, and the parts that are known.
PARTS: Mapping[str, frozenset[str]] = {
    "author": frozenset({"name", "email", "uri"}),
    "contributor": frozenset({"name", "email", "uri"}),
    "image": frozenset({"title", "link", "description", "url", "width", "height"}),
    "textinput": frozenset({"title", "link", "description", "name"}),
    "itunes_owner": frozenset({"itunes_name", "itunes_email"}),
    "itunes_category": frozenset({"itunes_category"}),
    "skiphours": frozenset({"hour"}),
    "skipdays": frozenset({"day"}),
}
# Of an entry only these are looked into by feedparser; of the feed all are.
WITH_PARTS = ("author", "contributor")
# What feedparser has a rule for, and nobody here reads.
_KEEPS = """
author contributor category keywords comments generator docs rating cloud icon logo managingeditor webmaster image
textinput skiphours skipdays expirationdate
dc_creator dc_author dc_contributor dc_publisher dc_subject
itunes_author itunes_block itunes_category itunes_email itunes_explicit itunes_image itunes_keywords itunes_name
itunes_owner
media_category media_credit media_keywords media_license media_player media_rating media_restriction media_thumbnail
georss_point
"""
_KEPT = frozenset(_KEEPS.split())
_PREFIXES: Mapping[str, str] = {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}
_RULES = frozenset(
    name.partition("_")[2].partition("_")[2].lower()
    for name in dir(StrictFeedParser)
    if name.startswith(("_start_", "_end_"))
)
_PARTS_ONLY = frozenset({"hour", "day", "name", "email", "uri", "url", "width", "height"})
_KNOWN = frozenset({*ENTRY, *FEED, *_KEPT, *_PARTS_ONLY})
_OTHERS_READ = frozenset({"news_source", "title_detail", "summary_detail"})  # where entries are made of fields
_OWN_WORDS = frozenset(name.partition("_")[0] for name in (*_RULES, *_KNOWN, *_OTHERS_READ) if "_" in name)
_ANY_RSS = "backend.userland.com/rss"  # feedparser takes whatever has this in it for RSS
# Of a site's own, in no namespace that has a prefix.
_BY_DEFAULT = frozenset({"{com-wordpress:feed-additions:1}site", "{com-wordpress:feed-additions:1}post-id"})


class Names(dict[str, str | None]):
    """feedparser's name of each element of a document, by its tag; "" for one that it keeps and nobody reads.

    None is for one that only feedparser knows what to do with. `declared` are the namespaces by prefix, all that the
    document has.
    """

    def __init__(self, declared: Mapping[str, str]) -> None:
        super().__init__()
        self._declared = declared

    def __missing__(self, tag: str) -> str | None:
        self[tag] = name = self._name(tag)
        return name

    @property
    def as_usual(self) -> bool:
        """Whether no prefix that feedparser gives to one namespace stands for another one that it knows."""
        return all(
            prefix not in _OWN_WORDS or _PREFIXES.get(uri.lower(), prefix) == prefix
            for prefix, uri in self._declared.items()
        )

    def _name(self, tag: str) -> str | None:
        uri, _, local = tag.removeprefix("{").rpartition("}")
        prefix = _PREFIXES.get(uri.lower())
        if prefix is None:
            prefixes = [each for each, declared in self._declared.items() if declared == uri]
            if not prefixes or _ANY_RSS in uri.lower() or any(each.lower() in _OWN_WORDS for each in prefixes):
                return IGNORED if tag in _BY_DEFAULT else None
            return IGNORED
        name = f"{prefix}_{local}".lower() if prefix else local.lower()
        if name in _KNOWN:
            return name if name not in _KEPT or name in PARTS else IGNORED
        return IGNORED if prefix and name not in _RULES and name not in _OTHERS_READ else None
