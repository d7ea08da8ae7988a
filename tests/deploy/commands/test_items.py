"""`themewire items import`: what is understood is put on the stream, and each line that is not is named."""

from pathlib import Path

from tests.deploy.command import Command


def test_lines_that_are_no_items_are_named_and_the_others_are_imported(tmp_path: Path):
    command = Command(tmp_path / "data")
    long = b'{"title": "' + b"x" * 3_000_000 + b'"}'
    lines = [
        b'\xef\xbb\xbf{"title": "First"}',
        b"",
        b"no JSON",
        long,
        b'{"title": "T", "published": "soon"}',
        b'{"text": "Last"}',
    ]
    done = command("items", "import", "-", stdin=b"\n".join(lines))
    assert (done.status, done.out) == (1, "2 items put on the stream, 3 not understood\n")
    *sentences, last = done.err.splitlines()
    assert [sentence.partition(": ")[0] for sentence in sentences] == [f"standard input, line {n}" for n in (3, 4, 5)]
    assert last == "themewire: 3 lines could not be imported; the rest was"


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path):
    said = Command(tmp_path / "data")("items", "import", str(tmp_path / "none.jsonl")).failed()
    assert said.endswith("none.jsonl cannot be read: No such file or directory")
