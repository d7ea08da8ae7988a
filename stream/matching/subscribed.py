"""The subscriptions as the match stage looks at them: by what they ask for, so that nobody else is asked."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from stream.engine.derived import Derivation
from stream.log import topics
from stream.records import OwnTheme, Subscription, readable

__all__ = ["OWN_THEMES", "SUBSCRIBED", "OwnThemes", "Subscribed"]


class Subscribed:
    """Every subscription that can be read, by name, with those that ask for a theme or for a kind of health event."""

    def __init__(self) -> None:
        self.by_name: dict[str, Subscription] = {}
        self._by_theme: dict[str, set[str]] = defaultdict(set)
        self._by_event: dict[str, set[str]] = defaultdict(set)

    def put(self, key: str, value: bytes | None) -> None:
        """A subscription was saved or removed; see `stream.engine.derived.State`."""
        if (old := self.by_name.pop(key, None)) is not None:
            for asked in self._asked(old):
                asked.discard(key)
        for _, subscription in readable([(key, value)] if value is not None else (), Subscription):
            self.by_name[key] = subscription
            for asked in self._asked(subscription):
                asked.add(key)

    def _asked(self, subscription: Subscription) -> Iterator[set[str]]:
        yield from (self._by_theme[theme] for theme in subscription.themes)
        yield from (self._by_event[kind] for kind in subscription.events)

    def of_theme(self, theme: str) -> set[str]:
        """The names of those that ask for a theme."""
        return self._by_theme.get(theme, set())

    def of_event(self, kind: str) -> set[str]:
        """The names of those that ask for a kind of health event."""
        return self._by_event.get(kind, set()) | self._by_event.get("all", set())

    def named(self, names: Collection[str]) -> list[Subscription]:
        """Those of these names that there are, in order."""
        return [self.by_name[name] for name in sorted(names) if name in self.by_name]


class OwnThemes:
    """The themes of one's own: which there ever were, and which are `watched` (as in `stream.themes.watched`)."""

    def __init__(self) -> None:
        self._own: dict[str, tuple[int, bool]] = {}  # not the themes themselves: each holds what judges by it
        self.watched: tuple[str, ...] = ()

    def put(self, key: str, value: bytes | None) -> None:
        """A theme was added or removed; see `stream.engine.derived.State`."""
        self._own.pop(key, None)
        for _, one in readable([(key, value)] if value is not None else (), OwnTheme):
            self._own[key] = (one.added_at, bool(one.removed_at))
        there = sorted((at, name) for name, (at, removed) in self._own.items() if not removed)
        self.watched = tuple(name for _, name in there)

    def __contains__(self, theme: str) -> bool:
        return theme in self._own


SUBSCRIBED = Derivation(topics.SUBSCRIPTIONS, Subscribed, view=True)
OWN_THEMES = Derivation(topics.THEMES, OwnThemes, view=True)
