"""A bound on calls that have no time-out of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from kafka.errors import KafkaError

__all__ = ["CallTimedOut", "limited"]

T = TypeVar("T")


class CallTimedOut(KafkaError):  # type: ignore[misc]  # the client has no types
    """A call did not return in time; how it ended is not known."""


def limited(seconds: float, call: Callable[..., T], *arguments: object) -> T:
    """What the call returns or raises; `CallTimedOut` when that takes too long, and its thread is left to itself."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call(*arguments))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="kafka-limited", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        if future.done():
            raise
        raise CallTimedOut(f"no answer within {seconds:.0f} s") from None
