"""docs/api.md: its commands are run as they stand, and it names every path that there is."""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from deploy.docs.check import read_page
from stream.index.session import open_index
from stream.web.access import Access
from tests.stream.index.test_search import Index, tagged
from tests.stream.web.api_site import Site

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
HERE = "http://127.0.0.1:8080"


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, Access("", loopback=True))
    yield made
    made.close()


def test_its_commands_do_what_it_says(site: Site):
    if not shutil.which("curl"):
        missing = "curl is missing: apt-get install curl"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    index = Index(open_index(site.index))
    index.take(*(tagged(f"i{n}", f"Item {n} of chips", 1000 * n, ["t"]) for n in range(3)))
    index.db.close()
    lines = [each.text for each in read_page("api.md", PAGE.read_text("utf-8")).code if each.text.startswith("curl ")]
    answers, feed = [], ""
    for line in lines:
        command = shlex.split(line.replace(HERE, f"http://127.0.0.1:{site.port}").replace("FEED", feed))
        answers.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
        feed = answers[-1].get("id", feed)
    items, why, added, paused = answers
    assert [each["item"]["id"] for each in items["items"]] == ["i2", "i1"]
    assert items["next"]
    assert why["steps"]
    assert (added["state"], paused["state"], added["id"]) == ("new", "paused", paused["id"])
    assert site.ask("GET", f"/api/items?cursor={quote(items['next'])}")[1]["items"][0]["item"]["id"] == "i0"


def test_it_names_every_path_that_there_is(site: Site):
    shown = {each.text for each in read_page("api.md", PAGE.read_text("utf-8")).code if each.inline}
    assert set(site.ask("GET", "/api/openapi.json")[1]["paths"]) <= shown
