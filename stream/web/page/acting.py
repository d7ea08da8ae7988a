"""What people do on the page: a form that is sent, an act, and the view that they come back to."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from stream.web.access import Caller, RequestRefused, Role

__all__ = ["Act", "Form", "Shown", "form_of", "person"]

PLAIN, WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_BYTES = {PLAIN: 64 << 10, WITH_FILE: 4 << 20}
MOST_FIELDS = 1_000
NOBODY = "page"  # whose word it is where nobody is named: whoever sits at this machine
OF_ONE_ACT = ("open", "said", "label")


@dataclass(frozen=True)
class Form:
    """The fields of a form, and the files that were sent with it; `back` is the view that it was sent from."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def back(self) -> str:
        """An address of our own: whatever else a form names, it leads to the first view."""
        to = self.fields.get("back", "")
        own = to.startswith("/") and not to.startswith("//") and "\\" not in to
        return to if own and to.isprintable() else "/"  # a browser passes over line ends and tabs between two slashes

    def returning(self, path: str, **said: str) -> str:
        """The view at this path with the filters that it was sent from, what is opened there, and what was done."""
        asked = {key: value for key, value in parse_qsl(urlsplit(self.back).query) if key not in OF_ONE_ACT}
        return f"{path}?{urlencode({**asked, **said})}#opened"

    def __getitem__(self, name: str) -> str:
        if not (value := self.fields.get(name, "")):
            raise RequestRefused(422, f"The form has no {name}.")
        return value


@dataclass(frozen=True)
class Shown:
    """A view that answers a form: what was found by it while nothing has changed yet, or what of it is refused."""

    path: str
    template: str
    context: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True)
class Act:
    """What a form posted to this address does, for this role and above; `do` returns where to go on, or what to show.

    `do` runs in a thread and raises `RequestRefused` for a form that it cannot take. Only an act for a `file` is sent
    one.
    """

    path: str
    role: Role
    do: Callable[[Form, Caller], str | Shown]
    file: bool = False


def person(caller: Caller) -> str:
    """Return whose word it is that a caller gives on the page."""
    return caller.who or NOBODY


async def form_of(request: Request, file: bool = False) -> Form:
    """Return the form that was sent, with a `file` where one is asked for; raises `RequestRefused`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != (WITH_FILE if file else PLAIN):
        raise RequestRefused(415, f"This form is sent as {WITH_FILE if file else PLAIN}.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES[kind]:
            raise RequestRefused(413, f"This form has at most {MOST_BYTES[kind] >> 10:,} KiB.")
    try:
        if file:
            return await _with_file(request, body)
        return Form(dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS, errors="strict")))
    except (ValueError, MultiPartException) as error:
        raise RequestRefused(422, "The form cannot be read.") from error


async def _with_file(request: Request, body: bytes) -> Form:
    async def parts() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers, parts(), max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES[PLAIN]
    )
    sent = (await parser.parse()).multi_items()
    fields = {name: value for name, value in sent if isinstance(value, str)}
    return Form(fields, {name: await value.read() for name, value in sent if isinstance(value, UploadFile)})
