"""States that a stage derives from its rows, such as an index: kept between decisions, and the same as if made anew.

A decision asks `Tables.derived` and sees the state as its batch has left the rows. The engine keeps a state for as long
as its partition is owned: what is committed stays in it, what was decided and not committed is taken back when it is
asked for again, and at a fence or a lost partition all is thrown away.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from stream.log.records import Change

__all__ = ["Derivation", "Kept", "Keys", "State"]


class State(Protocol):
    """What is derived: a function of the rows alone, in whatever order they are put."""

    def put(self, key: str, value: bytes | None) -> None:
        """The row of this key is this now, None where it is gone; it may be what it was."""
        ...


class Keys:
    """Which keys have a row: of a table in which few have one, that is known without a read for each that has none."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def put(self, key: str, value: bytes | None) -> None:
        """See `State`."""
        if value is None:
            self._keys.discard(key)
        else:
            self._keys.add(key)

    def __contains__(self, key: str) -> bool:
        return key in self._keys


S = TypeVar("S", bound=State)


@dataclass(frozen=True, eq=False)
class Derivation(Generic[S]):
    """A state of the rows of one table, or of a global table where `view` says so; `make` makes the one of no rows.

    It is declared once, at the level of a module: a state is kept by the identity of its derivation.
    """

    of: str
    make: Callable[[], S]
    view: bool = False


class Source(Protocol):
    """The committed rows that a state is made of."""

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        ...

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table."""
        ...


class _One(Generic[S]):
    """A state, how far it is ahead of what is committed, and what has been committed and not been put yet."""

    def __init__(self, state: S) -> None:
        self.state = state
        self.ahead: dict[str, Change] = {}
        self.behind: dict[str, Change] = {}

    def follow(self, table: str, rows: Source, changed: Mapping[str, Change]) -> None:
        """Puts what has been committed, takes back what was not, and puts these changes over it."""
        for key, change in list(self.behind.items()):
            self.state.put(key, change.value)
            del self.behind[key]
        for key in self.ahead.keys() - changed.keys():
            self.state.put(key, rows.get(table, key))
            del self.ahead[key]
        for key, change in changed.items():
            if self.ahead.get(key) is not change:
                self.state.put(key, change.value)
                self.ahead[key] = change


class Kept:
    """The states of one partition, or of the global tables."""

    def __init__(self) -> None:
        self._states: dict[Derivation[Any], _One[Any]] = {}

    def state(self, derivation: Derivation[S], rows: Source, changed: Mapping[str, Change]) -> S:
        """The state of these committed rows with these changes of its table, by key, over them."""
        if (one := self._states.get(derivation)) is None:
            one = _One(derivation.make())
            for key, value in rows.items(derivation.of):
                one.state.put(key, value)
            self._states[derivation] = one  # only now: a row may be one that cannot be read
        if one.behind or one.ahead or changed:
            one.follow(derivation.of, rows, changed)
        return one.state  # type: ignore[no-any-return]  # it was made by this derivation

    def committed(self, changes: Iterable[Change]) -> None:
        """These rows are what is committed now; they are put when the state is asked for, where errors belong."""
        if not self._states:
            return
        by_table: dict[str, list[Change]] = {}
        for change in changes:
            by_table.setdefault(change.table, []).append(change)
        for derivation, one in self._states.items():
            for change in by_table.get(derivation.of, ()):
                if one.ahead.pop(change.key, None) != change:
                    one.behind[change.key] = change

    def forget(self) -> None:
        """Throws every state away: it is made anew when it is asked for."""
        self._states.clear()
