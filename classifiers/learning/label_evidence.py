"""Whether labels can be believed: by what they say of one another and do to the statements, not by the model's being
right.

A person who knows better and a poisoner both contradict what the statements alone are sure of. What tells them apart:

- *Labels bear one another out.* Held-out labels are predicted better with the other labels than without. A contrary
  label towards which the others do not move the model stands alone; noise is made of such.
- *The statements hold.* Labels that are right, at many times their weight, leave the statements as well predicted as
  before. Labels that mean something else by a theme do not, however well they agree with each other.

A label that somebody insists on (`Recipe.settled`) is out of the question. One that stands alone waits until somebody
does; where too many do, or the statements fall, no model is made of any of them before the most contrary ones were
looked at.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.text import Text
from classifiers.labels.conflicts import opposed
from classifiers.learning.dataset import Truth
from classifiers.learning.fitting import HeldOut, recalibrated
from classifiers.learning.train import Prepared
from stream.records import Check, Doubt

__all__ = ["BORNE_OUT", "OPPOSED", "STATEMENTS", "Evidence", "evidence"]

OPPOSED = "labels opposed on near-identical texts"
BORNE_OUT = "labels contrary to what is sure that no others bear out"
STATEMENTS = "surprise at statements if labels weighed ten times as much"

SURE = 0.9
MOST_OPPOSED = 0.1  # share of labels
MOST_ALONE = 0.15  # share of the labels on which the statements make us sure
_FEW = 2  # labels that may stand alone, whatever their share
_GAIN = 0.5  # of log-odds, by which the others must move what is thought of a label's themes towards it
_RISE, _CHANCE = 0.025, 3.0  # part of the surprise, and standard errors; honest labels cost up to 0.024 and 2.8
_LISTED = 40

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """The checks on labels, those that wait until they are confirmed (a row each), and what to look at again."""

    checks: tuple[Check, ...]
    waiting: Truth
    doubts: tuple[Doubt, ...]

    @property
    def good(self) -> bool:
        """Whether the labels can be learnt, but for those that wait."""
        return all(check.good for check in self.checks)


def evidence(prepared: Prepared, alone: HeldOut, strong: HeldOut) -> Evidence:
    """Return what is to be said of the labels: `alone` has learnt none of them, and `strong` the unconfirmed ones at
    many times their weight."""
    material = prepared.material
    labels = ~material.ours
    settled = np.array([example.group in prepared.recipe.settled for example in prepared.examples])
    open_ = np.asarray(labels & ~settled)
    told = np.array([example.group in prepared.recipe.doubted for example in prepared.examples])
    disputed = ((alone.probabilities >= np.array(alone.tag_at)) != material.gold) & material.known
    sure = open_ & (_certainty(alone, material.known) >= SURE)
    contrary = np.asarray((sure | (open_ & told)) & disputed.any(axis=1))
    single = np.asarray(contrary & (_gain(alone, strong, material.gold, disputed) < _GAIN))
    checks = (
        _opposed(prepared, labels),
        *_alone(prepared, sure | contrary, single),
        *_statements(prepared, alone, strong),
    )
    good = all(check.good for check in checks)
    if good:
        return Evidence(checks, single, _doubts(prepared, alone, single))
    listed = open_ & (contrary | _surprising(alone, material.gold, material.known))
    return Evidence(checks, np.zeros_like(single), _doubts(prepared, alone, listed))


def _certainty(held: HeldOut, known: Truth) -> Array:
    """How sure is it, for each row, of what was said of it?"""
    tagged = held.probabilities >= np.array(held.tag_at)
    each = np.where(tagged, held.probabilities, 1 - held.probabilities)
    certain: Array = np.where(known, each, 1.0).prod(axis=1)
    return certain


def _gain(alone: HeldOut, strong: HeldOut, gold: Truth, disputed: Truth) -> Array:
    """By how much the other labels move the log-odds of the themes that a label disputes towards it."""
    before = _log_odds(alone)
    after = (_log_odds(strong) - strong.shift) / strong.scale * alone.scale + alone.shift  # both on one scale
    moved = np.where(gold, 1, -1) * (after - before)
    mean: Array = (moved * disputed).sum(axis=1) / np.maximum(disputed.sum(axis=1), 1)
    return mean


def _log_odds(held: HeldOut) -> Array:
    likely = np.clip(held.probabilities, 1e-6, 1 - 1e-6)
    odds: Array = np.log(likely / (1 - likely))
    return odds


def _surprising(alone: HeldOut, gold: Truth, known: Truth) -> Truth:
    """Labels that are thought to be wrong, if not surely."""
    likely = np.where(gold, alone.probabilities, 1 - alone.probabilities)
    return np.asarray(((likely < 0.5) & known).any(axis=1))


def _opposed(prepared: Prepared, labels: Truth) -> Check:
    rows = [example for example, own in zip(prepared.examples, labels, strict=True) if own]
    pairs = opposed([(Text(row.title, row.summary), frozenset(row.themes), frozenset(row.unsaid)) for row in rows])
    share = round(len({n for pair in pairs for n in pair}) / max(1, len(rows)), 4)
    return Check(OPPOSED, "", share, MOST_OPPOSED, share <= MOST_OPPOSED)


def _alone(prepared: Prepared, sure: Truth, single: Truth) -> list[Check]:
    """Of all labels, and of those of each language and theme."""
    langs = np.array([example.lang for example in prepared.examples])
    kinds = {"": sure, **{str(lang): sure & (langs == lang) for lang in np.unique(langs[sure]) if lang}}
    checks = []
    for subject, own in kinds.items():
        if not own.any():
            continue
        share = round(float(single[own].mean()), 4)
        good = share <= MOST_ALONE or int(single[own].sum()) <= _FEW
        if not subject or not good:
            checks.append(Check(BORNE_OUT, subject, share, MOST_ALONE, good))
    return checks


def _statements(prepared: Prepared, alone: HeldOut, strong: HeldOut) -> list[Check]:
    """By theme, how surprising the statements are: more so by a small part or by what chance can do, no further."""
    ours, checks = prepared.material.ours, []
    was, now = (_surprise(prepared, held, ours) for held in (alone, strong))
    for column, theme in enumerate(prepared.themes):
        before, rise = was[:, column], (now - was)[:, column]
        chance = _CHANCE * float(rise.std()) / len(rise) ** 0.5
        limit = round(float(before.mean()) + max(_RISE * float(before.mean()), chance), 4)
        after = round(float(now[:, column].mean()), 4)
        checks.append(Check(STATEMENTS, theme, after, limit, after <= limit, round(float(before.mean()), 4)))
    return checks


def _surprise(prepared: Prepared, held: HeldOut, rows: Truth) -> Array:
    """How surprising each of these examples is, by its weight, to one whose probabilities are honest about them."""
    material = prepared.material
    likely = recalibrated(held, material, rows)[rows]
    right = np.where(material.gold[rows], likely, 1 - likely)
    surprise: Array = -np.log(np.maximum(right, 1e-9)) * (material.known[rows] * material.weight[rows][:, None])
    return surprise


def _doubts(prepared: Prepared, alone: HeldOut, listed: Truth) -> tuple[Doubt, ...]:
    """The most contrary first; in all of them something waits for an answer."""
    material = prepared.material
    likely = np.where(material.gold, alone.probabilities, 1 - alone.probabilities)
    least = np.where(material.known, likely, 1.0).min(axis=1)
    found = sorted(np.flatnonzero(listed), key=lambda at: (round(float(least[at]), 4), prepared.examples[at].group))
    return tuple(_doubt(prepared, alone, int(at)) for at in found[:_LISTED])


def _doubt(prepared: Prepared, alone: HeldOut, at: int) -> Doubt:
    example = prepared.examples[at]
    return Doubt(
        item=example.group.removeprefix("label "),
        yes=example.themes,
        no=tuple(t for t in prepared.themes if t not in example.themes and t not in example.unsaid),
        themes={t: round(float(p), 4) for t, p in zip(prepared.themes, alone.probabilities[at], strict=True)},
    )
