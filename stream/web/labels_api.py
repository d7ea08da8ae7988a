"""The API of labels: POST /api/labels says a word on an item, POST /api/labels/ID/undo takes it back.

    {"item": "ID or link", "is": ["standards"], "is_not": [], "only": true, "who": "ann"}

Of themes that are not named nothing is said, unless `only` is true.
"""

import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stream.index.session import IndexRows, open_index
from stream.index.stage import find_item
from stream.log import topics
from stream.log.port import Log, LogError
from stream.log.records import Out
from stream.records import Item, Label, encode
from stream.web.access import RequestRefused
from stream.web.operations import Operation, decoded

__all__ = ["Labels", "indexed"]

ORIGIN = "api"


class _Word(msgspec.Struct, forbid_unknown_fields=True):
    item: str
    is_: tuple[str, ...] = msgspec.field(default=(), name="is")
    is_not: tuple[str, ...] = ()
    only: bool = False
    who: str = ORIGIN
    id: str = ""


class _Undo(msgspec.Struct, forbid_unknown_fields=True):
    item: str
    who: str = ORIGIN


@dataclass(frozen=True)
class Labels:
    """The operations, over this stream and index, for these themes."""

    stream: Log
    index: Path
    themes: Sequence[str]
    clock: Callable[[], int]

    def operations(self) -> list[Operation]:
        """What may be asked."""
        taken, none = {201: "taken"}, {404: "no such item has come by"}
        undo = "/api/labels/{id}/undo"
        return [
            Operation("POST", "/api/labels", "Say which themes an item is of", self._say, taken | none, _Word),
            Operation("POST", undo, "Take a label back", self._undo, taken | none, _Undo),
        ]

    async def _say(self, request: Request) -> Response:
        word = decoded(await request.body(), _Word)
        no = tuple(theme for theme in self.themes if theme not in word.is_) if word.only else word.is_not
        self._check(word, no)
        label = await run_in_threadpool(self._append, word.item, word.who, word.id, word.is_, no, "")
        return JSONResponse({"id": label.id, "item": label.item.id}, 201)

    async def _undo(self, request: Request) -> Response:
        word, name = decoded(await request.body(), _Undo), request.path_params["id"]
        label = await run_in_threadpool(self._append, word.item, word.who, "", (), (), name)
        return JSONResponse({"id": label.id, "undoes": name, "item": label.item.id}, 201)

    def _check(self, word: _Word, no: tuple[str, ...]) -> None:
        if unknown := [theme for theme in (*word.is_, *no) if theme not in self.themes]:
            raise RequestRefused(422, f"there is no theme {unknown[0]!r}; there are: {', '.join(self.themes)}")
        if both := [theme for theme in word.is_ if theme in no]:
            raise RequestRefused(422, f"the item is said to be and not to be of {both[0]!r}")
        if not word.is_ and not no:
            raise RequestRefused(422, "say `is` or `is_not`, or `only` for an item of no theme")

    def _append(self, name: str, who: str, own: str, yes: tuple[str, ...], no: tuple[str, ...], undoes: str) -> Label:
        item = indexed(self.index, name)
        if item is None:
            raise RequestRefused(404, f"no item {name!r} has come by")
        label = Label(
            id=own or uuid.uuid4().hex,
            item=item,
            who=who,
            origin=ORIGIN,
            at=self.clock(),
            yes=yes,
            no=no,
            undoes=undoes,
        )
        try:
            self.stream.append([Out(topics.LABELS, item.id, encode(label))])
        except LogError as error:
            raise RequestRefused(503, f"the label was not taken: {error}") from error
        return label


def indexed(index: Path, name: str) -> Item | None:
    """The item of this id or link, where it is in the index; raises `RequestRefused` where there is no index yet."""
    if not index.exists():
        raise RequestRefused(503, "there is no index yet: try again soon")
    with closing(open_index(index)) as db:
        doc = find_item(IndexRows(db), name)
    return doc.item if doc else None
