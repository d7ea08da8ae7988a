"""An IMAP server of a test's own, on loopback behind TLS: it knows the few commands that a reader of folders sends."""

import base64
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from tests.serving import accepting

__all__ = ["PASSWORD", "TOKEN", "USER", "Mailbox", "answers", "imap_server"]

USER, PASSWORD, TOKEN = "reader", "päss word", "a.token-of=ours"


@dataclass
class Mailbox:
    """The folder `Newsletters & more`: messages by uid; `acts` replaces what is done for a command by its name.

    The act of `greeting` is done before the first command. `commands` are those that came.
    """

    port: int = 0
    messages: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    next_uid: int = 1
    tells_next: bool = True
    scheme: str = "imaps"
    host: str = "localhost"
    plain: bool = True
    tokens: bool = True
    proxied: bool = False
    acts: dict[str, Callable[["Mailbox", socket.socket, str], bool]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/Newsletters%20&%20m%C3%B6re"

    def add(self, *messages: bytes) -> None:
        """They arrive."""
        for message in messages:
            self.messages[self.next_uid] = message
            self.next_uid += 1

    def fetched(self) -> list[int]:
        """The uids whose text was read, in order."""
        found = [re.search(r"UID FETCH (\S+) \(UID BODY\.PEEK", command, re.I) for command in self.commands]
        return [int(uid) for each in found if each for uid in each[1].split(",")]


def imap_folder() -> str:
    return '"Newsletters &- m&APY-re"'


def answers(box: Mailbox, line: str) -> Iterator[bytes]:
    tag, name, *rest = line.split(" ", 2)
    words = rest[0] if rest else ""
    done = f"{tag} OK done\r\n".encode()
    match name.upper():
        case "CAPABILITY":
            yield (
                b"* CAPABILITY IMAP4rev1" + b" AUTH=PLAIN" * box.plain + b" AUTH=XOAUTH2" * box.tokens
                + b" STARTTLS" * (box.scheme == "imap") + b"\r\n" + done
            )  # fmt: skip
        case "LOGIN":
            good = words.startswith(f'"{USER}" ')
            yield done if good else f"{tag} NO [AUTHENTICATIONFAILED] who is {words}\r\n".encode()
        case "EXAMINE" if words == imap_folder():
            yield f"* {len(box.messages)} EXISTS\r\n* OK [UIDVALIDITY {box.validity}] valid\r\n".encode()
            yield f"* OK [UIDNEXT {box.next_uid}] next\r\n".encode() if box.tells_next else b""
            yield f"{tag} OK [READ-ONLY] done\r\n".encode()
        case "FETCH":
            first = int(words.split(":")[0])
            yield b"".join(_about(n, uid, box) for n, uid in enumerate(sorted(box.messages), 1) if n >= first) + done
        case "UID":
            yield b"".join(_fetched(box, words)) + done
        case "LOGOUT":
            yield b"* BYE see you\r\n" + done
        case _:
            yield f"{tag} NO what is {name}?\r\n".encode()


def _about(number: int, uid: int, box: Mailbox) -> bytes:
    size = len(box.messages[uid])
    return f'* {number} FETCH (UID {uid} INTERNALDATE "01-May-2024 10:00:00 +0000" RFC822.SIZE {size})\r\n'.encode()


def _fetched(box: Mailbox, words: str) -> Iterator[bytes]:
    _, which, what = words.split(" ", 2)
    for number, uid in enumerate(sorted(box.messages), 1):
        if "BODY.PEEK" not in what:
            first, last = which.split(":")
            if int(first) <= uid <= int(last) or uid == max(box.messages):  # as servers do with a range beyond the end
                yield _about(number, uid, box)
        elif str(uid) in which.split(","):
            body = box.messages[uid][: int(re.search(r"<0\.(\d+)>", what)[1])]  # type: ignore[index]
            yield f"* {number} FETCH (BODY[]<0> {{{len(body)}}}\r\n".encode() + body + f" UID {uid})\r\n".encode()


@contextmanager
def imap_server(tls: ssl.SSLContext, scheme: str = "imaps") -> Iterator[Mailbox]:
    """A running server; that of `imap` begins in clear, answers a proxy's CONNECT as its own host, and has STARTTLS."""
    box = Mailbox(scheme=scheme)

    def talk(raw: socket.socket) -> None:
        with suppress(OSError, ValueError), ExitStack() as stack:
            sock = stack.enter_context(raw if scheme == "imap" else tls.wrap_socket(raw, server_side=True))
            if box.proxied:
                with sock.makefile("rb") as asked:
                    while asked.readline().strip():
                        pass
                sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            if act := box.acts.get("greeting"):
                if not act(box, sock, ""):
                    return
            else:
                sock.sendall(b"* OK ready\r\n")
            reader = sock.makefile("rb")
            while line := reader.readline().decode().rstrip("\r\n"):
                name = line.split(" ")[1].upper()
                box.commands.append(line)
                if act := box.acts.get(name):
                    if not act(box, sock, line):
                        return
                elif name == "STARTTLS":
                    sock.sendall(f"{line.split(' ')[0]} OK begin\r\n".encode())
                    sock = stack.enter_context(tls.wrap_socket(sock, server_side=True))
                    reader = sock.makefile("rb")
                elif name == "AUTHENTICATE" and line.endswith(" XOAUTH2"):
                    sock.sendall(b"+ \r\n")
                    said = base64.b64decode(reader.readline()).decode()
                    if said == f"user={USER}\1auth=Bearer {TOKEN}\1\1":
                        sock.sendall(f"{line.split(' ')[0]} OK welcome\r\n".encode())
                        continue
                    sock.sendall(b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
                    assert reader.readline() == b"\r\n"  # as it is to be answered
                    sock.sendall(f"{line.split(' ')[0]} NO it has expired\r\n".encode())
                elif name == "AUTHENTICATE":
                    sock.sendall(b"+ \r\n")
                    said = base64.b64decode(reader.readline()).decode()
                    good = said == f"\0{USER}\0{PASSWORD}"
                    sock.sendall(f"{line.split(' ')[0]} {'OK welcome' if good else 'NO no such person'}\r\n".encode())
                else:
                    for piece in answers(box, line):
                        sock.sendall(piece)

    with accepting(talk, box.over) as box.port:
        yield box
