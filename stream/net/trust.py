"""Whom TLS connections trust: the authorities of this machine, and those of a file beside them."""

import ssl
from functools import lru_cache
from pathlib import Path

__all__ = ["trusting"]


@lru_cache(8)  # to read a system's authorities takes a good part of a tenth of a second, and a megabyte
def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies certificates and names, the same one for all who trust the same, who leave it as it is.

    ValueError, one sentence, for a file that is of no use.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ValueError(f"{ca_file} cannot be read as certificates in PEM: {error.strerror or error}") from error
    return context
