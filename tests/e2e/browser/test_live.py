"""A page that stays open while alerts come in, and while the service is killed and comes back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.installation import Installation, Run, installation
from tests.kafka_broker import free_ports
from tests.ledger import Ledger


@pytest.fixture
def place(tmp_path, cache) -> Iterator[Installation]:
    """An installation with a page at `web.listen`; nothing of it runs yet."""
    with installation(tmp_path, f"sqlite:///{tmp_path}/stream.db", cache, Ledger()) as made:
        [port] = free_ports(1)
        made.command = replace(made.command, settings={**made.command.settings, "web.listen": f"127.0.0.1:{port}"})
        made.follow_ledger()
        yield made


def grown(place: Installation, run: Run, count: int) -> set[str]:
    """Has so many items appear; returns the alerts that came of all so far."""
    place.ledger.grow(count)
    place.seen.wait(lambda seen: len(seen.records["tagged"]) == len(place.ledger.tokens), run.alive)
    of_a_theme = [value for value in place.seen.values("tagged") if value["tags"] and not value["item"]["baseline"]]
    place.seen.wait(lambda seen: len(seen.alerts) == len(of_a_theme), run.alive)
    return {alert["id"] for alert in place.seen.alerts}


def shown(page: Page, alerts: set[str]) -> None:
    """Waits until the list has so many rows: these, each once."""
    rows = page.locator("#list > li[id^='a-']")
    expect(rows).to_have_count(len(alerts))
    found = rows.evaluate_all("rows => rows.map(row => row.id.slice(2))")
    assert sorted(found) == sorted(alerts)


def test_alerts_appear_without_a_reload_and_none_is_lost_or_repeated_by_a_restart(place: Installation, page: Page):
    address = f"http://{place.command.settings['web.listen']}/"
    with place.running() as run:
        place.ledger.grow(1)
        place.seen.wait(lambda seen: len(seen.records["tagged"]) == 1, run.alive)  # the baseline, which is no news
        until_up(page, address)
        page.evaluate("window.opened = 'once'")
        shown(page, grown(place, run, 10))
        run.kill()
        place.ledger.grow(5)
    with place.running() as run:
        alerts = grown(place, run, 5)
        shown(page, alerts)
        assert page.evaluate("window.opened") == "once"
        page.reload()
        shown(page, alerts)


def until_up(page: Page, address: str) -> None:
    """Opens the list, which is there once the role `web` has an index."""
    response = page.goto(address)
    while response is None or response.status != 200:
        page.wait_for_timeout(200)
        response = page.goto(address)
