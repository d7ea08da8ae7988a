"""What the demo says of itself: how to subscribe to it and watch it from another terminal, and what was delivered."""

import shlex
import sys
from pathlib import Path

import click
import msgspec

from deploy.settings.model import Settings
from stream.ops.log_format import printable
from stream.themes.saved import shipped_themes

__all__ = ["invitation", "show_delivery"]


def invitation(settings: Settings, feeds: int, inbox: str, keep: bool) -> str:
    """Some lines, with commands to be copied; with `keep` the settings say where the data is."""
    program = [sys.argv[0]] if Path(sys.argv[0]).name == "themewire" else [sys.executable, "-m", "deploy"]
    where = [] if keep else ["--data", str(settings.data.dir)]
    themes = [word for theme in shipped_themes() for word in ("--theme", theme)]
    subscribing = [*program, "subscriptions", "add", "me", *themes, "--webhook", inbox, *where]
    lines = [
        f"Polling {feeds} demo feeds; a new item appears every 15 to 25 s. Press Ctrl-C to stop.",
        "To subscribe, run this in another terminal; deliveries are shown here:",
        f"  {shlex.join(subscribing)}",
    ]
    if web := settings.web.listen:
        lines += [
            f"Metrics are at http://{web}/metrics. To follow the alerts of a theme, run",
            f"  curl -N http://{web}/alerts/{shipped_themes()[0]}",
        ]
    return "\n".join(lines)


class _Titled(msgspec.Struct, frozen=True):
    title: str = ""
    message: str = ""


class _Delivered(msgspec.Struct, frozen=True):
    """What of a webhook's body is shown."""

    type: str
    subscription: str
    alert: _Titled | None = None
    event: _Titled | None = None
    alerts: tuple[_Titled, ...] = ()


def show_delivery(body: bytes) -> None:
    """Prints what came to the demo's inbox; whoever posts something else there is none of ours."""
    try:
        delivered = msgspec.json.decode(body, type=_Delivered)
    except msgspec.DecodeError:
        return
    first = delivered.alert or delivered.event or _Titled(f"{len(delivered.alerts)} alerts")
    click.echo(printable(f"  delivered to {delivered.subscription}, {delivered.type}: {first.title or first.message}"))
