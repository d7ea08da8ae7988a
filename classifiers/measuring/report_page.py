"""The evaluation as a page of HTML that needs nothing else: curves and diagrams are inline SVG."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from classifiers.judging.classify import Judgement
from classifiers.measuring.evaluate import Gold, Pairs
from classifiers.measuring.metrics import reliability
from stream.records import Reason

__all__ = ["page"]

_WORST = 40
_SIZE = 220
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #66707c; --line: #d5dae0; --hue: #0b6bcb; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --dim: #9aa5b1; --line: #3a424c; --hue: #6db3ff; --bad: #ff8a80; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } .scroll { overflow-x: auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { color: var(--dim); font-size: .9em; }
svg { width: 100%; height: auto; } svg text { fill: var(--dim); font-size: 10px; }
ol { padding-left: 1.5rem; } li { margin-bottom: 1rem; } .dim { color: var(--dim); } .bad { color: var(--bad); }
mark { background: none; color: inherit; border-bottom: 3px solid var(--hue); }
"""


def page(title: str, model: str, report: dict[str, Any], pairs: Pairs) -> str:
    """Return the page; all texts of items are escaped."""
    themes = list(report["themes"])
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>{escape(title)}: evaluation</title><style>{_STYLE}</style>",
        f"<h1>{escape(title)}</h1><p class=dim>{report['items']} labelled items, model {escape(model)}</p>",
        _summary(report),
        "<h2>Themes</h2>",
        _table(report["themes"], ("items", "precision", "recall", "f1", "average_precision", "ece")),
        "<h2>Precision and recall</h2><div class=plots>",
        *(_curve(pairs, theme, report["themes"][theme]) for theme in themes),
        "</div><h2>Reliability</h2>",
        "<p class=dim>Predicted probability (across) against the share that is true (up); equal on the diagonal.</p>",
        "<div class=plots>",
        *(_reliability(pairs, theme) for theme in themes),
        "</div><h2>Languages</h2>",
        _table(
            report["languages"],
            ("items", "precision", "recall", "f1", "average_precision", "false_alerts", "ece", "coverage", "accuracy"),
        ),
        "<h2>The worst mistakes</h2>",
        "<p class=dim>The surest first; underlined is what carried the tag.</p>",
        _worst(pairs),
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _summary(report: dict[str, Any]) -> str:
    names = ("macro_f1", "average_precision", "false_alerts", "ece", "coverage", "accuracy")
    cells = "".join(f"<td>{report[name]:.3f}</td>" for name in names)
    heads = "".join(f"<th>{_words(name)}</th>" for name in names)
    return f"<div class=scroll><table><tr><th>all items</th>{heads}</tr><tr><td></td>{cells}</tr></table></div>"


def _table(rows: dict[str, dict[str, float]], columns: Sequence[str]) -> str:
    head = "".join(f"<th>{_words(name)}</th>" for name in columns)
    body = "".join(
        f"<tr><td>{escape(key or '?')}</td>{''.join(_cell(name, row[name]) for name in columns)}</tr>"
        for key, row in rows.items()
    )
    return f"<div class=scroll><table><tr><th></th>{head}</tr>{body}</table></div>"


def _cell(name: str, value: float) -> str:
    return f"<td>{value}</td>" if name == "items" else f"<td>{value:.3f}</td>"


def _words(name: str) -> str:
    return name.replace("_", " ").replace("f1", "F1").replace("ece", "ECE")


def _curve(pairs: Pairs, theme: str, figures: dict[str, float]) -> str:
    truth, probabilities = _column(pairs, theme)
    points = zip(*precision_recall_curve(truth, probabilities)[:2], strict=True) if truth.any() else ()
    path = " ".join(f"{_x(recall):.1f},{_y(precision):.1f}" for precision, recall in points)
    at = f"<circle cx={_x(figures['recall']):.1f} cy={_y(figures['precision']):.1f} r=4 fill='var(--hue)'/>"
    line = f"<polyline points='{path}' fill=none stroke='var(--hue)' stroke-width=2 />"
    about = f"average precision {figures['average_precision']:.3f}; the dot is the shipped threshold"
    return _plot(theme, about, line + at, "recall", "precision")


