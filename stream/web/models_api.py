"""The API of models: GET /api/models, and /api/models/ID with its card.

Who trains, promotes or rolls back does so by `themewire train` and `themewire models`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stream.log import topics
from stream.log.latest import Latest
from stream.log.port import Log
from stream.records import Check, ModelRecord, Need, Occurrence, decode
from stream.web.access import RequestRefused, Role
from stream.web.operations import Operation, answered, asked
from stream.web.paging import Listed, PageQuery, by_key

__all__ = ["ModelsApi"]

PATH = "/api/models"


class ModelShown(msgspec.Struct, frozen=True, kw_only=True):
    """A model: whether it serves, what it was made from, and `note`, which says why it does not serve."""

    id: str
    serving: bool
    promoted_at: int
    trained_at: int
    examples: int
    bytes: int
    training_hash: str
    weights_hash: str
    note: str


class ModelCard(ModelShown, frozen=True, kw_only=True):
    """A model with its evaluation, the table by which it was let serve or refused, and its card in Markdown."""

    evaluation: dict[str, float]
    versions: dict[str, str]
    checks: tuple[Check, ...]
    occurrences: tuple[Occurrence, ...]
    needs: tuple[Need, ...]
    card: str


S = TypeVar("S", bound=ModelShown)


class ModelsApi:
    """The operations, over this stream; `promoted` puts those that may serve in order, the serving one first."""

    def __init__(self, stream: Log, promoted: Callable[[Iterable[ModelRecord]], Sequence[ModelRecord]]) -> None:
        self._promoted = promoted
        self._models = Latest(stream, topics.MODELS, _without_data)

    def operations(self) -> list[Operation]:
        """What may be asked."""
        return [
            Operation(
                "GET",
                PATH,
                "Every model, by id",
                self._list,
                {200: "a page"},
                query=PageQuery,
                gives=Listed[ModelShown],
                role=Role.READER,
            ),
            Operation(
                "GET", f"{PATH}/{{model}}", "A model", self._show, {200: "its card"}, gives=ModelCard, role=Role.READER
            ),
        ]

    async def _list(self, request: Request) -> Response:
        query, known = asked(request, PageQuery), await run_in_threadpool(self._known)
        return answered(by_key(((key, _of(ModelShown, each)) for key, each in known.items()), query))

    async def _show(self, request: Request) -> Response:
        name = request.path_params["model"]
        if (found := (await run_in_threadpool(self._known)).get(name)) is None:
            raise RequestRefused(404, f"there is no model {name!r}")
        return answered(_of(ModelCard, found))

    def _known(self) -> dict[str, tuple[ModelRecord, int, bool]]:
        """By id each model, how many bytes it has, and whether it serves."""
        rows = self._models.rows()
        serving = next(iter(self._promoted(model for model, _ in rows.values())), None)
        return {model.id: (model, size, model is serving) for model, size in rows.values()}


def _without_data(value: bytes) -> tuple[ModelRecord, int] | None:
    """The model and its size: what it has learnt is large, and only for those that judge by it."""
    try:
        model = decode(value, ModelRecord)
    except msgspec.MsgspecError:
        return None  # which the tag stage tells of
    return replace(model, data=b""), len(model.data)


def _of(kind: type[S], known: tuple[ModelRecord, int, bool]) -> S:
    model, size, serving = known
    fields = {each: getattr(model, each) for each in kind.__struct_fields__ if each not in ("serving", "bytes")}
    return kind(**fields, serving=serving, bytes=size)
