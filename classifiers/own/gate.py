"""The promotion gate of a theme of one's own: whether its new head serves, and whether its alerts may be sure.

A head serves at once, and what it tags is unsure. With labels it has to rank what it has not learnt no worse than the
description alone does, and the labels have to agree with each other, and not to say the
contrary of the description. Its alerts are sure once enough labels of both
kinds vouch for it.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from classifiers.judging.text import Text
from classifiers.labels.conflicts import opposed
from classifiers.measuring.metrics import average_precision
from classifiers.own.head import NEVER
from classifiers.own.learning import Learnt
from classifiers.own.material import Lesson
from stream.records import Check

__all__ = ["ENOUGH", "figures", "may_be_sure", "may_serve", "theme_gate", "what_is_missing"]

ENOUGH = 8  # labels of either kind, with which its alerts may be sure
FEW = 4  # with which it is compared with its description
MARGIN = 0.05  # of average precision: with so few labels less is noise
RANKED = 0.8  # average precision on what it had not learnt
FOUND = 0.2  # share of the theme's labels that would be sure
MOST_OPPOSED = 0.1

LEAST_AGREED = 0.25  # of pairs of a label of either kind those that the description ranks as people do; by chance 0.5

_RANKS = "average precision against the description"
_OPPOSED = "labels opposed on near-identical texts"
_AGREED = "labels that agree with the description"
_SERVES = (_RANKS, _OPPOSED, _AGREED)


def theme_gate(learnt: Learnt, lessons: Sequence[Lesson]) -> tuple[Check, ...]:
    """Return the table: what keeps the head from serving, and what keeps its alerts from being sure."""
    held, yes = learnt.held_back, learnt.held_back.yes
    own, other = int(yes.sum()), int((~yes).sum())
    checks = [
        Check("labels", "of the theme", own, ENOUGH, own >= ENOUGH),
        Check("labels", "not of the theme", other, ENOUGH, other >= ENOUGH),
    ]
    if lessons:
        share = _opposed(lessons)
        checks.append(Check(_OPPOSED, "", share, MOST_OPPOSED, share <= MOST_OPPOSED))
    if min(own, other) >= FEW:
        ours, described = _ranking(yes, held.probabilities), _ranking(yes, held.described)
        agreed = round(float(roc_auc_score(yes, held.described)), 4)
        checks.append(Check(_AGREED, "", agreed, LEAST_AGREED, agreed >= LEAST_AGREED))
        limit = round(described - MARGIN, 4)
        checks.append(Check(_RANKS, "", ours, limit, ours >= limit, described))
        checks.append(Check("average precision", "of what was held back", ours, RANKED, ours >= RANKED))
        found = round(float((held.probabilities[yes] >= learnt.head.alert_at).mean()), 4)
        checks.append(Check("found surely", "of what was held back", found, FOUND, found >= FOUND))
    return tuple(checks)


def may_serve(checks: Sequence[Check]) -> bool:
    """Whether the head takes the place of the one before it."""
    return all(check.good for check in checks if check.what in _SERVES)


def may_be_sure(checks: Sequence[Check], learnt: Learnt) -> bool:
    """Whether its alerts may be sure."""
    return all(check.good for check in checks) and learnt.head.alert_at < NEVER


def what_is_missing(checks: Sequence[Check]) -> str:
    """Return what is not good, in words; empty where all is."""
    lacks = []
    for check in checks:
        if check.what == "labels" and not check.good:
            more = round(check.limit - check.challenger)
            lacks.append(f"{more} more label{'' if more == 1 else 's'} {check.subject}")
        elif not check.good:
            what = f"{check.what} {check.subject}".strip()
            lacks.append(f"{what} is {check.challenger:.2f}, limit {check.limit:.2f}")
    return "; ".join(lacks)


def figures(learnt: Learnt) -> dict[str, float]:
    """Return how good the head is on what it has not learnt, as far as labels can tell."""
    held, yes, head = learnt.held_back, learnt.held_back.yes, learnt.head
    found = {
        "ordinary.tagged": round(float((learnt.ordinary >= head.tag_at).mean()), 4),
        "ordinary.sure": round(float((learnt.ordinary >= head.alert_at).mean()), 4),
    }
    if min(yes.sum(), (~yes).sum()) >= FEW:
        tagged, surely = held.probabilities >= head.tag_at, held.probabilities >= head.alert_at
        found["average_precision"] = _ranking(yes, held.probabilities)
        found["average_precision.description"] = _ranking(yes, held.described)
        found["recall"] = round(float(tagged[yes].mean()), 4)
        found["recall.sure"] = round(float(surely[yes].mean()), 4)
        found["precision"] = round(float(yes[tagged].mean()), 4) if tagged.any() else 0.0
        found["precision.sure"] = round(float(yes[surely].mean()), 4) if surely.any() else 0.0
    return found


def _ranking(yes: np.ndarray, values: np.ndarray) -> float:
    return round(average_precision(yes, values), 4)


def _opposed(lessons: Sequence[Lesson]) -> float:
    rows = [(lesson.text, frozenset({"it"} if lesson.yes else ()), frozenset[str]()) for lesson in lessons]
    pairs: list[tuple[int, int]] = opposed([(Text(text.title, text.summary), yes, no) for text, yes, no in rows])
    return round(len({at for pair in pairs for at in pair}) / len(rows), 4)
