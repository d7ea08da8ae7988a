"""A process that ends with the one that has started it, whatever ended that one."""

import ctypes
import os
import signal
import sys

__all__ = ["end_with_parent"]

PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent(parent: int) -> None:
    """From now on the kernel kills this process once `parent`, by its pid, is gone, even by kill -9; Linux only.

    It is the thread that counts which has started us: it has to wait for our end, or ours comes with its own.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was gone before we asked
        os.kill(os.getpid(), signal.SIGKILL)
