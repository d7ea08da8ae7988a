"""How often a theme occurs where themewire runs, as a setting says or as answers tell, and what follows from it.

What ships is chosen for streams of general technology news, where about one item in a thousand is of a theme. Where a
theme occurs more often, an alert of the same probability is right more often, and where it is rarer less often: by
Bayes' rule the odds are multiplied by how much more often it occurs (Saerens, Latinne and Decaestecker, Adjusting the
outputs of a classifier to new a priori probabilities, 2002).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.labels.collected import AT_RANDOM, Labelled
from classifiers.labels.current import current_label, entry_of
from stream.delivering.feedback import ORIGIN as FEEDBACK
from stream.records import Occurrence

__all__ = ["REFERENCE", "added_log_odds", "occurrences", "shifted"]

REFERENCE = 0.001  # of 7,841 entries of general feeds 3 were of IP disputes and 3 of standards
_STRENGTH = 1_695  # items that the reference weighs: as many as the background has entries
_MOST = 4.0  # times the reference, or a part of it: beyond that, odd answers are likelier than an odd world
_FOUND = 0.4  # of the items of a theme: what the shipped model surely finds of real ones
_GRID: NDArray[np.float64] = np.geomspace(1e-5, 0.5, 400)

_Answers = Mapping[tuple[str, str, bool], int]  # by theme, how it was asked, and what was said


def occurrences(
    labelled: Iterable[Labelled], themes: Sequence[str], given: Mapping[str, float], false_alerts: float
) -> tuple[Occurrence, ...]:
    """Return for each theme the share of items that are of it: what is `given`, else what unbiased answers tell.

    Unbiased are labels of items drawn at random, and feedback on alerts that were sent. What a person came upon, or was
    asked about since the model was unsure, is of a theme far more often than the stream is, and tells nothing of it.
    Of items of no theme the share `false_alerts` is surely tagged with one theme: so the share of alerts that were
    right tells how often it occurs. What is learned stays within a factor of four of `REFERENCE`.
    """
    answers = Counter(_answers(labelled))
    return tuple(_occurrence(theme, answers, given.get(theme), false_alerts) for theme in themes)


def added_log_odds(occurrence: Occurrence) -> float:
    """Return what is added to the log-odds of the theme: 0 where it occurs as often as the reference."""
    return round(_log_odds(occurrence.share) - _log_odds(REFERENCE), 4)


def shifted(probability: float, by: float) -> float:
    """Return the probability with so much more log-odds."""
    return 1 / (1 + math.exp(-_log_odds(probability) - by)) if 0 < probability < 1 else probability


def _occurrence(theme: str, answers: _Answers, given: float | None, false_alerts: float) -> Occurrence:
    of_random = answers.get((theme, AT_RANDOM, True), 0), answers.get((theme, AT_RANDOM, False), 0)
    of_alerts = answers.get((theme, FEEDBACK, True), 0), answers.get((theme, FEEDBACK, False), 0)
    share = given or REFERENCE * _mean(of_random, of_alerts, false_alerts) / _mean((0, 0), (0, 0), false_alerts)
    if given is None:
        share = min(max(share, REFERENCE / _MOST), REFERENCE * _MOST)
    return Occurrence(theme, round(share, 6), given is not None, *of_random, *of_alerts)


def _answers(labelled: Iterable[Labelled]) -> Iterator[tuple[str, str, bool]]:
    """An item counts once for each theme and way of asking, however many people were asked; not if they disagree."""
    for each in labelled:
        for origin in (AT_RANDOM, FEEDBACK):
            own = current_label(entry_of(label) for label in each.labels if label.origin == origin or label.undoes)
            yield from ((theme, origin, True) for theme in sorted(own.yes))
            yield from ((theme, origin, False) for theme in sorted(own.no))


def _mean(of_random: tuple[int, int], of_alerts: tuple[int, int], false_alerts: float) -> float:
    """The posterior mean of the share on a grid: a Beta prior, and how likely the answers (yes, no) are."""
    yes, no = REFERENCE * _STRENGTH + of_random[0], (1 - REFERENCE) * _STRENGTH - 1 + of_random[1]
    likely = yes * np.log(_GRID) + no * np.log1p(-_GRID)  # a density over logarithms, in which the grid is even
    alerts = _GRID * _FOUND / (_GRID * _FOUND + (1 - _GRID) * false_alerts)
    likely += of_alerts[0] * np.log(alerts) + of_alerts[1] * np.log1p(-alerts)
    weights = np.exp(likely - likely.max())
    return float((weights * _GRID).sum() / weights.sum())


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))
