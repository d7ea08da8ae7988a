"""`dead` lists, shows and requeues what could not be handled."""

import time

import msgspec

from stream.log.records import Out
from stream.records import Dead, encode
from tests.deploy.commands.stream import put


def test_many_dead_are_given_back_at_once_and_none_of_them_again(themewire):
    def origin(stage, topic, n, at):
        dead = Dead(stage=stage, topic=topic, partition=0, offset=n, key=f"k{n}", value=b"{}", error="E: x", at=at)
        return Out("dead", f"{topic}/0/{n}", encode(dead))

    now = time.time_ns() // 1_000_000
    olds = [origin("tag", "items", n, now - 3 * 86_400_000) for n in range(3)]
    put(themewire, *olds, origin("tag", "items", 3, now), origin("story", "candidates", 4, now))
    put(themewire, origin("match", "items", 0, now))  # another stage of the same record
    put(themewire, origin("index", "items", 9, now))  # no stage to give it back to

    def given(*options):
        return themewire.does("dead", "requeue", *options).out.strip()

    assert given("--stage", "tag", "--since", "1d") == "1 record requeued"
    assert given("--stage", "story") == "1 record requeued"
    assert given("--all") == "4 records requeued"
    assert given("--all") == "0 records requeued"
    back = themewire.does("tail", "retry.tag", "--from-start", "--no-follow", "--json").lines
    assert sorted(line["key"] for line in back) == ["k0", "k1", "k2", "k3"]
    assert "the index only" in themewire("dead", "requeue", "items/0/9").err
    lines = themewire.does("dead", "list", "--json").lines
    assert {line["stage"]: bool(line["requeued_at"]) for line in lines} == {
        "tag": True,
        "story": True,
        "match": True,
        "index": False,
    }
    assert "--all" in themewire("dead", "requeue").failed(2)


def test_the_dead_are_listed_shown_and_given_back(themewire):
    dead = Dead(
        stage="tag", topic="items", partition=3, offset=7, key="k", value=b'{"title": 3}', error="ValueError: x", at=1
    )
    large = msgspec.structs.replace(dead, offset=8, value=None)
    canary = msgspec.structs.replace(dead, topic="canary.items")
    put(themewire, *(Out("dead", f"{d.topic}/3/{d.offset}", encode(d)) for d in (dead, large, canary)))
    lines = themewire.does("dead", "list", "--json").lines
    assert {line["origin"] for line in lines} == {"items/3/7", "items/3/8", "canary.items/3/7"}
    assert "ValueError: x" in themewire.does("dead", "list").out
    shown = themewire.does("dead", "show", "items/3/7").json
    assert (shown["value"], shown["stage"], shown["error"]) == ('{"title": 3}', "tag", "ValueError: x")
    themewire.does("dead", "requeue", "items/3/7")
    [back] = themewire.does("tail", "retry.tag", "--from-start", "--no-follow", "--json").lines
    assert (back["key"], back["value"]) == ("k", {"title": 3})
    failed = themewire("dead", "requeue", "items/3/8")
    assert "none of them" in failed.failed()
    assert "too large" in failed.err
    canary = themewire("dead", "requeue", "canary.items/3/7")
    assert "none of them" in canary.failed()
    assert "was a canary" in canary.err
    assert "items/0/0" in themewire("dead", "show", "items/0/0").failed()
