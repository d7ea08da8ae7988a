"""What documentation names is held against the project; each kind of fault is found, with its line."""

from pathlib import Path

import pytest

from deploy.cli import group
from deploy.docs.check import Fault, Project, find_faults, read_page, read_project

PATHS = frozenset(
    {"README.md", "Makefile", "docs", "docs/a.md", "docs/b.md", "docs/pictures/x.png"}
    | {
        "stream",
        "stream/rows.py",
        "stream/net",
        "stream/net/guard.py",
        "tests",
        "tests/bench",
        "tests/bench/__main__.py",
    }
    | {"classifiers", "classifiers/model.npz"}
)
MAKEFILE = "TESTS ?= tests\nBIN := bin\n.PHONY: test check\n\ntest: $(BIN)/x  ## all\n\tpytest\ncheck:\n\truff\n"
PROJECT = Project(PATHS, MAKEFILE, group)


def faults_of(text: str, name: str = "docs/a.md") -> list[str]:
    """As they are printed, without the page's name."""
    other = read_page("docs/b.md", "# The other page\n\n## Why `this`, and not that?\n\n## Twice\n\n## Twice\n")
    return [str(fault).removeprefix(f"{name}:") for fault in find_faults([read_page(name, text), other], PROJECT)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[b](c.md)", "1: the link c.md leads nowhere: there is no docs/c.md"),
        ("one\ntwo `a\nb` three\n[b](../stream/gone.py)", "4: the link ../stream/gone.py leads nowhere: there is no"),
        ("![picture](pictures/y.png)", "1: the link pictures/y.png leads nowhere"),
        ("[b][c]\n\n[c]: gone.md", "1: the link gone.md leads nowhere"),
        ("[b](../../elsewhere.md)", "1: the link ../../elsewhere.md leads nowhere"),
        ("| a |\n|---|\n| b |\n| [b](c.md) |", "4: the link c.md leads nowhere"),
        ("# Top\n\n[top](#bottom)", "3: the link #bottom leads nowhere: no heading of docs/a.md is #bottom"),
        ("[b](b.md#gone)", "1: the link b.md#gone leads nowhere: no heading of docs/b.md is #gone"),
        ("[b](b.md#twice-2)", "1: the link b.md#twice-2 leads nowhere"),
        ("    themewire feed list", "1: there is no command 'feed'. Did you mean feeds?"),
        ("Try `themewire feeds lst`.", "1: there is no command 'lst'. Did you mean list?"),
        ("see\n`feeds lst`", "2: there is no command 'lst'. Did you mean list?"),
        ("`train --dry`", "1: No such option '--dry'"),
        (
            "```sh\nx\n.venv/bin/themewire feeds list --jason\n```",
            "3: No such option '--jason'. Did you mean '--json'?",
        ),
        ("    echo a | X=1 themewire tail items more", "1: `themewire tail` takes no further argument 'more'"),
        ("    themewire why-not", "1: `themewire why-not` lacks 'URL'"),
        ("    themewire run \\\n        collect colect", "1: Invalid value for"),
        ("    themewire feeds add URL --interval soon", "1: Invalid value for '--interval': 'soon'"),
        ("    themewire subscriptions add me --theme", "1: Option '--theme' requires an argument"),
        ("    themewire label add 'https://example.org", "1: no shell would take this line: No closing quotation"),
        ("`make tests`", "1: the Makefile has no target tests"),
        ("    make check && make lint", "1: the Makefile has no target lint"),
        ("    make test TEST=tests/bench", "1: the Makefile has no variable TEST"),
        ("    make test TESTS=tests/gone", "1: there is no file tests/gone"),
        ("- one\n- `stream/gone.py`", "2: there is no file stream/gone.py"),
        ("`gone.py`", "1: there is no file gone.py"),
        ("`net/gone.py`", "1: there is no file net/gone.py"),
        ("`stream/gone/`", "1: there is no file stream/gone/"),
        ("`classifiers/*.json`", "1: there is no file classifiers/*.json"),
        ("    prometheus --config.file=docs/gone.yml", "1: there is no file docs/gone.yml"),
        ("    .venv/bin/python -m tests.gone", "1: no module tests.gone can be run"),
        ("`python3.11 -m stream.net`", "1: no module stream.net can be run"),
        ("`python -m there_is_no_such_thing`", "1: no module there_is_no_such_thing is installed"),
    ],
)
def test_what_is_not_there_is_said_with_its_line(text: str, said: str):
    (fault,) = faults_of(text)
    assert fault.startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "[b](b.md) [b](b.md#why-this-and-not-that) [b](b.md#twice-1) [x](https://example.org/gone.md#y) [t](../stream)",
        "# Top\n\n[top](#top) <https://example.org> [mail](mailto:a@example.org) ![x](pictures/x.png)",
        "`themewire` `themewire feeds` `themewire label undo` `feeds list` `run --once --json` `themewire NAME --help`",
        "    themewire subscriptions add me --theme standards \\\n        --webhook https://example.org/  # and more",
        "    themewire subscriptions add NAME ...\n    themewire feeds add URL --interval SECONDS --yes",
        "    $ themewire tail alerts.THEME --json > out.jsonl 2> errors.txt; themewire why-not --help",
        "`make test`, or `make -j 2 check TESTS=tests/bench`",
        "`stream/rows.py` `rows.py` `net/guard.py` `stream/net/` `classifiers/*.npz` `classifiers/NAME.npz` `b.md`",
        "`rules.toml` `my/own.toml` `alerts.standards` `/data` `~/x.toml` `hub:OWNER/NAME` `a/b` `--theme` `it's`",
        "    python -m tests.bench\n    python -m http.server\n    python script.py",
        "    python -m pytest tests/bench/__main__.py::test_it tests/bench/ stream/NAME.py ./stream/*.py --x=docs/a.md",
        "```toml\n[feeds] # themewire feed list\nmake = 'it\n```\n\nmake lint, as one says, and themewire feed list",
        '<a href="gone.md">HTML is left alone</a>',
    ],
)
def test_what_is_there_or_not_ours_is_left_alone(text: str):
    assert faults_of(text) == []


def test_of_the_changelog_only_links_are_checked():
    assert faults_of("`stream/gone.py` `themewire gone`\n[x](gone.md)", "CHANGELOG.md") == [
        "2: the link gone.md leads nowhere: there is no gone.md"
    ]


def test_faults_come_by_page_and_line():
    pages = [read_page("docs/b.md", "`gone.py`\n`make gone`"), read_page("README.md", "[x](gone.md)")]
    assert [(fault.page, fault.line) for fault in find_faults(pages, PROJECT)] == [
        ("README.md", 1),
        ("docs/b.md", 1),
        ("docs/b.md", 2),
    ]
    assert str(Fault("README.md", 3, "it is not there")) == "README.md:3: it is not there"


def test_a_checkout_is_read_without_what_is_hidden_or_cached(tmp_path: Path):
    for name in ("README.md", "Makefile", "docs/a.md", ".ci/run", ".venv/x.md", "stream/__pycache__/x.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("all:\n", encoding="utf-8")
    project = read_project(tmp_path, group)
    assert project.paths == {"README.md", "Makefile", "docs", "docs/a.md", ".ci", ".ci/run", "stream"}
    assert (project.documents(), project.makefile) == (["README.md", "docs/a.md"], "all:\n")
