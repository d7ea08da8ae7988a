"""The system and its models over HTTP."""

import pytest

from stream.index.session import open_index
from stream.log.records import Out
from stream.records import Dead, ModelRecord, encode
from stream.units import HOUR
from stream.web.access import Access, Role
from tests.stream.index.test_search import Index, tagged
from tests.stream.web.api_site import Site


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("o", loopback=True, tokens={Role.READER: "r"}))
    yield made
    made.close()


def ask(site: Site, path: str, token: str = "r"):
    return site.ask("GET", path, headers={"Authorization": f"Bearer {token}"})


def dead(origin: str, stage: str, requeued_at: int = 0) -> Out:
    made = Dead(
        stage=stage, topic="items", partition=0, offset=0, key="k", value=b"x", error="ValueError: x", at=1,
        requeued_at=requeued_at,
    )  # fmt: skip
    return Out("dead", origin, encode(made))


def test_how_the_system_is(site: Site):
    index = Index(open_index(site.index))
    index.take(tagged("new", "A", HOUR - 1, ["t"]), tagged("old", "B", -1))
    index.db.close()
    status, shown = ask(site, "/api/system")
    assert (status, shown["about"], shown["dead"]) == (200, "SQLite", 1)
    assert shown["stages"] == [{"name": "tag", "records": 3, "seconds": 1.5, "why": ""}]
    assert shown["balance"] == [{"of": "items", "came": 3, "went": {"tagged": 2}, "lost": 1}]
    assert shown["items"]["tagged"] == 1


def test_what_could_not_be_processed_is_for_operators(site: Site):
    site.log.append([dead("items/0/2", "tag"), dead("items/0/1", "tag"), dead("items/0/1", "story", requeued_at=9)])
    assert ask(site, "/api/dead")[0] == 403
    _, page = ask(site, "/api/dead?limit=2", "o")
    _, rest = ask(site, f"/api/dead?cursor={page['next']}", "o")
    found = [(each["origin"], each["stage"], each["requeued_at"]) for each in (*page["items"], *rest["items"])]
    assert found == [("items/0/1", "story", 9), ("items/0/1", "tag", 0), ("items/0/2", "tag", 0)]


def test_a_model_is_shown_without_what_it_has_learnt(site: Site):
    made = ModelRecord(
        id="m-1", data=b"secret weights", training_hash="t", weights_hash="w", promoted_at=3, card="# Card",
        evaluation={"f1": 0.9},
    )  # fmt: skip
    site.log.append([Out("models", "m-1", encode(made)), Out("models", "odd", b"{}")])
    status, page = ask(site, "/api/models")
    (shown,) = page["items"]
    assert (status, shown["serving"], shown["bytes"], "card" in shown) == (200, True, 14, False)
    status, card = ask(site, "/api/models/m-1")
    assert (status, card["card"], card["evaluation"], "data" in card) == (200, "# Card", {"f1": 0.9}, False)
    assert ask(site, "/api/models/m-2")[0] == 404
