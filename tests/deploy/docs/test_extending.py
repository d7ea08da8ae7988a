"""What docs/extending.md says is done as it says, in a copy of the project, and works."""

import json
from pathlib import Path

from tests.deploy.docs.extension import Extension
from tests.webserver import answer, serve

TAIL = ("tail", "items", "--from-start", "--no-follow", "--json")


def test_a_channel_is_a_file_and_its_name_in_the_registry(tmp_path: Path):
    made = Extension("A channel", tmp_path)
    assert [file for _, file, _ in made.blocks if file] == [
        "stream/delivering/channels/notebook.py",
        "stream/delivering/channels/registry.py",
    ]
    added, tested = made.run()
    assert added.startswith("me, revision 1")
    assert [line.partition(":")[0] for line in tested.splitlines()] == ["notebook", "response"]
    (line,) = (tmp_path / "alerts.txt").read_text(encoding="utf-8").splitlines()
    assert line.partition(" ")[2] == "Test: [standards] A test of themewire: nothing has happened"
    page = made.python("from deploy.docs.channels import channels_page; print(channels_page())")
    assert "## Notebook" in page


def test_an_encoder_is_a_file_and_a_line(tmp_path: Path):
    assert Extension("An encoder", tmp_path).code() == "(1, 26)\n"


def test_a_kind_of_source_is_a_file_and_a_line(tmp_path: Path):
    made = Extension("A kind of source", tmp_path)
    with serve() as web:
        web.answers["/news.txt"] = answer(b"# listing\n/a ISO votes\n/b W3C drafts\n")
        made.themewire("feeds", "add", f"{web.base}/news.txt")
        made.themewire("run", "collect", "--once")
        titles = [line["value"]["title"] for line in map(json.loads, made.themewire(*TAIL).splitlines())]
    assert sorted(titles) == ["ISO votes", "W3C drafts"]
