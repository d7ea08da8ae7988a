"""The view of trainings: one that goes on, step by step, the gate's table of the last one, and what to do with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stream.records import Check, ModelRecord
from stream.sqlite.database import Database
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form, person
from stream.web.page.job import Job
from stream.web.page.workbench import Workbench

__all__ = ["TrainingActs", "grouped", "training_view", "word_of"]

PATH = "/label/train"
JOBS = ("train", "replay")


def training_view(bench: Workbench, _: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    models, jobs = bench.models.models(), {name: bench.models.job(name) for name in JOBS}
    serving = next((each for each in models if each.promoted_at), None)
    record = _shown(models, query.get("model", ""), jobs["train"])
    replay = jobs["replay"]
    return "training.html", {
        "jobs": [job for job in jobs.values() if job],
        "running": any(job.running for job in jobs.values() if job),
        "trained": jobs["train"].result if jobs["train"] and record and _came_of(jobs["train"], record) else None,
        "replayed": replay.result if replay and record and _came_of(replay, record) else None,
        "record": record,
        "serving": serving,
        "word": "" if record is None else word_of(record, serving),
        "groups": grouped(record.checks if record else ()),
        "bad": sum(not check.good for check in record.checks) if record else 0,
        "new": _new_labels(bench, models),
        "models": models,
    }


def word_of(record: ModelRecord, serving: ModelRecord | None) -> str:
    """Return in a few words what became of a model."""
    if record.note.startswith("refused:"):
        return "refused"
    if serving is not None and record.id == serving.id:
        return "it serves"
    return "it served before" if record.promoted_at else record.note


def grouped(checks: Sequence[Check]) -> list[tuple[str, list[Check]]]:
    """Return the gate's table by what is compared, in its order, but for what is not good, which comes first."""
    order = list(Counter(check.what for check in sorted(checks, key=lambda check: check.good)))
    return [(what, sorted((c for c in checks if c.what == what), key=lambda c: c.good)) for what in order]


@dataclass(frozen=True)
class TrainingActs:
    """What the forms of the view do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return tuple(
            Act(f"{PATH}/{name}", Role.OPERATOR, do)
            for name, do in (
                ("begin", self.begin),
                ("stop", self.stop),
                ("replay", self.replay),
                ("promote", self.promote),
                ("refuse", self.refuse),
            )
        )

    def begin(self, _: Form, __: Caller) -> str:
        """Begins a training; returns where it can be followed."""
        self.bench.models.begin()
        return PATH

    def stop(self, form: Form, _: Caller) -> str:
        """Ends a training or a replay that goes on; returns where to go on."""
        if form["job"] not in JOBS:
            raise RequestRefused(422, "There is no such job.")
        self.bench.models.cancel(form["job"])
        return PATH

    def replay(self, form: Form, _: Caller) -> str:
        """Begins a replay of the last seven days; returns where it can be followed."""
        self.bench.models.replay(form["model"])
        return _of(form["model"])

    def promote(self, form: Form, _: Caller) -> str:
        """Has a model serve; returns where to go on."""
        self.bench.models.promote(form["model"])
        return _of(form["model"])

    def refuse(self, form: Form, caller: Caller) -> str:
        """Has a model not serve; returns where to go on."""
        self.bench.models.refuse(form["model"], person(caller))
        return _of(form["model"])


def _of(model: str) -> str:
    return f"{PATH}?{urlencode({'model': model})}"


def _shown(models: Sequence[ModelRecord], asked: str, job: Job | None) -> ModelRecord | None:
    """The model that is asked for, or that of the last training."""
    by_id = {each.id: each for each in models}
    if asked:
        if asked not in by_id:
            raise RequestRefused(404, "There is no such model. Of old ones only some are kept.")
        return by_id[asked]
    if job and job.result and job.result.model in by_id:
        return by_id[job.result.model]
    return max(models, key=lambda each: each.trained_at, default=None)


def _came_of(job: Job, record: ModelRecord) -> bool:
    return job.result is not None and job.result.model == record.id


def _new_labels(bench: Workbench, models: Sequence[ModelRecord]) -> int:
    """Labels that stand and that no training has read."""
    last = max((each.trained_at for each in models), default=0)
    return len(bench.labels.since(last + 1))
