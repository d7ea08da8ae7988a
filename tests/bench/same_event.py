"""Learns what each piece of evidence weighs, from items whose events are known: for `python -m tests.bench.stories`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from deploy.running.wiring.story import make_extractor
from stream.stories import same_event
from stream.stories.features import Common, Features
from stream.stories.hubness import MEAN_COSINE, MEAN_MAXSIM, corrected, mean_similarity
from stream.stories.late_interaction import LateInteraction
from stream.stories.meaning import MeaningVectors
from stream.stories.open_stories import WINDOW
from stream.stories.same_event import Similarity, Surroundings, from_one_template, is_copy, plain, shared_words
from stream.stories.stage import SUMMARY_CHARACTERS
from stream.units import HOUR
from tests.bench.alerted import EventItem

__all__ = ["Example", "Weights", "examples", "fitted"]

# Of a file's items most have their own event among what is open, of the world's few have. Within a language so much is
# taken off that nearly all wrong joins are of twins, across as much as makes the labelled items' pairs 0.95 right.
RARER = {True: -0.18, False: -1.96}
UNKNOWN = ((), ("late interaction",), ("late interaction", "meaning"))  # without token vectors, without any

Weights = Mapping[str, tuple[float, ...]]
Numbers = NDArray[np.float64]


class Example(NamedTuple):
    """An item, by its number in its file, against an event that is open when it comes."""

    item: int
    evidence: Sequence[float]
    one_language: bool
    same: bool


def examples(items: Sequence[EventItem]) -> Iterator[Example]:
    """The evidence for each item and each open event, but where a rule decides: copies and templates."""
    came: dict[str, list[EventItem]] = defaultdict(list)
    for number, item in enumerate(sorted(items, key=lambda item: item.at)):
        opened = [other for other in came[item.theme] if item.at - other.at <= WINDOW]
        item, similarities = _compared(item, opened)
        came[item.theme].append(item)
        events = defaultdict(list)
        for other, similarity in zip(opened, similarities, strict=True):
            events[other.event].append((other, similarity))
        words = shared_words(_common(item, opened))
        for event, found in events.items():
            members = [other for other, _ in found]
            if not any(_decided_by_rule(item, other) for other in members):
                similarity = same_event.nearest([each for _, each in found])
                story = _common(item, members)
                hours = min(item.at - other.at for other in members) / HOUR
                around = Surroundings(hours, words - shared_words(story))
                evidence = same_event.evidence(story, similarity, make_extractor(), around)
                one_language = any(other.lang == item.lang for other in members)
                yield Example(number, [float(piece) for piece in evidence.values()], one_language, event == item.event)


def fitted(files: Mapping[str, Sequence[Example]]) -> Weights:
    """Weights within and across languages, by what there is: all, no token vectors, no vectors.

    They are calibrated on the most probable story of each item, because that is what is decided about: half of the
    files by what the other half gave (Platt scaling).
    """
    names = list(same_event.WEIGHTS)
    every = [example for found in files.values() for example in found]
    columns = {}
    for at, unknown in enumerate(UNKNOWN):
        known = np.array([name not in unknown for name in names], dtype=float)
        decided = _most_probable(list(files.values()), known)
        for one_language in (True, False):
            own = [(score, same) for score, relation, same in decided if relation == one_language]
            slope, shift = _line(np.array([[score] for score, _ in own]), [same for _, same in own])
            weights = _learnt(every, one_language, known) * slope
            weights[-1] += shift + RARER[one_language]
            columns[not one_language, at] = [round(float(weight), 3) for weight in weights]
    return dict(zip(names, zip(*(columns[key] for key in sorted(columns)), strict=True), strict=True))


def _most_probable(files: Sequence[Sequence[Example]], known: Numbers) -> list[tuple[float, bool, bool]]:
    """Of each item's most probable event the score, whether it is told in the item's language, and is the right one."""
    found: list[tuple[float, bool, bool]] = []
    for half, other in ((files[::2], files[1::2]), (files[1::2], files[::2])):
        rows = [example for file in other for example in file]
        weights = {relation: _learnt(rows, relation, known) for relation in (True, False)}
        for file in half:
            best: dict[int, tuple[float, bool, bool]] = {}
            for item, evidence, one_language, same in file:
                score = float(weights[one_language] @ np.array(evidence))
                best[item] = max(best.get(item, (score, one_language, same)), (score, one_language, same))
            found += best.values()
    return found


def _learnt(rows: Sequence[Example], one_language: bool, known: Numbers) -> Numbers:
    """What each piece of evidence weighs, the constant last."""
    own = [row for row in rows if row.one_language == one_language]
    if not one_language:  # there it made the labelled items' precision worse
        known = known * [name != "members" for name in same_event.WEIGHTS]
    scale = StandardScaler()
    scaled = scale.fit_transform(np.array([row.evidence for row in own])[:, :-1] * known[:-1])
    learner = LogisticRegression(max_iter=2000).fit(scaled, [row.same for row in own])
    weights = learner.coef_[0] / scale.scale_
    return np.append(weights, learner.intercept_[0] - weights @ scale.mean_)


def _line(scores: Numbers, same: Sequence[bool]) -> tuple[float, float]:
    learner = LogisticRegression().fit(scores, same)
    return float(learner.coef_[0, 0]), float(learner.intercept_[0])


def _compared(item: EventItem, opened: Sequence[EventItem]) -> tuple[EventItem, list[Similarity]]:
    """The item with its mean similarities to what is open, and the corrected ones to each, as the stage has them."""
    cosines = MeaningVectors([other.vectors for other in opened]).cosines(item.vectors)
    maxsims = LateInteraction([other.token_vectors for other in opened]).maxsim(item.token_vectors)
    made = replace(
        item, mean_cosine=mean_similarity(cosines, MEAN_COSINE), mean_maxsim=mean_similarity(maxsims, MEAN_MAXSIM)
    )
    similarities = [
        Similarity(
            corrected(cosine, made.mean_cosine, other.mean_cosine),
            corrected(maxsim, made.mean_maxsim, other.mean_maxsim),
        )
        for other, cosine, maxsim in zip(opened, cosines, maxsims, strict=True)
    ]
    return made, similarities


def _decided_by_rule(one: EventItem, other: EventItem) -> bool:
    return one.lang == other.lang and (
        from_one_template(*_common(one, [other]))
        or is_copy(plain(one.title, one.summary), plain(other.title, other.summary))
    )


def _common(item: EventItem, others: Sequence[EventItem]) -> list[Common]:
    return [make_extractor().common(_features(item), _features(other)) for other in others]


def _features(item: EventItem) -> Features:
    return make_extractor().features(item.title, item.summary[:SUMMARY_CHARACTERS], item.lang)
