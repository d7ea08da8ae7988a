"""A connection for another protocol than HTTP, to a server that the guard has let pass."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from stream.net.connection import Connection

__all__ = ["Line", "ends_here"]


@dataclass(frozen=True)
class Line:
    """A connection, for the caller to use and to close.

    `is_private` says whether nobody else can read what is sent: TLS is spoken, or it does not leave this machine.
    `start_tls` goes over to TLS, verified as for the web, and returns the socket to use from then on.
    """

    connection: Connection
    is_private: bool
    start_tls: Callable[[], ssl.SSLSocket]

    @property
    def sock(self) -> socket.socket:
        """The socket as it now is."""
        return self.connection.sock


def ends_here(sock: socket.socket) -> bool:
    """Whether a socket is connected to a loopback address, whatever name led there."""
    return ip_address(sock.getpeername()[0]).is_loopback
