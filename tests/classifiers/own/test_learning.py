"""A theme that is learnt from its description and a few labels, with the encoders that ship."""

import pytest

from classifiers.judging.classify import Judgement
from classifiers.judging.encoders import Encoders
from classifiers.judging.language import Languages
from classifiers.judging.model import ModelError
from classifiers.judging.rules import Rule, Rules
from classifiers.judging.text import Text
from classifiers.own.gate import may_be_sure, may_serve, theme_gate, what_is_missing
from classifiers.own.head import NEVER, head_bytes, head_id, read_head
from classifiers.own.judging import Heads, with_own_themes
from classifiers.own.learning import learn
from classifiers.own.material import Lesson, Reader
from classifiers.own.search import likeliest, most_telling
from classifiers.own.serving import OwnServing
from stream.records import OwnTheme, encode
from stream.text.patterns import pattern

ABOUT = "Passenger and car ferries: new routes, orders for ships, cancelled sailings, accidents and strikes."
FERRIES = OwnTheme(id="ferries", name="Ferries", about=ABOUT, added_at=1)
YES = (
    "Island ferry cancelled for a third day as the gale goes on",
    "Shipyard delivers a battery ferry for the strait",
    "New car ferry route links the two ports from May",
    "Ferry runs aground outside the harbour, passengers safe",
    "Crew of the night ferry walk out over rosters",
    "Fährlinie nach Helgoland fällt wegen Niedrigwasser aus",
    "Reederei bestellt zwei Autofähren mit Hybridantrieb",
    "Le ferry de nuit pour la Corse immobilisé par une grève",
    "Un incendie à bord d'un ferry fait douze blessés",
    "El transbordador a las islas suspende sus salidas por el temporal",
)
NO = (
    "Cruise company orders two ships for 4,000 guests each",
    "Container ship loses 40 boxes in the storm",
    "Navy launches its third frigate",
    "Train services cancelled as the gale goes on",
    "Port raises its fees for tankers",
    "Brücke über den Sund wird ein Jahr später fertig",
    "Frachter läuft vor der Küste auf Grund",
    "La compagnie aérienne annule ses vols vers la Corse",
    "El puerto amplía su terminal de contenedores",
    "Parliament votes on the budget",
)
LESSONS = [*(Lesson(Text(title), True) for title in YES), *(Lesson(Text(title), False) for title in NO)]
NEWS = Text("Storm keeps the car ferry in port, sailings cancelled until Sunday")
OTHER = Text("Open-source office suite gets a new toolbar")
SHIPPED = Judgement({"a": 0.4, "b": 0.9}, ("b",), "tagged", "en", (), "m-1")


@pytest.fixture(scope="module")
def encoders():
    return Encoders()


@pytest.fixture(scope="module")
def reader(encoders):
    return Reader(encoders, Languages())


@pytest.fixture(scope="module")
def described(reader):
    return learn(FERRIES, [], reader)


@pytest.fixture(scope="module")
def taught(reader):
    return learn(FERRIES, LESSONS, reader)


def judged(text, learnt, encoders, sure=False, before=SHIPPED):
    heads = Heads({"ferries": learnt.head}, {"ferries": "t-1"}, frozenset({"ferries"} if sure else ()))
    return with_own_themes(text, before, heads, encoders, 8, token_vectors=True)


def test_a_description_alone_tags_unsurely_and_changes_nothing_of_the_others(described, encoders):
    found = judged(NEWS, described, encoders, sure=True)
    assert found.own == {"ferries": "unsure"}
    assert (found.tags, found.decision) == (("b", "ferries"), "tagged")
    assert {theme: found.themes[theme] for theme in SHIPPED.themes} == SHIPPED.themes
    assert {reason.theme for reason in found.reasons} == {"ferries"}
    assert found.vectors["ferries"]
    assert found.token_vectors["ferries"]
    assert described.head.alert_at == NEVER
    checks = theme_gate(described, [])
    assert may_serve(checks)
    assert not may_be_sure(checks, described)
    assert what_is_missing(checks) == "8 more labels of the theme; 8 more labels not of the theme"


