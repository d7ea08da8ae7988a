"""The archive: all that was judged, with its probabilities and why; and what became of one link."""

from collections.abc import Mapping
from typing import Any

from stream.index.queries import find_items, languages
from stream.sqlite.database import Database
from stream.web.page.query import address, wanted_of
from stream.web.page.workbench import Workbench

__all__ = ["items_view", "why_not_view"]

DECISIONS = ("tagged", "unsure", "none")
LONGEST = 2_000  # characters of a link


def items_view(_: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    return "items.html", {
        "page": find_items(index, wanted_of(query)),
        "query": query,
        "to": lambda **changed: address("/items", query, **changed),
        "languages": languages(index, "item"),
        "decisions": DECISIONS,
    }


def why_not_view(bench: Workbench, _: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    link = query.get("link", "").strip()[:LONGEST]
    return "why_not.html", {"link": link, "steps": bench.why_not(link) if link else []}
