"""What the links in deliveries lead to: GET /feedback/TOKEN asks, and only POST acts; /digest/TOKEN shows a digest.

So a mail system that looks behind every link does no harm. The signature is the right: no login, and no bearer token.
"""

import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from urllib.parse import parse_qs

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stream.delivering.feedback import (
    DIGEST_PATH,
    LASTS,
    PATH,
    Expired,
    Invalid,
    Ticket,
    digest_of,
    item_of,
    label_of,
    links_by_alert,
    receiver_of,
    ticket_of,
)
from stream.delivering.layout import Fact
from stream.delivering.message import alert_sections, mute_link
from stream.delivering.opinions import told
from stream.index.contrary import is_contrary
from stream.index.reading import OpenIndex
from stream.index.session import IndexRows
from stream.index.stage import ItemDoc, find_item
from stream.log import topics
from stream.log.port import Log, LogError, records
from stream.log.records import Out
from stream.records import Alert, NewerVersion, Outbound, decode, encode
from stream.secrets import SecretMissing
from stream.units import DAY, utc
from stream.web.access import Access, Caller, RequestRefused, Role, caller_of, linked
from stream.web.feedback_page import DAYS, USUAL_DAYS, asked_label, asked_mute, effect, listed, page, quoted
from stream.web.item_labels import labels_of
from stream.web.subscriptions_api import SubscriptionsApi

__all__ = ["FeedbackPages"]

MOST_BYTES = 4096  # of a form
SOMEBODY = "link"  # whose word it is where a labeller has a token and no name
NOBODY_KNOWN = Access("", loopback=False)


