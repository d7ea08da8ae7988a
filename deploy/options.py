"""What all commands share: the options, the settings, opening and closing the log, and printing."""

import contextlib
import functools
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stream.ops.log_format import JsonLines, TextLines, printable

if TYPE_CHECKING:
    from deploy.settings.model import Settings
    from stream.log.port import Log

__all__ = ["COMMANDS", "EXPECTED", "CommandError", "common", "opened", "print_json", "printable", "show_time", "span"]

COMMANDS = {
    "run": "Run everything, or some roles.",
    "demo": "Run on feeds that ship with it, served from loopback.",
    "feeds": "Add, find, check, list, pause, remove, import and export feeds; what was held back.",
    "subscriptions": "Add, list and mute subscriptions; preview, test, check and measure them.",
    "deliveries": "List what was sent and what became of it; send again what was given up.",
    "why-not": "Say what became of a link: from the feeds to each subscription.",
    "tail": "Follow a topic.",
    "classify": "Judge items, given as JSON lines on standard input.",
    "label": "Say which themes items are of; import, export, undo; which to label next.",
    "train": "Train a model from seeds and labels; it serves if it passes the gate.",
    "evaluate": "Measure a model on labelled items.",
    "models": "List and show models, promote one, roll back.",
    "replay": "Judge the last days again: which alerts would come, go or change.",
    "dead": "List, show and requeue what could not be handled.",
}


_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


class CommandError(Exception):
    """A command failed; the sentence says what to do."""


def EXPECTED() -> tuple[type[Exception], ...]:
    """The errors that end a command with their one sentence; imported only once there is one."""
    from classifiers.judging.encoders import EncoderError
    from classifiers.judging.rules import RulesError
    from classifiers.learning.dataset import TrainingError
    from classifiers.registry import ShelfError
    from deploy.settings.model import SettingsError
    from stream.errors import ThemewireError
    from stream.log.port import LogError
    from stream.records import NewerVersion

    return (ThemewireError, SettingsError, LogError, NewerVersion, EncoderError, RulesError, TrainingError, ShelfError)


def common(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --config, --stream and --data, and hands the command its `Settings` as first argument."""

    @click.option("--config", type=click.Path(path_type=Path), help="Settings file (TOML).")
    @click.option("--stream", metavar="URL", help="sqlite:///PATH or kafka://HOST:PORT,HOST:PORT.")
    @click.option("--data", metavar="DIR", help="Folder for files.")
    @functools.wraps(command)
    def with_settings(config: Path | None, stream: str | None, data: str | None, **rest: Any) -> None:  # noqa: ANN401
        from deploy.settings.loading import load_settings

        options: dict[str, dict[str, object]] = {}
        if stream is not None:
            options["stream"] = {"url": stream}
        if data is not None:
            options["data"] = {"dir": data}
        settings = load_settings(config, os.environ, options)
        configure_logs(settings)
        command(settings, **rest)

    return with_settings


@contextlib.contextmanager
def opened(settings: "Settings") -> Iterator["Log"]:
    """The log with all its topics, closed at the end."""
    from deploy.settings.locations import ensure_topics, open_log

    log = open_log(settings)
    try:
        ensure_topics(settings, log)
        yield log
    finally:
        log.close()


def configure_logs(settings: "Settings") -> None:
    """Logs go to standard error, for people or as JSON lines; no line can be forged by a text of the world."""
    handler = logging.StreamHandler(sys.stderr)
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
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S") if ms else "-"


def span(_: click.Context, __: click.Parameter, value: str) -> int:
    """A span of time, as milliseconds; for click to call."""
    found = re.fullmatch(r"(\d+)([mhd])", value)
    if not found or len(found[1]) > 6:
        raise click.BadParameter(f"{value!r} is no span of time: give minutes, hours or days, as in 90m, 12h or 7d")
    return int(found[1]) * _UNITS[found[2]]
