"""What docs/sources.md shows is done as it says."""

import json
from pathlib import Path

from tests.deploy.docs.extension import Extension


def test_the_archive_of_the_page_is_imported(tmp_path: Path):
    made = Extension("Files and standard input", tmp_path, "sources.md")
    from_file, from_input = made.run('{"title": "One more"}\n')
    assert (from_file, from_input) == ("2 items put on the stream\n", "1 item put on the stream\n")
    records = made.themewire("tail", "imports", "--from-start", "--no-follow", "--json")
    values = [json.loads(line)["value"] for line in records.splitlines()]
    assert {value["name"] for value in values} == {"Old newsletters"}
    assert len([entry for value in values for entry in value["entries"]]) == 3
