"""The embedded stream, the default: one SQLite file; `log` keeps topics, `session` is a member of a group."""

from stream.sqlite.log import SqliteLog
from stream.sqlite.reader import SqliteReader
from stream.sqlite.session import SqliteSession

__all__ = ["SqliteLog", "SqliteReader", "SqliteSession"]
