"""A data folder with much on its stream: a quarter each of items, their alerts, deliveries of these, and polls.

It is filled in bulk, with the records and rows that the stages themselves would have left over 90 days.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from deploy.running.first_day import prepare
from deploy.settings.locations import clock, ensure_topics, open_log
from deploy.settings.model import Settings
from seeds.events import load_events
from stream.log import topics
from stream.log.topics import alerts_topic
from stream.matching.rows import SENT, Sent, sent_key
from stream.records import Alert, Delivery, Destination, Item, Poll, Source, Subscription, Tagged, encode
from stream.sqlite import SqliteLog
from stream.stories.rows import MEMBERS, STORIES, Member, Part, Story
from stream.themes.saved import shipped_themes
from stream.units import DAY
from tests.bench.start import append, put_rows

__all__ = ["THEME", "Kept"]

THEME = "standards"
SPAN = 90 * DAY
SUBSCRIPTIONS = 100
FEEDS = 300


class Kept:
    """So many records; each item has an alert of its own, that one of a hundred subscriptions was sent.

    `now` (ms) is when it was filled, of one that is there already.
    """

    def __init__(self, folder: Path, records: int, now: int = 0) -> None:
        self.settings = Settings.model_validate({"data": {"dir": folder}})
        self.count = records // 4
        self.now = now or clock()
        self._texts = [(row.title, row.summary, row.lang) for row in load_events(None)]

    def fill(self) -> None:
        """Makes the folder, but for the index."""
        log = open_log(self.settings)
        assert isinstance(log, SqliteLog)
        try:
            ensure_topics(self.settings, log)
            self._records(log)
            self._rows(log)
            prepare(self.settings, log, ["tag"])  # a model
        finally:
            log.close()

    def item(self, number: int) -> Item:
        """The item of this number, of which the last is of now."""
        title, summary, lang = self._texts[number % len(self._texts)]
        at = self.now - (self.count - number) * SPAN // self.count
        return Item(
            id=f"{number:032x}", feed=f"f{number % FEEDS}", source=f"Outlet {number % FEEDS}", entry=f"e{number}",
            revision=0, url=f"https://s{number % FEEDS}.example/{number}", title=f"{title} {number}", summary=summary,
            lang=lang, published=at, date_quality="trusted", first_seen=at, baseline=False,
        )  # fmt: skip

    def _tagged(self, item: Item) -> Tagged:
        sure = int(item.id, 16) % 97 / 97
        themes = {theme: sure if theme == THEME else 0.01 for theme in shipped_themes()}
        return Tagged(
            item=item, themes=themes, tags=(THEME,), decision="unsure" if 0.4 < sure < 0.6 else "tagged", reasons=(),
            model="m", sources=(Source(item.source, item.url, item.id),), at=item.first_seen,
        )  # fmt: skip

    def _alert(self, item: Item) -> Alert:
        return Alert(
            id=item.id, seq=0, kind="new", theme=THEME, story=item.id, title=item.title, summary=item.summary,
            url=item.url, lang=item.lang, sources=(Source(item.source, item.url, item.id),), independent=1,
            probability=0.9, reasons=(), model="m", rule="", published=item.published, date_quality="trusted",
            first_seen=item.first_seen, tagged_at=item.first_seen, alerted_at=item.first_seen,
        )  # fmt: skip

    def _delivery(self, item: Item) -> Delivery:
        return Delivery(
            delivery=f"d{item.id}", subscription=_sent_to(item.id), alert=item.id, seq=0, attempt=1,
            outcome="delivered", status=200, message="200 OK", at=item.first_seen,
        )  # fmt: skip

    def _poll(self, item: Item) -> Poll:
        at = item.first_seen
        return Poll(feed=item.feed, url="", title="", at=at, outcome="ok", error=None, state="healthy", new=1)

    def _items(self) -> Iterator[Item]:
        return map(self.item, range(self.count))

    def _records(self, log: SqliteLog) -> None:
        channel = Destination("webhook", "https://receiver.example/")
        asking = (Subscription(id=f"s{n}", revision=1, themes=(THEME,), channel=channel) for n in range(SUBSCRIPTIONS))
        append(log, topics.SUBSCRIPTIONS, ((each.id, encode(each)) for each in asking))
        append(log, topics.TAGGED, ((item.id, encode(self._tagged(item))) for item in self._items()))
        append(log, alerts_topic(THEME), ((item.id, encode(self._alert(item))) for item in self._items()))
        append(log, topics.DELIVERIES, ((_sent_to(item.id), encode(self._delivery(item))) for item in self._items()))
        append(log, topics.POLLS, ((item.feed, encode(self._poll(item))) for item in self._items()))
        with log.database.transaction() as db:  # they have come one after the other
            db.execute(
                "UPDATE record SET timestamp = ? - (SELECT (next_offset - offset) * ? / next_offset FROM log_end "
                "WHERE log_end.topic = record.topic AND log_end.partition = record.partition)",
                (self.now, SPAN),
            )

    def _rows(self, log: SqliteLog) -> None:
        ids = [f"{number:032x}" for number in range(self.count)]
        put_rows(log, "story", MEMBERS.name, ((f"{THEME}/{each}", _row(Member(each, 0))) for each in ids), None)
        stories = ((each, _row(Story(0, "new", parts=(Part(each, ("o",), True, True),)))) for each in ids)
        put_rows(log, "story", STORIES.name, stories, None)
        put_rows(log, "match", SENT.name, ((sent_key(each, _sent_to(each)), _row(Sent(0))) for each in ids), None)


def _sent_to(item: str) -> str:
    return f"s{int(item, 16) % SUBSCRIPTIONS}"


def _row(row: msgspec.Struct) -> bytes:
    return msgspec.json.encode(row)
