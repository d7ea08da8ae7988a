"""The API of labels: POST /api/labels labels an item, POST /api/labels/ID/undo takes it back.

    {"item": "ID or link", "is": ["standards"], "is_not": [], "only": true, "who": "ann"}

Themes that are not named are left open, unless `only` is true. The answer says whether the label is `contrary` to what
the model was sure of. GET /api/labels/review lists those that wait to be confirmed: the same with `"confirm": true`
does so, and `undo` of each of their labels withdraws them.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stream.index.contrary import is_contrary
from stream.index.reading import OpenIndex
from stream.index.session import IndexRows
from stream.index.stage import ItemDoc, find_item
from stream.log import topics
from stream.log.port import Log, LogError
from stream.log.records import Out
from stream.records import Label, encode
from stream.text.names import LONGEST_LINK, LONGEST_NAME, BadName, checked_name
from stream.web.access import RequestRefused, Role, caller_of
from stream.web.label_pages import LabelQuery, page_of_labels
from stream.web.operations import Operation, answered, asked, decoded
from stream.web.paging import Listed, PageQuery, by_key

__all__ = ["LabelsApi"]

PATH = "/api/labels"
ORIGIN = "api"

Themes = Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)]


class LabelBody(msgspec.Struct, forbid_unknown_fields=True):
    item: str
    is_: Themes = msgspec.field(default=(), name="is")
    is_not: Themes = ()
    only: bool = False
    who: str = ORIGIN
    id: str = ""
    confirm: bool = False


class LabelTaken(msgspec.Struct, frozen=True):
    """A label that was taken; `contrary` to what the model was sure of."""

    id: str
    item: str
    contrary: bool


class LabelUndone(msgspec.Struct, frozen=True):
    """A label that takes another one back."""

    id: str
    undoes: str
    item: str


class LabelBy(msgspec.Struct, frozen=True):
    """Whose label it is, and of when."""

    id: str
    who: str
    at: int


class LabelToReview(msgspec.Struct, frozen=True):
    """An item whose labels wait to be confirmed: what they say together, and what is thought of it without them."""

    item: str
    title: str
    summary: str
    lang: str
    url: str
    is_: tuple[str, ...] = msgspec.field(name="is")
    is_not: tuple[str, ...]
    themes: dict[str, float]
    labels: tuple[LabelBy, ...]


class UndoBody(msgspec.Struct, forbid_unknown_fields=True):
    item: str
    who: str = ORIGIN


@dataclass(frozen=True)
class LabelsApi:
    """The operations, over this stream and index, for these themes."""

    stream: Log
    index: OpenIndex
    themes: Sequence[str]
    clock: Callable[[], int]
    waiting: Callable[[], Sequence[dict[str, object]]] = tuple  # the labels to be confirmed, as rows for programs

    def operations(self) -> list[Operation]:
        """What may be asked."""
        taken, none = {201: "taken"}, {404: "no such item has come by"}
        undo = "/api/labels/{id}/undo"
        return [
            Operation(
                "GET",
                PATH,
                "Every label, as they were given",
                self._list,
                {200: "a page"},
                query=LabelQuery,
                gives=Listed[Label],
                role=Role.READER,
            ),
            Operation(
                "POST",
                PATH,
                "Say which themes an item is of",
                self._say,
                taken | none,
                LabelBody,
                gives=LabelTaken,
                role=Role.LABELLER,
            ),
            Operation(
                "GET",
                f"{PATH}/review",
                "The labels that wait to be confirmed, by item",
                self._review,
                {200: "a page"},
                query=PageQuery,
                gives=Listed[LabelToReview],
                role=Role.LABELLER,
            ),
            Operation(
                "POST",
                undo,
                "Take a label back",
                self._undo,
                taken | none,
                UndoBody,
                gives=LabelUndone,
                role=Role.LABELLER,
            ),
        ]

    async def _list(self, request: Request) -> Response:
        return answered(await run_in_threadpool(page_of_labels, self.stream, asked(request, LabelQuery)))

    async def _say(self, request: Request) -> Response:
        body = decoded(await request.body(), LabelBody)
        who = _who(request, body)
        no = tuple(theme for theme in self.themes if theme not in body.is_) if body.only else body.is_not
        self._check(body, no)
        label = await run_in_threadpool(self.say, body.item, who, body.is_, no, body.confirm, body.id)
        return answered(LabelTaken(label.id, label.item.id, label.contrary), 201)

    async def _review(self, request: Request) -> Response:
        query = asked(request, PageQuery)
        rows = msgspec.convert(list(await run_in_threadpool(self.waiting)), list[LabelToReview])
        return answered(by_key(((each.item, each) for each in rows), query))

    async def _undo(self, request: Request) -> Response:
        body, name = decoded(await request.body(), UndoBody), request.path_params["id"]
        who = _who(request, body)
        label = await run_in_threadpool(self.undo, body.item, who, _named(name, "the label's id"))
        return answered(LabelUndone(label.id, name, label.item.id), 201)

    def _check(self, body: LabelBody, no: tuple[str, ...]) -> None:
        if unknown := [theme for theme in (*body.is_, *no) if theme not in self.themes]:
            raise RequestRefused(422, f"there is no theme {unknown[0]!r}; there are: {', '.join(self.themes)}")
        if both := [theme for theme in body.is_ if theme in no]:
            raise RequestRefused(422, f"the item cannot both be and not be of {both[0]!r}")
        if not body.is_ and not no:
            raise RequestRefused(422, "say `is` or `is_not`, or `only` for an item of no theme")

    def say(
        self, item: str, who: str, yes: tuple[str, ...], no: tuple[str, ...], confirmed: bool = False, own: str = ""
    ) -> Label:
        """Labels the item of this id or link; `own` is an id that the client made. Raises `RequestRefused`."""
        doc = self._doc(item)
        return self._append(
            Label(
                id=own or uuid.uuid4().hex,
                item=doc.item,
                who=who,
                origin=ORIGIN,
                at=self.clock(),
                yes=yes,
                no=no,
                contrary=is_contrary(doc, yes, no),
                confirmed=confirmed,
            )
        )

    def undo(self, item: str, who: str, name: str) -> Label:
        """Takes the label of this id back; raises `RequestRefused`."""
        of = self._doc(item).item
        return self._append(Label(id=uuid.uuid4().hex, item=of, who=who, origin=ORIGIN, at=self.clock(), undoes=name))

    def _doc(self, name: str) -> ItemDoc:
        doc = find_item(IndexRows(self.index.database()), name)
        if doc is None:
            raise RequestRefused(404, f"no item {name!r} has come by")
        return doc

    def _append(self, label: Label) -> Label:
        try:
            self.stream.append([Out(topics.LABELS, label.item.id, encode(label))])
        except LogError as error:
            raise RequestRefused(503, f"the label was not taken: {error}") from error
        return label


def _who(request: Request, body: LabelBody | UndoBody) -> str:
    """Who says it: the user whom a proxy names, else who the body says; raises `RequestRefused` for what is no name."""
    _named(body.item, "the item's name", LONGEST_LINK)
    _named(getattr(body, "id", ""), "the label's id")
    return caller_of(request).who or _named(body.who, "who says it")


def _named(text: str, what: str, longest: int = LONGEST_NAME) -> str:
    try:
        return checked_name(text, what, longest)
    except BadName as error:
        raise RequestRefused(422, str(error)) from error
