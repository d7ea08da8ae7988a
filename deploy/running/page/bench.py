"""What the page is given: a desk for each subject, the themes, and why there was no alert."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from classifiers.labels.book import LabelBook
from deploy.inspect.why_not import why_not
from deploy.running.jobs import Jobs
from deploy.running.page.dead import dead_desk
from deploy.running.page.feeds import feed_desk
from deploy.running.page.labels import label_desk
from deploy.running.page.models import model_desk, models_of
from deploy.running.page.searches import search_desk
from deploy.running.page.state import state_of
from deploy.running.page.subscriptions import subscription_desk
from deploy.running.page.themes import theme_desk
from deploy.settings.locations import belief, clock
from deploy.settings.model import Settings
from seeds.themes import load_themes
from stream.index.reading import OpenIndex
from stream.index.session import IndexRows
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.latest import Latest
from stream.log.port import Log, LogError
from stream.records import ModelRecord, OwnTheme, decode
from stream.themes.watched import watched
from stream.web.labels_api import LabelsApi
from stream.web.page import Theme, Workbench
from stream.web.subscriptions_api import SubscriptionsApi

__all__ = ["workbench"]


def workbench(
    settings: Settings,
    stream: Log,
    index: OpenIndex,
    themes: Sequence[str],
    ready: Callable[[], Mapping[str, str]],
    registry: Callable[[], CollectorRegistry],
    labels: LabelsApi,
    subscriptions: SubscriptionsApi,
) -> Workbench:
    """What the page shows and asks, over this stream; `themes` may change, `ready` says why a role does not work.

    `registry` has the metrics of what works here.
    """
    ships = [Theme(each.id, each.name, each.about) for each in load_themes()]
    own = Latest(stream, topics.THEMES, lambda value: replace(decode(value, OwnTheme), head=b""))
    known: Mapping[str, OwnTheme] = {}

    def mine() -> Sequence[OwnTheme]:
        nonlocal known
        with suppress(LogError):  # the page shows what was known, and says that the stream is out of reach
            known = own.rows()
        return watched(known)

    def named() -> list[Theme]:
        return [*ships, *(Theme(each.id, each.name or each.id, each.about) for each in mine())]

    def explain(name: str) -> list[tuple[str, str]]:
        subscribed = read_table(stream, topics.SUBSCRIPTIONS)
        steps = why_not(name, IndexRows(index.database()), stream, tuple(themes), subscribed)
        return [(step.what, step.text) for step in steps]

    models = models_of(Latest(stream, topics.MODELS, lambda value: replace(decode(value, ModelRecord), data=b"")))
    jobs, book = Jobs(settings), LabelBook(stream, belief(settings))
    return Workbench(
        stream,
        index,
        named,
        clock,
        explain,
        state_of(settings, stream, themes, ready, models, registry),
        subscriptions.mute,
        label_desk(index, book, models, labels, clock),
        model_desk(settings, stream, jobs, models),
        feed_desk(settings, stream),
        subscription_desk(settings, stream, subscriptions),
        theme_desk(settings, stream, jobs, book, mine),
        dead_desk(stream),
        search_desk(settings, stream),
    )
