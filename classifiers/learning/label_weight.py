"""How much labels weigh, and which of them are learnt.

The weight follows from how many labels there are. It is not chosen by cross-validation on them: other items are ranked
about as well with one as with thirty, and no way to choose among these ranked both items of the labels' sources and
those of others better (docs/classifier.md has the figures).
"""

from dataclasses import dataclass

import numpy as np

from classifiers.learning.dataset import Truth
from classifiers.learning.label_evidence import Evidence, evidence
from classifiers.learning.label_need import needs
from classifiers.learning.train import Prepared, Share
from stream.records import Need

__all__ = ["STRONG", "Weighed", "weighed", "weight_of"]

STRONG = 10.0  # statements that a label weighs where it is asked what labels do to the statements
_MOST = 3.0  # statements that a label weighs
_LABELS_EACH = 4.0  # that a statement's weight takes: a dozen labels may be felt, and one is not


@dataclass(frozen=True)
class Weighed:
    """The weight of a label, the share of each example that is learnt, what is to be said of the labels, and of which
    more would help."""

    weight: float
    share: Share
    evidence: Evidence
    needs: tuple[Need, ...] = ()

    def of(self, learnt: Truth) -> Share:
        """Return the share of these examples only."""
        return np.where(learnt, self.share, 0.0)


def weighed(prepared: Prepared) -> Weighed:
    """Return how much labels weigh, those that wait for somebody to confirm them left out."""
    ours = prepared.material.ours
    if ours.all():
        return Weighed(1.0, prepared.statements, Evidence((), ~ours, ()))
    alone = prepared.held_out(prepared.statements)
    settled = np.array([example.group in prepared.recipe.settled for example in prepared.examples])
    strong = prepared.tried(np.where(ours | settled, 1.0, STRONG), alone)
    found = evidence(prepared, alone, strong)
    learnt = np.asarray(~ours & ~found.waiting)
    weight = weight_of(int(learnt.sum()))
    share = np.where(ours, 1.0, np.where(learnt, weight, 0.0))
    held = prepared.held_out(share, strong)  # kept: the model and the gate ask for it
    return Weighed(weight, share, found, needs(prepared, alone, held))


def weight_of(labels: int) -> float:
    """Return how many statements each of so many labels weighs."""
    return min(_MOST, max(1.0, labels / _LABELS_EACH))
