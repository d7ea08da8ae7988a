"""Learns what each piece of evidence weighs, from items whose events are known: for `python -m tests.bench.stories`."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from deploy.running.wiring.story import make_extractor
from stream.stories import same_event
from stream.stories.hubness import MEAN_COSINE, MEAN_MAXSIM, corrected, mean_similarity
from stream.stories.late_interaction import LateInteraction
from stream.stories.meaning import MeaningVectors
from stream.stories.open_stories import WINDOW
from stream.stories.stage import SUMMARY_CHARACTERS
from tests.bench.alerted import EventItem

TWINS, ORDINARY = 6.0, 0.04  # weights in the fit: a wrong join costs an alert, and one of twins is what happens
NEAR, EASY = frozenset("fghi"), 0.2  # files of near translations, and what these weigh: too easy to count in full
MOST_OPEN = 60  # items with which others are compared to see what is mean_similarity for them
STATEMENTS = 40  # of ordinary news of the theme, that each story is held against in the fit

Weights = Mapping[str, tuple[float, float, float]]
Example = tuple[list[float], bool, float]  # evidence, whether it is one event, and its weight


def with_means(items: Sequence[EventItem], chance: random.Random) -> list[EventItem]:
    """The items with their mean similarity to those of their theme that came before, of statements to any."""
    found = []
    for item in items:
        others = [other for other in items if other.theme == item.theme and other is not item]
        before = [other for other in others if 0 <= item.at - other.at <= WINDOW] if item.file else others
        some = chance.sample(before, min(len(before), MOST_OPEN))
        meanings, token_vectors = (
            MeaningVectors([other.vectors for other in some]),
            LateInteraction([other.token_vectors for other in some]),
        )
        made = replace(
            item,
            mean_cosine=mean_similarity(meanings.cosines(item.vectors), MEAN_COSINE),
            mean_maxsim=mean_similarity(token_vectors.maxsim(item.token_vectors), MEAN_MAXSIM),
        )
        found.append(made)
    return found


def examples(items: Sequence[EventItem], plain: Sequence[EventItem], chance: random.Random) -> Iterator[Example]:
    """Evidence for each item and each story that is open when it comes, whether it is of it, and a weight."""
    by_theme = defaultdict(list)
    for item in sorted(items, key=lambda item: item.at):
        by_theme[item.theme].append(item)
    others = defaultdict(list)
    for item in plain:
        others[item.theme].append(item)
    for theme, own in by_theme.items():
        events: dict[str, list[EventItem]] = {}
        for item in own:
            for event, members in events.items():
                if min(abs(item.at - member.at) for member in members) <= WINDOW:
                    twin = event != item.event and abs(members[0].twin - item.twin) == 1
                    weight = (TWINS if twin else 1.0) * (EASY if item.file in NEAR else 1.0)
                    yield pieces(item, members), event == item.event, weight
            events.setdefault(item.event, []).append(item)
        for members in events.values():
            some = members[: chance.randint(1, len(members))]
            for item in chance.sample(others[theme], STATEMENTS):
                yield pieces(item, some), False, ORDINARY
                yield pieces(members[0], [item]), False, ORDINARY
    for own in others.values():
        for item in own:  # by chance: the nearest may be written on one subject, which twins stand for already
            for other in chance.sample(own, 10):
                if other is not item:
                    yield pieces(item, [other]), False, ORDINARY


def pieces(item: EventItem, members: Sequence[EventItem]) -> list[float]:
    """The evidence, as the stage would have it."""
    extractor = make_extractor()
    features = [extractor.features(one.title, one.summary[:SUMMARY_CHARACTERS], one.lang) for one in (item, *members)]
    cosines = MeaningVectors([one.vectors for one in members]).cosines(item.vectors)
    similarities = LateInteraction([one.token_vectors for one in members]).maxsim(item.token_vectors)
    alike = [
        same_event.Similarity(
            corrected(cosine, item.mean_cosine, one.mean_cosine),
            corrected(similarity, item.mean_maxsim, one.mean_maxsim),
        )
        for one, cosine, similarity in zip(members, cosines, similarities, strict=True)
    ]
    found = same_event.evidence(features[0], features[1:], same_event.nearest(alike), extractor)
    return [float(piece) for piece in found.values()]


def fitted(rows: Sequence[Example]) -> Weights:
    """Weights of three logistic regressions, by what there is: all, no token vectors, no vectors."""
    names = list(same_event.WEIGHTS)[:-1]
    matrix = np.array([row for row, _, _ in rows])[:, :-1]
    columns = []
    for unknown in ((), ("late interaction",), ("late interaction", "meaning")):
        scale, learner = StandardScaler(), LogisticRegression(max_iter=2000)
        scaled = scale.fit_transform(matrix * [name not in unknown for name in names])
        learner.fit(scaled, [same for _, same, _ in rows], [weight for _, _, weight in rows])
        weights = learner.coef_[0] / scale.scale_
        constant = learner.intercept_[0] - weights @ scale.mean_
        columns.append([round(float(weight), 3) for weight in (*weights, constant)])
    return dict(zip([*names, "constant"], zip(*columns, strict=True), strict=True))
