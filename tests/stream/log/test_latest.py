"""What is kept of a compacted topic: the latest of each key, and what has changed since an offset."""

from stream.log.latest import Latest
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.sqlite import SqliteLog


def test_the_latest_of_each_key_is_kept_and_what_has_changed_since_is_known(tmp_path):
    log = SqliteLog(tmp_path / "stream.db")
    log.ensure(all_topics(("t",), 1))
    latest = Latest(log, "feeds", lambda value: value.decode() if value != b"odd" else None)
    log.append([Out("feeds", "a", b"1"), Out("feeds", "b", b"1"), Out("feeds", "c", b"1")])
    assert latest.since({}) == {"a": "1", "b": "1", "c": "1"}
    heard = log.ends(["feeds"])
    assert latest.since(heard) == {}
    log.append([Out("feeds", "b", None), Out("feeds", "c", b"2"), Out("feeds", "a", b"odd")])
    assert latest.rows() == {"c": "2"}
    assert latest.since(heard) == {"a": None, "b": None, "c": "2"}
    assert latest.since(log.ends(["feeds"])) == {}
    log.close()
