"""The API of themes: GET /api/themes, and GET, PUT and DELETE on /api/themes/ID for those of one's own.

    PUT {"about": "Export controls on chips: rules, licences, entity lists and ways round them."}

A theme that is put is learnt by the role `train` within half a minute, and judges items from then on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seeds.themes import load_themes
from stream.log.port import Log, LogError
from stream.records import OwnTheme
from stream.subscriptions.saved import read_subscriptions
from stream.themes.rules import InvalidTheme, check_removal, renewed
from stream.themes.saved import find_theme, read_own_themes, remove_theme, save_theme
from stream.themes.watched import watched
from stream.web.access import RequestRefused, Role
from stream.web.operations import Operation, decoded

__all__ = ["ThemesApi"]

PATH = "/api/themes"


class ThemeBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a theme of one's own is about."""

    about: str
    name: str = ""
    not_about: tuple[str, ...] = ()


@dataclass(frozen=True)
class ThemesApi:
    """The operations, over this stream."""

    stream: Log
    clock: Callable[[], int]

    def operations(self) -> list[Operation]:
        """What may be asked."""
        found, none = {200: "as it is saved"}, {404: "none of this id is one's own"}
        one = f"{PATH}/{{theme}}"
        conflict = {409: "subscriptions ask for it; `?force=true` removes it all the same"}
        return [
            Operation("GET", PATH, "Every theme", self._list, {200: "a list"}, role=Role.READER),
            Operation("GET", one, "A theme of one's own", self._show, found | none, role=Role.READER),
            Operation(
                "PUT",
                one,
                "Add or change a theme of one's own",
                self._put,
                found | {201: "new"},
                ThemeBody,
                role=Role.OPERATOR,
            ),
            Operation(
                "DELETE", one, "Stop watching it", self._remove, {204: "removed"} | none | conflict, role=Role.OPERATOR
            ),
        ]

    async def _list(self, _: Request) -> Response:
        own = await run_in_threadpool(self._own)
        ships = [{"id": each.id, "ships": True, "name": each.name, "about": each.about} for each in load_themes()]
        return JSONResponse([*ships, *map(_shown, own)])

    async def _show(self, request: Request) -> Response:
        return JSONResponse(_shown(await run_in_threadpool(self._find, request.path_params["theme"])))

    async def _put(self, request: Request) -> Response:
        body = decoded(await request.body(), ThemeBody)
        saved = await run_in_threadpool(self._save, request.path_params["theme"], body)
        return JSONResponse(_shown(saved), 201 if saved.revision == 1 else 200)

    async def _remove(self, request: Request) -> Response:
        force = request.query_params.get("force") == "true"
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


def _shown(theme: OwnTheme) -> dict[str, object]:
    """The record without its head, which says nothing to people."""
    fields = msgspec.to_builtins(replace(theme, head=b""))
    return {"ships": False, **{name: value for name, value in fields.items() if name not in ("v", "head", "labels")}}


@contextmanager
def _refusing(status: int) -> Iterator[None]:
    """Refuses what makes no sense, or cannot be read or saved."""
    try:
        yield
    except InvalidTheme as error:
        raise RequestRefused(status, str(error)) from error
    except LogError as error:
        raise RequestRefused(503, f"themes cannot be read or saved now: {error}") from error
