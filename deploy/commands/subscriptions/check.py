"""`themewire subscriptions check`."""

import click

from classifiers.judging.text import Text
from deploy.commands.subscriptions.subscription_records import find
from deploy.options import common, opened, print_json, printable
from deploy.running.judging import judge_of
from deploy.settings.model import Settings
from stream.subscriptions.saved import read_subscriptions

__all__ = ["command"]


@click.command("check")
@click.argument("name", default="")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def command(settings: Settings, name: str, as_json: bool) -> None:
    """Check, with the model that serves, that contracts are kept; exit with 1 where one is broken."""
    from classifiers.learning.promotion_gate import alerts_on  # only now: it loads scikit-learn

    with opened(settings) as log:
        asked_for = [find(log, name)] if name else list(read_subscriptions(log).values())
        judge = judge_of(settings, log)
    rows = []
    for each in asked_for:
        for item in each.contract:
            (judged,) = judge([Text(item.title, item.summary, item.lang)])
            alerts = alerts_on(each, judged, item)
            rows.append((each.id, item.title, item.alerts, alerts))
    if as_json:
        names = ("subscription", "title", "must_alert", "alerts")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        for subscription, title, must, does in rows:
            kept = "kept" if must == does else "BROKEN"
            click.echo(printable(f"{kept}  {subscription}: {title!r} must {'' if must else 'not '}alert"))
    if any(must != does for _, _, must, does in rows):
        raise SystemExit(1)
