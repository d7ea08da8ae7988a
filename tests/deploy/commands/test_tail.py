"""`tail` prints the records of a topic, for programs and for people."""

from stream.log.records import Out
from stream.records import Alert, HealthEvent, Item, encode
from tests.deploy.commands.stream import put


def item(id_: str, title: str) -> Item:
    return Item(
        id=id_, feed="f", source="A", entry="e", revision=0, url=f"http://a/{id_}", title=title, summary="", lang="en",
        published=0, date_quality="none", first_seen=1, baseline=False,
    )  # fmt: skip


def test_tail_prints_one_object_a_line_and_ends(themewire):
    put(themewire, *(Out("items", f"{n}", encode(item(f"{n}", f"Titel \u2028 {n} ü"))) for n in range(20)))
    assert themewire.does("tail", "items", "--no-follow", "--json").out == ""
    lines = themewire.does("tail", "items", "--no-follow", "--from-start", "--json").lines
    assert sorted(line["value"]["title"] for line in lines) == sorted(f"Titel \u2028 {n} ü" for n in range(20))
    assert set(lines[0]) == {"topic", "partition", "offset", "key", "timestamp", "value"}


def test_tail_shows_what_is_deleted_and_what_steers_a_terminal_harmlessly(themewire):
    put(themewire, Out("feeds", "gone", None), Out("items", "x", encode(item("x", "red \x1b[31m alert"))))
    assert "(deleted)" in themewire.does("tail", "feeds", "--no-follow", "--from-start").out
    assert "\x1b" not in themewire.does("tail", "items", "--no-follow", "--from-start").out
    [gone] = themewire.does("tail", "feeds", "--no-follow", "--from-start", "--json").lines
    assert gone["value"] is None


def test_tail_shows_alerts_for_people(themewire):
    alert = Alert(
        id="a", seq=0, kind="new", theme="standards", story="a", title="A \x1b draft", summary="", url="http://a/1",
        lang="en", sources=(), independent=1, probability=0.91, sure=True, reasons=(), model="m", published=0,
        date_quality="none", first_seen=0, tagged_at=0, alerted_at=1_700_000_000_000,
    )  # fmt: skip
    put(themewire, Out("alerts.standards", "a", encode(alert)))
    [line] = themewire.does("tail", "alerts.standards", "--no-follow", "--from-start").out.splitlines()
    assert line == "2023-11-14 22:13:20  standards  0.91  [en] A   draft  http://a/1"


def test_tail_shows_events_for_people(themewire):
    event = HealthEvent(subject="f", kind="feed failing", message="http://a/: it said no", at=1_700_000_000_000)
    put(themewire, Out("events", "f", encode(event)))
    [line] = themewire.does("tail", "events", "--no-follow", "--from-start").out.splitlines()
    assert line == "2023-11-14 22:13:20  feed failing: http://a/: it said no"
