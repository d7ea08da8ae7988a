"""What a decision reads and remembers: the rows of its partition as this batch has left them, typed and versioned."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from stream.engine.derived import Derivation, Kept, State
from stream.log.records import Change, Rows
from stream.records import NewerVersion

__all__ = ["Table", "Tables", "Upcast"]

R = TypeVar("R")
S = TypeVar("S", bound=State)

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Tables:
    """What a decision reads: committed rows, changes over them, and the global tables.

    `before` are changes of the same commit that were decided on already. `kept` are the states that were derived from
    the rows in earlier decisions, and `kept_views` those of the global tables; without them each is made from scratch.
    """

    def __init__(
        self,
        rows: Rows,
        views: Mapping[str, Mapping[str, bytes]] | None = None,
        before: Iterable[Change] = (),
        kept: Kept | None = None,
        kept_views: Kept | None = None,
    ) -> None:
        self._rows = rows
        self._views = views or {}
        self._changes: dict[tuple[str, str], Change] = {}  # of this decision
        self._over: dict[str, dict[str, Change]] = {}  # these and those before, by table and key
        for change in before:
            self._over.setdefault(change.table, {})[change.key] = change
        self._kept = kept or Kept()
        self._kept_views = kept_views or Kept()

    def get(self, table: str, key: str) -> bytes | None:
        """The row as this batch has left it."""
        change = self._over[table].get(key) if table in self._over else None
        return change.value if change else self._rows.get(table, key)

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table as this batch has left it, in order of keys; of those that begin so only."""
        over = self._over.get(table, {}).items()
        changed = {key: change.value for key, change in over if key.startswith(prefix)}
        merged = dict(self._rows.items(table, prefix)) | changed
        return ((key, value) for key, value in sorted(merged.items()) if value is not None)

    def put(self, table: str, key: str, value: bytes, due: int | None = None) -> None:
        """Writes a row; without `due` its timer is disarmed."""
        self._write(Change(table, key, value, due))

    def delete(self, table: str, key: str) -> None:
        """Deletes a row and its timer."""
        self._write(Change(table, key, None))

    def _write(self, change: Change) -> None:
        self._changes[change.table, change.key] = change
        self._over.setdefault(change.table, {})[change.key] = change

    def view(self, topic: str) -> Mapping[str, bytes]:
        """A global table: the latest value by key of a compacted topic, as it stood before this batch."""
        return self._views[topic]

    def derived(self, derivation: Derivation[S]) -> S:
        """What is derived from the rows as this batch has left them, or from a global table; it is only to be read.

        It holds until the next row of its table is written, and is then to be asked for again.
        """
        if derivation.view:
            return self._kept_views.state(derivation, _OfView(self._views), {})
        return self._kept.state(derivation, self._rows, self._over.get(derivation.of, {}))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of this decision: the last one of each row."""
        return tuple(self._changes.values())

    def over(self) -> "Tables":
        """A further overlay, for a trial whose changes may be thrown away."""
        trial = Tables(self._rows, self._views, kept=self._kept, kept_views=self._kept_views)
        trial._changes = dict(self._changes)
        trial._over = {table: dict(changes) for table, changes in self._over.items()}
        return trial


class _OfView:
    """A global table as committed rows."""

    def __init__(self, views: Mapping[str, Mapping[str, bytes]]) -> None:
        self._views = views

    def get(self, table: str, key: str) -> bytes | None:
        """The value, or None."""
        return self._views[table].get(key)

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Every (key, value)."""
        return iter(self._views[table].items())


@dataclass(frozen=True)
class Table(Generic[R]):
    """A table of a stage: its name, what a row of it is, and how rows of older versions are read.

    A row is JSON of `kind`, a msgspec struct whose field `v` defaults to the version that is written, or a plain type,
    which has none. `upcasts` are pure: the one of version n makes the object of a row of version n + 1.
    """

    name: str
    kind: type[R]
    upcasts: Mapping[int, Upcast] = field(default_factory=dict)

    def get(self, tables: Tables, key: str) -> R | None:
        """The row as this batch has left it; raises `NewerVersion`, and msgspec's error for what is no such row."""
        value = tables.get(self.name, key)
        return None if value is None else self.read(value)

    def items(self, tables: Tables, prefix: str = "") -> Iterator[tuple[str, R]]:
        """Every (key, row) as this batch has left it, in order of keys, of those that begin so; raises like `get`."""
        return ((key, self.read(value)) for key, value in tables.items(self.name, prefix))

    def put(self, tables: Tables, key: str, row: R, due: int | None = None) -> None:
        """Writes a row; without `due` (ms) its timer is disarmed."""
        tables.put(self.name, key, msgspec.json.encode(row), due)

    def delete(self, tables: Tables, key: str) -> None:
        """Deletes a row and its timer."""
        tables.delete(self.name, key)

    def read(self, value: bytes) -> R:
        """The row of these bytes, for those who look on (`Log.rows`); raises as `get` does."""
        known = self._version
        try:
            row = self._decoder.decode(value)
        except msgspec.ValidationError:
            if known is None or _version_of(value) == known:
                raise
        else:
            if known is None or getattr(row, "v", None) == known:
                return row
        return self._upcast(value, _version_of(value), known)

    def _upcast(self, value: bytes, version: int, known: int) -> R:
        """The row of another version, in the one that is known."""
        if version > known:
            raise NewerVersion(
                f"a row of the table {self.name!r} has version {version}, and this themewire reads {known}: upgrade it"
            )
        row = msgspec.json.decode(value)
        for old in range(version, known):
            row = self.upcasts[old](row) | {"v": old + 1}
        return msgspec.convert(row, self.kind)

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[R]:
        return msgspec.json.Decoder(self.kind)

    @cached_property
    def _version(self) -> int | None:
        if not (isinstance(self.kind, type) and issubclass(self.kind, msgspec.Struct)):
            return None
        return next((int(f.default) for f in msgspec.structs.fields(self.kind) if f.name == "v"), None)


class _Version(msgspec.Struct):
    v: int = 1


def _version_of(value: bytes) -> int:
    return msgspec.json.decode(value, type=_Version).v
