"""How much labels weigh, and which of them are learnt: by cross-validation on the labels, within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from classifiers.learning.dataset import Material, Truth
from classifiers.learning.fitting import HeldOut
from classifiers.learning.label_evidence import Evidence, evidence
from classifiers.learning.label_need import needs
from classifiers.learning.train import Prepared, Share
from stream.records import Need

__all__ = ["STRONG", "WEIGHTS", "Weighed", "allowed", "chosen_weight", "loss", "weighed"]

WEIGHTS = (1.0, 3.0, 10.0)  # in statements
STRONG = WEIGHTS[-1]
_LABELS_EACH = 4.0  # so that forty labels may be felt, and one is not


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
    shares = {weight: np.where(ours, 1.0, np.where(learnt, weight, 0.0)) for weight in allowed(int(learnt.sum()))}
    tried = (
        {STRONG: strong} if STRONG in shares else {}
    )  # a few that wait, or are settled, make little difference to it
    if len(shares) > 1:
        tried |= {weight: prepared.tried(share, alone) for weight, share in shares.items() if weight not in tried}
    losses = {weight: loss(prepared.material, held, learnt) for weight, held in tried.items()}
    weight = chosen_weight(losses) if losses else WEIGHTS[0]
    held = prepared.held_out(shares[weight], tried.get(weight, alone))  # kept: the model and the gate ask for it
    return Weighed(weight, shares[weight], found, needs(prepared, alone, held))


def allowed(labels: int) -> tuple[float, ...]:
    """Return the weights that so many labels may have."""
    return tuple(weight for weight in WEIGHTS if weight == WEIGHTS[0] or weight * _LABELS_EACH <= labels)


def chosen_weight(losses: Mapping[float, float]) -> float:
    """Return the weight with which labels that were held out were predicted best; the least of several."""
    return min(losses, key=lambda weight: (losses[weight], weight))


def loss(material: Material, held: HeldOut, rows: Truth) -> float:
    """Return the mean surprise at what labels say, where these rows were held out; rounded, so that noise decides
    nothing."""
    known, gold = material.known[rows], material.gold[rows]
    likely = np.where(gold, held.probabilities[rows], 1 - held.probabilities[rows])[known]
    return round(float(-np.log(np.maximum(likely, 1e-9)).mean()), 4) if likely.size else 0.0
