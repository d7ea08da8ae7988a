"""Keeps the arithmetic of vectors on the thread that asks for it."""

from threadpoolctl import threadpool_limits

__all__ = ["one_blas_thread"]


def one_blas_thread() -> None:
    """Sets it for this process, where numpy is loaded.

    Each role has a thread of its own, and its matrices are small: threads of BLAS take longer to meet than they save,
    and wait busily for each other. A candidate took 29 ms of the processor with two of them, and 4 with one.
    """
    threadpool_limits(limits=1, user_api="blas")
