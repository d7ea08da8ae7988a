"""Collecting: the feeds, their polls, what is read, and what it holds."""

from grafana_foundation_sdk.builders import dashboard, stat, timeseries

from deploy.grafana import shared
from deploy.grafana.frame import framed
from deploy.grafana.panels import BAD, BLAND, FACT, GOOD, WARN, About, Ask, bars, falling, lines, rising, tile
from deploy.grafana.promql import STEP, WINDOW, grown, of, quantile, share, some

__all__ = ["collecting"]

FATES = {"new": FACT, "revised": "light-blue", "seen": BLAND, "held_back": WARN, "refused": BAD}


def collecting() -> dashboard.Dashboard:
    """From the feeds that are there to the items that they bring."""
    about = "From left to right: the feeds, their polls, what they bring."
    return framed(
        "collecting",
        "Collecting",
        about,
        [_feeds(), _healthy(), _overdue(), shared.polls_succeed("Do polls succeed?"), _gaps(), _new()],
        [shared.feeds_by_state(), shared.polls_end(), _fates()],
        [_poll_time(), _bytes(), _dates()],
    )


def _feeds() -> stat.Panel:
    about = About("Feeds", "Feeds that are wished for, in whatever state.", "short", "feeds-failing")
    return tile(about, Ask(f"sum({of('feeds')})"))


def _healthy() -> stat.Panel:
    text = "Feeds that answer and have news as often as usual, of those that are not paused."
    well, asked = of("feeds", 'state=~"healthy|new"'), of("feeds", 'state!="paused"')
    expr = share(f"sum({well})", f"sum({asked})")
    return tile(About("How many are well?", text, "percentunit", "feeds-failing"), Ask(expr), steps=falling(0.9, 0.75))


def _overdue() -> stat.Panel:
    text = "Feeds whose next poll is more than ten minutes late: the collectors are too slow, or stand still."
    about = About("Is a poll overdue?", text, "short", "feeds-overdue")
    return tile(about, Ask(f"sum({of('feeds_overdue')})"), steps=rising(1, 5), words={"0": "none"})


def _gaps() -> stat.Panel:
    text = "Documents of which no entry was known: more came than the feed shows, and some may be missed."
    about = About("Was anything missed?", text, "short", "feed-gaps")
    return tile(about, Ask(grown("feed_gaps_total")), steps=rising(1, 10), words={"0": "nothing"})


def _new() -> stat.Panel:
    about = About(
        "How many new items?", "Entries that were not known before, in the time shown.", "short", "feeds-silent"
    )
    return tile(about, Ask(grown("entries_total", 'fate="new"')))


def _fates() -> timeseries.Panel:
    text = "Entries by what became of them: held back is what came in bulk, refused what was of no use."
    asks = Ask(grown("entries_total", by="fate", over=STEP), "{{fate}}")
    return bars(About("What became of entries?", text, "short", "feeds-silent"), asks, colours=FATES)


def _poll_time() -> timeseries.Panel:
    text = "From a poll's start to its end, redirects and reading included: half, and 95 %, were faster."
    asks = [Ask(quantile(q, "poll_duration_seconds"), name) for q, name in ((0.5, "half"), (0.95, "95 %"))]
    return lines(About("How long does a poll take?", text, "s", "feeds-overdue"), *asks)


def _bytes() -> timeseries.Panel:
    text = "Bytes of documents as they came over the network; none come where nothing has changed."
    expr = f"sum(rate({of('poll_received_bytes_total')}[{WINDOW}]))"
    return lines(About("How much is read?", text, "Bps", "feeds-failing"), Ask(expr, "read"))


def _dates() -> timeseries.Panel:
    text = "New items by how far their date can be believed; else the moment of first sight counts."
    asks = Ask(some(grown("item_dates_total", by="quality", over=STEP)), "{{quality}}")
    colours = {
        "trusted": GOOD,
        "now": "light-green",
        "missing": BLAND,
        "unreadable": WARN,
        "future": BAD,
        "ancient": BAD,
    }
    return bars(About("How good are the dates?", text, "short", "feeds-failing"), asks, colours=colours)
