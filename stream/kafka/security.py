"""How a client proves who it is to a cluster, and how it knows the cluster: TLS and SASL."""

import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec
from kafka.net.sasl.oauth import AbstractTokenProvider

from stream.log.port import LogError

__all__ = ["MECHANISMS", "PROTOCOLS", "Mechanism", "Protocol", "Security"]

Protocol = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]
PROTOCOLS: tuple[Protocol, ...] = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
MECHANISMS: tuple[Mechanism, ...] = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
TOKEN_SECONDS = 10
LOOK_SECONDS = 2
EARLIER = 30  # seconds before it expires a token is fetched anew


@dataclass(frozen=True, slots=True)
class Security:
    """By what a cluster is reached; `token_file` is read, and `token_url` asked, whenever a connection is made."""

    protocol: Protocol = "plaintext"
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    key_password: str = field(default="", repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    token_file: Path | None = None
    token_url: str = ""
    token_scope: str = ""

    @property
    def tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.protocol.endswith("ssl")

    def options(self) -> dict[str, Any]:
        """The settings of kafka-python's clients, the same for producer, consumer and admin."""
        found: dict[str, Any] = {"security_protocol": self.protocol.upper()}
        if self.tls:
            found["ssl_context"] = self.context()
        if self.protocol.startswith("sasl"):
            found["sasl_mechanism"] = self.mechanism
            if self.mechanism == "OAUTHBEARER":
                found["sasl_oauth_token_provider"] = _Tokens(self)
            else:
                found |= {"sasl_plain_username": self.username, "sasl_plain_password": self.password}
        return found

    def why_refused(self, host: str, port: int) -> str:
        """What is probably wrong where the broker listens and yet serves no client; it is found out by asking."""
        if not self.tls:
            user = "kafka.username, kafka.password and " if self.protocol != "plaintext" else ""
            return f"check the address, {user}whether it wants TLS or a user (kafka.security)"
        try:
            with (
                socket.create_connection((host, port), LOOK_SECONDS) as plain,
                self.context().wrap_socket(plain, server_hostname=host) as encrypted,
            ):
                encrypted.recv(1)  # by TLS 1.3 a certificate of ours is refused after the handshake only
        except TimeoutError:
            pass  # it waits for our first request, as it should
        except ssl.SSLCertVerificationError as error:
            return f"its certificate is not trusted ({error.verify_message}): check kafka.ca_file and the host's name"
        except (OSError, ssl.SSLError) as error:
            return f"TLS fails ({error}): check kafka.security, and kafka.cert_file if the broker asks for one"
        if self.protocol == "ssl":
            return "TLS is fine: see the broker's log"
        who = "the token" if self.mechanism == "OAUTHBEARER" else "kafka.username and kafka.password"
        return f"TLS is fine: check {who}, and that the broker knows kafka.mechanism {self.mechanism}"

    def context(self) -> ssl.SSLContext:
        """What TLS is spoken with: the system's authorities, or those of `ca_file`, and our own certificate."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise LogError(f"kafka.ca_file {self.ca_file} cannot be used ({error}): it has to be a PEM file") from error
        if self.cert_file:
            try:  # a password that is given by a function is never asked for on a terminal
                context.load_cert_chain(self.cert_file, self.key_file, lambda: self.key_password)
            except (OSError, ssl.SSLError) as error:
                raise LogError(
                    f"kafka.cert_file {self.cert_file} cannot be used ({error}): see kafka.key_file and "
                    "kafka.key_password"
                ) from error
        return context


class _Tokens(AbstractTokenProvider):  # type: ignore[misc]  # the client has no types
    """Tokens for OAUTHBEARER, by a file that somebody keeps up to date or from the token endpoint of a server."""

    def __init__(self, security: Security) -> None:
        super().__init__()
        self._security = security
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def token(self) -> str:
        """A token that holds now."""
        if (file := self._security.token_file) is not None:
            try:
                return file.read_text(encoding="ascii").strip()
            except (OSError, ValueError) as error:
                raise LogError(f"kafka.token_file {file} cannot be read: {error}") from error
        with self._lock:
            if time.monotonic() >= self._until:
                self._fetch()
            return self._token

    def _fetch(self) -> None:
        """By the client-credentials grant of OAuth 2."""
        security = self._security
        form = {"grant_type": "client_credentials"} | ({"scope": security.token_scope} if security.token_scope else {})
        client = ":".join(urllib.parse.quote_plus(part) for part in (security.username, security.password))
        request = urllib.request.Request(security.token_url, urllib.parse.urlencode(form).encode())
        request.add_header("Authorization", f"Basic {b64encode(client.encode()).decode()}")
        context = ssl.create_default_context()
        if security.ca_file:
            context.load_verify_locations(security.ca_file)
        try:
            with urllib.request.urlopen(request, timeout=TOKEN_SECONDS, context=context) as response:
                answer = msgspec.json.decode(response.read(1 << 20), type=_Answer)
        except (OSError, ValueError, msgspec.MsgspecError) as error:  # its text holds no secret
            raise LogError(f"kafka.token_url gave no token ({error})") from error
        self._token = answer.access_token
        self._until = time.monotonic() + max(0.0, answer.expires_in - EARLIER)


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float = 0.0
