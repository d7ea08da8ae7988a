"""The card of a model: what it is, what it was made from, how good it is and what it cannot do, in Markdown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from classifiers.judging.model import Model
from classifiers.learning.examples import Example
from classifiers.learning.thresholds import OperatingPoint
from stream.records import Check, ModelRecord, Occurrence

__all__ = ["card"]

_LIMITS = (
    "Statements are written, not found: of real items expect less to be right than of manners of statements held back.",
    "Probabilities are those of a mix in which half is of a theme; in a stream choose by false alerts in 1,000 items.",
    "GPU inference, described in the words of CPU inference, is the commonest false alert.",
    "A text of a few words, in a language that it was not taught, or far from all that it has seen, is unsure.",
    "Latin and Sanskrit have too few statements for figures of their own.",
    "It learns from statements of a sentence or two: a longer item is judged passage by passage, each by itself.",
)


def card(record: ModelRecord, model: Model, examples: Sequence[Example], point: OperatingPoint) -> str:
    """Return the card."""
    lines = [
        *_about(record, model, examples, point),
        *_occurrences(record.occurrences),
        "## Examples",
        "",
        *_table(("theme", "statements", "labels"), _by_theme(model.themes, examples)),
        "",
        "## Figures on examples held back (statements by manner, labels by item)",
        "",
        *_table(("figure", "value"), [(name, f"{value:.3f}") for name, value in record.evaluation.items()]),
        "",
        "## Thresholds of the last level",
        "",
        *_table(
            ("theme", "tagged from"),
            [(t, f"{at:.2f}") for t, at in zip(model.themes, model.heads[-1].tag_at, strict=True)],
        ),
        "",
        f"## Promotion gate: {record.note or 'it may serve'}",
        "",
        *_table(("check", "of", "serving", "this", "limit", ""), [_check(check) for check in record.checks]),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in _LIMITS),
        "",
    ]
    return "\n".join(lines)


def _about(record: ModelRecord, model: Model, examples: Sequence[Example], point: OperatingPoint) -> list[str]:
    encoders = " > ".join("+".join(head.encoders) for head in model.heads)
    made = datetime.fromtimestamp(record.trained_at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    origins = Counter(example.origin for example in examples)
    return [
        f"# Model {record.id}",
        "",
        f"Tags news items with {', '.join(model.themes)}. One logistic regression a theme over sentence vectors.",
        "",
        f"- trained {made} UTC from {origins['seed']} statements and {origins['label']} labelled items "
        f"(labels up to {_offsets(record.labels)})",
        f"- encoders, from cheap to costly: {encoders}",
        f"- languages: {', '.join(model.languages)}",
        f"- operating point: {point.kind} {point.value:g} on statements held back; of sure tags {point.sure:.0%} "
        f"right, of what is surely of no theme {point.sure_none:.0%}",
        f"- of ordinary items at most {1000 * point.tagged:g} in 1,000 are tagged, {1000 * point.ordinary:g} surely",
        f"- training hash {record.training_hash}, weights hash {record.weights_hash}",
        f"- made with {', '.join(f'{name} {version}' for name, version in sorted(record.versions.items()))}",
        f"- {len(record.data):,} bytes: weights, thresholds and names, nothing that could run",
        "",
    ]


def _occurrences(occurrences: Sequence[Occurrence]) -> list[str]:
    """How often each theme is taken to occur, and by what; nothing where nobody asked."""
    if not occurrences:
        return []
    head = ("theme", "in 1,000 items", "by", "drawn at random: of it / not", "alerts: right / wrong")
    rows = [
        (
            each.theme,
            f"{1000 * each.share:g}",
            "setting" if each.given else "answers",
            f"{each.random_yes} / {each.random_no}",
            f"{each.right} / {each.wrong}",
        )
        for each in occurrences
    ]
    return ["## How often a theme is taken to occur", "", *_table(head, rows), ""]


def _offsets(labels: dict[str, int]) -> str:
    ends = [f"{partition}:{offset}" for partition, offset in sorted(labels.items(), key=lambda row: int(row[0]))]
    return ", ".join(ends) if any(labels.values()) else "none"


def _by_theme(themes: Sequence[str], examples: Sequence[Example]) -> list[tuple[str, str, str]]:
    rows = []
    for theme in (*themes, "none"):
        own = [e for e in examples if (theme in e.themes if theme != "none" else not e.themes and not e.unsaid)]
        seeds = sum(example.origin == "seed" for example in own)
        rows.append((theme, str(seeds), str(len(own) - seeds)))
    return rows


def _check(check: Check) -> tuple[str, ...]:
    before = "-" if check.serving is None else f"{check.serving:.3f}"
    verdict = "good" if check.good else "NOT GOOD"
    return (check.what, check.subject, before, f"{check.challenger:.3f}", f"{check.limit:.3f}", verdict)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [[cell.replace("|", "/") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *cells)]
