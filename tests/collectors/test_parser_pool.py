"""Whatever a document does to a parser, it comes to an answer, and the next document is parsed."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from pebble.pool.base_pool import PoolStatus

from collectors.parsing.parsed import Parsed, ParseFailed
from collectors.parsing.parser_pool import ParserPool

URL = "https://feeds.example/feed"
# All of a text is read; half a minute of it.
ENDLESS = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'><div>" + b"<b>x</b>" * 1_500_000
HOG = b'{"items":[{"x":[' + b"[[]]," * 3_000_000 + b"0]}]}"


def feed(title: str) -> bytes:
    return f"<rss version='2.0'><channel><title>{title}</title></channel></rss>".encode()


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    own = ParserPool(deadline=120, memory=400 * 2**20, workers=2)
    yield own
    own.close()


def titled(pool: ParserPool, title: str) -> bool:
    found = pool.parse(feed(title), "", URL)
    return isinstance(found, Parsed) and found.title == title


def test_a_document_is_parsed_and_a_page_is_not(pool):
    assert titled(pool, "Zürich")
    page = pool.parse(b"<!doctype html><html></html>", "text/html", URL)
    assert isinstance(page, ParseFailed)
    assert page.kind == "not_a_feed"


def test_a_parser_that_hangs_is_killed_and_the_next_document_is_parsed():
    pool = ParserPool(deadline=3)
    try:
        found = pool.parse(ENDLESS, "", URL)
        assert found == ParseFailed("timeout", "the document was not parsed within 3 s")
        assert titled(pool, "next")
    finally:
        pool.close()


def test_a_parser_that_takes_too_much_memory_is_an_answer_and_the_next_document_is_parsed(pool):
    found = pool.parse(HOG, "application/json", URL)
    assert isinstance(found, ParseFailed)
    assert found.kind in ("too_large", "parse")  # parse: when there was no memory left to say so
    assert titled(pool, "next")


def test_many_threads_get_their_own_answers(pool):
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda n: titled(pool, f"feed {n}"), range(40)))


def test_closing_ends_every_wait_and_a_closed_pool_says_so():
    pool = ParserPool(deadline=120)
    assert titled(pool, "first")
    begun = Event()

    def wait() -> Parsed | ParseFailed:
        begun.set()
        return pool.parse(ENDLESS, "", URL)

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(wait)
        begun.wait()
        pool.close()
        found = waiting.result(timeout=60)
    assert isinstance(found, ParseFailed)
    assert found.kind == "timeout"
    assert pool.parse(feed("late"), "", URL) == found


def test_a_document_that_waits_for_a_process_is_given_up_when_its_poll_is_over():
    pool = ParserPool(deadline=120)
    assert titled(pool, "first")
    begun = Event()

    def hog() -> None:
        begun.set()
        pool.parse(ENDLESS, "", URL)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(hog)
        begun.wait()
        hanging = pool.parse(ENDLESS, "", URL, within=1)
        waiting = pool.parse(feed("late"), "", URL, within=1)
        assert isinstance(hanging, ParseFailed)
        assert isinstance(waiting, ParseFailed)
        assert (hanging.kind, waiting.kind) == ("timeout", "timeout")
        pool.close()


def test_processes_outlive_the_thread_that_first_asked():
    pool = ParserPool()
    try:
        first = threading.Thread(target=titled, args=(pool, "first"))
        first.start()
        first.join()
        before = processes(pool)
        assert titled(pool, "next")
        assert processes(pool) == before
    finally:
        pool.close()


def test_a_process_that_dies_of_no_document_is_no_documents_fault(pool):
    assert titled(pool, "first")
    for pid in processes(pool):
        os.kill(pid, signal.SIGKILL)
    assert titled(pool, "next")


def processes(pool: ParserPool) -> set[int]:
    return set(pool._pool._pool_manager.worker_manager.workers)


def test_a_pool_whose_managing_threads_have_died_is_made_anew():
    pool = ParserPool(deadline=120)
    assert titled(pool, "first")
    pool._pool._context.status = PoolStatus.ERROR  # as the pool finds when one of its threads is no more
    assert titled(pool, "second")
    pool.close()
