"""How many files, and so connections, a process may have open."""

import resource

__all__ = ["raise_file_limit"]

ENOUGH = 65_536


def raise_file_limit() -> None:
    """Raises the soft limit as far as this user may: the usual 1,024 are from the time of `select`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