def test_what_is_not_of_it_stays_as_it_is(described, encoders):
    found = judged(OTHER, described, encoders)
    assert found.own == {"ferries": "none"}
    assert (found.tags, found.reasons, found.spans, found.vectors) == (("b",), (), {}, {})


def test_labels_make_it_sure(taught, encoders):
    checks = theme_gate(taught, LESSONS)
    assert may_be_sure(checks, taught), what_is_missing(checks)
    assert judged(NEWS, taught, encoders, sure=True).own == {"ferries": "tagged"}
    assert judged(NEWS, taught, encoders).own == {"ferries": "unsure"}  # the gate decides, not a threshold


def test_a_passage_of_a_long_item_is_found(taught, encoders):
    long = Text("News of the week", "Read on.", text=f"{OTHER.title}, at last, and more of it.\n{NEWS.title}, it says.")
    found = judged(long, taught, encoders, sure=True)
    assert "ferries" in found.tags
    assert long.text[found.spans["ferries"].start :].startswith("Storm")


def test_labels_that_are_opposed_or_turned_round_do_not_serve(reader):
    turned = [Lesson(one.text, not one.yes) for one in LESSONS]
    assert not may_serve(theme_gate(learn(FERRIES, turned, reader), turned))
    both = [*LESSONS, *(Lesson(one.text, not one.yes) for one in LESSONS[:3])]
    checks = theme_gate(learn(FERRIES, both, reader), both)
    assert not may_serve(checks)
    assert "opposed" in what_is_missing(checks)


def test_a_head_is_the_same_again_and_carries_its_own_hash(reader, taught):
    data = head_bytes(taught.head)
    assert head_bytes(learn(FERRIES, LESSONS, reader).head) == data
    assert head_id(data).startswith("t-")
    assert head_bytes(read_head(data)) == data
    with pytest.raises(ModelError, match="damaged"):
        read_head(data[:-1] + b"x")


def test_a_head_that_cannot_be_read_is_passed_over_loudly(encoders, taught, caplog):
    serving = OwnServing(encoders)
    good = OwnTheme(
        id="ferries", name="F", about=ABOUT, added_at=1, head=head_bytes(taught.head), model="t-1", sure=True
    )
    rows = {"ferries": encode(good), "broken": encode(OwnTheme(id="broken", name="", about="", added_at=0, head=b"x"))}
    (found,) = serving.judge(rows)([NEWS], [SHIPPED])
    assert found.own == {"ferries": "tagged"}
    assert found.own_models == {"ferries": "t-1"}
    assert "broken is not judged" in caplog.text
    assert serving.judge({})([NEWS], [SHIPPED]) == [SHIPPED]


def test_a_rule_for_a_theme_of_ones_own_leaves_the_others_decision(encoders, taught):
    before = Judgement({"a": 0.4}, (), "none", "en", (), "m-1")
    found = judged(NEWS, taught, encoders, before=before)
    must = Rules((Rule("r", "ferries", True, pattern("car ferry")),)).apply(NEWS, found)
    assert (must.own, must.decision, must.tags) == ({"ferries": "tagged"}, "none", ("ferries",))
    never = Rules((Rule("r", "ferries", False, pattern("car ferry")),)).apply(NEWS, found)
    assert (never.own, never.decision, never.tags) == ({"ferries": "none"}, "none", ())


def test_it_is_searched_for_by_meaning(encoders, taught):
    texts = [
        OTHER,
        NEWS,
        Text("Parliament votes"),
        Text("Überfahrt mit der Autofähre entfällt"),
        Text("A cake is baked"),
    ]
    found = likeliest(texts, ["en", "en", "en", "de", "en"], taught.head, encoders, 3)
    assert {one.at for one in found[:2]} == {1, 3}
    assert {one.at for one in most_telling(found, 2)} == {1, 3}