def _reliability(pairs: Pairs, theme: str) -> str:
    found = reliability(*_column(pairs, theme))
    most = max(one.size for one in found)
    diagonal = f"<line x1={_x(0)} y1={_y(0)} x2={_x(1)} y2={_y(1)} stroke='var(--line)' />"
    dots = "".join(
        f"<circle cx={_x(predicted):.1f} cy={_y(true):.1f} r={3 + 7 * (count / most) ** 0.5:.1f} fill='var(--hue)' "
        f"fill-opacity=.7><title>{count} items: predicted {predicted:.2f}, true {true:.2f}</title></circle>"
        for count, predicted, true in found
    )
    return _plot(theme, "a dot's area is how many", diagonal + dots, "predicted", "true")


def _column(pairs: Pairs, theme: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether each item is of the theme, and with what probability."""
    truth = np.array([theme in row.themes for _, row in pairs], dtype=bool)
    return truth, np.array([judgement.themes[theme] for judgement, _ in pairs])


def _plot(name: str, about: str, inside: str, across: str, up: str) -> str:
    frame = f"<path d='M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}' fill=none stroke='var(--line)' />"
    ticks = "".join(
        f"<text x={_x(at)} y={_y(0) + 14} text-anchor=middle>{at:g}</text>"
        f"<text x={_x(0) - 5} y={_y(at) + 3} text-anchor=end>{at:g}</text>"
        for at in (0, 0.5, 1)
    )
    return (
        f"<figure><svg viewBox='0 0 {_SIZE + 40} {_SIZE + 40}' role=img aria-label='{escape(name)}: {up} by {across}'>"
        f"{frame}{ticks}{inside}<text x={_x(0.5)} y={_y(0) + 28} text-anchor=middle>{across}</text></svg>"
        f"<figcaption><b>{escape(name)}</b>: {up} by {across}. {escape(about)}</figcaption></figure>"
    )


def _x(share: float) -> float:
    return 30 + share * _SIZE


def _y(share: float) -> float:
    return 8 + (1 - share) * _SIZE


def _worst(pairs: Pairs) -> str:
    wrong = [(judgement, row) for judgement, row in pairs if set(judgement.tags) != set(row.themes)]
    wrong.sort(key=lambda pair: -_surprise(*pair))
    return f"<ol>{''.join(_mistake(*pair) for pair in wrong[:_WORST])}</ol>"


def _surprise(judgement: Judgement, row: Gold) -> float:
    """How far the worst probability is from the truth."""
    return max(abs(p - (theme in row.themes)) for theme, p in judgement.themes.items())


def _mistake(judgement: Judgement, row: Gold) -> str:
    predicted = ", ".join(judgement.tags) or "none"
    true = ", ".join(row.themes) or "none"
    figures = ", ".join(f"{escape(theme)} {p:.2f}" for theme, p in judgement.themes.items())
    return (
        f"<li><b>{_marked(row.title, 'title', judgement.reasons)}</b> "
        f"{_marked(row.summary, 'summary', judgement.reasons)}<br>"
        f"<span class=bad>predicted {escape(predicted)}</span>, labelled {escape(true)} "
        f"<span class=dim>({judgement.decision}; {escape(row.lang or '?')}; {figures})</span></li>"
    )


def _marked(text: str, field: str, reasons: Sequence[Reason]) -> str:
    """The text with its reasons marked; overlapping ones, of several themes, are one mark."""
    inside = [False] * len(text)
    for reason in reasons:
        if reason.field == field:
            inside[reason.start : reason.end] = [True] * len(inside[reason.start : reason.end])
    parts, start = [], 0
    for at in range(1, len(text) + 1):
        if at == len(text) or inside[at] != inside[start]:
            piece = escape(text[start:at])
            parts.append(f"<mark>{piece}</mark>" if inside[start] else piece)
            start = at
    return "".join(parts)
