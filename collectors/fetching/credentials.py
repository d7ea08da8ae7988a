"""Credentials by reference: `basic REF`, `bearer REF` or `header NAME REF`, with REF as `env:NAME` or `file:PATH`.

They stand in the feed's record; the secret itself is looked up for each poll and reaches no record and no log.
"""

import base64
import re
from collections.abc import Mapping
from typing import NamedTuple

from stream.errors import ThemewireError
from stream.secrets import SecretMissing, secret_text

__all__ = ["CredentialsError", "Login", "check_credentials", "credential_headers", "login_of"]

_REFERENCE = re.compile(r"(?:env|file):\S+")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "te", "upgrade"}


class CredentialsError(ThemewireError):
    """They cannot be read, or their secret is missing; the sentence does not repeat what may be a secret."""


def check_credentials(text: str) -> None:
    """Raises `CredentialsError` unless the text has one of the three forms, or is empty."""
    _parts(text) if text else None


def credential_headers(text: str, environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers that carry them; none for no credentials."""
    if not text:
        return ()
    kind, name, reference = _parts(text)
    try:
        secret = secret_text(reference, environ)
    except SecretMissing as error:
        raise CredentialsError(str(error)) from error
    if kind == "header":
        return ((name, secret),)
    if kind == "bearer":
        return (("Authorization", f"Bearer {secret}"),)
    if ":" not in secret:
        raise CredentialsError(f"the secret {reference} of basic credentials is not user:password")
    return (("Authorization", "Basic " + base64.b64encode(secret.encode()).decode()),)


class Login(NamedTuple):
    """Who logs in to a server without headers: with a password, or an access token (OAuth 2.0) where `is_token`."""

    user: str
    secret: str
    is_token: bool


def login_of(text: str, environ: Mapping[str, str]) -> Login:
    """Basic credentials, or bearer ones with a user's name, for protocols in which there are no headers."""
    kind, _, reference = _parts(text) if text else ("", "", "")
    if kind not in ("basic", "bearer"):
        raise CredentialsError(
            "a mailbox needs credentials as `basic REF`, where REF holds user:password, or `bearer REF` with user:token"
        )
    try:
        user, colon, secret = secret_text(reference, environ).partition(":")
    except SecretMissing as error:
        raise CredentialsError(str(error)) from error
    if not colon:
        wanted = "user:password" if kind == "basic" else "user:token"
        raise CredentialsError(f"the secret {reference} of {kind} credentials is not {wanted}")
    return Login(user, secret, kind == "bearer")


def _parts(text: str) -> tuple[str, str, str]:
    """(kind, header's name, reference)."""
    match text.split():
        case [("basic" | "bearer") as kind, reference] if _REFERENCE.fullmatch(reference):
            return kind, "", reference
        case ["header", name, reference] if _REFERENCE.fullmatch(reference) and _NAME.fullmatch(name):
            if name.lower() in _OURS:
                raise CredentialsError(f"the header {name} cannot carry credentials")
            return "header", name, reference
    raise CredentialsError(
        "credentials are given as `basic REF`, `bearer REF` or `header NAME REF`, with REF as env:NAME or file:PATH"
    )
