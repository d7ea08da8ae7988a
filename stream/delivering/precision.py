"""How often alerts were right, by the answers of those who got them: by week, theme and subscription."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from stream.delivering.feedback import ORIGIN, alerts_of, who
from stream.records import Delivery, Label, Outbound
from stream.units import utc

__all__ = ["Precision", "precisions", "week_of", "wilson"]

Z = 1.959964  # of the normal distribution, for 95 %


class Precision(msgspec.Struct, frozen=True):
    """Alerts that were first delivered in an ISO week (UTC), and how many of them were answered by link.

    `subscription` is empty for all of them together. `low` and `high` bound `precision` = right / (right + wrong) with
    95 % (Wilson); the three are None where nothing was answered.
    """

    week: str
    theme: str
    subscription: str
    delivered: int
    right: int
    wrong: int
    precision: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass
class _DeliveredAlert:
    """An alert that was delivered to a subscription: when first, and all items that it named."""

    at: int
    items: set[str] = field(default_factory=set)


def precisions(
    outbounds: Iterable[Outbound], deliveries: Iterable[Delivery], labels: Iterable[Label], since: str
) -> list[Precision]:
    """Return a row for each week from `since` (as 2026-W07), theme and subscription, and one for each theme's all.

    `labels` are in their order; of a subscription's feedback on an item the last one counts, and none that was undone.
    An update of an alert is no other alert, and a test is none.
    """
    delivered = _delivered_alerts(outbounds, deliveries)
    feedback = _last_feedback(labels)
    counts: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for (subscription, theme, _), each in delivered.items():
        given = [one for item in each.items if (one := feedback.get((who(subscription), theme, item))) is not None]
        right = max(given)[1] if given else None  # the latest, where an alert has several items
        for name in (subscription, ""):
            count = counts[week_of(each.at), theme, name]
            count[0] += 1
            count[1] += right is True
            count[2] += right is False
    return [_row(at, *count) for at, count in sorted(counts.items()) if at[0] >= since]


def week_of(at: int) -> str:
    """Return the ISO week of a time (ms), as 2026-W07."""
    year, week, _ = utc(at).isocalendar()
    return f"{year}-W{week:02d}"


def wilson(good: int, of: int) -> tuple[float, float]:
    """Return the bounds of a share with 95 %: E. B. Wilson's score interval, 1927; `of` is at least 1."""
    share, room = good / of, Z * Z / of
    middle = (share + room / 2) / (1 + room)
    reach = Z * math.sqrt(share * (1 - share) / of + room / of / 4) / (1 + room)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _delivered_alerts(
    outbounds: Iterable[Outbound], deliveries: Iterable[Delivery]
) -> dict[tuple[str, str, str], _DeliveredAlert]:
    """What was delivered, by subscription, theme and alert."""
    arrived = {each.delivery: each.at for each in deliveries if each.outcome == "delivered"}
    delivered: dict[tuple[str, str, str], _DeliveredAlert] = {}
    for out in outbounds:
        if out.delivery not in arrived or out.test:
            continue
        for alert in alerts_of(out):
            at = arrived[out.delivery]
            one = delivered.setdefault((out.subscription, alert.theme, alert.id), _DeliveredAlert(at))
            one.at = min(one.at, at)
            one.items |= {source.item for source in alert.sources}
    return delivered


def _last_feedback(labels: Iterable[Label]) -> dict[tuple[str, str, str], tuple[int, bool]]:
    """When the last one by link was given, and whether it was `right`, by person, theme and item."""
    found = list(labels)
    undone = {label.undoes for label in found}
    feedback: dict[tuple[str, str, str], tuple[int, bool]] = {}
    for label in found:
        if label.origin == ORIGIN and label.id not in undone:
            for theme, right in _claims(label):
                feedback[label.who, theme, label.item.id] = (label.at, right)
    return feedback


def _claims(label: Label) -> Iterator[tuple[str, bool]]:
    yield from ((theme, True) for theme in label.yes)
    yield from ((theme, False) for theme in label.no)


def _row(at: tuple[str, str, str], delivered: int, right: int, wrong: int) -> Precision:
    if not right + wrong:
        return Precision(*at, delivered, right, wrong)
    return Precision(*at, delivered, right, wrong, right / (right + wrong), *wilson(right, right + wrong))
