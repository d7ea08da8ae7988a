"""A SQLite file in a folder that may not be written: read where it lies, or in a copy where SQLite has to write."""

import shutil
import sqlite3
import tempfile
from pathlib import Path
from urllib.parse import quote

__all__ = ["ReadOnlyFile"]


class ReadOnlyFile:
    """Opens such a file for reading.

    While a writer has it open, SQLite shares the writer's files. Else a write-ahead log that was left behind can only
    be read where its index can be made, which is in a copy; without one the file is all there is.
    """

    def __init__(self, path: Path) -> None:
        self._copies: tempfile.TemporaryDirectory[str] | None = None
        self._uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        try:
            self.connect().close()
        except sqlite3.OperationalError:
            wal = path.with_name(path.name + "-wal")
            if wal.exists() and wal.stat().st_size:
                self._copies = tempfile.TemporaryDirectory(prefix="themewire-read-")
                for each in (path, wal):
                    shutil.copy(each, Path(self._copies.name) / each.name)
                self._uri = f"file:{quote(str(Path(self._copies.name) / path.name))}"
            else:
                self._uri += "&immutable=1"

    def connect(self) -> sqlite3.Connection:
        """A connection of one thread, which has been read from once."""
        db = sqlite3.connect(self._uri, uri=True, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA query_only=1")
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Removes what was copied."""
        if self._copies:
            self._copies.cleanup()
