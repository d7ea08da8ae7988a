"""The contract of the command line: help, wrong usage, and one sentence for what cannot be."""

import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.cli import COMMANDS
from deploy.running.wiring import ROLES
from stream.log.topics import all_topics
from tests.deploy.command import Command

ITEM = '{"id": "a", "title": "A model runs on the CPU, not on the GPU, at 30 tokens a second", "summary": ""}\n'


def set_to(themewire: Command, **settings: str) -> Command:
    return replace(themewire, settings={**themewire.settings, **{k.replace("__", "."): v for k, v in settings.items()}})


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help(themewire, command):
    done = themewire.does(*command.split(), "--help")
    assert done.out.startswith(f"Usage: themewire {command}".rstrip())
    assert not done.err


def test_help_names_every_role_and_every_topic(themewire):
    named = themewire.does("run", "--help").out
    assert [role for role in (*ROLES, "web") if f"\n  {role} " not in named] == []
    named = themewire.does("tail", "--help").out
    topics = {each.name for each in all_topics((), 1) if not each.name.startswith(("canary.", "retry.", "table."))}
    assert [topic for topic in topics if topic not in named] == []


def test_the_version_is_told(themewire):
    assert themewire.does("--version").out.startswith("themewire, version ")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("rnu", "Did you mean run?"),
        ("xyzzy", "themewire --help"),
        ("run --onec", "--onec"),
        ("run taag", "taag"),
        ("tail", "TOPIC"),
        ("feeds lsit", "lsit"),
        ("feeds add http://a.example/ --interval 0", "--interval"),
        ("subscriptions add me --theme standards", "--webhook"),
        ("subscriptions add me --theme standards --webhook http://a.example/ --mail a@x.example", "one of"),
        ("dead show", "ORIGIN"),
        ("evaluate", "FILE"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(themewire, line, says):
    done = themewire(*line.split())
    assert says in done.failed(2)
    assert len(done.err.splitlines()) == 1
    assert not themewire.data.exists()


def test_an_unknown_topic_is_told_the_near_ones(themewire):
    said = themewire("tail", "alerts.standard", "--no-follow").failed()
    assert said == "there is no topic 'alerts.standard': did you mean alerts.standards?"
    assert "themewire tail --help" in themewire("tail", "xyzzy", "--no-follow").failed()


@pytest.mark.parametrize("line", ["--data {} feeds list", "feeds --data {} list", "feeds list --data {}"])
def test_common_options_work_before_and_after_a_command(themewire, tmp_path, line):
    (tmp_path / "file").write_text("")
    assert f"{tmp_path}/file" in themewire(*line.format(tmp_path / "file").split()).failed()


def test_of_an_option_before_and_after_a_command_the_one_after_it_counts(themewire, tmp_path):
    (tmp_path / "file").write_text("")
    themewire.does("--data", str(tmp_path / "file"), "feeds", "list", "--data", str(tmp_path / "folder"))
    assert (tmp_path / "folder" / "stream.db").exists()


@pytest.mark.parametrize("bad", ["{", '{"title": 3}', '{"title": "\\ud800"}'])
def test_broken_json_is_named_by_its_line(themewire, bad):
    assert "line 2" in themewire("classify", "--json", stdin=f"\n{bad}\n").failed()


def test_bytes_that_are_no_text_are_one_sentence(themewire):
    assert "line 1" in themewire("classify", stdin=b'{"title": "\xff"}\n').failed()


def test_an_unreadable_settings_file_is_named(themewire, tmp_path):
    assert str(tmp_path) in themewire("feeds", "list", "--config", str(tmp_path)).failed()
    assert "none.toml" in themewire("feeds", "list", "--config", "none.toml").failed()


def test_a_wrong_setting_is_named(themewire):
    assert "fetch.deadline" in set_to(themewire, fetch__deadline="soon")("feeds", "list").failed()


@pytest.mark.parametrize(
    "line", ["run --once", "feeds list", "tail items --no-follow", "train", "classify", "dead list"]
)
def test_a_file_in_the_place_of_the_data_folder_is_one_sentence(themewire, tmp_path, line):
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in themewire(*line.split(), "--data", str(tmp_path / "file")).failed()


def test_a_stream_that_is_no_database_is_one_sentence(themewire, tmp_path):
    (tmp_path / "stream.db").write_bytes(b"something else " * 1000)
    assert "stream.db" in themewire("feeds", "list", "--stream", f"sqlite:///{tmp_path}/stream.db").failed()


@pytest.mark.parametrize("url", ["stream.db", "sqlite://", "kafka://", "postgres://a/b", "kafka://127.0.0.1:port"])
def test_a_wrong_stream_is_one_sentence(themewire, url):
    assert url.removeprefix("kafka://127") in themewire("feeds", "list", "--stream", url).failed()


@pytest.mark.parametrize("line", ["run", "run --once", "feeds list"])
def test_an_unreachable_broker_is_one_sentence_in_bounded_time(themewire, line):
    bounded = 15 + 5  # the contract's seconds, and a slow machine's time to start Python
    done = themewire(*line.split(), "--stream", "kafka://127.0.0.1:1", seconds=bounded)
    assert "127.0.0.1:1" in done.failed()


def test_a_busy_port_is_one_sentence(themewire):
    themewire.does("feeds", "add", "http://127.0.0.1:1/feed")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        said = set_to(themewire, web__listen=f"127.0.0.1:{port}")("run").failed()
    assert f"127.0.0.1:{port}" in said
    assert "web.listen" in said


def test_an_impossible_port_is_one_sentence(themewire):
    themewire.does("feeds", "add", "http://127.0.0.1:1/feed")
    assert "99999" in set_to(themewire, web__listen="127.0.0.1:99999")("run").failed()


def test_other_partitions_than_the_stream_has_are_one_sentence(themewire):
    themewire.does("feeds", "list")
    assert "stream.partitions" in set_to(themewire, stream__partitions="5")("feeds", "list").failed()


def test_an_unknown_encoder_is_one_sentence(themewire):
    assert "nonsense" in set_to(themewire, classify__encoder="nonsense")("train").failed()


def test_a_missing_file_of_labels_is_one_sentence(themewire, tmp_path):
    assert "none.jsonl" in themewire("evaluate", str(tmp_path / "none.jsonl")).failed()


def test_the_model_is_trained_for_whoever_asks_first(themewire):
    [judged] = themewire.does("classify", "--json", stdin=ITEM).lines
    assert judged["id"] == "a"
    assert set(judged) == {
        *("id", "themes", "tags", "decision", "lang", "model", "reasons", "rule", "passages", "partial"),
    }
    [model] = themewire.does("models", "list", "--json").json
    assert model["id"] == judged["model"]
    trained = themewire.does("train", "--dry-run", "--json").json
    assert (trained["model_id"], trained["promoted"]) == (judged["model"], False)
    assert set(trained) == {
        *(
            "model_id",
            "training_hash",
            "weights_hash",
            "promoted",
            "note",
            "examples",
            "labels",
            "evaluation",
            "checks",
            "label_weight",
            "doubts",
            "needs",
        ),
    }


def test_a_reader_that_has_seen_enough_is_no_trouble(themewire):
    """As with `| head -1`: nothing is said when standard output is closed."""
    themewire.does("train")
    line = themewire.line(["classify", "--json"])
    pipe = subprocess.PIPE
    with subprocess.Popen(line, env=themewire.environ, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stdin
        process.stdin.write(ITEM.encode() * 100)
        process.stdin.close()
        assert process.stderr
        assert process.stderr.read() == b""


def test_the_docs_are_found_beside_the_code():
    assert (Path(__file__).parents[2] / "docs" / "commands.md").exists()
