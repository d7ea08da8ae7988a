"""The canaries' feed: one entry for each theme, edited at each round, so that nothing grows with the rounds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from seeds.canary import CanaryText

__all__ = ["Canary", "atom", "token_of"]

_TOKEN = re.compile(r"\[canary ([0-9a-f]+)\]\Z")


@dataclass(frozen=True, slots=True)
class Canary:
    """A theme's item of one round; `token` distinguishes it from every other, `at` in ms."""

    theme: str
    text: CanaryText
    token: str
    at: int

    @property
    def title(self) -> str:
        """With the token, by which it is known when it comes back."""
        return f"{self.text.title} [canary {self.token}]"


def token_of(title: str) -> str:
    """The token in a title that came back; empty where there is none."""
    found = _TOKEN.search(title)
    return found[1] if found else ""


def atom(name: str, canaries: Sequence[Canary], at: int) -> bytes:
    """The Atom document of one round. Entries have no link: who serves them may have another port tomorrow."""
    entries = "".join(
        f"<entry xml:lang={quoteattr(each.text.lang)}><id>urn:themewire:canary:{escape(each.theme)}</id>"
        f"<title>{escape(each.title)}</title><updated>{_time(each.at)}</updated>"
        f"<summary>{escape(each.text.summary)}</summary></entry>\n"
        for each in canaries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:themewire:canary</id><title>{escape(name)}</title>'
        f"<updated>{_time(at)}</updated>\n{entries}</feed>\n"
    ).encode()


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
