"""Who is calling, and what they may do: by a token, by a trusted proxy's word, or as a program on this machine.

Each route names the least role that it is for (`Operation.role`, `guarded`), and finds who is calling by `caller_of`.
What is done in a person's name without their asking (by a browser, for a page of another site) is refused here, since
neither this machine's programs nor those behind a proxy say on each request that it is they who ask.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from stream.log.port import LogError
from stream.records import NewerVersion
from stream.secrets import SecretMissing
from stream.web.browsers import from_another_site, host_of, led_here
from stream.web.callers import Caller, Proxies, Role
from stream.web.problems import problem
from stream.web.refused import RequestRefused
from stream.web.sessions import Sessions

__all__ = ["Access", "Caller", "Proxies", "RequestRefused", "Role", "caller_of", "guarded", "is_loopback", "linked"]

MOST_BYTES = 1 << 20  # of a request's body
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")  # what only a proxy adds

Handler = Callable[[Request], Awaitable[Response]]

SUBSCRIBER = Caller(Role.SUBSCRIBER)


@dataclass(frozen=True)
class Access:
    """The operators' token ("" for none) and those of other roles, whether we listen on loopback only, and proxies.

    `hosts` are the names under which we answer, beside this machine's own addresses, and `sessions` are of people who
    have logged in with one of the tokens.
    """

    token: str
    loopback: bool
    tokens: Mapping[Role, str] = field(default_factory=dict)
    proxies: Proxies = field(default_factory=Proxies)
    hosts: Sequence[str] = ()
    sessions: Sessions | None = None

    @property
    def has_login(self) -> bool:
        """Whether people may log in with a token."""
        return self.sessions is not None and bool(self._tokens())

    def log_in(self, request: Request, token: str, response: Response) -> None:
        """Begins a session with the rights of this token; raises `RequestRefused`."""
        self._check_host(request)
        if from_another_site(request):
            raise RequestRefused(403, "a page of another site may not log you in")
        if self.sessions is None or not self._tokens():
            raise RequestRefused(404, "nobody logs in here: there is no token")
        if (role := self._role_of(token)) is None:
            raise RequestRefused(401, "this is no token of this service")
        try:
            self.sessions.begin(request, response, role, self._tokens()[role])
        except SecretMissing as error:
            raise RequestRefused(503, str(error)) from error

    def caller(self, request: Request) -> Caller:
        """Who is calling; raises `RequestRefused` for nobody that we know."""
        self._check_host(request)
        if caller := self._by_token(request):
            return caller
        if session := self._by_session(request):
            caller = session
        elif self.proxies.have(request):
            caller = self.proxies.caller(request)
        elif self._tokens():
            raise RequestRefused(401, "the header `Authorization: Bearer TOKEN` is missing, or the token is wrong")
        elif not self.loopback:
            raise RequestRefused(403, "beyond loopback the API needs a token or a proxy: set web.token or web.proxies")
        elif not is_loopback(host_of(request)) or any(name in request.headers for name in FORWARDED):
            raise RequestRefused(403, "without a token or a trusted proxy the API answers to localhost only")
        else:
            caller = Caller(Role.OPERATOR)
        if from_another_site(request):
            raise RequestRefused(403, "a page of another site may not ask this in your name")
        return caller

    def by_link(self, request: Request) -> Caller:
        """Who uses a signed link: a subscriber, unless a token, or on a page of ours a session or proxy, says so."""
        try:
            named = self._by_session(request) or self.proxies.have(request)
            if self._by_token(request) or (named and not from_another_site(request, strict=True)):
                return self.caller(request)
        except RequestRefused:  # the signature is right enough
            pass
        return SUBSCRIBER

    def _tokens(self) -> Mapping[Role, str]:
        given = {**self.tokens, Role.OPERATOR: self.token}
        return {role: token for role, token in given.items() if token}

    def _by_token(self, request: Request) -> Caller | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        role = self._role_of(given.strip())
        return None if role is None else Caller(role)

    def _role_of(self, given: str) -> Role | None:
        found = [role for role, token in self._tokens().items() if _same(token, given)]
        return max(found, default=None)

    def _by_session(self, request: Request) -> Caller | None:
        try:
            tokens = {int(role): token for role, token in self._tokens().items()}
            role = self.sessions.role(request, tokens) if self.sessions else None
        except SecretMissing:  # without the key nothing was signed by it
            role = None
        return None if role is None else Caller(Role(role))

    def _check_host(self, request: Request) -> None:
        """A page that a browser shows may have had its own name lead to this machine."""
        host = host_of(request)
        if is_loopback(host) or host in self.hosts or (_is_address(host) and not self.loopback):
            return
        raise RequestRefused(
            403, "this API answers to localhost and its own addresses: set web.url or web.hosts to use a name"
        )


def guarded(access: Access, role: Role, handler: Handler) -> Handler:
    """The handler for callers of at least this role; what is refused, or is not JSON, gets one sentence."""

    async def handle(request: Request) -> Response:
        try:
            caller = access.caller(request)
            if caller.role < role:
                raise RequestRefused(403, f"this is for the role {role.name.lower()}, not {caller.role.name.lower()}")
            if request.method in ("POST", "PUT", "PATCH"):
                _check_body(request)
            request.state.caller = caller
            return await handler(request)
        except RequestRefused as refused:
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return problem(refused.status, str(refused), headers)
        except (LogError, NewerVersion, SecretMissing) as error:
            return problem(503, str(error))

    return handle


def linked(access: Access, handler: Handler) -> Handler:
    """The handler of a signed link, which is open to whoever has it; it is told who is calling, too."""

    async def handle(request: Request) -> Response:
        request.state.caller = access.by_link(request)
        answer = await handler(request)
        if access.has_login and led_here(request):  # our own page asks once more, with the cookie if there is one
            answer.headers["Refresh"] = "0"
        return answer

    return handle


def caller_of(request: Request) -> Caller:
    """Who is calling, in a handler that is `guarded` or `linked`."""
    caller: Caller = request.state.caller
    return caller


def is_loopback(host: str) -> bool:
    """Whether a host, as an address or `localhost`, is this machine only."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _check_body(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # which no web page can send to another site without asking first
        raise RequestRefused(415, "the body must be JSON, with `Content-Type: application/json`")
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise RequestRefused(411, "the body needs a Content-Length")
    if len(length) > 9 or int(length) > MOST_BYTES:
        raise RequestRefused(413, f"the body has at most {MOST_BYTES} bytes")


def _same(token: str, given: str) -> bool:
    """In a time that says nothing of either, not even of their lengths."""
    return hmac.compare_digest(sha256(token.encode()).digest(), sha256(given.encode()).digest())


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
