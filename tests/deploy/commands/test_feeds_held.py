"""`feeds held` and `feeds release`: what was held back."""

import msgspec

from deploy.running.first_day import feed_id
from stream.log.port import Work
from stream.log.records import Change
from stream.sqlite import SqliteLog
from tests.deploy.commands.stream import feed, item, put, stored_feeds

A, B = "http://127.0.0.1:1/a", "http://127.0.0.1:1/b"


def test_what_is_held_back_is_listed_and_released(themewire):
    put(themewire, feed(A), feed(B, title="Mine"))
    log = SqliteLog(themewire.data / "stream.db")
    session = log.session("collect", ["feeds"])
    session.poll(0)
    rows = [
        Change("held", f"{feed_id(A)}/{name}", msgspec.json.encode(items))
        for name, items in (("1", [item(1), item(2)]), ("2", [item(3)]))
    ]
    partition, epoch = next(iter(session.owned().items()))
    session.commit([Work(partition, epoch, changes=rows)])
    session.close()
    log.close()
    lines = themewire.does("feeds", "held", A, "--json").lines
    assert lines[0] == {
        "feed": feed_id(A), "feed_url": A, "id": "i1", "title": "Old \x1b 1", "url": "http://a/1",
        "published": 1_700_000_000_000,
    }  # fmt: skip
    assert [line["id"] for line in lines] == ["i1", "i2", "i3"]
    assert themewire.does("feeds", "held", B, "--json").out == ""
    done = themewire.does("feeds", "held")
    assert len(done.out.splitlines()) == 3
    assert "\x1b" not in done.out
    themewire.does("feeds", "release", B)
    released = stored_feeds(themewire)
    assert released[B]["released"] > 1_700_000_000_000
    assert (released[B]["title"], released[A]["released"]) == ("Mine", 0)


def test_nothing_is_held_back_where_nothing_was_collected(themewire):
    assert themewire.does("feeds", "held", "--json").out == ""
    assert A in themewire("feeds", "held", A).failed()
