"""What a candidate costs where many items of its theme are open."""

import tempfile
import time
from itertools import islice
from pathlib import Path

import msgspec

from deploy.running.wiring import stage_role
from deploy.running.wiring.story import make_extractor
from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from stream.engine.derived import Kept
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change, Out, Record
from stream.records import Candidate, encode
from stream.stories.open_items import OPENED
from stream.stories.rows import OPEN, Open
from stream.stories.stage import StoryStage, alert_id
from tests.bench.open_items import THEME, alike, candidates
from tests.bench.stages import Counted, joined

__all__ = ["ROWS"]

ALIKE = 300
DECIDED = 128  # together as many as a piece of a batch, see `stream.engine.pace`
TOGETHER = 64


def a_candidate(opened: int) -> float:
    """The processor's seconds of one, where so many are open, each of which has been looked at before."""
    stage, rows, kept = StoryStage(make_extractor), InMemoryRows(), Kept()
    every = candidates(opened + 2 * DECIDED)
    rows.apply(_open(each) for each in islice(every, opened))
    coming = list(every)
    for each in Tables(rows, kept=kept).derived(OPENED).of(THEME):
        each.features(make_extractor().features)
        assert each.letters
    _decide(stage, rows, kept, coming[:DECIDED])
    began = time.process_time()
    _decide(stage, rows, kept, coming[DECIDED:])
    return (time.process_time() - began) / DECIDED


def of_alike(opened: int) -> float:
    """The processor's seconds of one through the worker, where so many that are alike are open."""
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        settings = Settings.model_validate({"data": {"dir": Path(folder)}})
        log = open_log(settings)
        ensure_topics(settings, log)
        coming, role, counted = alike(opened + ALIKE), stage_role("story", settings), Counted()
        worker, _ = joined(role, settings, log, counted)
        for count in (opened, ALIKE):
            put = [Out(topics.CANDIDATES, each.theme, encode(each)) for each in islice(coming, count)]
            log.append(put)
            until, began = counted.passed + count, time.process_time()
            while counted.passed < until:
                worker.step()
        took = time.process_time() - began
        worker.close()
        role.close()
        log.close()
    return took / ALIKE


def _decide(stage: StoryStage, rows: InMemoryRows, kept: Kept, coming: list[Candidate]) -> None:
    for at in range(0, len(coming), TOGETHER):
        piece = coming[at : at + TOGETHER]
        records = [Record("candidates", 0, n, each.theme, encode(each)) for n, each in enumerate(piece)]
        effects = stage.decide(Tables(rows, kept=kept), records, piece[-1].tagged.item.first_seen)
        rows.apply(effects.changes)
        kept.committed(effects.changes)


def _open(candidate: Candidate) -> Change:
    item = candidate.tagged.item
    row = Open(
        story=alert_id(candidate.theme, item.id), item=item.id, at=item.published, begun=item.published,
        title=item.title, summary=item.summary[:400], lang=item.lang, vectors=candidate.vectors,
        token_vectors=candidate.token_vectors,
    )  # fmt: skip
    return Change(OPEN.name, f"{candidate.theme}/{item.id}", msgspec.json.encode(row))


ROWS = (
    ("candidate", (100, 1_000, 5_000, 20_000), a_candidate),
    ("alike", (450, 1_800, 7_200), of_alike),
)
