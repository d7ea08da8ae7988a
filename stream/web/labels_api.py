"""The API of labels: POST /api/labels labels an item, POST /api/labels/ID/undo takes it back.

    {"item": "ID or link", "is": ["standards"], "is_not": [], "only": true, "who": "ann"}

Themes that are not named are left open, unless `only` is true. The answer says whether the label is `contrary` to what
the model was sure of. GET /api/labels/review lists those that wait to be confirmed: the same with `"confirm": true`
does so, and `undo` of each of their labels withdraws them.
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

from stream.index.contrary import is_contrary
from stream.index.session import IndexRows, open_index
from stream.index.stage import ItemDoc, find_item
from stream.log import topics
from stream.log.port import Log, LogError
from stream.log.records import Out
from stream.records import Item, Label, encode
from stream.web.access import RequestRefused
from stream.web.operations import Operation, decoded

__all__ = ["LabelsApi", "indexed"]

ORIGIN = "api"


class LabelBody(msgspec.Struct, forbid_unknown_fields=True):
    item: str
    is_: tuple[str, ...] = msgspec.field(default=(), name="is")
    is_not: tuple[str, ...] = ()
    only: bool = False
    who: str = ORIGIN
    id: str = ""
    confirm: bool = False


class UndoBody(msgspec.Struct, forbid_unknown_fields=True):
    item: str
    who: str = ORIGIN


@dataclass(frozen=True)
class LabelsApi:
    """The operations, over this stream and index, for these themes."""

    stream: Log
    index: Path
    themes: Sequence[str]
    clock: Callable[[], int]
    waiting: Callable[[], Sequence[dict[str, object]]] = tuple  # the labels to be confirmed, as rows for programs

    def operations(self) -> list[Operation]:
        """What may be asked."""
        taken, none = {201: "taken"}, {404: "no such item has come by"}
        undo = "/api/labels/{id}/undo"
        return [
            Operation("POST", "/api/labels", "Say which themes an item is of", self._say, taken | none, LabelBody),
            Operation(
                "GET", "/api/labels/review", "List the labels that wait to be confirmed", self._review, {200: "these"}
            ),
            Operation("POST", undo, "Take a label back", self._undo, taken | none, UndoBody),
        ]

    async def _say(self, request: Request) -> Response:
        body = decoded(await request.body(), LabelBody)
        no = tuple(theme for theme in self.themes if theme not in body.is_) if body.only else body.is_not
        self._check(body, no)
        label = await run_in_threadpool(self._labelled, body, no)
        return JSONResponse({"id": label.id, "item": label.item.id, "contrary": label.contrary}, 201)

    async def _review(self, request: Request) -> Response:
        return JSONResponse(list(await run_in_threadpool(self.waiting)))

    async def _undo(self, request: Request) -> Response:
        body, name = decoded(await request.body(), UndoBody), request.path_params["id"]
        label = await run_in_threadpool(self._undone, body, name)
        return JSONResponse({"id": label.id, "undoes": name, "item": label.item.id}, 201)

    def _check(self, body: LabelBody, no: tuple[str, ...]) -> None:
        if unknown := [theme for theme in (*body.is_, *no) if theme not in self.themes]:
            raise RequestRefused(422, f"there is no theme {unknown[0]!r}; there are: {', '.join(self.themes)}")
        if both := [theme for theme in body.is_ if theme in no]:
            raise RequestRefused(422, f"the item cannot both be and not be of {both[0]!r}")
        if not body.is_ and not no:
            raise RequestRefused(422, "say `is` or `is_not`, or `only` for an item of no theme")

    def _labelled(self, body: LabelBody, no: tuple[str, ...]) -> Label:
        doc = self._doc(body.item)
        return self._append(
            Label(
                id=body.id or uuid.uuid4().hex,
                item=doc.item,
                who=body.who,
                origin=ORIGIN,
                at=self.clock(),
                yes=body.is_,
                no=no,
                contrary=is_contrary(doc, body.is_, no),
                confirmed=body.confirm,
            )
        )

    def _undone(self, body: UndoBody, name: str) -> Label:
        item = self._doc(body.item).item
        return self._append(
            Label(id=uuid.uuid4().hex, item=item, who=body.who, origin=ORIGIN, at=self.clock(), undoes=name)
        )

    def _doc(self, name: str) -> ItemDoc:
        doc = _indexed(self.index, name)
        if doc is None:
            raise RequestRefused(404, f"no item {name!r} has come by")
        return doc

    def _append(self, label: Label) -> Label:
        try:
            self.stream.append([Out(topics.LABELS, label.item.id, encode(label))])
        except LogError as error:
            raise RequestRefused(503, f"the label was not taken: {error}") from error
        return label


def indexed(index: Path, name: str) -> Item | None:
    """The item of this id or link, where it is in the index; raises `RequestRefused` where there is no index yet."""
    doc = _indexed(index, name)
    return doc.item if doc else None


def _indexed(index: Path, name: str) -> ItemDoc | None:
    if not index.exists():
        raise RequestRefused(503, "there is no index yet: try again soon")
    with closing(open_index(index)) as db:
        return find_item(IndexRows(db), name)
