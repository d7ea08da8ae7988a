"""A real browser, Debian's chromium, and a live `themewire demo` for it to look at."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.deploy.command import Command
from tests.e2e.installation import Run
from tests.kafka_broker import free_ports
from tests.some_statements import write_statements

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120.0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share one browser and one demo, so they are run by one process."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if not item.get_closest_marker("kafka"):
                item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")  # its loop would be in the way of other tests' loops
def browser() -> Iterator[Browser]:
    """Skipped where there is none, but never under CI=true."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        missing = "Install Debian's package chromium to run the tests of the page in a browser."
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    expect.set_options(PATIENCE * 1000)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield made
        made.close()


@dataclass
class Watch:
    """What a browser does that it must not, of all its pages."""

    hosts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Listens to a context's pages from now on."""
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("dialog", lambda dialog: (self.faults.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))

    def _said(self, said: ConsoleMessage) -> None:
        if said.type == "error" and "net::ERR_" not in said.text:  # a server that is restarted is away for a while
            self.faults.append(said.text)

    def _asked(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).hostname or "")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def context(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """A browser of this test's own; no page may ask another host for anything, nor complain."""
    made = browser.new_context()
    made.set_default_timeout(PATIENCE * 1000)
    watch.follow(made)
    yield made
    made.close()
    assert watch.hosts <= {"127.0.0.1"}
    assert watch.faults == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@dataclass(frozen=True)
class Demo:
    """A `themewire demo` that runs, with some alerts raised."""

    address: str
    command: Command

    def get(self, path: str) -> bytes:
        """What its web server answers."""
        with urlopen(self.address + path, timeout=PATIENCE) as answer:
            found: bytes = answer.read()
        return found


@pytest.fixture(scope="package")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Its classifier is one that is trained in seconds: of how good it is nothing is asserted here."""
    folder = tmp_path_factory.mktemp("demo")
    statements = write_statements(folder / "statements", {"de": "de5-", "en": "en[578]-"})
    [port] = free_ports(1)
    settings = {
        "web.listen": f"127.0.0.1:{port}",
        "classify.encoder": "characters",
        "train.statements": str(statements),
        "data.cache": str(folder / "cache"),
    }
    command = Command(folder / "data", settings)
    run = Run(command, ["--keep"], (folder / "demo.log").open("ab"), verb="demo")
    made = Demo(f"http://127.0.0.1:{port}", command)
    try:
        until = time.monotonic() + PATIENCE
        while not has_alerts(made):
            run.alive()
            assert time.monotonic() < until, "the demo raises no alert"
            time.sleep(0.2)  # a server that is not there yet has no event
        yield made
    finally:
        run.kill()


def has_alerts(demo: Demo) -> bool:
    """Whether it is up, and has something to show."""
    try:
        return b'<li id="a-' in demo.get("/")
    except (URLError, OSError):
        return False


def shipped_themes(demo: Demo) -> set[str]:
    """The names of the themes that it ships with."""
    return {theme["name"] for theme in json.loads(demo.get("/api/themes"))["items"] if theme["ships"]}
