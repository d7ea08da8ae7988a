"""What all commands share: the options, the settings, opening and closing the log, and printing."""

import contextlib
import functools
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stream.errors import ThemewireError
from stream.ops.log_folding import FoldingHandler
from stream.ops.log_format import JsonLines, TextLines, printable
from stream.units import utc

if TYPE_CHECKING:
    from deploy.settings.model import Settings
    from stream.log.port import Log

__all__ = [
    "COMMON",
    "CommandError",
    "common",
    "configure_logs",
    "given_options",
    "opened",
    "print_json",
    "printable",
    "show_time",
    "span",
]

_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


class CommandError(ThemewireError):
    """A command failed; its sentence says what to do."""


COMMON = (
    click.Option(["--config"], type=click.Path(path_type=Path), help="Read settings from this TOML file."),
    click.Option(["--stream"], metavar="URL", help="The stream: sqlite:///PATH or kafka://HOST:PORT,HOST:PORT."),
    click.Option(["--data"], metavar="DIR", help="Folder for the index, models and the embedded stream."),
)


def common(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --config, --stream and --data, and hands the command its `Settings` as first argument.

    Groups take them as well (`CommandGroup`), so that they work before and after the command; the last one counts.
    """

    @functools.wraps(command)
    def with_settings(**rest: Any) -> None:  # noqa: ANN401  (click's values)
        from deploy.settings.loading import load_settings  # pydantic takes a while, and `--help` has no need of it

        for option in COMMON:
            rest.pop(str(option.name))
        given = given_options(click.get_current_context())
        options: dict[str, dict[str, object]] = {}
        if "stream" in given:
            options["stream"] = {"url": given["stream"]}
        if "data" in given:
            options["data"] = {"dir": given["data"]}
        settings = load_settings(Path(given["config"]) if "config" in given else None, os.environ, options)
        configure_logs(settings)
        command(settings, **rest)

    params: list[click.Option] = getattr(with_settings, "__click_params__", [])
    with_settings.__click_params__ = [*reversed(COMMON), *params]  # type: ignore[attr-defined]  # as click's decorators
    return with_settings


def given_options(context: click.Context | None) -> dict[str, str]:
    """The common options that were given, to the command or to a group before it."""
    found: dict[str, str] = {}
    while context is not None:
        for name in (str(option.name) for option in COMMON):
            if (value := context.params.get(name)) is not None:
                found.setdefault(name, str(value))
        context = context.parent
    return found


@contextlib.contextmanager
def opened(settings: "Settings", say: Callable[[str], None] = lambda _: None) -> Iterator["Log"]:
    """The log with all its topics, closed at the end; `say` is told how topics differ from what they should be."""
    from deploy.settings.locations import ensure_topics, open_log  # as `load_settings`

    log = open_log(settings)
    try:
        for sentence in ensure_topics(settings, log):
            say(sentence)
        yield log
    finally:
        log.close()


def configure_logs(settings: "Settings") -> None:
    """Logs go to standard error, for people or as JSON lines; no line can be forged by a text of the world."""
    handler = FoldingHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log.format == "json" else TextLines())
    logging.basicConfig(level=settings.log.level.upper(), handlers=[handler], force=True)
    for chatty in ("apscheduler", "uvicorn", "asyncio", "huggingface_hub"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it logs what it also raises, with tracebacks


def print_json(value: object) -> None:
    """One JSON value on a line of standard output."""
    click.echo(json.dumps(value, ensure_ascii=False))


def show_time(ms: int | None) -> str:
    """A time for people, in UTC; a dash where there is none."""
    return utc(ms).strftime("%Y-%m-%d %H:%M:%S") if ms else "-"


def span(_: click.Context, __: click.Parameter, value: str) -> int:
    """A callback of click: a time span, as 90m, 12h or 7d, in milliseconds."""
    found = re.fullmatch(r"(\d+)([mhd])", value)
    if not found or len(found[1]) > 6:
        raise click.BadParameter(f"{value!r} is not a time span: use minutes, hours or days, as in 90m, 12h or 7d")
    return int(found[1]) * _UNITS[found[2]]
