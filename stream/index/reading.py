"""The index, for those who only look."""

import threading
from pathlib import Path

from stream.index.session import open_index
from stream.log.port import LogError
from stream.sqlite.database import Database

__all__ = ["NoIndex", "OpenIndex"]

NO_INDEX = (
    "There is no index yet, which takes seconds on a new stream and minutes on a large one. If its file was deleted "
    "while themewire ran, start the role index again."
)


class NoIndex(LogError):
    """There is no index yet."""


class OpenIndex:
    """The index at a path, opened once it is there, and anew where it is another file now; for any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._opened: tuple[int, Database] | None = None

    @property
    def there(self) -> bool:
        """Whether there is one yet."""
        return self.path.exists()

    def database(self) -> Database:
        """The database; raises `NoIndex`, or `LogError` where it cannot be opened."""
        with self._lock:
            try:
                file = self.path.stat().st_ino
            except FileNotFoundError as error:
                raise NoIndex(NO_INDEX) from error
            if self._opened is None or self._opened[0] != file:
                self._opened = (file, open_index(self.path))
            return self._opened[1]
