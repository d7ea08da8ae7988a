"""What each role reads and writes, declared once: rights on Kafka and the way of a topic follow from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stream.log.topics import (
    ADDRESSES,
    CANDIDATES,
    DEAD,
    DELIVERIES,
    EVENTS,
    FEEDBACK,
    FEEDS,
    HOSTS,
    IMPORTS,
    ITEMS,
    LABELS,
    MODELS,
    MUTES,
    OUTBOX,
    POLLS,
    PUSHES,
    SUBSCRIPTIONS,
    TAGGED,
    THEMES,
    alerts_topic,
    canary_topic,
    retry_topic,
)

__all__ = ["Access", "accesses"]


@dataclass(frozen=True, slots=True)
class Access:
    """The topics of one role: `inputs` are read as a consumer group, `reads` without one."""

    role: str
    inputs: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()


def accesses(themes: Sequence[str]) -> tuple[Access, ...]:
    """By role; all that the command line does besides is one more."""
    alerts = tuple(map(alerts_topic, themes))
    indexed = (FEEDS, POLLS, TAGGED, DELIVERIES, MUTES, *alerts)
    stages = (
        _stage(
            "collect", (FEEDS, IMPORTS, PUSHES), (HOSTS,), (ITEMS, POLLS, EVENTS, HOSTS, FEEDS)
        ),  # the default feeds, on day one
        # On day one it writes the first model.
        _stage("tag", (ITEMS, LABELS), (MODELS,), (TAGGED, CANDIDATES, FEEDBACK, ITEMS, EVENTS, MODELS)),
        _stage("story", (CANDIDATES,), (), (*alerts, EVENTS)),
        _stage("match", (*alerts, EVENTS, SUBSCRIPTIONS, THEMES, FEEDBACK), (SUBSCRIPTIONS, MUTES), (OUTBOX, EVENTS)),
        _stage("deliver", (OUTBOX,), (SUBSCRIPTIONS,), (DELIVERIES, SUBSCRIPTIONS, EVENTS)),
    )
    canaries = {canary_topic(FEEDS), canary_topic(SUBSCRIPTIONS)}
    retries = [retry_topic(access.role) for access in stages]
    # What people do, by commands or on the page, which has the same done: also a training, and what is tried again.
    said = frozenset((FEEDS, IMPORTS, SUBSCRIPTIONS, LABELS, MODELS, THEMES, ADDRESSES, EVENTS, DEAD, *retries))
    others = (
        Access("train", reads=frozenset((LABELS, MODELS, TAGGED, THEMES)), writes=frozenset((MODELS, THEMES, EVENTS))),
        Access("index", reads=frozenset((*indexed, THEMES)), writes=frozenset((DEAD,))),
    )
    every = [name for access in (*stages, *others) for name in (*access.inputs, *access.reads, *access.writes)]
    every += [*said, *canaries, MUTES]
    return (
        *stages,
        *others,
        Access("web", reads=frozenset(every), writes=frozenset((*said, *canaries, MUTES, PUSHES))),
        Access("commands", reads=frozenset(every), writes=said),
    )


def _stage(name: str, inputs: Iterable[str], views: Iterable[str], writes: Iterable[str]) -> Access:
    """With what every stage has: records that are given back to it, dead ones, and the twins for canaries."""
    return Access(
        name,
        frozenset((*_with_twins(inputs), retry_topic(name))),
        frozenset((*_with_twins(views), THEMES)),  # every process follows the themes of one's own
        frozenset((*_with_twins(writes), DEAD, EVENTS)),
    )


def _with_twins(topics: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for name in topics for each in (name, canary_topic(name)) if each))
