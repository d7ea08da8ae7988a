"""The ids of all themes as they are now, for what runs on while themes come and go."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import overload

import msgspec

from stream.log import topics
from stream.log.global_tables import GlobalTable
from stream.log.port import Log, LogError
from stream.records import NewerVersion, OwnTheme, decode
from stream.themes.saved import shipped_themes
from stream.themes.watched import watched

__all__ = ["LiveThemes"]

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 5.0  # after the stream could not be read


class LiveThemes(Sequence[str]):
    """A sequence that changes as themes are added and removed; `changed` are told, in a thread of its own."""

    def __init__(self, stream: Log) -> None:
        self._stream = stream
        self._table = GlobalTable(stream.reader([topics.THEMES]))
        self._ids = self._read()
        self._told: list[Callable[[], None]] = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="themes", daemon=True)
        self._thread.start()

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        return self._ids[at]

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    @property
    def now(self) -> tuple[str, ...]:
        """As they are at this moment."""
        return self._ids

    def on_change(self, tell: Callable[[], None]) -> None:
        """Has this called whenever themes have come or gone."""
        self._told.append(tell)

    def close(self) -> None:
        """Stops following them."""
        self._closing.set()
        self._thread.join()
        self._table.close()

    def _read(self) -> tuple[str, ...]:
        own = {}
        for name, value in self._table.rows.items():
            try:
                own[name] = decode(value, OwnTheme)
            except (NewerVersion, msgspec.MsgspecError) as error:
                log.error("the theme %s cannot be read and is not watched: %s", name, error)
        return (*shipped_themes(), *(theme.id for theme in watched(own)))

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                grown = self._table.wait(LOOK_SECONDS)
            except LogError as error:
                log.warning("themes cannot be followed: %s", error)
                self._closing.wait(AGAIN_SECONDS)
                continue
            if grown and (ids := self._read()) != self._ids:
                log.info("themes are now: %s", ", ".join(ids))
                self._ids = ids
                for tell in self._told:
                    tell()
