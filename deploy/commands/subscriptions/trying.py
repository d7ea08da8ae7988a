"""`themewire subscriptions check|preview|test`: what a subscription would do, before it is relied on."""

import os
import time
import uuid
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from deploy.commands.subscriptions.wishing import asked, everyone, find, wish
from deploy.options import CommandError, common, opened, print_json, printable, show_time, span
from deploy.running.wiring import make_channel, serving_of
from deploy.settings.locations import clock, theme_ids
from deploy.settings.model import Settings
from stream.delivering.channels.registry import channel_of
from stream.delivering.channels.webhook import resolve_secret
from stream.delivering.stage import Answer, Parcel
from stream.engine.stage import Request
from stream.net.guard import Blocked, parse_url
from stream.records import Alert, Outbound, Source, Subscription
from stream.secrets import SecretMissing
from stream.subscriptions.rules import Wrong, accepted

__all__ = ["check", "preview", "test"]

SHOWN = 20


@click.command("preview")
@click.argument("name", default="")
@asked
@click.option("--since", callback=span, default="7d", metavar="SPAN", show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def preview(settings: Settings, name: str, of: dict[str, Any], since: int, as_json: bool) -> None:
    """Show what NAME, or a subscription with these options, would have been sent in the last days."""
    from deploy.inspect.preview import preview as previewed

    if bool(name) == bool(of["themes"]):
        raise click.UsageError("give the name of a subscription, or what it would ask for, with --theme")
    with opened(settings) as log:
        made = find(log, name) if name else _checked(wish("preview", of, webhook="https://receiver.example/"), settings)
        now = clock()
        found = previewed(log, made, now - since, now)
    if as_json:
        sent = [{"at": out.at, "why": out.why, "alerts": msgspec.to_builtins(_alerts(out))} for out in found.sent]
        print_json({"alerts": found.alerts, "sent": sent, "kept_away": dict(sorted(found.kept_away.items()))})
        return
    click.echo(f"of {found.alerts} alerts, {len(found.sent)} messages would have been sent")
    for out in found.sent[-SHOWN:]:
        titles = "; ".join(f"{a.title}{'' if a.kind == 'new' else f' ({a.kind})'}" for a in _alerts(out))
        click.echo(printable(f"  {show_time(out.at)}  {titles}"))
    for reason, count in found.kept_away.most_common():
        click.echo(f"kept away by {reason}: {count}")


@click.command("test")
@click.argument("name")
@common
def test(settings: Settings, name: str) -> None:
    """Send one marked test alert to NAME's receiver, and report each step."""
    with opened(settings) as log:
        made = find(log, name)
    kind, place = channel_of(made)
    if kind == "webhook":
        _before_posting(made)
    channel = make_channel(kind, settings, lambda step: click.echo(printable(step)))
    began = time.monotonic()
    parcel = Parcel(place, made.secret, _trial(made))
    answer = msgspec.json.decode(channel.perform(Request("test/1", kind, msgspec.json.encode(parcel))), type=Answer)
    channel.close()
    if not answer.taken:
        raise CommandError(f"the test alert was not taken: {answer.message}")
    click.echo(f"answer: {answer.status or answer.message} after {time.monotonic() - began:.2f} s, so alerts arrive")


def _before_posting(made: Subscription) -> None:
    """What can be told of a webhook before anything is sent."""
    try:
        parse_url(made.webhook)
        click.echo(f"address: {made.webhook} is one that can be delivered to")
        if made.secret:
            resolve_secret(made.secret, os.environ)
        click.echo(f"secret: {made.secret} is there" if made.secret else "secret: none, so messages are not signed")
    except (Blocked, SecretMissing) as error:
        raise CommandError(str(error)) from error


@click.command("check")
@click.argument("name", default="")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def check(settings: Settings, name: str, as_json: bool) -> None:
    """Check, with the model that serves, that contracts are kept; exit with 1 where one is broken."""
    from classifiers.judging.text import Text
    from classifiers.learning.promotion_gate import alerts_on
    from deploy.running.first_day import opened_shelf

    with opened(settings) as log:
        asked_for = [find(log, name)] if name else list(everyone(log).values())
        judge = serving_of(settings).judge(opened_shelf(settings, log).rows, phrases=False)
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


def _checked(made: Subscription, settings: Settings) -> Subscription:
    try:
        return accepted(made, {}, theme_ids(settings), None)
    except Wrong as error:
        raise CommandError(str(error)) from error


def _alerts(out: Outbound) -> tuple[Alert, ...]:
    return (out.alert,) if out.alert else out.alerts


def _trial(made: Subscription) -> Outbound:
    now = clock()
    told = Alert(
        id="test",
        seq=0,
        kind="new",
        theme=(*made.themes, "test")[0],
        story="test",
        title="A test of themewire: nothing has happened",
        summary="Somebody tried whether alerts arrive here.",
        url="",
        lang="en",
        sources=(Source("themewire", "", "test"),),
        independent=1,
        probability=1.0,
        reasons=(),
        model="",
        published=now,
        date_quality="trusted",
        first_seen=now,
        tagged_at=now,
        alerted_at=now,
    )
    return replace(
        Outbound(delivery=uuid.uuid4().hex, subscription=made.id, revision=made.revision, why="a test", at=now),
        alert=told,
        test=True,
    )
