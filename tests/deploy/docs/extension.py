"""The examples of docs/extending.md and docs/themes.md, put where they say into a copy of the project."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["Extension"]

ROOT = Path(__file__).parents[3]
PACKAGES = ("seeds", "stream", "collectors", "classifiers", "deploy")
BLOCK = re.compile(r"^```(\w+)(?: (?:run|file=(\S+)))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Extension:
    """A section of the page: its files written, and its changes made, in a copy whose other files are links."""

    def __init__(self, heading: str, folder: Path, name: str = "extending.md") -> None:
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        self.folder = folder
        self.blocks = BLOCK.findall(section)
        for package in PACKAGES:
            shutil.copytree(ROOT / package, folder / package, copy_function=os.symlink)
        for kind, file, text in self.blocks:
            if file and kind == "diff":
                self._change(folder / file, text)
            elif file:
                (folder / file).parent.mkdir(exist_ok=True)
                (folder / file).write_text(text, encoding="utf-8")

    @property
    def environ(self) -> dict[str, str]:
        """Of commands in the copy."""
        own = {"DATA__DIR": str(self.folder / "data"), "FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]', "WEB__LISTEN": ""}
        return {**os.environ, "PYTHONPATH": str(self.folder), **{f"THEMEWIRE_{name}": own[name] for name in own}}

    def code(self) -> str:
        """What the Python of the section prints that is to be run; it has to succeed."""
        return self.python("".join(text for kind, file, text in self.blocks if kind == "python" and not file))

    def run(self, sent: str = "") -> list[str]:
        """What each command of the section prints, in order; each has to succeed, with this on its standard input."""
        commands = "".join(text for kind, _, text in self.blocks if kind == "sh")
        told = []
        environ = self.environ
        for line in commands.splitlines():
            first, *words = shlex.split(line)
            if first == "export":
                name, _, value = words[0].partition("=")
                environ[name] = value
                continue
            assert first == "themewire"
            told.append(self._python(["-m", "deploy", *words], environ, sent))
        return told

    def themewire(self, *words: str) -> str:
        """What a command prints."""
        return self._python(["-m", "deploy", *words], self.environ)

    def python(self, code: str) -> str:
        """What this code prints, run in the copy."""
        return self._python(["-c", code], self.environ)

    def _python(self, arguments: list[str], environ: dict[str, str], sent: str = "") -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=environ, input=sent, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @staticmethod
    def _change(path: Path, diff: str) -> None:
        """Puts the lines with a plus in place of the lines with a minus before them."""
        text = path.read_text(encoding="utf-8")
        for minus, plus in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", diff, re.MULTILINE):
            old, new = ("".join(line[1:] for line in part.splitlines(True)) for part in (minus, plus))
            assert text.count(old) == 1, f"{path.name} has not once {old!r}"
            text = text.replace(old, new)
        path.unlink()  # a link to the project's own
        path.write_text(text, encoding="utf-8")
