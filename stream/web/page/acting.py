"""What people do on the page: a form that is sent, an act, and the view that they come back to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request

from stream.web.access import Caller, RequestRefused, Role

__all__ = ["NO_INDEX", "Act", "Form", "form_of", "person"]

MOST_BYTES = 64 << 10
MOST_FIELDS = 200
NO_INDEX = (
    "The index is being made, which takes seconds on a new stream and minutes on a large one. If its file was deleted "
    "while themewire ran, start the role index again."
)
NOBODY = "page"  # whose word it is where nobody is named: whoever sits at this machine
OF_ONE_ACT = ("open", "said", "label")


@dataclass(frozen=True)
class Form:
    """The fields of a form; `back` is the view that it was sent from."""

    fields: Mapping[str, str]

    @property
    def back(self) -> str:
        """An address of our own: whatever else a form names, it leads to the first view."""
        to = self.fields.get("back", "")
        parts = urlsplit(to)
        return to if to.startswith("/") and not to.startswith("//") and not parts.netloc and "\\" not in to else "/"

    def returning(self, path: str, **said: str) -> str:
        """The view at this path with the filters that it was sent from, what is opened there, and what was done."""
        asked = {key: value for key, value in parse_qsl(urlsplit(self.back).query) if key not in OF_ONE_ACT}
        return f"{path}?{urlencode({**asked, **said})}#opened"

    def __getitem__(self, name: str) -> str:
        if not (value := self.fields.get(name, "")):
            raise RequestRefused(422, f"The form has no {name}.")
        return value


@dataclass(frozen=True)
class Act:
    """What a form posted to this address does, for this role and above; `do` returns where to go on.

    `do` runs in a thread and raises `RequestRefused` for a form that it cannot take.
    """

    path: str
    role: Role
    do: Callable[[Form, Caller], str]


def person(caller: Caller) -> str:
    """Return whose word it is that a caller gives on the page."""
    return caller.who or NOBODY


async def form_of(request: Request) -> Form:
    """Return the form that was sent; raises `RequestRefused`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise RequestRefused(415, "A form of this page is sent as application/x-www-form-urlencoded.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise RequestRefused(413, f"A form has at most {MOST_BYTES} bytes.")
    try:
        return Form(dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS, errors="strict")))
    except (ValueError, UnicodeDecodeError) as error:
        raise RequestRefused(422, "The form cannot be read.") from error
