"""What became of a link, from the feeds to each subscription; everything is read, and nothing is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import msgspec

from deploy.inspect.alert_steps import Step, alert_step, joined_step, muted_step, related_step, subscription_step
from deploy.inspect.partitions import records_of
from deploy.wording import plural
from stream.delivering.opinions import told
from stream.index.rows import ALERTS
from stream.index.stage import ItemDoc, find_item
from stream.log import topics
from stream.log.port import Log, records
from stream.log.readable import readable_records
from stream.log.records import Rows
from stream.log.topics import alerts_topic
from stream.matching.rows import SENT, Sent, sent_key
from stream.records import Alert, Dead, Delivery, Feed, Item, Poll, Subscription, decode
from stream.stories.rows import MEMBERS, STORIES, Story
from stream.text.links import canonical_link, item_of, page_of
from stream.units import DAY, HOUR

__all__ = ["feeds_of_site", "item_id", "site_of", "why_not"]


def why_not(
    name: str, index: Rows, stream: Log, themes: tuple[str, ...], subscriptions: Mapping[str, bytes]
) -> list[Step]:
    """What became of the item of this link or id, in the order in which it happened."""
    doc = find_item(index, name)
    if doc is None:
        return list(_unseen(name, index, stream))
    steps = [*_seen(doc), *_classified(doc), *_dead(doc.item, stream)]
    stories = _stories(doc, stream)
    alerts = _alerts(doc, stories, index, stream, themes)
    if not alerts and doc.tags and not doc.item.baseline:
        steps.append(Step("waiting", f"no alert has been raised yet: {_behind('story')}"))
    subscribed = list(dict(readable_records(sorted(subscriptions.items()), Subscription)).values())
    sent: dict[str, Sent] = {}
    for alert, _ in alerts if subscribed else ():
        rows = stream.rows("match", SENT.name, sent_key(alert.id, ""))
        sent |= {key: SENT.read(row) for key, row in rows.items()}
    reached = {key.partition("/")[2] for key, row in sent.items() if row.any_sent}
    last = _deliveries(stream, reached, [alert for alert, _ in alerts])
    for alert, at in alerts:
        if (story := stories.get(alert.id)) is not None:
            steps += joined_step(doc, story, alert)
        steps.append(alert_step(alert))
        steps += map(related_step, alert.related)
        steps += muted_step(index.get(topics.MUTES, alert.id))
        if not subscribed:
            steps.append(Step("no subscription", "there are no subscriptions: `themewire subscriptions add` makes one"))
        for each in subscribed:
            if alert.theme in each.themes:
                row = sent.get(sent_key(alert.id, each.id))
                steps.append(subscription_step(each, alert, at, row, last.get((each.id, alert.id))))
    return steps


def _behind(stage: str) -> str:
    return f"the stage `{stage}` may not be running, or lags behind (`/ready` says so)"


def item_id(name: str) -> str:
    """The id of the item that a link names, as it is where the link identifies it; what is no link is an id."""
    return item_of(canonical_link(name)) if "://" in name else name


def site_of(name: str) -> str:
    """The host of a link, without `www.`; empty for what is no link."""
    link = canonical_link(name) if "://" in name else ""
    return (urlsplit(link).hostname or "").removeprefix("www.")


def feeds_of_site(feeds: Iterable[Feed], site: str) -> list[Feed]:
    """Those whose address is at this site."""
    return [feed for feed in feeds if site and (urlsplit(feed.url).hostname or "").removeprefix("www.").endswith(site)]


def _unseen(name: str, index: Rows, stream: Log) -> Iterator[Step]:
    """Held back, dead, or in no document of any feed; what is known of feeds at the link's site."""
    link = canonical_link(name) if "://" in name else ""
    for _, value in sorted(stream.rows("collect", "held").items()):
        for item in msgspec.json.decode(value, type=list[Item]):
            if item.id == name or (link and page_of(item.url) == page_of(link)):
                carrier = item.via or item.source
                text = f"held back: {carrier} brought it in bulk with other old items; "
                text += f"`themewire feeds release {item.feed}` publishes them"
                yield Step("held back", text, {"feed": item.feed, "source": item.source, "title": item.title})
                return
    if new := [decode(record.value, Item) for record in records_of(stream, topics.ITEMS, {item_id(name)})]:
        yield _first_seen(new[-1])
        yield Step("waiting", f"it has not been classified yet: {_behind('tag')}")
        return
    feeds, site = list(dict(readable_records(index.items("feeds"), Feed)).values()), site_of(name)
    near = feeds_of_site(feeds, site)
    text = f"never seen in any of the {plural(len(feeds), 'feed')}"
    if near:
        text += f", of which {len(near)} {'is' if len(near) == 1 else 'are'} from {site} (`--details` lists them)"
    missing = f"no feed of {site} is polled: `themewire feeds add https://{site}/` discovers it"
    if site and not near:
        text += f", and {missing}"
    yield Step("never seen", text, {"feeds": len(feeds)})
    if site and not near:
        yield Step("no feed", missing)
    for feed in near:
        row = index.get("polls", feed.id)
        poll = decode(row, Poll) if row else None
        state = f"{poll.state}, its last poll: {poll.outcome}" if poll else "not polled yet"
        facts = {"feed": feed.id, "url": feed.url, "state": poll.state if poll else "", "at": poll.at if poll else 0}
        yield Step("feed", f"the feed {feed.url} is {'paused' if feed.paused else state}", facts)


