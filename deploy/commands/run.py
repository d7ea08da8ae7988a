"""`themewire run`."""

import logging
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

from deploy.doctor import QUICK, examine
from deploy.inspect.run_summary import Summary, counted_topics, summary
from deploy.options import CommandError, common, given_options, opened, print_json
from deploy.running.allocator import give_memory_back
from deploy.running.canary import start_canary
from deploy.running.file_limit import raise_file_limit
from deploy.running.first_day import prepare
from deploy.running.gauges import collectors
from deploy.running.readiness import write_status
from deploy.running.service import OF_THEMES, Service, follow
from deploy.running.supervisor import CHILD, Gathered, Supervisor, run_once_child
from deploy.running.until_stopped import until_stopped
from deploy.running.web import access_of, api_of, serve_web
from deploy.running.wiring import ROLES, role, stage_role
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.telemetry.export import Telemetry, telemetry_of
from deploy.wording import plural
from stream.log.port import Log
from stream.ops.metrics import Metrics
from stream.themes.live import LiveThemes
from stream.themes.saved import every_theme

__all__ = ["command"]

log = logging.getLogger(__name__)


@click.command("run")
@click.argument("roles", nargs=-1, type=click.Choice([*ROLES, "web"]), metavar="[ROLE]...")
@click.option("--once", is_flag=True, help="Poll the feeds that are due, process everything, print a summary and exit.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary of --once as one JSON object.")
@common
def command(settings: Settings, roles: tuple[str, ...], once: bool, as_json: bool) -> None:
    """Run everything until stopped, or only the given roles.

    \b
    collect   poll feeds and publish new items
    tag       classify items by theme
    story     group items into stories and raise alerts
    match     match alerts with subscriptions
    deliver   send alerts by webhook, mail or chat
    train     retrain the classifier at night and after new labels
    index     keep the index that commands and the API read
    web       serve metrics, health, the API and the index

    Roles may run on different machines when they share a Kafka stream.
    """
    stages = [name for name in ROLES if not roles or name in roles or (name == "index" and "web" in roles)]
    give_memory_back()
    raise_file_limit()
    apart = settings.stream_url.startswith("kafka://") and CHILD not in os.environ
    if once and apart:
        with opened(settings) as log:
            prepare(settings, log, stages)
        sys.exit(run_once_child([*roles, "--once", *(["--json"] if as_json else []), *_options()]))
    said = logging.getLogger(__name__)
    with opened(settings, said.warning if CHILD not in os.environ else said.debug) as log:
        if CHILD not in os.environ:
            prepare(settings, log, stages)
            _warn(settings, log)
        if once:
            _once(settings, log, stages, as_json)
        elif apart:
            _supervise(settings, log, stages, with_web=not roles or "web" in roles)
        else:
            _run(settings, log, stages, together=not roles)


def _warn(settings: Settings, stream: Log) -> None:
    """What `themewire doctor` would say first, in short; nothing where all is well."""
    for found in examine(settings, stream, QUICK):
        if not found.ok:
            log.warning("%s: %s", found.check, found.text)


def _once(settings: Settings, log: Log, stages: list[str], as_json: bool) -> None:
    themes = every_theme(log)
    start, began = log.ends(counted_topics(themes)), time.monotonic()
    with ExitStack() as stack:
        metrics = _metrics(stack, settings, "once", (), themes)
        stop = stack.enter_context(until_stopped())
        service = Service(stages, settings, log, metrics, horizon=clock(), themes=themes)
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
        raise CommandError("stopped before everything was done; nothing is lost, and the next run continues")


def _sentence(total: Summary) -> str:
    failed = ", ".join(f"{kind} {n}" for kind, n in sorted(total.failed.items())) or "none"
    failed += "; `themewire feeds list` says why" if total.failed else ""
    lost = ", ".join(f"{of} {n}" for of, n in sorted(total.lost.items()))
    return (
        f"polled {plural(total.polled, 'feed')} ({total.not_modified} not modified; failed: {failed}): "
        f"{plural(total.entries, 'entry', 'entries')}, {total.items_new} new ({total.baseline} of them history), "
        f"{total.items_revised} revised, {total.seen} seen before, {total.held_back} held back\n"
        f"classified: {total.tagged} tagged, {total.none} of no theme, {total.unsure} unsure, "
        f"{total.not_judged} not classified\n"
        f"{plural(total.alerts, 'alert')}, {plural(total.updates, 'update')}, "
        f"{plural(total.retracted, 'retraction')}; {total.delivered} delivered, {total.pending} pending, "
        f"{total.given_up} given up, {plural(total.dead, 'dead record')}\n"
        f"{f'LOST: {lost}' if lost else 'nothing lost'}, in {total.seconds:.1f} s"
    )


