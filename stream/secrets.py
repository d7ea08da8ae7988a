"""Secrets by reference: `env:NAME` or `file:NAME` stand in records and settings, and are looked up only where used.

A file is named as it is called in the folder of `deliver.secrets_dir`, or with its whole path. Whoever is not on this
machine names no path, since they could have any file looked at; and nobody names a setting of our own.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from stream.errors import ThemewireError

__all__ = ["SecretMissing", "check_reference", "is_reference", "kept_secret", "secret_text"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
OURS = "THEMEWIRE_"


class SecretMissing(ThemewireError):
    """There is no secret behind a reference; the sentence says which."""


def is_reference(text: str) -> bool:
    """Whether the text has the form of a reference, and so is no secret itself."""
    kind, _, name = text.partition(":")
    return kind in ("env", "file") and bool(name)


def check_reference(reference: str, remote: bool) -> None:
    """Raises ValueError, one sentence, for what is no reference, or for one that is not for those who ask from afar."""
    if not is_reference(reference):  # it may be the secret itself, so it is not repeated
        raise ValueError("a secret is given by reference, as env:NAME or file:NAME, never itself")
    kind, _, name = reference.partition(":")
    if kind == "env" and name.upper().startswith(OURS):
        raise ValueError(f"{reference} is a setting of themewire itself, and no receiver's secret")
    if remote and not _NAME.fullmatch(name):
        raise ValueError("by the API a secret is env:NAME, or file:NAME of a file in the folder deliver.secrets_dir")


def secret_text(reference: str, environ: Mapping[str, str], folder: Path | None = None) -> str:
    """What is behind the reference, stripped; never empty. A file that is named without its path is in the folder."""
    try:
        check_reference(reference, remote=False)
    except ValueError as error:
        raise SecretMissing(str(error)) from error
    kind, _, name = reference.partition(":")
    try:
        text = environ[name] if kind == "env" else ((folder or Path()) / name).read_text(encoding="utf-8")
    except (KeyError, OSError, ValueError) as error:
        raise SecretMissing(f"the secret {reference} cannot be read") from error
    if not text.strip():
        raise SecretMissing(f"the secret {reference} is empty")
    return text.strip()


def kept_secret(path: Path) -> str:
    """What the file holds; one that is not there is made with a random secret, the same for all who ask at once."""
    try:
        if not path.exists():
            _make(path)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SecretMissing(f"the secret {path} cannot be made or read ({error}): check the folder's rights") from error
    if not text:
        raise SecretMissing(f"the secret {path} is empty: remove it, and another one is made")
    return text


def _make(path: Path) -> None:
    """Written beside it and linked: nobody sees half of it, and of two who make one, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