def _first_seen(item: Item) -> Step:
    facts = {"item": item.id, "first_seen": item.first_seen, "published": item.published, "title": item.title}
    where = f"{item.source} by {item.via}" if item.via else item.source
    return Step("seen", f"seen in {where}: {item.title}", {**facts, "source": item.source, "via": item.via})


def _seen(doc: ItemDoc) -> Iterator[Step]:
    item = doc.item
    yield _first_seen(item)
    others = [source for source in doc.sources if source.name != item.source]
    if others:
        names = ", ".join(source.name for source in others)
        yield Step("same item", f"also in {names}", {"sources": [source.name for source in others]})
    if item.article:
        what = "was read" if item.article == "read" else f"could not be read ({item.article})"
        yield Step("article", f"its article {what}", {"article": item.article})
    if item.baseline:
        why = "it was imported from a file" if item.imported else "it was already there when its feed was added"
        yield Step("baseline", f"baseline: {why}, so it raises no alert")


def _classified(doc: ItemDoc) -> Iterator[Step]:
    probabilities = ", ".join(f"{theme} {p:.2f}" for theme, p in sorted(doc.themes.items(), key=lambda pair: -pair[1]))
    by = f"by {doc.rule}" if doc.rule else f"by {doc.model}"
    what = f"tagged {', '.join(doc.tags)}" if doc.tags else doc.decision
    unsure = ", and unsure of it" if doc.tags and doc.decision == "unsure" else ""
    facts = {
        "tags": list(doc.tags),
        "decision": doc.decision,
        "themes": doc.themes,
        "model": doc.model,
        "rule": doc.rule,
    }
    yield Step(
        "judged", f"{what}{unsure} {by}: {probabilities}" if probabilities else f"{what} {by}", {**facts, "at": doc.at}
    )
    for each in doc.opinions:
        yield Step("said", told(each), msgspec.to_builtins(each))


def _dead(item: Item, stream: Log) -> Iterator[Step]:
    for record in records(stream, [topics.DEAD], stream.since([topics.DEAD], item.first_seen - HOUR)):
        dead = decode(record.value, Dead)
        if dead.key == item.id:
            text = f"the stage {dead.stage} could not handle it ({dead.error}): `themewire dead requeue {record.key}`"
            yield Step("dead", text, {"origin": record.key, "stage": dead.stage, "error": dead.error})


def _stories(doc: ItemDoc, stream: Log) -> dict[str, Story]:
    """The stories that the item is in, by id, as the stage `story` has them: a copy joins without a word on a topic."""
    keys = [f"{theme}/{doc.item.id}" for theme in doc.tags]
    rows = [row for key in keys if (row := stream.rows("story", MEMBERS.name, key).get(key)) is not None]
    found = {name: stream.rows("story", STORIES.name, name) for name in {MEMBERS.read(row).story for row in rows}}
    return {name: STORIES.read(found[name][name]) for name in sorted(found) if name and name in found[name]}


def _alerts(
    doc: ItemDoc, stories: Mapping[str, Story], index: Rows, stream: Log, themes: tuple[str, ...]
) -> list[tuple[Alert, int]]:
    """The last word of each alert that the item is of, with its time."""
    wanted = {*stories, *(note.id for note in doc.alerts.values())}
    found = {name: ALERTS.read(row).alert for name in wanted if (row := index.get(ALERTS.name, name)) is not None}
    if missing := stories.keys() - found.keys():  # an index of this item alone knows none that does not name it
        since = min(stories[name].begun for name in missing) - DAY
        for theme in sorted(set(doc.tags) & set(themes)):
            topic = alerts_topic(theme)
            for record in records(stream, [topic], stream.since([topic], since)):
                if record.key in missing:
                    found[record.key] = decode(record.value, Alert)
    last = sorted(found.values(), key=lambda alert: (alert.theme, alert.alerted_at, alert.id))
    return [(alert, alert.alerted_at) for alert in last if alert.theme in themes]


def _deliveries(stream: Log, subscriptions: set[str], alerts: Sequence[Alert]) -> dict[tuple[str, str], Delivery]:
    """The last attempt by subscription and alert."""
    found: dict[tuple[str, str], Delivery] = {}
    if not alerts or not subscriptions:
        return found
    ids, begun = {alert.id for alert in alerts}, min(alert.first_seen for alert in alerts)
    for record in records_of(stream, topics.DELIVERIES, subscriptions, begun - DAY):
        delivery = decode(record.value, Delivery)
        if delivery.alert in ids:
            found[delivery.subscription, delivery.alert] = delivery
    return found
