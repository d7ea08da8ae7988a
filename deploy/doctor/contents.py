"""Checks of what people have set up: the model and its encoders, feeds, subscriptions and their channels."""

from collections.abc import Iterator

from deploy.doctor.finding import Finding, bad, good
from deploy.running.wiring.channels import channel_context
from deploy.running.wiring.serving import serving_of
from deploy.settings.locations import clock, index_path
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.delivering.channels.registry import channel_of
from stream.index.feeds import feeds_now
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.records import Destination
from stream.subscriptions.saved import read_subscriptions
from stream.themes.saved import every_theme

__all__ = ["channels", "feeds", "model"]

MOST_FAILING = 0.5
LATE = 3_600_000  # ms after which a feed should have been polled


def model(settings: Settings, log: Log | None) -> Iterator[Finding]:
    """Whether a model serves, with its encoders, and decides on a text."""
    if log is None or not (rows := read_table(log, topics.MODELS)):
        yield good("there is no model yet: `themewire run` makes it")
        return
    from classifiers.judging.text import Text  # only now: numpy and scipy take a while to load

    serving = serving_of(settings, every_theme(log))
    refused = serving.refused(rows)
    for name, event in refused.items():
        yield bad(f"{name} is refused ({event.message}): `themewire models list`, then train or roll back")
    (judged,) = serving.judge(rows, token_vectors=False)([Text("A standard for power sockets is published", "", "en")])
    yield good(f"{judged.model} serves, and has decided on a text")


def feeds(settings: Settings, log: Log | None) -> Iterator[Finding]:
    """Whether there are feeds, and most of them can be polled, as far as the index knows."""
    if log is None:
        return
    count = len(read_table(log, topics.FEEDS))
    states, late = feeds_now(index_path(settings), clock() - LATE)
    failing = states["failing"] + states["gone"]
    if not count:
        yield bad("there are no feeds: `themewire feeds add URL`, or `themewire feeds import FILE`")
    elif failing > MOST_FAILING * states.total():
        yield bad(f"{failing} of {plural(count, 'feed')} fail: `themewire feeds list` says why")
    elif states["unverified"] > states.total() / 2:
        yield bad(f"most of {plural(count, 'feed')} have never been read: `themewire feeds list` says why")
    elif late:
        yield bad(f"{plural(late, 'feed')} should have been polled an hour ago: does the role collect run?")
    else:
        yield good(f"{plural(count, 'feed')}, {failing} of them failing")


def channels(settings: Settings, log: Log | None) -> Iterator[Finding]:
    """Whether each subscription could be delivered to as things are: what it needs is installed, set and readable."""
    if log is None:
        return
    subscriptions = [each for each in read_subscriptions(log).values() if not each.ended]
    fine = 0
    for each in subscriptions:
        found = list(_warnings(settings, each.channel))
        fine += not found
        for said in found:
            yield bad(f"{each.id}: {said}")
    if fine or not subscriptions:
        yield good(f"{plural(fine, 'subscription')} could be delivered to")


def _warnings(settings: Settings, destination: Destination) -> Iterator[str]:
    try:
        channel = channel_of(destination.kind)
        channel.check_destination(destination)
        yield from channel.warnings_of(destination, channel_context(destination.kind, settings))
    except ValueError as error:  # one sentence, which repeats no secret
        yield str(error)
