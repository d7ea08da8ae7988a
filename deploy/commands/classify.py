"""`themewire classify`."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
import msgspec

from classifiers.judging.text import Text
from deploy.options import CommandError, common, opened, print_json, printable
from deploy.running.judging import judge_of
from deploy.settings.model import Settings

if TYPE_CHECKING:
    from classifiers.judging.classify import Judgement
    from classifiers.stage import Judge

__all__ = ["command"]

BATCH = 64


class Row(msgspec.Struct):
    """A line of standard input."""

    title: str
    id: str | int = ""
    summary: str = ""
    lang: str = ""
    text: str = ""


@click.command("classify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """Classify items with the serving model, and by the themes of your own.

    Reads JSON lines from standard input, with the fields title and optionally id, summary, lang and text.
    """
    with opened(settings) as log:
        judge = judge_of(settings, log)
    batch: list[Row] = []
    for row in _rows():
        batch.append(row)
        if len(batch) == BATCH:
            _judge(judge, batch, as_json)  # in batches, so that an endless input gives an endless output
            batch = []
    _judge(judge, batch, as_json)


def _rows() -> Iterator[Row]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=Row)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise CommandError(f"line {number} of the input is not a JSON object with a title: {error}") from error


def _judge(judge: "Judge", batch: list[Row], as_json: bool) -> None:

    verdicts = judge([Text(row.title, row.summary, row.lang, row.text) for row in batch])
    for row, verdict in zip(batch, verdicts, strict=True):
        if as_json:
            print_json({"id": row.id, **_shown(verdict)})
        else:
            themes = ", ".join(f"{theme} {p:.2f}" for theme, p in verdict.themes.items())
            what = ", ".join(verdict.tags) or verdict.decision
            click.echo(printable(f"{row.id or '-'}  {what}  [{verdict.lang}]  {themes}  {row.title}"))


def _shown(verdict: "Judgement") -> dict[str, object]:
    return {
        "themes": verdict.themes,
        "tags": list(verdict.tags),
        "decision": verdict.decision,
        "lang": verdict.lang,
        "model": verdict.model,
        "rule": verdict.rule,
        "reasons": msgspec.to_builtins(verdict.reasons),
        "passages": {theme: asdict(span) for theme, span in verdict.spans.items()},
        "partial": verdict.partial,
    }
