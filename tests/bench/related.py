"""What related alerts come to, by what a subscription wants of them: `python -m tests.bench.related`.

    --events FOLDER   written events (by default those of seeds/events); each file's are laid over each other in ten
                      days, as in a busy theme, and are told to a subscription to all themes
    --growing FILE    a server of feeds that grow (`FILE --grow --port 0`, which prints its address; `POST /_advance`
                      reveals more): a pipeline of its own polls them before and after eight steps; what came of that
                      is laid over eight days in its order

A *conversation* is a message that begins a thread of mail or chat. Where events are known, a *repeat* is a conversation
about an event that was told before; an event is *late* if all that was told of it waited for a digest, and *beneath* if
it was first told in the thread of another event.
"""

import argparse
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from msgspec.structs import replace

from classifiers.judging.centring import shipped_centring
from deploy.inspect.preview import preview
from deploy.running.wiring.story import make_extractor
from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.delivering.feedback import alerts_of
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import records
from stream.log.records import Record
from stream.log.topics import alerts_topic
from stream.records import Alert, Destination, Outbound, Subscription, decode, encode
from stream.records.subscription import OnRelated
from stream.stories.stage import StoryStage
from stream.units import DAY
from tests.bench.alerted import EventItem, as_tagged, read, written
from tests.bench.stories import by_file, candidate_of
from tests.deploy.command import Command
from tests.ledger import THEMES

STEPS = 8
NOWHERE = Destination("webhook", "https://receiver.example/")
START = 20_000 * DAY  # a midnight


@dataclass(frozen=True)
class Course:
    """Alerts in their order, over so many days; `events` are those that their items are about, where that is known."""

    alerts: Sequence[Record]
    days: int
    events: Mapping[str, str]


def course_of(items: Sequence[EventItem]) -> Course:
    """What the stage `story` says of items that come at their times."""
    stage, rows, found = StoryStage(make_extractor), InMemoryRows(), list[Record]()
    for at in sorted(range(len(items)), key=lambda at: (items[at].at, at)):
        item, tables = items[at], Tables(rows)
        now = START + item.at
        record = Record("candidates", 0, at, item.theme, encode(candidate_of(at, item)))
        for out in stage.decide(tables, [record], now).outputs:
            found.append(Record(out.topic, 0, len(found), out.key, out.value, now))
        rows.apply(tables.changes)
    days = (max(item.at for item in items) - min(item.at for item in items)) // DAY + 1
    return Course(found, days, {str(at): item.event for at, item in enumerate(items)})


def growing_course(server: Path, limit: int) -> Course:
    """What a whole pipeline says of feeds that grow."""
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, str(server), "--grow", "--port", "0", *(["--limit", str(limit)] if limit else [])]
        served = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        try:
            assert served.stdout
            base = served.stdout.readline().split()[0].removesuffix("/_opml")
            return _grown(Path(folder), base)
        finally:
            served.terminate()
            served.wait()


