"""What became of an alert, step by step, up to each subscription: the second half of `why-not`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from deploy.wording import plural
from stream.index.stage import ItemDoc
from stream.matching.filters import refusal
from stream.matching.rows import Sent
from stream.records import Alert, Delivery, Mute, Related, Subscription, decode
from stream.stories.rows import Story

__all__ = ["Step", "alert_step", "joined_step", "muted_step", "related_step", "subscription_step"]


@dataclass(frozen=True)
class Step:
    """One thing that is known: `what` by a fixed word, `text` for people, and the facts."""

    what: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


def joined_step(doc: ItemDoc, story: Story, alert: Alert) -> Iterator[Step]:
    """That another item had begun the story, and whether this one says anything of its own."""
    own = next((part for part in story.parts if part.item == doc.item.id), None)
    if own is None or story.parts[0] is own:
        return
    copied = " as a copy of a text already in it" if own.copy_of else ""
    facts = {"story": alert.story, "items": len(story.parts), "independent": alert.independent, "copy_of": own.copy_of}
    yield Step("joined", f"joined a story of {plural(len(story.parts), 'item')}{copied}: {alert.title}", facts)


def alert_step(alert: Alert) -> Step:
    """Return that an alert was raised, and what became of it."""
    word = {
        "new": "an alert",
        "update": f"an alert with {plural(alert.seq, 'update')}",
        "retracted": "an alert that was retracted",
    }
    facts = {"alert": alert.id, "theme": alert.theme, "seq": alert.seq, "kind": alert.kind, "at": alert.alerted_at}
    return Step("alert", f"raised {word[alert.kind]} on alerts.{alert.theme}", facts)


def related_step(other: Related) -> Step:
    """Return that it names another alert."""
    text = f"likely ({other.probability:.2f}) about the same event as the alert {other.alert}: {other.title}"
    return Step("related", text, msgspec.to_builtins(other))


def muted_step(row: bytes | None) -> Iterator[Step]:
    """That somebody has muted the alert, as the index has it."""
    if row is not None:
        mute = decode(row, Mute)
        text = f"muted by {mute.who}: nobody is sent more of the alert, but that it is retracted"
        yield Step("muted", text, {"alert": mute.alert, "who": mute.who, "at": mute.at})


def subscription_step(to: Subscription, alert: Alert, at: int, sent: Sent | None, last: Delivery | None) -> Step:
    """Return what a subscription was sent of an alert, or why it was sent nothing."""
    facts: dict[str, Any] = {"subscription": to.id, "alert": alert.id}
    wrong = "; it called the alert wrong, and gets no more updates of it" if sent and sent.called_wrong else ""
    if sent and sent.thread:
        facts["thread"] = sent.thread
    if last is not None:
        text = f"{to.id}: {last.outcome} at attempt {last.attempt} ({last.message}){wrong}"
        return Step(last.outcome, text, {**facts, "delivery": last.delivery, "status": last.status, "at": last.at})
    if sent is not None:
        if sent.any_sent:
            return Step("sending", f"{to.id}: on its way{wrong}", facts)
        if sent.thread and to.related == "fold":
            return Step("held", f"{to.id}: folded into its next digest, being related to {sent.thread}", facts)
        return Step("held", f"{to.id}: held for its digest, quiet hours or hourly cap", facts)
    if to.ended:
        return Step("ended", f"{to.id}: the subscription has ended: {to.ended}", facts)
    if reason := refusal(to, alert, at):
        return Step("filtered", f"{to.id}: filtered out by {reason}", {**facts, "filter": reason.partition(":")[0]})
    if alert.kind == "retracted":
        return Step("filtered", f"{to.id}: the alert was never sent, so neither was its retraction", facts)
    return Step(
        "not sent",
        f"{to.id}: not sent: the alert is older than the subscription, or the stage `match` has not seen it yet",
        facts,
    )
