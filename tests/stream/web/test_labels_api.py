"""The API of labels over a real socket, on a real stream."""

import pytest

from stream.web.access import Access
from tests.stream.web.api_site import ITEM, Site


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def test_a_word_is_said_and_taken_back(site: Site):
    status, said = site.post(
        "/api/labels", {"item": "http://www.example.org/news/", "is": ["a"], "only": True, "who": "ann"}
    )
    assert (status, said["item"]) == (201, "i")
    status, undone = site.post(f"/api/labels/{said['id']}/undo", {"item": "i", "who": "ann"})
    assert (status, undone["undoes"]) == (201, said["id"])
    first, second = site.labels
    assert (first.yes, first.no, first.who, first.origin, first.at, first.item) == (
        ("a",),
        ("b",),
        "ann",
        "api",
        7,
        ITEM,
    )
    assert (second.undoes, second.yes) == (first.id, ())


def test_a_client_may_name_the_word_so_that_sending_it_again_does_no_harm(site: Site):
    for _ in range(2):
        assert site.post("/api/labels", {"item": "i", "is_not": ["a"], "id": "mine"})[1]["id"] == "mine"
    assert {label.id for label in site.labels} == {"mine"}


def test_a_label_contrary_to_what_is_sure_says_so_and_is_listed_until_it_is_confirmed(site: Site):
    """The item of the index is surely none."""
    assert site.post("/api/labels", {"item": "i", "is_not": ["a"]})[1]["contrary"] is False
    assert site.ask("GET", "/api/labels/review") == (200, {"items": [], "next": None})
    assert site.post("/api/labels", {"item": "i", "is": ["a"]})[1]["contrary"] is True
    status, page = site.ask("GET", "/api/labels/review")
    assert (status, [each["item"] for each in page["items"]]) == (200, ["i"])
    site.post("/api/labels", {"item": "i", "is": ["a"], "confirm": True})
    assert [label.confirmed for label in site.labels if label.contrary] == [False, True]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"item": "j", "is": ["a"]}, 404, "no item 'j'"),
        ({"item": "i", "is": ["z"]}, 422, "no theme 'z'"),
        ({"item": "i", "is": ["a"], "is_not": ["a"]}, 422, "both be and not be of 'a'"),
        ({"item": "i"}, 422, "say `is`"),
        ({"item": "i", "is": ["a"], "who": "a\x1b[31m"}, 422, "control characters"),
        ({"item": "i", "is": ["a"], "who": "a" * 201}, 422, "at most 200"),
        ({"item": "i", "is": ["a"], "id": "a\nb"}, 422, "control characters"),
        ({"item": "i\u202e", "is": ["a"]}, 422, "control characters"),
        ({"item": "i" * 2_001, "is": ["a"]}, 422, "at most 2,000"),
        ({"item": "i", "is": ["a"] * 1_001}, 422, "length <= 1000"),
        ({"item": "i", "is": ["a"], "isnt": ["b"]}, 422, "isnt"),
        (b"{", 422, "not what is asked for"),
        (b"\xff", 422, "not what is asked for"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_writes_nothing(site: Site, body, status, says):
    code, answer = site.post("/api/labels", body)
    assert code == status
    assert says in answer["detail"]
    assert site.labels == []


def test_the_name_of_what_is_undone_is_a_name(site: Site):
    assert site.post("/api/labels/%1b%5b/undo", {"item": "i"})[0] == 422
    assert site.post(f"/api/labels/{'a' * 201}/undo", {"item": "i"})[0] == 422
    assert site.labels == []


def test_a_web_page_cannot_use_it(site: Site):
    word = {"item": "i", "is": ["a"]}
    assert site.post("/api/labels", word, {"Content-Type": "text/plain"})[0] == 415
    assert site.post("/api/labels", word, {"Host": "evil.example"})[0] == 403
    assert site.post("/api/labels", word, {"Host": f"localhost:{site.port}"})[0] == 201
    assert len(site.labels) == 1


@pytest.mark.parametrize(
    ("access", "headers", "status"),
    [
        (Access("secret", loopback=False), {"Authorization": "Bearer secret"}, 201),
        (Access("secret", loopback=True), {}, 401),
        (Access("secret", loopback=False), {"Authorization": "Bearer wrong"}, 401),
        (Access("secret", loopback=False), {"Authorization": "Bearer sécret"}, 401),
        (Access("", loopback=False), {}, 403),
    ],
)
def test_who_may_use_it(tmp_path, access, headers, status):
    site = Site(tmp_path, access)
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert site.post("/api/labels", {"item": "i", "is": ["a"]}, sent)[0] == status
    assert len(site.labels) == (status == 201)
    site.close()
