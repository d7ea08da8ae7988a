"""Parser processes: limited in memory and time, killed when they exceed it, and replaced when they die."""

import logging
import math
import os
import resource
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from collectors.fetching.headers import printable
from collectors.parsing.parsed import Parsed, ParseFailed
from stream.ops.parent import end_with_parent

if TYPE_CHECKING:
    from collectors.parsing.article import Article  # whose library is loaded in the child only

__all__ = ["Parse", "ParserPool", "parse_feed"]

log = logging.getLogger(__name__)
T = TypeVar("T")
Parse = Callable[[bytes, str, str], Parsed | ParseFailed]
_CLOSED = ParseFailed("timeout", "the service stopped before the document was parsed")
GRACE = 0.5  # for the pool's own word on a document that took too long
MOST_TASKS = 1000  # then a process is renewed, so that what a library leaks stays small


def _prepare(most: int, parent: int) -> None:
    """In the child: sets the limit, and loads the parser outside of any document's deadline."""
    end_with_parent(parent)
    import collectors.parsing.parse  # noqa: F401

    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def parse_feed(body: bytes, content_type: str, url: str) -> Parsed | ParseFailed:
    """The feed that the document is, or why it is none."""
    from collectors.parsing.parse import parse  # in the child only: feedparser takes a while to load

    return parse(body, content_type, url)


def _article(body: bytes, content_type: str, url: str) -> "Article | ParseFailed":
    from collectors.parsing.article import read_article  # needs an extra

    return read_article(body, content_type, url)


def _caught(parse: Callable[..., T | ParseFailed], *args: object) -> T | ParseFailed:
    """In the child; whatever a document provokes in a parser becomes a failure with a sentence."""
    try:
        return parse(*args)
    except MemoryError:
        return ParseFailed("too_large", "the document needs more memory than a parser may have")
    except Exception as error:  # a parser's defect, met by this document
        return ParseFailed("parse", printable(f"the document cannot be read ({type(error).__name__}: {error})")[:300])


def _failed(error: Exception) -> ParseFailed:
    return ParseFailed("parse", printable(f"the parser failed ({type(error).__name__}: {error})")[:300])


class _Spawned(SpawnProcess):
    """A process that ends with the thread that starts it, which is therefore none of those that ask for a parse."""

    def __init__(self, starter: ThreadPoolExecutor, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._starter: ThreadPoolExecutor | None = starter

    def start(self) -> None:
        starter, self._starter = self._starter, None  # what is sent to the process has no thread in it
        assert starter is not None
        try:
            starter.submit(super().start).result()
        except RuntimeError as error:  # it is closed; a pool that ends knows what to do with this one
            raise OSError("no parser is started any more") from error


class _Spawning(SpawnContext):
    """Starts processes anew, since one with threads must not be forked, and knows those that live."""

    def __init__(self) -> None:
        super().__init__()
        self._living: list[SpawnProcess] = []
        self._starter = ThreadPoolExecutor(1, "parsers")

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: ANN401
        process = _Spawned(self._starter, *args, **kwargs)
        self._living = [*(each for each in self._living if each.is_alive()), process]
        return process

    def kill(self) -> None:
        """Kills them; none is started any more."""
        self._starter.shutdown()
        for process in self._living:
            if process.is_alive():
                process.kill()


class ParserPool:
    """Parses documents for many threads; `deadline` in seconds, `memory` in bytes."""

    def __init__(self, deadline: float = 30.0, memory: int = 2**30, workers: int = 1) -> None:
        self._deadline = deadline
        self._waited_for: set[ProcessFuture[Any]] = set()
        self._closed = False
        self._lock = threading.Lock()
        self._started = _Spawning()
        self._make: Callable[[], ProcessPool] = lambda: ProcessPool(
            max_workers=workers,
            max_tasks=MOST_TASKS,
            initializer=_prepare,
            initargs=(memory, os.getpid()),
            context=self._started,
        )
        self._pool = self._make()

    def parse(
        self, body: bytes, content_type: str, url: str, within: float = math.inf, parse: Parse = parse_feed
    ) -> Parsed | ParseFailed:
        """What `parse`, a function of a module, makes of a document, after at most `within` seconds of waiting and
        parsing.

        A pool that is closed meanwhile fails at once.
        """
        return self._run(parse, (body, content_type, url), within)

    def article(self, body: bytes, content_type: str, url: str, within: float) -> "Article | ParseFailed":
        """The article in a page, or why it cannot be read, on the same terms."""
        return self._run(_article, (body, content_type, url), within)

    def _run(self, parse: Callable[..., T | ParseFailed], args: tuple[object, ...], within: float) -> T | ParseFailed:
        try:
            return self._once(parse, args, within)
        except BrokenProcessPool:  # a process died while it had nothing to do: no document is to blame
            log.warning("the pool of parser processes has failed and is made anew")
        try:
            return self._once(parse, args, within)
        except BrokenProcessPool as error:
            return _failed(error)

    def _once(self, parse: Callable[..., T | ParseFailed], args: tuple[object, ...], within: float) -> T | ParseFailed:
        seconds = min(self._deadline, within)
        with self._lock:
            if self._closed:
                return _CLOSED
            if not self._pool.active:  # it would refuse all that is to come
                self._pool = self._make()
            future = self._pool.schedule(_caught, args=(parse, *args), timeout=seconds)
            self._waited_for.add(future)
        try:
            result: T | ParseFailed = future.result(None if within == math.inf else within + GRACE)
        except FutureTimeout:
            future.cancel()  # type: ignore[no-untyped-call]  # it may have waited for a process all the time
            return ParseFailed("timeout", f"the document was not parsed within {seconds:.0f} s")
        except ProcessExpired:
            return ParseFailed("parse", "the parser died of this document")
        except CancelledError:
            return _CLOSED
        except BrokenProcessPool:
            raise
        except Exception as error:  # what the child could not even begin with, such as code that was replaced under it
            log.exception("a parser process failed")
            return _failed(error)
        finally:
            with self._lock:
                self._waited_for.discard(future)
        return result

    def close(self) -> None:
        """Ends the processes, and with them every wait."""
        with self._lock:
            self._closed = True
            waited_for = list(self._waited_for)
        for future in waited_for:  # the pool itself would leave them waiting for ever
            future.cancel()  # type: ignore[no-untyped-call]  # untyped library
        self._pool.stop()  # type: ignore[no-untyped-call]  # untyped library
        self._started.kill()  # the pool takes away its locks first, and a process that just starts would complain
        self._pool.join(timeout=5)