@dataclass(frozen=True)
class FeedbackPages:
    """The pages, over this stream and index, for these themes.

    `key` is asked when a link is opened, and `base` is where people reach them. An answer counts for everyone once so
    many subscribers `agree`, which the tag stage sees to: here it is only said. `access` says who is calling, if that
    is anybody whom it knows (`caller_of`).
    """

    stream: Log
    index: OpenIndex
    themes: Sequence[str]
    subscriptions: SubscriptionsApi
    clock: Callable[[], int]
    key: Callable[[], bytes]
    base: str
    agree: int = 2
    access: Access = NOBODY_KNOWN
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)  # between looking and writing

    def routes(self) -> list[BaseRoute]:
        """Where they are."""
        return [
            Route(f"{PATH}/{{token}}", linked(self.access, self._feedback), methods=["GET", "POST"]),
            Route(f"{DIGEST_PATH}/{{token}}", linked(self.access, self._digest)),
        ]

    async def _feedback(self, request: Request) -> Response:
        async def body() -> str:
            form = await _form(request) if request.method == "POST" else None
            return await run_in_threadpool(self._confirmed, request.path_params["token"], form, caller_of(request))

        return await _page(body)

    async def _digest(self, request: Request) -> Response:
        return await _page(lambda: run_in_threadpool(self._listed, request.path_params["token"]))

    def _listed(self, token: str) -> str:
        """The body of a digest's page: each alert with its feedback links."""
        try:
            where, delivery = digest_of(token, self.key())
        except Invalid as error:
            raise RequestRefused(403, str(error)) from error
        out = self._outbound(where, delivery)
        if out is None:
            raise RequestRefused(404, "there is no such digest any more")
        if out.at + LASTS <= self.clock():
            raise RequestRefused(410, "this digest's page has expired: those of newer digests work")
        found = links_by_alert(self.base, self.key(), out)
        sections = zip(alert_sections(out.alerts, found), map(self._words, out.alerts), strict=True)
        return listed([replace(each, facts=[*each.facts, *said]) for each, said in sections], mute_link(out, found))

    def _words(self, alert: Alert) -> list[Fact]:
        """Whose word there is on an alert's theme, as far as the index knows."""
        doc = self._doc(item_of(alert)) if self.index.there else None
        return [Fact("Said so far", told(each)) for each in doc.opinions if each.theme == alert.theme] if doc else []

    def _outbound(self, where: int, delivery: str) -> Outbound | None:
        """What was sent under this delivery id; only its partition is read, and only its record decoded."""
        ends = self.stream.ends([topics.OUTBOX])
        elsewhere = {at: end for at, end in ends.items() if at[1] != where % len(ends)}
        for record in records(self.stream, [topics.OUTBOX], elsewhere):
            if delivery.encode() in (record.value or b""):
                out = decode(record.value, Outbound)
                if out.delivery == delivery:
                    return out
        return None

    def _confirmed(self, token: str, form: dict[str, list[str]] | None, caller: Caller) -> str:
        """The page's body; it acts where there is a form."""
        now = self.clock()
        ticket = self._ticket(token, now)
        subscription = self.subscriptions.find(ticket.subscription)
        if ticket.what == "mute":
            return asked_mute(ticket.subscription) if form is None else self._mute(ticket, form, now)
        if ticket.theme not in self.themes:
            raise RequestRefused(404, f"there is no theme {ticket.theme!r} any more")
        doc = self._doc(ticket.item)
        if doc is None:  # it is made again from `tagged`, which is kept for longer than a link lasts
            raise RequestRefused(
                404, "the item is not in the index; if the index is being rebuilt, try again in a few minutes"
            )
        labeller = caller.who or SOMEBODY if caller.role >= Role.LABELLER else ""
        if form is None:
            return asked_label(doc.item, ticket.theme, ticket.what == "right", self.agree, doc.opinions, bool(labeller))
        return self._label(ticket, doc, receiver_of(subscription.channel, self.key()), now, labeller)

    def _doc(self, item: str) -> ItemDoc | None:
        return find_item(IndexRows(self.index.database()), item)

    def _ticket(self, token: str, now: int) -> Ticket:
        try:
            return ticket_of(token, self.key(), now)
        except Invalid as error:
            raise RequestRefused(410 if isinstance(error, Expired) else 403, str(error)) from error

    def _mute(self, ticket: Ticket, form: dict[str, list[str]], now: int) -> str:
        days = form.get("days", [str(USUAL_DAYS)])[-1]
        if days not in map(str, DAYS):
            raise RequestRefused(422, f"choose {', '.join(map(str, DAYS))} days")
        until = now + int(days) * DAY
        self.subscriptions.mute(ticket.subscription, until)
        shown = utc(until).strftime("%Y-%m-%d %H:%M UTC")
        return f"<p>The subscription <b>{escape(ticket.subscription)}</b> is muted until {shown}.</p>"

    def _label(self, ticket: Ticket, doc: ItemDoc, receiver: str, now: int, labeller: str) -> str:
        item = doc.item
        with self._one_at_a_time:
            label = label_of(ticket, item, labels_of(self.stream, item.id), now, receiver, labeller)
            if label is not None:
                contrary = bool(labeller) and is_contrary(doc, label.yes, label.no)
                label = msgspec.structs.replace(label, contrary=contrary)
                self.stream.append([Out(topics.LABELS, item.id, encode(label))])
        verb = "belongs" if ticket.what == "right" else "does not belong"
        again = "" if label else " You had already said so; it counts once."
        claim = f"{quoted(item)} {verb} to the theme <b>{escape(ticket.theme)}</b>"
        return (
            f"<p>Thank you. Recorded: {claim}.{again} {effect(ticket.what == 'right', self.agree, bool(labeller))}</p>"
        )


async def _page(body: Callable[[], Awaitable[str]]) -> Response:
    """The page of a body, or of the sentence that says why there is none."""
    try:
        return page(await body())
    except RequestRefused as refused:
        return page(f"<p>{escape(str(refused))}</p>", refused.status)
    except (LogError, NewerVersion, SecretMissing) as error:
        return page(f"<p>{escape(f'this is not possible right now: {error}')}</p>", 503)


async def _form(request: Request) -> dict[str, list[str]]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise RequestRefused(413, f"a form has at most {MOST_BYTES} bytes")
    return parse_qs(body.decode("latin-1"))
