"""The API of themes: GET /api/themes and /api/themes/ID, and PUT and DELETE on the latter for those of one's own.

    PUT {"about": "Export controls on chips: rules, licences, entity lists and ways round them."}

A theme that is put is learnt by the role `train` within half a minute, and judges items from then on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from seeds.themes import load_themes
from stream.log.port import Log, LogError
from stream.records import Check, OwnTheme
from stream.subscriptions.saved import read_subscriptions
from stream.themes.rules import InvalidTheme, check_removal, renewed
from stream.themes.saved import find_theme, read_own_themes, remove_theme, save_theme
from stream.themes.watched import watched
from stream.web.access import RequestRefused, Role
from stream.web.operations import Operation, answered, asked, decoded
from stream.web.paging import Listed, PageQuery, by_key

__all__ = ["ThemesApi"]

PATH = "/api/themes"


class ThemeBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a theme of one's own is about."""

    about: str
    name: str = ""
    not_about: tuple[str, ...] = ()


class ThemeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A theme: one that ships, or one of one's own with what it was learnt from and how far it may be trusted."""

    id: str
    ships: bool
    name: str
    about: str
    not_about: tuple[str, ...] = ()
    revision: int = 0
    added_at: int = 0
    trained_at: int = 0
    model: str = ""
    examples: tuple[int, int] = (0, 0)
    sure: bool = True
    evaluation: dict[str, float] = {}
    checks: tuple[Check, ...] = ()
    note: str = ""


class RemovalQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a theme is removed."""

    force: Annotated[bool, msgspec.Meta(description="Also where subscriptions ask for it.")] = False


@dataclass(frozen=True)
class ThemesApi:
    """The operations, over this stream."""

    stream: Log
    clock: Callable[[], int]

    def operations(self) -> list[Operation]:
        """What may be asked."""
        found, none = {200: "as it is saved"}, {404: "there is none of this id"}
        one, gives = f"{PATH}/{{theme}}", ThemeShown
        conflict = {409: "subscriptions ask for it; `?force=true` removes it all the same"}
        return [
            Operation(
                "GET",
                PATH,
                "Every theme, by id",
                self._list,
                {200: "a page"},
                query=PageQuery,
                gives=Listed[ThemeShown],
                role=Role.READER,
            ),
            Operation("GET", one, "A theme", self._show, found | none, gives=gives, role=Role.READER),
            Operation(
                "PUT",
                one,
                "Add or change a theme of one's own",
                self._put,
                found | {201: "new"},
                ThemeBody,
                gives=gives,
                role=Role.OPERATOR,
            ),
            Operation(
                "DELETE",
                one,
                "Stop watching a theme of one's own",
                self._remove,
                {204: "removed"} | none | conflict,
                query=RemovalQuery,
                role=Role.OPERATOR,
            ),
        ]

    async def _list(self, request: Request) -> Response:
        query, own = asked(request, PageQuery), await run_in_threadpool(self._own)
        return answered(by_key(((each.id, each) for each in (*_shipped(), *map(_shown, own))), query))

    async def _show(self, request: Request) -> Response:
        name = request.path_params["theme"]
        ships = next((each for each in _shipped() if each.id == name), None)
        return answered(ships or _shown(await run_in_threadpool(self._find, name)))

    async def _put(self, request: Request) -> Response:
        body = decoded(await request.body(), ThemeBody)
        saved = await run_in_threadpool(self._save, request.path_params["theme"], body)
        return answered(_shown(saved), 201 if saved.revision == 1 else 200)

    async def _remove(self, request: Request) -> Response:
        force = asked(request, RemovalQuery).force
        await run_in_threadpool(self._delete, request.path_params["theme"], force)
        return Response(status_code=204)

    def _own(self) -> tuple[OwnTheme, ...]:
        with _refusing(422):
            return watched(read_own_themes(self.stream))

    def _find(self, name: str) -> OwnTheme:
        with _refusing(404):
            return find_theme(self.stream, name)

    def _save(self, name: str, body: ThemeBody) -> OwnTheme:
        with _refusing(422):
            before = read_own_themes(self.stream).get(name)
            made = before or OwnTheme(id=name, name=body.name, about=body.about, added_at=self.clock())
            return save_theme(self.stream, renewed(made, body.about, body.name, body.not_about), self.clock())

    def _delete(self, name: str, force: bool) -> None:
        with _refusing(404):
            find_theme(self.stream, name)
        with _refusing(409):
            if not force:
                check_removal(name, read_subscriptions(self.stream))
            remove_theme(self.stream, name, self.clock())


def _shipped() -> list[ThemeShown]:
    return [ThemeShown(id=each.id, ships=True, name=each.name, about=each.about) for each in load_themes()]


def _shown(theme: OwnTheme) -> ThemeShown:
    """What of the record says something to people: not its head, for one."""
    fields = {name: getattr(theme, name) for name in ThemeShown.__struct_fields__ if name != "ships"}
    return ThemeShown(ships=False, **fields)


@contextmanager
def _refusing(status: int) -> Iterator[None]:
    """Refuses what makes no sense, or cannot be read or saved."""
    try:
        yield
    except InvalidTheme as error:
        raise RequestRefused(status, str(error)) from error
    except LogError as error:
        raise RequestRefused(503, f"themes cannot be read or saved now: {error}") from error
