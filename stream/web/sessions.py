"""Sessions of people who have logged in with a token: a signed cookie, which ends in time, or with the token.

Nothing is kept of a session here: the cookie says its role and its end, and the signature is made with the token that
was given. So another token, or none, for that role ends all of its sessions at once, on every machine.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from starlette.requests import HTTPConnection
from starlette.responses import Response

from stream.units import DAY

__all__ = ["COOKIE", "LOGIN", "Sessions"]

COOKIE = "themewire"
LOGIN = "/login"
LASTS = 7 * DAY


@dataclass(frozen=True)
class Sessions:
    """Makes and reads the cookies; `key` may raise `SecretMissing`, and `clock` is in ms.

    A role is a number, and `tokens` are those that stand now, by role.
    """

    key: Callable[[], bytes]
    clock: Callable[[], int]

    def begin(self, request: HTTPConnection, response: Response, role: int, token: str) -> None:
        """Has the browser say from now on that it is this role."""
        expires = self.clock() + LASTS
        value = f"{role:d}.{expires}.{self._signature(role, expires, token)}"
        response.set_cookie(COOKIE, value, LASTS // 1000, httponly=True, samesite="strict", secure=_by_https(request))

    def end(self, request: HTTPConnection, response: Response) -> None:
        """Has the browser forget it."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=_by_https(request))

    def role(self, request: HTTPConnection, tokens: Mapping[int, str]) -> int | None:
        """The role of the session that the browser is in, if it is in any."""
        role, _, rest = request.cookies.get(COOKIE, "").partition(".")
        expires, _, signature = rest.partition(".")
        if not (role.isascii() and role.isdigit() and expires.isascii() and expires.isdigit() and len(rest) < 200):
            return None
        if (token := tokens.get(int(role[:9]))) is None or int(expires) <= self.clock():
            return None
        same = hmac.compare_digest(self._signature(int(role), int(expires), token).encode(), signature.encode())
        return int(role) if same else None

    def _signature(self, role: int, expires: int, token: str) -> str:
        said = f"themewire session 1\n{role:d}\n{expires:d}\n{sha256(token.encode()).hexdigest()}"
        return hmac.digest(self.key(), said.encode(), "sha256").hex()


def _by_https(request: HTTPConnection) -> bool:
    """Whether the browser came by https; who claims that of their own request only keeps a cookie from themselves."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", "").lower())
