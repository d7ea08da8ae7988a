"""Every error that a person can do something about ends every command with one sentence, wherever it is met."""

import importlib
import io
import logging
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import classifiers.registry
import deploy.settings.loading
import deploy.settings.locations
from deploy.cli import main
from stream.errors import ThemewireError
from tests.deploy.every_command import READING, WRITING

ROOMS = ("seeds", "stream", "collectors", "classifiers", "deploy")
COMMANDS = {**READING, **WRITING}
# These ask for none, or for one on Kafka, take its file as it is, or name what is wrong with it among all else.
WITHOUT_STREAM = {"topics acls", "topics plan", "topics apply", "backup", "restore", "migrate", "doctor"}
SENTENCE = "something is not as it should be: mend it"
pytestmark = pytest.mark.slow  # every command with every error
WITH_MODELS = ("classify", "evaluate", "replay", "models list", "models show", "models promote", "models rollback")


def kinds() -> list[type[ThemewireError]]:
    """The root, and all that derive from it in any module."""
    for room in ROOMS:
        for module in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found, left = [], [ThemewireError]
    while left:
        found.append(kind := left.pop())
        left += kind.__subclasses__()
    return found


def one(kind: type[ThemewireError]) -> ThemewireError:
    """An error of this kind, whatever it is usually made of."""
    error = kind.__new__(kind)
    error.args = (SENTENCE,)
    return error


@pytest.fixture
def ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[str], None]]:
    """Runs a command in this process, and asserts that it failed as the contract says."""
    monkeypatch.setenv("THEMEWIRE_DATA__DIR", str(tmp_path))
    monkeypatch.setenv("THEMEWIRE_WEB__LISTEN", "")
    (tmp_path / "stream.db").touch()  # there is a stream, and what is wrong with it is said

    def run(command: str) -> None:
        monkeypatch.setattr(sys, "argv", ["themewire", *command.split(), *COMMANDS[command]])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"<opml version='2.0'/>")))
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert (end.value.code, printed.out) == (1, ""), (command, printed)
        assert printed.err == f"themewire: {SENTENCE}\n", command

    handlers, level = logging.root.handlers[:], logging.root.level
    yield run
    logging.root.handlers[:], logging.root.level = handlers, level


def test_each_kind_of_error_of_the_settings_ends_each_command_in_a_sentence(ends_in_a_sentence, monkeypatch):
    for kind in kinds():

        def refuse(*_: object, kind: type[ThemewireError] = kind) -> None:
            raise one(kind)

        monkeypatch.setattr(deploy.settings.loading, "load_settings", refuse)
        for command in COMMANDS:
            ends_in_a_sentence(command)


def test_each_kind_of_error_of_the_stream_ends_each_command_in_a_sentence(ends_in_a_sentence, monkeypatch):
    for kind in kinds():

        def refuse(*_: object, kind: type[ThemewireError] = kind) -> None:
            raise one(kind)

        monkeypatch.setattr(deploy.settings.locations, "open_log", refuse)
        for command in COMMANDS.keys() - WITHOUT_STREAM:
            ends_in_a_sentence(command)


@pytest.mark.parametrize("command", WITH_MODELS)
def test_each_kind_of_error_of_the_models_ends_each_command_in_a_sentence(ends_in_a_sentence, monkeypatch, command):
    for kind in kinds():

        def refuse(*_: object, kind: type[ThemewireError] = kind) -> None:
            raise one(kind)

        monkeypatch.setattr(classifiers.registry.ModelRegistry, "__init__", refuse)
        ends_in_a_sentence(command)
