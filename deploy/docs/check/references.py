"""Asks the project for everything that a page names: is it there, and would it be taken?"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import click

from deploy.docs.check.commands import make_faults, module_faults, themewire_faults
from deploy.docs.check.pages import Code, Page
from deploy.docs.check.shell import Call, calls_in

__all__ = ["Fault", "Project", "find_faults", "read_project"]

HISTORY = "CHANGELOG.md"  # tells of what was there: its links are checked, its commands and files are not

_PATH = re.compile(r"\.?[\w-][\w.*-]*(/[\w.*-]+)*/?")
_CHECKED = re.compile(r"\b(themewire|make|python[\d.]*)\s")
_OURS = (".py", ".md")  # a bare name that ends so is a file of the tree; `rules.toml` may be one of the user's
_KEPT_OUT = {"__pycache__", "node_modules"}
_HIDDEN_BUT_OURS = {".ci", ".github"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence on one line of a page."""

    page: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Project:
    """What documents may name: files and folders from the top of the tree, the Makefile's text, the command line."""

    paths: frozenset[str]
    makefile: str
    commands: click.Group

    def documents(self) -> list[str]:
        """Every page of Markdown."""
        return sorted(path for path in self.paths if path.endswith(".md"))

    def has(self, path: str, beside: str) -> bool:
        """Whether a path, or the end of one, is there; from the top or from the folder `beside`; `*` is any name."""
        wanted = {path, posixpath.normpath(posixpath.join(beside, path))}
        if "*" in path:
            return any(fnmatchcase(each, pattern) for each in self.paths for pattern in (*wanted, f"*/{path}"))
        return bool(wanted & self.paths) or any(each.endswith(f"/{path}") for each in self.paths)


def read_project(root: Path, commands: click.Group) -> Project:
    """Read a checkout; environments, caches and what else is hidden are no part of it."""
    paths = set[str]()
    for top in root.iterdir():
        if top.is_file() or top.name in _HIDDEN_BUT_OURS or not top.name.startswith("."):
            below = top.rglob("*") if top.is_dir() else ()
            paths |= {each.relative_to(root).as_posix() for each in (top, *below) if not _KEPT_OUT & set(each.parts)}
    return Project(frozenset(paths), (root / "Makefile").read_text(encoding="utf-8"), commands)


def find_faults(pages: Iterable[Page], project: Project) -> list[Fault]:
    """All that the pages name and the project does not have, by page and line."""
    by_name = {page.name: page for page in pages}
    faults: set[Fault] = set()
    for page in by_name.values():
        for link in page.links:
            faults |= {Fault(page.name, link.line, each) for each in _link_faults(link.target, page, by_name, project)}
        for code in page.code if page.name != HISTORY else ():
            faults |= {Fault(page.name, code.line, each) for each in _code_faults(code, page, project)}
    return sorted(faults, key=lambda fault: (fault.page, fault.line, fault.sentence))


def _link_faults(target: str, page: Page, pages: dict[str, Page], project: Project) -> Iterator[str]:
    if re.match(r"[a-z][a-z0-9+.-]*:|//", target):
        return  # elsewhere: nothing is fetched here
    path, _, anchor = target.partition("#")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), path)) if path else page.name
    if name not in project.paths:
        yield f"the link {target} leads nowhere: there is no {name}"
    elif anchor and name in pages and anchor not in pages[name].anchors:
        yield f"the link {target} leads nowhere: no heading of {name} is #{anchor}"


def _code_faults(code: Code, page: Page, project: Project) -> Iterator[str]:
    if code.inline and (path := _path_named(code.text, project)) and not project.has(path, _folder(page)):
        yield f"there is no file {code.text}"
    text = code.text
    first, _, more = text.partition(" ")
    if code.inline and more and first in project.commands.list_commands(click.Context(project.commands)):
        text = f"themewire {text}"  # a sentence says `feeds list`
    try:
        calls = list(calls_in(text))
    except ValueError as error:
        calls = []
        if _CHECKED.search(text):  # else it is a sentence or a drawing
            yield f"no shell would take this line: {error}"
    for call in calls:
        yield from _call_faults(call, project, inline=code.inline)
        yield from _word_faults(call, project)


def _call_faults(call: Call, project: Project, *, inline: bool) -> list[str]:
    if call.program == "themewire":
        return themewire_faults(call, project.commands, whole=not inline)
    if call.program == "make":
        return make_faults(call, project.makefile)
    return module_faults(call.words, project.paths) if re.fullmatch(r"python[\d.]*", call.program) else []


def _word_faults(call: Call, project: Project) -> Iterator[str]:
    """Files of the tree that a command line is given, also behind `--option=`, or before the `::` of a test."""
    for word in call.words:
        path = word.rpartition("=")[2].partition("::")[0].removeprefix("./")
        first, slash, _ = path.partition("/")
        if slash and first in project.paths and not project.has(_pattern(path), ""):
            yield f"there is no file {path}"


def _path_named(text: str, project: Project) -> str | None:
    """The path that a piece of code is, if it looks like one of the tree."""
    first, slash, _ = text.partition("/")
    if not _PATH.fullmatch(text) or not (text.endswith(_OURS) or (slash and first in project.paths)):
        return None
    return _pattern(text) if slash else text


def _pattern(path: str) -> str:
    """A part in capitals stands for any name."""
    return re.sub(r"(?<![^/])[A-Z_]+(?=[/.]|$)", "*", path.rstrip("/"))


def _folder(page: Page) -> str:
    return posixpath.dirname(page.name)
