"""Secrets by reference: `env:NAME` or `file:PATH` stand in records and settings, and are looked up only where used."""

from collections.abc import Mapping
from pathlib import Path

__all__ = ["SecretMissing", "secret_text"]


class SecretMissing(Exception):
    """A reference to a secret leads nowhere."""


def secret_text(reference: str, environ: Mapping[str, str]) -> str:
    """What is behind the reference, stripped; never empty."""
    kind, _, place = reference.partition(":")
    if kind not in ("env", "file") or not place:  # it may be the secret itself, so it is not repeated
        raise SecretMissing("the secret is not given as env:NAME or file:PATH")
    try:
        text = environ[place] if kind == "env" else Path(place).read_text(encoding="utf-8")
    except (KeyError, OSError, ValueError) as error:
        raise SecretMissing(f"the secret {reference} cannot be read") from error
    if not text.strip():
        raise SecretMissing(f"the secret {reference} is empty")
    return text.strip()
