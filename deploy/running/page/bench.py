"""What the page is given: a desk for each subject, the themes, and why there was no alert."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress

from deploy.inspect.why_not import why_not
from deploy.running.page.feeds import feed_desk
from deploy.running.page.labels import label_desk
from deploy.running.page.state import state_of
from deploy.running.page.subscriptions import subscription_desk
from deploy.settings.locations import clock, index_path
from deploy.settings.model import Settings
from seeds.themes import load_themes
from stream.index.session import IndexRows, open_index
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.latest import Latest
from stream.log.port import Log, LogError
from stream.records import OwnTheme, decode
from stream.themes.watched import watched
from stream.web.labels_api import LabelsApi
from stream.web.page import Theme, Workbench
from stream.web.subscriptions_api import SubscriptionsApi

__all__ = ["workbench"]


def workbench(
    settings: Settings,
    stream: Log,
    themes: Sequence[str],
    ready: Callable[[], Mapping[str, str]],
    labels: LabelsApi,
    subscriptions: SubscriptionsApi,
) -> Workbench:
    """What the page shows and asks, over this stream; `themes` may change, `ready` says why a role does not work."""
    ships = [Theme(each.id, each.name, each.about) for each in load_themes()]
    path = index_path(settings)
    own = Latest(stream, topics.THEMES, lambda value: decode(value, OwnTheme))
    known: Mapping[str, OwnTheme] = {}

    def named() -> list[Theme]:
        nonlocal known
        with suppress(LogError):  # the page shows what was known, and says that the stream is out of reach
            known = own.rows()
        mine = sorted(watched(known), key=lambda each: each.id)
        return [*ships, *(Theme(each.id, each.name or each.id, each.about) for each in mine)]

    def explain(name: str) -> list[tuple[str, str]]:
        with closing(open_index(path)) as index:
            steps = why_not(name, IndexRows(index), stream, tuple(themes), read_table(stream, topics.SUBSCRIPTIONS))
        return [(step.what, step.text) for step in steps]

    state = state_of(settings, stream, themes, ready)
    return Workbench(
        stream,
        path,
        named,
        clock,
        explain,
        state,
        subscriptions.mute,
        label_desk(settings, stream, labels),
        feed_desk(settings, stream),
        subscription_desk(settings, stream, subscriptions),
    )
