"""The names of folders and of users, as IMAP writes them."""

import base64
import re
from urllib.parse import unquote

from stream.net.guard import Target

__all__ = ["folder_name", "quoted", "utf7"]


def folder_name(target: Target) -> str:
    """The folder that an address names, INBOX where it names none."""
    return unquote(target.path).strip("/") or "INBOX"


def utf7(name: str) -> str:
    """The name as IMAP writes it (RFC 3501, 5.1.3)."""
    return re.sub(r"&|[^\x20-\x7e]+", _shifted, name)


def _shifted(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    coded = base64.b64encode(found[0].encode("utf-16-be")).decode("ascii")
    return f"&{coded.rstrip('=').replace('/', ',')}-"


def quoted(text: str) -> str:
    """The text as a quoted string (RFC 3501, 4.3)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
