"""A delivery as a MIME message: headers and two forms of the same words; the same bytes at every attempt.

`Message-ID` comes from the delivery id, so a mailbox can tell a repetition. All messages on one story refer to one
synthetic message that was never sent, so updates and retractions gather under it.
"""

import re
from collections.abc import Sequence
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Any

from stream.delivering.feedback import Links
from stream.delivering.message import mute_link, thread_key, worded
from stream.ids import hashed
from stream.records import Outbound
from stream.units import utc

__all__ = ["addresses", "mime_message"]

_TEXT = "quoted-printable"  # always, so that no line of it can be a boundary
_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@([A-Za-z0-9-]{{1,63}}\.)*[A-Za-z0-9-]{{1,63}}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class _Word:
    """A header of one word, kept as it is: the standard library would encode it where it is longer than a line."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """For the registry to call."""
        kwds["parse_tree"], kwds["decoded"] = None, value

    def fold(self, *, policy: EmailPolicy) -> str:
        """The header's line."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # of the class it is mixed into


def _policy() -> "EmailPolicy[EmailMessage]":
    registry = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"):
        registry.map_to_type(name, _Word)  # type: ignore[arg-type]  # mixed into its base there
    return SMTP.clone(cte_type="7bit", header_factory=registry)


_POLICY = _policy()


def addresses(text: str) -> tuple[str, ...]:
    """The mail addresses of a list with commas; raises ValueError, one sentence, where one is none."""
    found = tuple(part.strip() for part in text.split(","))
    for each in found:
        if len(each) > 254 or len(each.partition("@")[0]) > 64 or not _ADDRESS.fullmatch(each):
            raise ValueError(f"{each!r} is no mail address; one is `name@example.org`, without a display name")
    return found


def mime_message(out: Outbound, sender: str, to: Sequence[str], links: Links) -> EmailMessage:
    """The message for what is to be sent, from and to addresses that `addresses` has let through."""
    wording = worded(out, links)
    domain = sender.rpartition("@")[2]
    made = EmailMessage(_POLICY)
    made["Message-ID"] = f"<{_name(out.delivery)}@{domain}>"
    made["Date"] = utc(out.at)
    made["From"] = Address("themewire", addr_spec=sender)
    made["To"] = [Address(addr_spec=each) for each in to]
    made["Subject"] = wording.subject.replace("=?", "= ?")  # an encoded word that somebody planted would be decoded
    made["List-Id"] = f"<{_name(out.subscription)}.themewire.{domain}>"
    if mute := mute_link(out, links):
        made["List-Unsubscribe"] = f"<{mute}>"
    made["Auto-Submitted"] = "auto-generated"
    if out.alert:
        made["In-Reply-To"] = made["References"] = f"<story.{_name(thread_key(out))}@{domain}>"
    made.set_content(wording.text, cte=_TEXT)
    made.add_alternative(wording.html, subtype="html", cte=_TEXT)
    made.set_boundary(f"=_{hashed('boundary', _name(out.delivery))}")
    return made


def _name(text: str) -> str:
    """An id as a part of a header: itself, or its hash where it is none of ours."""
    return text if len(text) <= 100 and _ID.fullmatch(text) and ".." not in text else hashed("header", ascii(text))
