"""Every command of `themewire`, with arguments, and a process that runs many of them, one fork each."""

import io
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click

__all__ = ["READING", "WRITING", "leaves"]

LINK = "https://s.example/0"

# Commands that only read, by name and arguments.
READING: dict[str, Sequence[str]] = {
    "feeds list": ("--json",),
    "feeds export": (),
    "feeds held": (),
    "tail": ("items", "--from-start", "--no-follow"),
    "label export": (),
    "label conflicts": (),
    "label next": ("--json",),
    "label review": ("--json",),
    "models list": (),
    "models show": (),
    "subscriptions list": (),
    "subscriptions show": ("team",),
    "subscriptions precision": (),
    "subscriptions preview": ("team",),
    "subscriptions check": ("team",),
    "deliveries list": (),
    "dead list": (),
    "lag": ("--json",),
    "topics plan": (),
    "topics acls": ("tag",),
    "themes list": ("--json",),
    "why-not": (LINK,),
    "replay": ("--since", "7d"),
    "classify": (),
}
# Those that write, or act outside.
WRITING: dict[str, Sequence[str]] = {
    "run": ("--once",),
    "demo": ("--seconds", "1", "--keep"),
    "feeds add": ("http://127.0.0.1:1/feed", "--yes"),
    "feeds check": (),
    "feeds import": ("-",),
    "feeds pause": ("http://127.0.0.1:1/feed",),
    "feeds release": ("http://127.0.0.1:1/feed",),
    "feeds remove": ("http://127.0.0.1:1/feed",),
    "feeds resume": ("http://127.0.0.1:1/feed",),
    "label add": (LINK, "--is", "standards"),
    "label import": ("-",),
    "label undo": (LINK,),
    "models promote": ("m-",),
    "models rollback": (),
    "subscriptions add": ("other", "--theme", "standards", "--webhook", "https://r.example/"),
    "subscriptions mute": ("team", "1h"),
    "subscriptions remove": ("team",),
    "subscriptions test": ("team",),
    "deliveries again": ("d",),
    "dead requeue": ("items/0/0",),
    "dead show": ("items/0/0",),
    "topics apply": ("--yes",),
    "train": ("--dry-run",),
    "backup": ("/nowhere/backup.tar",),
    "restore": ("/dev/null",),
    "doctor": (),
    "evaluate": ("/dev/null",),
    "export": ("alerts", "/dev/null/exported", "--format", "jsonl"),
    "migrate": ("kafka://127.0.0.1:1",),
    "subscriptions atom": ("team",),  # it may make the key
    "themes add": ("memory-prices", "--about", "What memory chips cost: contracts, spot prices and forecasts."),
    "themes preview": ("memory-prices",),
    "themes remove": ("memory-prices",),
    "themes show": ("memory-prices",),
}


def leaves(group: click.Group, names: Sequence[str] = ()) -> Iterator[str]:
    """The names of all commands, as they are typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*names, name))
        else:
            yield " ".join((*names, name))


def _run(arguments: Sequence[str], result: Path) -> None:
    """In a fork: one command, with its output in `result`."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["themewire", *arguments]
    sys.stdin = io.TextIOWrapper(io.BytesIO(b""))
    status: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            from deploy.cli import main

            main()
        except SystemExit as end:
            status = end.code or 0
        except BaseException:
            status = 1
            traceback.print_exc()
    result.write_text(json.dumps({"status": status, "out": out.getvalue(), "err": err.getvalue()}))


def main() -> None:
    """Runs the command lines on standard input, a JSON list each, and prints how each ended."""
    import deploy.cli  # once for all forks
    import deploy.settings.locations  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        for line in sys.stdin.read().splitlines():
            child = os.fork()
            if child == 0:
                _run(json.loads(line), result)
                os._exit(0)
            os.waitpid(child, 0)
            print(result.read_text(), flush=True)


if __name__ == "__main__":
    main()
