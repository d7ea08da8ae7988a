"""What the OpenAPI document says holds: every operation is asked what it should take and what it should not."""

import copy
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from stream.index.session import open_index
from stream.log.records import Out
from stream.records import Destination, Feed, ModelRecord, Source, Subscription, encode
from stream.web.access import Access
from tests.stream.index.test_search import Index, alert, tagged
from tests.stream.web.api_site import Site

EXAMPLES = 6
KNOWN = {"item": "i1", "alert": "a1", "feed": "f", "model": "m", "name": "a", "theme": "a"}
TOKEN = {"Authorization": "Bearer o"}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    clients = count()
    made = Site(tmp_path_factory.mktemp("api"), Access("o", loopback=True), client=lambda _: f"client {next(clients)}")
    made.stopped.set()  # a stream of events ends at once
    index = Index(open_index(made.index))
    index.take(
        *(tagged(f"i{n}", f"Item {n} of chips", 1000 * n, ["a"] * (n % 2)) for n in range(1, 60)),
        *(
            alert(f"a{n}", f"Alert {n}", n, sources=[Source("Wire", "https://x.example", f"i{n}")])
            for n in range(1, 60)
        ),
    )
    index.db.close()
    model = ModelRecord(id="m", data=b"x", training_hash="t", weights_hash="w", promoted_at=3)
    hook = Destination("webhook", "https://receiver.example/hook")
    made.log.append(
        [
            Out("feeds", "f", encode(Feed(id="f", url="https://example.org/feed.xml"))),
            Out("models", "m", encode(model)),
            Out("subscriptions", "a", encode(Subscription(id="a", revision=1, channel=hook, themes=("a",)))),
        ]
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def document(site: Site) -> dict[str, Any]:
    return site.ask("GET", "/api/openapi.json")[1]


def ask(site: Site, document: dict[str, Any], path: str = "") -> None:
    """Asks every operation, or those of a path, what it should take and what not; raises what does not fit."""
    base, session = f"http://127.0.0.1:{site.port}", requests.Session()
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    for operation in operations:
        if path in ("", operation.path):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                ask_one(operation, mode, base, session)


def ask_one(operation: schemathesis.APIOperation, mode: GenerationMode, base: str, session: requests.Session) -> None:
    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: schemathesis.Case) -> None:
        unknown = []
        if mode is GenerationMode.POSITIVE:
            case.query.pop("cursor", None)  # which no client makes up
            if case.method != "DELETE":
                case.path_parameters.update({n: v for n, v in KNOWN.items() if n in case.path_parameters})
            if case.method not in ("GET", "DELETE"):  # what a body names may not be there, as no schema knows
                unknown = [positive_data_acceptance]
        case.call_and_validate(base, session, TOKEN, excluded_checks=unknown, timeout=20)

    asked()


@pytest.mark.slow
def test_the_document_holds_whatever_is_asked(site: Site, document):
    ask(site, document)


@pytest.mark.parametrize(
    ("path", "kind", "field", "says"),
    [
        ("/api/items", "ItemDoc", "decision", 'is not of type "integer"'),
        ("/api/models/{model}", "ModelCard", "card", 'is not of type "integer"'),
        ("/api/nothing", "ModelCard", "card", "Received: 404"),
    ],
)
def test_a_document_that_says_otherwise_is_caught(site: Site, document, path, kind, field, says):
    lies = copy.deepcopy(document)
    lies["components"]["schemas"][kind]["properties"][field] = {"type": "integer"}
    if path not in lies["paths"]:
        lies["paths"] = {path: lies["paths"]["/api/models"]}
    with pytest.raises(FailureGroup) as caught:
        ask(site, lies, path)
    assert says in str(caught.value.exceptions[0])


def test_the_document_is_whole(document):
    """Every operation has a name of its own, a kind of answer for what is well, and problems for what is not."""
    described = [each for methods in document["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in described}) == len(described)
    for each in described:
        for status, answer in each["responses"].items():
            media = set(answer.get("content", {}))
            assert media == {"application/problem+json"} if int(status) >= 400 else media or status == "204"
    cursors = [
        path for path, methods in document["paths"].items()
        if "cursor" in [each["name"] for each in methods.get("get", {}).get("parameters", ())]
    ]  # fmt: skip
    assert cursors == [
        path for path, methods in document["paths"].items()
        if "Listed" in str(methods.get("get", {}).get("responses", {}).get("200", ""))
    ]  # fmt: skip
