"""Mail as entries: a message as one, or each link of a digest; runs in a parser process."""

import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr
from hashlib import blake2b
from html import escape
from typing import Any

import msgspec

from collectors.fetching.headers import printable
from collectors.parsing.decoding import decoded
from collectors.parsing.html_tree import language, shown, text_of, tree_of
from collectors.parsing.markup import html_of_plain
from collectors.parsing.moment import understood
from collectors.parsing.parsed import Entry, Parsed, bounded, identifier

__all__ = ["MOST_WARNINGS", "Letter", "pack", "parse_mail"]

MOST_LINKS = 200
MOST_WARNINGS = 10
LONGEST_ABOUT = 2_000
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# What every issue of a newsletter links to, and no news.
_HOUSEKEEPING = re.compile(
    r"\b(?:un-?subscri|opt.?out|preferences|privacy|view (?:it |this )?(?:online|email|in)|(?:in|your) browser"
    r"|forward to a|terms of|abmelden|abbestellen|datenschutz|im browser|désinscri|désabonn|navigateur|darse de baja"
    r"|cancelar|navegador|disiscri|annulla l|afmelden|uitschrijven)|配信停止|退订|取消订阅|수신거부",
    re.IGNORECASE,
)


class Letter(msgspec.Struct, frozen=True, array_like=True):
    """A message, with its number for people, and when the server got it, for want of another date."""

    number: int
    received: str
    data: bytes


def pack(letters: Sequence[Letter]) -> bytes:
    """The messages as one document for `parse_mail`."""
    return msgspec.msgpack.encode(letters)


def parse_mail(body: bytes, content_type: str, url: str, links: bool = False) -> Parsed:
    """An entry for each message, the last one first, or one for each of its links that reads like a headline."""
    entries: list[Entry] = []
    warnings = []
    for letter in reversed(msgspec.msgpack.decode(body, type=list[Letter])):
        try:
            entries += _entries(letter.data, letter.received, links)
        except Exception as error:  # a defect of the library, met by this message: the others are read
            warnings.append(
                printable(f"message {letter.number} cannot be read ({type(error).__name__}: {error})")[:300]
            )
    return Parsed("", "", "", tuple(entries), warnings=tuple(warnings[:MOST_WARNINGS]), partial=True)


def _entries(data: bytes, received: str, links: bool) -> tuple[Entry, ...]:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    published, moment = understood([_header(message, "date"), received])
    name, address = parseaddr(_header(message, "from"))
    root, text = _body(message)
    lang = _header(message, "content-language").partition(",")[0] or (language(root) if root is not None else "")
    common = Entry("", "", "", "", published, moment, bounded(lang, "date"), bounded(name or address, "name"))
    if links:
        return tuple(_linked(root, common) if root is not None else _listed(text, common))
    return (_whole(message, text, common),)


def _whole(message: EmailMessage, text: str, common: Entry) -> Entry:
    subject = " ".join(_header(message, "subject").split())
    archived = _WEB.search(_header(message, "archived-at"))
    return Entry(
        identifier(_id(message)),
        bounded(archived[0], "link") if archived else "",
        html_of_plain(bounded(subject, "title"), title=True),
        bounded("".join(f"<p>{escape(line, quote=False)}</p>" for line in text.splitlines()), "summary"),
        *(common.published, common.published_ms, common.lang, common.source_name),
    )


def _id(message: EmailMessage) -> str:
    """The message's own id, or what it can be known by again."""
    own = _header(message, "message-id").strip().strip("<>")
    said = "\0".join(_header(message, name) for name in ("from", "date", "subject"))
    return own or blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _header(message: Message, name: str) -> str:
    """A header as text; one that the library cannot make sense of, as it was sent."""
    try:
        value = message.get(name, "")
    except Exception:  # the library has a defect or two that headers meet, and their mail is read all the same
        value = next((raw for key, raw in message.raw_items() if key.lower() == name), "")
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _body(message: EmailMessage) -> tuple[Any | None, str]:
    """The tree of the HTML part where there is one, and what a reader sees, a line for each paragraph."""
    part = message.get_body(("html", "plain"))
    if part is None:
        return None, ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    kind = f"{part.get_content_type()}; charset={part.get_content_charset('')}"
    if part.get_content_type() != "text/html":
        lines = (" ".join(line.split()) for line in re.split(r"\r?\n\s*\r?\n", decoded(data, kind)))
        return None, "\n".join(line for line in lines if line)
    root = tree_of(data, kind)
    if root is None:
        return None, ""
    return root, "\n".join(line for line in shown(root) if any(letter.isalnum() for letter in line))


def _linked(root: Any, common: Entry) -> Iterator[Entry]:  # noqa: ANN401  (the library is untyped)
    """The links of a page that read like headlines, each once, with what stands beside them."""
    found: dict[str, tuple[str, Any]] = {}
    within: dict[Any, set[str]] = {}  # by element, the links that it holds
    for anchor in root.iter("a"):
        link, text = (anchor.get("href") or "").strip(), text_of(anchor)
        if len(found) < MOST_LINKS and _WEB.fullmatch(link) and _is_headline(text):
            found.setdefault(link, (text, anchor))
            for above in anchor.iterancestors():
                within.setdefault(above, set()).add(link)
    for link, (text, anchor) in found.items():
        card = anchor
        for above in anchor.iterancestors():  # the widest that holds no other headline
            if len(within[above]) > 1 or above.tag in ("body", "html"):
                break
            card = above
        beside = text_of(card).replace(text, "", 1).strip(" :–—-|·•")
        yield _link(link, text, beside, common)


def _listed(text: str, common: Entry) -> Iterator[Entry]:
    """The same of a plain text: addresses, each with the line that it stands in or the one before it."""
    before, seen = "", set[str]()
    for line in text.splitlines():
        link = _WEB.search(line)
        title = _WEB.sub("", line).strip(" <>()[]:–—-*•") or before
        if link and link[0] not in seen and _is_headline(title) and len(seen) < MOST_LINKS:
            seen.add(link[0])
            yield _link(link[0].rstrip(".,;)"), title, "", common)
        before = "" if link else line


def _link(link: str, title: str, beside: str, common: Entry) -> Entry:
    return Entry(
        "",
        bounded(link, "link"),
        html_of_plain(bounded(title, "title"), title=True),
        html_of_plain(beside[:LONGEST_ABOUT]),
        *(common.published, common.published_ms, common.lang, common.source_name),
    )


def _is_headline(text: str) -> bool:
    """Whether it says enough to be one: some words, fewer letters where each is a word."""
    letters = sum(letter.isalnum() for letter in text)
    enough = letters >= 8 if any(ord(letter) > 0x2E7F for letter in text) else letters >= 16 and len(text.split()) >= 3
    return enough and len(text) <= 400 and not _HOUSEKEEPING.search(text)
