"""The command `themewire` as a person or a script runs it: a process of its own, with no setting from outside."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Command", "Done"]

SECONDS = 120.0


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Its output as a JSON value a line; other line ends than our own belong to the texts."""
        return [json.loads(line) for line in self.out.split("\n") if line]

    def failed(self, status: int = 1) -> str:
        """Asserts that it failed as the contract says; returns the one sentence."""
        assert self.status == status, (self.status, self.out, self.err)
        assert not self.out
        assert "Traceback" not in self.err
        said = [line for line in self.err.splitlines() if line.startswith("themewire: ")]
        assert len(said) == 1, self.err
        assert self.err.splitlines()[-1] == said[0], self.err
        return said[0].removeprefix("themewire: ")


@dataclass(frozen=True)
class Command:
    """Runs `themewire` with these settings, and with the data folder and the stream of one test."""

    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """What the process is given: the machine's environment, with our settings only."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("THEMEWIRE_")}
        own = {"data.dir": str(self.data), "web.listen": "", **self.settings}
        named = {f"THEMEWIRE_{name.upper().replace('.', '__')}": value for name, value in own.items()}
        return {**outside, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **named}

    def __call__(self, *arguments: str, stdin: str | bytes = "", seconds: float = SECONDS) -> Done:
        """Runs it to its end."""
        sent = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(self.line(arguments), input=sent, env=self.environ, capture_output=True, timeout=seconds)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def does(self, *arguments: str, stdin: str | bytes = "") -> Done:
        """Runs it, and it succeeds."""
        done = self(*arguments, stdin=stdin)
        assert done.status == 0, (arguments, done.err)
        assert "Traceback" not in done.err, done.err
        return done

    def line(self, arguments: Sequence[str]) -> list[str]:
        """The process's command line."""
        return [sys.executable, "-m", "deploy", *arguments]
