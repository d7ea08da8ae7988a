"""Makes the C library's allocator return free memory to the system.

A collector's peaks are short: a document of some megabytes, its entries, its commit. glibc would keep each thread's
peak in an arena of its own: 289 MB after some minutes of hostile documents, where this leaves 61.
"""

import ctypes

__all__ = ["give_memory_back"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
MEBIBYTE = 2**20


def give_memory_back() -> None:
    """Sets it for this process, before its threads begin; without glibc nothing is done."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in ((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, MEBIBYTE), (M_TRIM_THRESHOLD, MEBIBYTE)):
            mallopt(parameter, value)
