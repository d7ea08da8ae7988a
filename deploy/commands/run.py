"""`themewire run`."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click
import msgspec
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.registry import Collector

from deploy.inspect.run_summary import Summary, counted_topics, summary
from deploy.options import CommandError, common, given_options, opened, print_json
from deploy.running.allocator import give_memory_back
from deploy.running.canary import start_canary
from deploy.running.collectors import collectors
from deploy.running.first_day import prepare
from deploy.running.readiness import write_status
from deploy.running.service import Service
from deploy.running.supervisor import CHILD, Gathered, Supervisor, run_once_child
from deploy.running.until_stopped import until_stopped
from deploy.running.web import api_of, serve_web
from deploy.running.wiring import ROLES, role
from deploy.settings.locations import clock, theme_ids
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.ops.metrics import Metrics

__all__ = ["command"]


@click.command("run")
@click.argument(
    "roles", nargs=-1, type=click.Choice([*ROLES, "web"]), metavar="[collect|tag|story|match|deliver|train|web]..."
)
@click.option("--once", is_flag=True, help="Poll what is due, work everything off, print a summary, and exit.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary of --once as JSON.")
@common
def command(settings: Settings, roles: tuple[str, ...], once: bool, as_json: bool) -> None:
    """Poll, tag, alert and deliver, until stopped; with roles, only these."""
    stages = [name for name in ROLES if not roles or name in roles or (name == "index" and "web" in roles)]
    give_memory_back()
    apart = settings.stream_url.startswith("kafka://") and CHILD not in os.environ
    if once and apart:
        with opened(settings) as log:
            prepare(settings, log, stages)
        sys.exit(run_once_child([*roles, "--once", *(["--json"] if as_json else []), *_options()]))
    with opened(settings) as log:
        if CHILD not in os.environ:
            prepare(settings, log, stages)
        if once:
            _once(settings, log, stages, as_json)
        elif apart:
            _supervise(settings, log, stages, with_web=not roles or "web" in roles)
        else:
            _run(settings, log, stages, together=not roles)


def _once(settings: Settings, log: Log, stages: list[str], as_json: bool) -> None:
    themes = theme_ids(settings)
    start, began = log.ends(counted_topics(themes)), time.monotonic()
    metrics = Metrics(CollectorRegistry())
    with until_stopped() as stop:
        service = Service(stages, settings, log, metrics, horizon=clock())
        try:
            service.until_done(stop)
        finally:
            service.close()
    total = summary(log, themes, start, time.monotonic() - began)
    total.lost = metrics.lost()
    if as_json:
        print_json(msgspec.to_builtins(total))
    else:
        click.echo(_sentence(total))
    if stop.is_set():
        raise CommandError("stopped before everything was done; nothing is lost, and the next run goes on")


def _sentence(total: Summary) -> str:
    failed = ", ".join(f"{kind} {n}" for kind, n in sorted(total.failed.items())) or "none"
    lost = ", ".join(f"{of} {n}" for of, n in sorted(total.lost.items()))
    return (
        f"polled {total.polled} feeds ({total.not_modified} not modified; failed: {failed}): {total.entries} entries, "
        f"{total.items_new} new ({total.baseline} of them history), {total.items_revised} revised, {total.seen} seen, "
        f"{total.held_back} held back\n"
        f"tagged {total.tagged}, none {total.none}, unsure {total.unsure}, not judged {total.not_judged}\n"
        f"alerts {total.alerts}, updates {total.updates}, retracted {total.retracted}; "
        f"delivered {total.delivered}, pending {total.pending}, given up {total.given_up}, dead {total.dead}\n"
        f"{f'LOST: {lost}' if lost else 'nothing lost'}, "
        f"in {total.seconds:.1f} s"
    )


def _run(settings: Settings, log: Log, stages: list[str], together: bool) -> None:
    metrics = Metrics(CollectorRegistry(), theme_ids(settings), stages)
    with ExitStack() as stack:
        stop = stack.enter_context(until_stopped())
        web = settings.web.listen if CHILD not in os.environ else ""
        ready: list[Callable[[], Mapping[str, str]]] = []
        api = api_of(settings, log, stop)
        serve_web(stack, web, lambda: metrics.registry, lambda: ready[0]() if ready else {}, api)
        canary: Sequence[Collector] = ()
        if web and "index" in stages:  # the role web is among them
            settings, canary = start_canary(stack, settings, log, together)
        service = Service(stages, settings, log, metrics, tell=_to_parent())
        ready.append(service.why_not)
        if web:  # what a child would be asked for its parent finds out
            for collector in (ProcessCollector(registry=None), *collectors(settings, log, service.inputs), *canary):
                metrics.registry.register(collector)
        stack.callback(service.close)
        click.echo(f"themewire runs: {', '.join(stages)}" + (f"; http://{web}" if web else ""), err=True)
        stop.wait()


def _to_parent() -> Callable[[Mapping[str, str]], None]:
    """In a child: says beside its metrics how its role is; else there is nobody to say it to."""
    if CHILD not in os.environ:
        return lambda _: None
    return partial(write_status, Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))


def _supervise(settings: Settings, log: Log, stages: list[str], with_web: bool) -> None:
    with ExitStack() as stack:
        stop = stack.enter_context(until_stopped())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="themewire-metrics-")))
        arguments = _options()
        children: list[Supervisor] = []
        ready: Callable[[], Mapping[str, str]] = lambda: children[0].why_not() if children else {}  # noqa: E731
        inputs = {name: role(name, settings).inputs for name in stages}
        _, canary = start_canary(stack, settings, log, together=False) if with_web else (settings, [])
        registry = CollectorRegistry()
        for collector in (
            Gathered(folder, lambda: children[0].pids() if children else dict.fromkeys(stages)),
            *collectors(settings, log, inputs),
            *canary,
        ):
            registry.register(collector)
        serve_web(stack, settings.web.listen, lambda: registry, ready, api_of(settings, log, stop))
        children.append(Supervisor(stages, arguments, folder))
        stack.callback(children[0].close)
        click.echo(f"themewire runs, a process each: {', '.join(stages)}", err=True)
        stop.wait()


def _options() -> list[str]:
    """The options of the command line that say where things are, for the children; all else is in the environment."""
    given = given_options(click.get_current_context())
    return [word for name, value in given.items() for word in (f"--{name}", value)]
