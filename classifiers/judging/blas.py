"""One thread for the arithmetic of vectors: several would change the sums, and take longer to meet than they save."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["blas_on_one_thread"]


@contextmanager
def blas_on_one_thread() -> Iterator[None]:
    """Within it BLAS has one thread; where it has one already, nothing is set, which takes longer than a product."""
    blas = _blas()
    if all(library.num_threads == 1 for library in blas.lib_controllers):
        yield
        return
    with blas.limit(limits=1):
        yield


@cache
def _blas() -> ThreadpoolController:
    """Made at the first text, so that it knows the BLAS."""
    return ThreadpoolController().select(user_api="blas")
