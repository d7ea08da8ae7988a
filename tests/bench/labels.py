"""What labels pay, and which are refused: `python -m tests.bench.labels FILE [PART...]`.

FILE holds labelled real items as `themewire label import` reads them, each with its `source`; nothing of them is kept
but vectors, in the folder --kept. Every set goes through `label import` and `train` on a stream of its own. PARTs:

    items, sources   five folds: of four a model learns the labels, and the fifth measures it
    honest           sets that must be learnt
    poisoned         sets that must be refused, and by what
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from classifiers.judging.classify import Classifier
from classifiers.judging.language import Languages
from classifiers.judging.model import from_bytes
from classifiers.judging.text import Text
from classifiers.labels.formats import read_labels_of
from classifiers.learning.examples import Example
from classifiers.measuring.metrics import average_precision
from classifiers.registry import ModelRegistry
from deploy.commands.label.label_records import append
from deploy.running.training import make_trainer, opened_registry, train_model
from deploy.settings.model import DataSettings, Settings
from stream.log.topics import all_topics
from stream.records import ModelRecord
from stream.sqlite import SqliteLog
from stream.themes.saved import shipped_themes
from tests.bench.world import Labelled
from tests.classifiers.labelled_sets import honest, poisoned

FOLDS = 5
QUIET = 0.08  # share of items of no theme that may get a tag, where F1 is measured
Array = NDArray[np.float64]


class Bench:
    """Trains and judges with what is kept in one folder."""

    def __init__(self, gold: list[Labelled], kept: Path, confirm: bool) -> None:
        self.gold = gold
        self._confirm = confirm
        self.settings = Settings(data=DataSettings(dir=kept, cache=kept))
        self.themes = shipped_themes()
        self.truth = np.array([[theme in row.themes for theme in self.themes] for row in gold], dtype=bool)
        self._encoders, self._languages = make_trainer(self.settings).reading, Languages()

    def trained(self, rows: Sequence[Labelled]) -> tuple[ModelRecord, float]:
        """The model of these labels, refused or not, and the processor's seconds that `train` took.

        Labels that wait are confirmed and learnt too, if the bench is told so, as by one who knows that they are right.
        """
        text = "\n".join(json.dumps(msgspec.to_builtins(row)) for row in rows)
        labels = read_labels_of(text, "jsonl", self.themes, who="bench", at=1, origin="bench").labels
        with tempfile.TemporaryDirectory() as folder:
            log = SqliteLog(Path(folder) / "stream.db")
            log.ensure(all_topics(self.themes, 4))
            opened_registry(self.settings, log)
            append(log, list(labels))
            record, seconds = self._train(log)
            if self._confirm and record.doubts:
                wait = {doubt.item for doubt in record.doubts}
                said = [label for label in labels if label.item.id in wait]
                append(log, [replace(label, id=f"{label.id}-2", confirmed=True) for label in said])
                record, seconds = self._train(log)
            log.close()
        return record, seconds

    def _train(self, log: SqliteLog) -> tuple[ModelRecord, float]:
        began = time.process_time()
        registry = ModelRegistry(log)
        record = registry.add(train_model(self.settings, log, registry.serving), 1 << 41)
        return record, time.process_time() - began

    def judged(self, record: ModelRecord, rows: Sequence[int]) -> Array:
        """The probabilities that a model gives these items."""
        judge = Classifier(from_bytes(record.data), self._encoders, self._languages).judge
        texts = [Text(self.gold[at].title, self.gold[at].summary) for at in rows]
        found = judge(texts, reasons=False, token_vectors=False)
        return np.array([[one.themes[theme] for theme in self.themes] for one in found])

    def folds(self, name: Callable[[Labelled], str]) -> Iterator[str]:
        """A line for each fold, and one for all together."""
        fold, whole = dealt([name(row) for row in self.gold]), np.zeros(self.truth.shape)
        for part in range(FOLDS):
            rest = [row for row, at in zip(self.gold, fold, strict=True) if at != part]
            record, seconds = self.trained(rest)
            own = np.flatnonzero(fold == part)
            whole[own] = self.judged(record, own.tolist())
            yield (
                f"fold {part + 1}: {len(rest)} labels, weight {record.label_weight:g}, {len(record.doubts)} wait, "
                f"{record.note or 'serves'}, {seconds:.0f} s; {len(own)}: {self.figures(whole[own], self.truth[own])}"
            )
        yield f"all: {self.figures(whole, self.truth)}"

    def figures(self, said: Array, truth: NDArray[np.bool_]) -> str:
        """Mean average precision, and macro-F1 where few items of no theme are tagged."""
        mean = np.mean([average_precision(a, b) for a, b in zip(truth.T, said.T, strict=True) if a.any()])
        return f"average precision {mean:.3f}, F1 at {QUIET:.0%} {f1(truth, said):.3f}"

    def sets(self, which: dict[str, list[Example]]) -> Iterator[str]:
        """A line for each set: what became of it."""
        rest = np.arange(len(self.gold))
        for name, examples in which.items():
            record, seconds = self.trained([as_row(example) for example in examples])
            titles = {example.title for example in examples}
            own = [int(at) for at in rest if self.gold[at].title not in titles]
            after = self.figures(self.judged(record, own), self.truth[own]) if not record.note and own else ""
            before = self.figures(self.judged(self.cold, own), self.truth[own]) if after else ""
            yield (
                f"{name}: {len(examples)} labels, {record.note or 'serves'}, weight {record.label_weight:g}, "
                f"{len(record.doubts)} to review, {seconds:.0f} s"
                + (f"; the other {len(own)}: {before} without, {after} with them" if after else "")
            )

    @property
    def cold(self) -> ModelRecord:
        """The model of the statements alone."""
        return train_model(self.settings, None, None, tell=lambda step: None)


def f1(truth: NDArray[np.bool_], said: Array) -> float:
    """Macro-F1 at thresholds at which each theme has the same share of the false alerts, and all together the most."""
    none, found = ~truth.any(axis=1), 0.0
    ranked = np.sort(said[none], axis=0)[::-1]
    for share in np.arange(0.005, QUIET + 0.001, 0.0025):
        tagged = said > ranked[min(len(ranked) - 1, int(share * len(ranked)))]
        if tagged[none].any(axis=1).mean() <= QUIET:
            pairs = [(a, b) for a, b in zip(truth.T, tagged.T, strict=True) if a.any()]
            found = float(np.mean([2 * (a & b).sum() / max(1, a.sum() + b.sum()) for a, b in pairs]))
    return found


def dealt(names: Sequence[str]) -> NDArray[np.int64]:
    """A fold for each name, the same for the same, about as many items in each."""
    loads, fold = [0] * FOLDS, {}
    for name in sorted(set(names), key=lambda n: (-names.count(n), hashlib.sha256(n.encode()).digest())):
        fold[name] = loads.index(min(loads))
        loads[fold[name]] += names.count(name)
    return np.array([fold[name] for name in names])


def as_row(example: Example) -> Labelled:
    return Labelled(example.title, example.themes, example.lang, example.summary)


def main() -> None:
    """Prints the figures, a line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.labels", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("parts", nargs="*", default=["items", "sources", "honest", "poisoned"])
    parser.add_argument("--kept", type=Path, default=Path(tempfile.gettempdir()) / "themewire-bench-labels")
    parser.add_argument("--confirm", action="store_true", help="confirm the labels that wait, and train again")
    asked = parser.parse_args()
    bench = Bench(msgspec.json.Decoder(Labelled).decode_lines(asked.file.read_bytes()), asked.kept, asked.confirm)
    examples = [Example(r.title, r.summary, r.themes, r.lang, r.title, origin="label") for r in bench.gold]
    cold = bench.judged(bench.cold, range(len(bench.gold)))
    print("without labels:", bench.figures(cold, bench.truth), flush=True)
    at = {row.title: n for n, row in enumerate(bench.gold)}

    def missed(row: Example) -> float:
        own = [float(cold[at[row.title], bench.themes.index(theme)]) for theme in row.themes]
        return 1 - min(own, default=1.0)

    lines = {
        "items": lambda: bench.folds(lambda row: row.title),
        "sources": lambda: bench.folds(lambda row: row.source),
        "honest": lambda: bench.sets(honest(examples, bench.themes, missed)),
        "poisoned": lambda: bench.sets(poisoned(examples, bench.themes)),
    }
    if unknown := set(asked.parts) - lines.keys():
        sys.exit(f"there is no part {', '.join(sorted(unknown))}; there are: {', '.join(lines)}")
    for part in asked.parts:
        print(f"\n{part}", flush=True)
        for one in lines[part]():
            print(one, flush=True)


if __name__ == "__main__":
    main()
