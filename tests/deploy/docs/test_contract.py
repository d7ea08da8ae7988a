"""The contract of `alerts.*`: its documents are valid, and what was promised in an earlier version still holds."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from deploy.docs.contract import alert_schema, asyncapi
from stream.records import Alert, decode, encode
from tests.stream.stories.test_stages import alert

KEPT = Path(__file__).parents[2] / "data" / "alerts"
RECORDS = [line for file in sorted(KEPT.glob("v*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
PROMISED = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(KEPT.glob("v*.schema.json"))]


def fields(schema: dict) -> dict[str, dict]:
    """The properties of the alert and of what it is made of, by name."""
    return {name: made["properties"] for name, made in schema["$defs"].items() if "properties" in made}


def test_the_schema_is_valid_and_takes_what_is_written():
    Draft202012Validator.check_schema(alert_schema())
    Draft202012Validator(alert_schema()).validate(json.loads(encode(alert())))


@pytest.mark.parametrize("line", RECORDS)
def test_records_of_every_earlier_version_are_read_and_valid(line):
    assert decode(line.encode(), Alert).theme == "standards"
    Draft202012Validator(alert_schema()).validate(json.loads(line))


@pytest.mark.parametrize("promised", PROMISED)
def test_no_field_that_was_promised_goes_or_changes(promised):
    now = fields(alert_schema())
    for name, properties in fields(promised).items():
        for field, form in properties.items():
            assert now[name][field] == form, f"{name}.{field} was promised otherwise: make a new major version"


@pytest.mark.parametrize("promised", PROMISED)
def test_what_is_always_there_stays_always_there_and_nothing_new_is_demanded_of_old_records(promised):
    for name, made in promised["$defs"].items():
        assert alert_schema()["$defs"][name].get("required", []) == made.get("required", [])


def test_the_document_has_a_channel_for_each_theme_and_refers_to_nothing_that_is_not_there():
    document = asyncapi(("a", "b"))
    assert document["asyncapi"] == "3.0.0"
    assert [channel["address"] for channel in document["channels"].values()] == ["alerts.a", "alerts.b"]
    assert {operation["channel"]["$ref"] for operation in document["operations"].values()} == {
        "#/channels/a",
        "#/channels/b",
    }
    for reference in references(document):
        at = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def references(part) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [one for value in part.values() for one in references(value)]
    return [one for value in part for one in references(value)] if isinstance(part, list) else []
