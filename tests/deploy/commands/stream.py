"""What tests put on a stream before a command reads it, and what they find there after."""

from deploy.running.first_day import feed_id
from stream.log.records import Out
from stream.records import Feed, Item, Poll, encode
from stream.sqlite import SqliteLog

A, B = "http://127.0.0.1:1/a", "http://127.0.0.1:1/b"


def put(command, *outs):
    command.does("feeds", "list")  # makes the topics
    log = SqliteLog(command.data / "stream.db")
    log.append(outs)
    log.close()


def feed(url, **more):
    return Out("feeds", feed_id(url), encode(Feed(id=feed_id(url), url=url, **more)))


def poll(url, **more):
    told = {"title": "", "at": 1_700_000_000_000, "outcome": "ok", "error": None, "state": "healthy", **more}
    return Out("polls", feed_id(url), encode(Poll(feed=feed_id(url), url=url, **told)))


def item(number):
    return Item(
        id=f"i{number}", feed=feed_id(A), source="A", entry=f"e{number}", revision=0, url=f"http://a/{number}",
        title=f"Old \x1b {number}", summary="", lang="en", published=1_700_000_000_000, date_quality="trusted",
        first_seen=1, baseline=False,
    )  # fmt: skip


def stored_feeds(command):
    lines = command.does("tail", "feeds", "--no-follow", "--from-start", "--json").lines
    return {line["value"]["url"]: line["value"] for line in lines}
