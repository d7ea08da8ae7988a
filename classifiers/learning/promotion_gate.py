"""The promotion gate: whether a newly trained model may serve, with the table that says why.

Both the challenger's way of training and the serving model's are asked about the same examples, statements and labels,
none of which they saw in their fold (folds keep stories together). The two differ only in which labels they learnt.

- No theme and no language may fall by more than a margin, on the statements alone (whose truth is ours: what labels
  do to them shows bad labels) and on all examples; false alerts may not rise by more than one; calibration must hold.
- Labels must be usable: near-identical texts may not be labelled in opposite ways, and what they say must be borne out
  by other labels, by the statements, or by somebody who confirms it (`label_evidence`).
- Subscriptions' contract items must alert, or not, as they say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.text import Text
from classifiers.learning.dataset import Truth
from classifiers.learning.held_out import Figures, figures
from classifiers.learning.label_weight import Weighed
from classifiers.learning.train import Prepared
from stream.matching.filters import text_refusal
from stream.records import Check, ContractItem, Subscription

__all__ = ["Verdict", "alerts_on", "calibrated", "compared", "contracts", "promotion_gate"]

THEME_MARGIN = 0.02  # average precision, which hangs on no threshold
LANGUAGE_MARGIN = 0.06  # average precision, of fewer examples
ALERTS_MARGIN = 0.03  # share of items of no theme
WORST_ECE = 0.06


@dataclass(frozen=True)
class Verdict:
    """The table, and the challenger's figures over all examples."""

    checks: tuple[Check, ...]
    figures: Figures

    @property
    def good(self) -> bool:
        """Whether all checks are."""
        return all(check.good for check in self.checks)

    @property
    def why(self) -> str:
        """What is not good, in words; empty where all is."""
        return "; ".join(f"{check.what} {check.subject}".strip() for check in self.checks if not check.good)


def promotion_gate(prepared: Prepared, learnt: Weighed, before: Truth) -> Verdict:
    """Return the verdict on learning labels as they were weighed rather than only those of `before`, the serving
    model's."""
    every = np.ones(len(prepared.examples), dtype=bool)
    ours = prepared.material.ours
    challenger, serving = prepared.held_out(learnt.share), prepared.held_out(learnt.of(ours | before))
    now, then = figures(prepared, challenger, every), figures(prepared, serving, every)
    checks = [*compared("", now, then), calibrated(now, then)]
    if not ours.all():
        alone = prepared.held_out(prepared.statements)
        checks += compared("on statements", figures(prepared, challenger, ours), figures(prepared, alone, ours))
        checks += learnt.evidence.checks
    return Verdict(tuple(checks), now)


def contracts(classifier: Classifier, subscriptions: Sequence[Subscription]) -> tuple[Check, ...]:
    """Return whether each subscription's contract items alert, or do not, as they say."""
    checks = []
    for subscription in subscriptions:
        for item in subscription.contract:
            (judged,) = classifier.judge(
                [Text(item.title, item.summary, item.lang)], reasons=False, token_vectors=False
            )
            alerts = alerts_on(subscription, judged, item)
            subject = f"{subscription.id}: {item.title[:60]!r} must {'' if item.alerts else 'not '}alert"
            checks.append(Check("contract", subject, float(alerts), float(item.alerts), alerts == item.alerts))
    return tuple(checks)


def alerts_on(subscription: Subscription, judged: Judgement, item: ContractItem) -> bool:
    """Return whether the subscription would be alerted of an item that is judged like this, its filters included."""
    hits = [judged.themes[theme] for theme in subscription.themes if theme in judged.tags]
    likely = any(probability >= subscription.threshold for probability in hits)
    heard = judged.decision == "tagged" or subscription.unsure or bool(subscription.threshold)
    return likely and heard and not text_refusal(subscription, item.title, item.summary, item.lang or judged.lang)


def calibrated(ours: Figures, theirs: Figures) -> Check:
    """Return whether probabilities may be believed."""
    return Check("calibration error", "", ours.ece, WORST_ECE, ours.ece <= WORST_ECE, theirs.ece)


def compared(where: str, ours: Figures, theirs: Figures) -> list[Check]:
    """Return whether no theme and no language fell by more than its margin, and false alerts rose by no more."""
    checks = []
    for name, value in ours.ranking.items():
        margin = THEME_MARGIN if name in ours.themes else LANGUAGE_MARGIN
        if name in theirs.ranking:
            limit = round(max(0.0, theirs.ranking[name] - margin), 4)
            what = f"average precision {where}".strip()
            checks.append(Check(what, name, value, limit, value >= limit, theirs.ranking[name]))
    limit = round(theirs.false_alerts + ALERTS_MARGIN, 4)
    good = ours.false_alerts <= limit
    checks.append(Check(f"false alerts {where}".strip(), "", ours.false_alerts, limit, good, theirs.false_alerts))
    return checks
