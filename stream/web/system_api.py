"""The API of the system: GET /api/system says how far each stage is and what is lost, /api/dead lists what failed."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stream.index.feed_states import count_feeds
from stream.index.queries import count_items
from stream.index.reading import OpenIndex
from stream.log.port import Log
from stream.ops.dead import dead_records
from stream.units import HOUR
from stream.web.access import Role
from stream.web.operations import Operation, answered, asked
from stream.web.page.workbench import Fact, StageState, State
from stream.web.paging import Listed, PageQuery, by_key

__all__ = ["SystemApi"]


class BalanceShown(msgspec.Struct, frozen=True):
    """Of one kind: how many came, how many met each fate, and how many were `lost`, which is 0 where all is well.

    They are counted from when the processes began, of the roles that this one, or a child of it, is.
    """

    of: str
    came: int
    went: dict[str, int]
    lost: int


class SystemShown(msgspec.Struct, frozen=True, kw_only=True):
    """How the system is: its stages, the feeds by their state, the last hour's items by decision, and what was lost."""

    about: str
    stages: tuple[StageState, ...]
    facts: tuple[Fact, ...]
    feeds: dict[str, int]
    items: dict[str, int]
    dead: int
    balance: tuple[BalanceShown, ...]


class DeadShown(msgspec.Struct, frozen=True):
    """A record that a stage could not handle; `requeued_at` (ms) is 0 until it was given back to the stage."""

    origin: str
    stage: str
    key: str
    error: str
    at: int
    requeued_at: int


@dataclass(frozen=True)
class SystemApi:
    """The operations, over this stream and index; `state` is as of now."""

    stream: Log
    index: OpenIndex
    clock: Callable[[], int]
    state: Callable[[], State]

    def operations(self) -> list[Operation]:
        """What may be asked."""
        return [
            Operation(
                "GET", "/api/system", "How the system is", self._show, {200: "as of now"}, gives=SystemShown,
                role=Role.READER,
            ),
            Operation(
                "GET", "/api/dead", "What could not be processed, by origin", self._dead, {200: "a page"},
                query=PageQuery, gives=Listed[DeadShown], role=Role.OPERATOR,
            ),
        ]  # fmt: skip

    async def _show(self, _: Request) -> Response:
        return answered(await run_in_threadpool(self._now))

    async def _dead(self, request: Request) -> Response:
        query, found = asked(request, PageQuery), await run_in_threadpool(dead_records, self.stream)
        rows = (DeadShown(at, each.stage, each.key, each.error, each.at, each.requeued_at) for at, each in found)
        return answered(by_key(((f"{each.origin} {each.stage}", each) for each in rows), query))

    def _now(self) -> SystemShown:
        state = self.state()
        since = self.clock() - HOUR
        balance = tuple(BalanceShown(each.of, each.came, dict(each.went), each.lost) for each in state.balance)
        index = self.index.database() if self.index.there else None
        return SystemShown(
            about=state.about,
            stages=tuple(state.stages),
            facts=tuple(state.facts),
            feeds=dict(count_feeds(index, 0)[0]) if index else {},
            items=count_items(index, since) if index else {},
            dead=len(state.dead),
            balance=balance,
        )
