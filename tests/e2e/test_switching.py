"""Taggers in processes of their own change to another model while they run, and back."""

import json
from contextlib import ExitStack

import pytest

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.log.records import Out
from stream.records import Item, Tagged, decode, encode
from tests.deploy.command import Command
from tests.e2e.installation import Run, Seen
from tests.some_statements import write_statements

ITEMS = 24  # a round: some for each partition, so some for each tagger


class Taggers:
    """Two that share the partitions, and items for them, round after round."""

    def __init__(self, command: Command, url: str, stack: ExitStack, folder) -> None:
        self.log = open_log(Settings.model_validate({"stream": {"url": url}}))
        stack.callback(self.log.close)
        self.seen = Seen(self.log)
        stack.callback(self.seen.close)
        self._runs = []
        for number in range(2):
            self._runs.append(Run(command, ["tag"], (folder / f"tag{number}.log").open("ab")))
            stack.callback(self._runs[-1].kill)
        self._rounds = 0

    def tag_some(self) -> set[str]:
        """The models that judged another round of items."""
        self._rounds += 1
        keys = {f"round{self._rounds}-{number}" for number in range(ITEMS)}
        for key in sorted(keys):
            item = Item(
                id=key, feed="f", source="Feed", entry=key, revision=0, url="", title=f"The council of {key} meets",
                summary="", lang="en", published=1, date_quality="trusted", first_seen=1, baseline=False,
            )  # fmt: skip
            self.log.append([Out("items", item.id, encode(item))])
        self.seen.wait(lambda seen: len(seen.records["tagged"]) >= self._rounds * ITEMS, self._alive)
        tagged = [decode(record.value, Tagged) for record in self.seen.records["tagged"]]
        return {one.model for one in tagged if one.item.id in keys}

    def until_all(self, model: str) -> None:
        """Goes on until a round is judged by this model alone."""
        while (found := self.tag_some()) != {model}:
            assert found, "nothing was judged"

    def _alive(self) -> None:
        for run in self._runs:
            run.alive()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_running_taggers_change_model_and_back(tmp_path, stream_url, cache):
    quick = write_statements(tmp_path / "statements", {"en": "en5-"})
    settings = {"stream.url": stream_url, "stream.partitions": "4", "data.cache": str(cache)}
    own = {"classify.encoder": "characters", "train.statements": str(quick)}
    command = Command(tmp_path / "data", {**settings, **own})
    first = command.does("train", "--json").json["model_id"]
    with ExitStack() as stack:
        taggers = Taggers(command, stream_url, stack, tmp_path)
        taggers.until_all(first)
        rows = [{"title": f"Choir number {n} sings at the harbour festival", "themes": []} for n in range(3)]
        command.does("label", "import", "-", stdin="".join(json.dumps(row) + "\n" for row in rows))
        trained = command.does("train", "--json").json
        assert trained["promoted"]
        taggers.until_all(trained["model_id"])
        command.does("models", "rollback")
        taggers.until_all(first)