def _run(settings: Settings, log: Log, stages: list[str], together: bool) -> None:
    with ExitStack() as stack:
        stop = stack.enter_context(until_stopped())
        themes = LiveThemes(log)
        stack.callback(themes.close)
        metrics = _metrics(stack, settings, stages[0] if CHILD in os.environ else "run", stages, themes)
        web = settings.web.listen if CHILD not in os.environ else ""
        started: list[Service] = []
        ready: Callable[[], Mapping[str, str]] = lambda: started[0].why_not() if started else {}  # noqa: E731
        api = api_of(settings, log, stop, themes, ready, lambda: metrics.registry)
        client = access_of(settings).proxies.client
        serve_web(stack, web, lambda: metrics.registry, ready, api, client)
        canary: Sequence[Collector] = ()
        if web and "index" in stages:  # the role web is among them
            settings, canary = start_canary(stack, settings, log, themes, together)
        service = Service(stages, settings, log, metrics, tell=_to_parent(), themes=themes)
        follow(themes, service, metrics)
        started.append(service)
        if web:  # what a child would be asked for its parent finds out
            own = collectors(settings, log, stages, lambda: service.inputs)
            for collector in (ProcessCollector(registry=None), *own, *canary):
                metrics.registry.register(collector)
        stack.callback(service.close)
        click.echo(f"themewire is running: {', '.join(stages)}" + (f"; http://{web}" if web else ""), err=True)
        stop.wait()


def _telemetry(stack: ExitStack, settings: Settings, role: str) -> Telemetry | None:
    """What exports by OTLP until the stack ends, where that is set."""
    if telemetry := telemetry_of(settings, role):
        stack.callback(telemetry.close)
    return telemetry


def _metrics(stack: ExitStack, settings: Settings, role: str, stages: Sequence[str], themes: Sequence[str]) -> Metrics:
    """The metrics of the roles of this process, and the traces of what they do where these are exported."""
    registry = CollectorRegistry()
    if not (telemetry := _telemetry(stack, settings, role)):
        return Metrics(registry, themes, stages or None)
    if CHILD not in os.environ:  # a child's metrics are its parent's to export
        telemetry.follow(registry)
    return Metrics(registry, themes, stages or None, telemetry.committed)


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
        themes = LiveThemes(log)
        stack.callback(themes.close)
        fixed = {name: role(name, settings, themes).inputs for name in stages}

        def inputs() -> Mapping[str, Sequence[str]]:
            return fixed | {name: stage_role(name, settings, themes).inputs for name in OF_THEMES if name in fixed}

        _, canary = start_canary(stack, settings, log, themes, together=False) if with_web else (settings, [])
        registry = CollectorRegistry()
        for collector in (
            Gathered(folder, lambda: children[0].pids() if children else dict.fromkeys(stages)),
            *collectors(settings, log, stages, inputs),
            *canary,
        ):
            registry.register(collector)
        if telemetry := _telemetry(stack, settings, "supervisor"):
            telemetry.follow(registry)
        api = api_of(settings, log, stop, themes, ready, lambda: registry)
        client = access_of(settings).proxies.client
        serve_web(stack, settings.web.listen, lambda: registry, ready, api, client)
        children.append(Supervisor(stages, arguments, folder))
        stack.callback(children[0].close)
        click.echo(f"themewire is running, one process per role: {', '.join(stages)}", err=True)
        stop.wait()


def _options() -> list[str]:
    """The options of the command line that say where things are, for the children; all else is in the environment."""
    given = given_options(click.get_current_context())
    return [word for name, value in given.items() for word in (f"--{name}", value)]
