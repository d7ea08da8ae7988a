"""kill -9 in the middle of a poll of each kind of source, and of an import: after a restart, all of it is there once.

A server answers no request that is in the middle of a poll until the collector is dead; so no luck is needed.
"""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.records import Out
from stream.records import Feed, encode
from tests.certificates import Authority
from tests.collectors.sources.test_changes import status
from tests.collectors.sources.test_imap import letter
from tests.collectors.sources.test_json_api import FIELDS, results
from tests.collectors.sources.test_page import page, row
from tests.collectors.sources.test_sitemap import index, urlset
from tests.deploy.command import Command
from tests.e2e.installation import Run, Seen, once_each
from tests.imapserver import PASSWORD, USER, Mailbox, answers, imap_server
from tests.webserver import Web, answer, serve

KINDS: dict[str, dict[str, str]] = {
    "sitemap": {},
    "json": {**FIELDS, "next": "next", "pages": "2"},
    "page": {"item": "li.item"},
    "changes": {"select": "table"},
    "imap": {},
}
STEPS = 60  # messages that are there at first: more than one step reads
ARCHIVE = 2_500  # lines of an import: more than it puts on the stream at once
PATIENCE = 60.0


@dataclass
class Middle:
    """Where polls are stopped: `reached` are the kinds that wait there, until it is opened."""

    opened: threading.Event = field(default_factory=threading.Event)
    reached: set[str] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, kind: str) -> None:
        """A poll is in its middle."""
        with self.changed:
            self.reached.add(kind)
            self.changed.notify_all()
        self.opened.wait()

    def close(self) -> None:
        """From now on polls are stopped."""
        self.opened.clear()
        self.reached.clear()

    def all_reached(self) -> bool:
        """Waits until a poll of each kind is there."""
        with self.changed:
            return self.changed.wait_for(lambda: self.reached == set(KINDS), PATIENCE)


@dataclass
class World:
    """A server for each kind, which shows what there is after so many `rounds`."""

    webs: dict[str, Web]
    box: Mailbox
    middle: Middle = field(default_factory=Middle)
    rounds: int = 0

    def goes_on(self) -> None:
        """Each kind has something more."""
        self.rounds += 1
        news = [*range(self.rounds, -1, -1)]
        bodies = {
            "sitemap": {"/s": index("/a", "/b"), "/a": urlset("/page-one-of-a")},
            "json": {"/s": results(*news, next="/t")},
        }
        held = {
            "sitemap": ("/b", urlset(*(f"/page-of-round-{n}" for n in news))),
            "json": ("/t", results(100)),
            "page": ("/s", page(*(row(n) for n in news))),
            "changes": ("/s", status(f"A: round {self.rounds}")),
        }
        for kind, web in self.webs.items():
            for path, body in bodies.get(kind, {}).items():
                web.answers[path] = answer(body)
            path, body = held[kind]
            web.answers[path] = self._held(kind, answer(body))
        self.box.add(*(letter(len(self.box.messages) + n) for n in range(1 if self.rounds > 1 else STEPS)))
        self.box.acts["UID"] = self._listed

    def _held(self, kind: str, said: bytes) -> Callable[..., None]:
        def act(web: Web, sock) -> None:
            self.middle.wait(kind)
            sock.sendall(said)

        return act

    def _listed(self, box: Mailbox, sock, line: str) -> bool:
        if "BODY.PEEK" in line and str(max(box.messages)) in line.split()[3].split(","):
            self.middle.wait("imap")
        for piece in answers(box, line):
            sock.sendall(piece)
        return True

    @property
    def expected(self) -> Counter[str]:
        """How many items each kind has brought, if none is lost and none repeated."""
        return Counter(
            sitemap=self.rounds + 2, json=self.rounds + 2, page=self.rounds + 1, changes=self.rounds,
            imap=len(self.box.messages),
        )  # fmt: skip

    def feeds(self) -> Iterator[Feed]:
        urls = {**{kind: web.base + "/s" for kind, web in self.webs.items()}, "imap": self.box.url}
        for kind, options in KINDS.items():
            credentials = "basic env:MAIL" if kind == "imap" else ""
            yield Feed(id=kind, url=urls[kind], kind=kind, options=options, articles="off", credentials=credentials)


@pytest.fixture
def world(tmp_path, monkeypatch) -> Iterator[World]:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("MAIL", f"{USER}:{PASSWORD}")
    with ExitStack() as stack:
        webs = {kind: stack.enter_context(serve()) for kind in KINDS if kind != "imap"}
        made = World(webs, stack.enter_context(imap_server(authority.server())))
        stack.callback(made.middle.opened.set)
        yield made


def polled(seen: Seen) -> Counter[str]:
    """How many items have come, by kind."""
    return Counter(item["feed"] for item in seen.values("items") if item["feed"] in KINDS)


def imported(seen: Seen) -> list[str]:
    return [item["title"] for item in seen.values("items") if item["title"].startswith("Archived ")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "stream_url", ["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.soak])], indirect=True
)
def test_polls_and_an_import_that_are_killed_in_the_middle_are_on_the_stream_once(tmp_path, stream_url, world):
    stated = {
        "stream.url": stream_url,
        "stream.partitions": "2",
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "fetch.host_gap": "0",
        "fetch.interval": "1",
    }
    command = Command(tmp_path / "data", stated)
    settings = Settings.model_validate({"stream": {"url": stream_url, "partitions": 2}})
    lines = [
        json.dumps({"id": n, "title": f"Archived ruling {n}", "url": f"https://a.example/{n}"}) for n in range(ARCHIVE)
    ]
    archive = "".join(line + "\n" for line in lines).encode()
    with ExitStack() as stack:
        log = open_log(settings)
        stack.callback(log.close)
        ensure_topics(settings, log)
        seen = Seen(log)
        stack.callback(seen.close)
        written = stack.enter_context((tmp_path / "run.log").open("ab"))

        def collector() -> Run:
            run = Run(command, ["collect"], written)
            stack.callback(run.kill)
            return run

        world.goes_on()
        log.append([Out(topics.FEEDS, feed.id, encode(feed)) for feed in world.feeds()])
        run = collector()
        assert world.middle.all_reached(), world.middle.reached
        run.kill()
        world.middle.opened.set()
        run = collector()
        seen.wait(lambda seen: polled(seen) >= world.expected, run.alive)
        world.middle.close()
        world.goes_on()
        importing = subprocess.Popen(
            command.line(["items", "import", "-"]), env=command.environ, stdin=subprocess.PIPE, stdout=written
        )
        stack.callback(importing.wait)
        stack.callback(importing.kill)
        assert importing.stdin
        importing.stdin.write(archive[: archive.rindex(b"\n", 0, -2)])  # and it waits for more
        importing.stdin.flush()
        seen.wait(lambda seen: bool(imported(seen)), run.alive)
        assert world.middle.all_reached(), world.middle.reached
        importing.kill()
        run.kill()
        world.middle.opened.set()
        run = collector()
        command.does("items", "import", "-", stdin=archive)
        seen.wait(lambda seen: polled(seen) >= world.expected and len(imported(seen)) >= ARCHIVE, run.alive)
        polls = len(seen.records["polls"])
        seen.wait(lambda seen: len(seen.records["polls"]) > polls + len(KINDS), run.alive)
        assert run.terminate(10) == 0
        while seen.look():
            pass
        assert polled(seen) == world.expected
        assert Counter(imported(seen)) == once_each(f"Archived ruling {n}" for n in range(ARCHIVE))
        assert len({item["id"] for item in seen.values("items")}) == world.expected.total() + ARCHIVE
        assert not seen.records["dead"]