def _grown(folder: Path, base: str) -> Course:
    own = {
        "fetch.allow_networks": '["127.0.0.0/8"]', "fetch.new_within": "36500", "fetch.host_gap": "0",
        "fetch.interval": "1", "fetch.shortest_interval": "1", "fetch.longest_interval": "1", "fetch.flood": "100000",
        "canary.interval": "0",
    }  # fmt: skip
    command = Command(folder, own)
    (folder / "feeds.opml").write_bytes(urllib.request.urlopen(f"{base}/_opml", timeout=60).read())
    command("feeds", "import", str(folder / "feeds.opml"))
    log = open_log(Settings.model_validate({"data": {"dir": str(folder)}}))
    found, seen = list[Record](), dict[tuple[str, int], int]()
    topics = [alerts_topic(theme) for theme in THEMES]
    for step in (0, STEPS):
        urllib.request.urlopen(f"{base}/_advance?steps={step}", b"", timeout=60).read() if step else None
        done = command("run", "collect", "tag", "story", "--once", seconds=3600)
        assert done.status == 0, done.err[-2000:]
        found = list(records(log, topics, seen))
        seen = log.ends(topics)
        print(f"after {step} steps: {len(found)} alerts", file=sys.stderr, flush=True)
    log.close()
    found.sort(key=lambda each: each.timestamp)
    found = [
        replace(each, partition=0, offset=n, timestamp=START + n * STEPS * DAY // len(found))
        for n, each in enumerate(found)
    ]
    return Course(found, STEPS, {})


def told(course: Course, choice: str) -> list[Outbound]:
    """What a subscription to all themes is sent."""
    wish = Subscription(id="s", revision=1, channel=NOWHERE, themes=THEMES, related=choice)  # type: ignore[arg-type]
    return preview(course.alerts, wish, START + (course.days + 3) * DAY).sent


def row(course: Course, choice: str) -> str:
    """A line of the table."""
    sent = told(course, choice)
    single = [out for out in sent if out.alert and not out.held]
    begins = [out for out in single if not out.thread and out.alert and out.alert.seq == 0]
    waited = sum(len(alerts_of(out)) for out in sent if out.held)
    parts = [len(single), len(begins), sum(bool(out.thread) for out in single), waited]
    shares = [f"{count / course.days:>9.1f}" for count in parts]
    return f"{choice:10}{''.join(shares)}{_by_event(course, sent)}"


def _by_event(course: Course, sent: Sequence[Outbound]) -> str:
    if not course.events:
        return ""
    count, known, prompt, whose = Counter[str](), set[str](), set[str](), dict[str, str]()
    for out in sent:
        for alert in alerts_of(out):
            event = course.events[alert.sources[0].item]
            whose.setdefault(alert.id, event)
            if alert.seq == 0 and not out.held and not out.thread:
                count["repeats"] += event in known
            if event not in known:
                count["beneath"] += bool(out.thread) and whose.get(out.thread) != event
                known.add(event)
            if not out.held:
                prompt.add(event)
    return f"{count['repeats'] / course.days:>9.1f}{len(known - prompt):>7}{count['beneath']:>9}{len(known):>8}"


def relations(course: Course) -> Iterator[str]:
    """How often an alert names others, and how often they are of its event."""
    first = [alert for record in course.alerts if (alert := decode(record.value, Alert)).kind == "new"]
    yield f"{len(first)} alerts in {course.days} days, {sum(bool(each.related) for each in first)} name others"
    if not course.events:
        return
    event = {each.id: course.events[each.sources[0].item] for each in first}
    named = [(event[each.id], event[other.alert]) for each in first for other in each.related if other.alert in event]
    nearest = [(event[e.id], event[e.related[0].alert]) for e in first if e.related and e.related[0].alert in event]
    for what, pairs in (("of all that are named", named), ("of the nearest", nearest)):
        yield f"{what}, {sum(a == b for a, b in pairs)} of {len(pairs)} are of the same event"
    before, repeats, found = set[str](), 0, 0
    for each in first:
        repeats += event[each.id] in before
        found += event[each.id] in before and any(event.get(o.alert) == event[each.id] for o in each.related)
        before.add(event[each.id])
    yield f"of {repeats} repeats, {found} name an alert of their event"


HEADER = f"{'a day':10}{'messages':>9}{'convers.':>9}{'threaded':>9}{'waiting':>9}"


def show(name: str, course: Course) -> None:
    """The table of a course."""
    print(f"## {name}\n" + "\n".join(relations(course)))
    print(HEADER + (f"{'repeats':>9}{'late':>7}{'beneath':>9}{'events':>8}" if course.events else ""))
    for choice in get_args(OnRelated):
        print(row(course, choice))


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=Path, metavar="FOLDER")
    parser.add_argument("--growing", type=Path, metavar="FILE")
    parser.add_argument("--limit", type=int, default=0, help="of the growing feeds")
    asked = parser.parse_args()
    if asked.growing:
        show(asked.growing.parent.name, growing_course(asked.growing, asked.limit))
        return
    for name, readings in by_file(read(written(asked.events))).items():
        show(name, course_of(as_tagged(readings, shipped_centring())))


if __name__ == "__main__":
    main()
