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
    about = "From left to right: the feeds, their polls, and the items that they bring."
    return framed(
        "collecting",
        "Collecting",
        about,
        [_feeds(), _healthy(), _overdue(), shared.polls_succeed("Do polls succeed?"), _gaps(), _new()],
        [shared.feeds_by_state(), shared.polls_end(), _fates()],
        [_poll_time(), _bytes(), _dates()],
    )


def _feeds() -> stat.Panel:
    about = About("Feeds", "All configured feeds, in any state.", "short", "feeds-failing")
    return tile(about, Ask(f"sum({of('feeds')})"))


def _healthy() -> stat.Panel:
    text = "Share of the feeds, other than paused ones, that can be read and publish as often as usual."
    well, asked = of("feeds", 'state=~"healthy|new"'), of("feeds", 'state!="paused"')
    expr = share(f"sum({well})", f"sum({asked})")
    return tile(
        About("How many are healthy?", text, "percentunit", "feeds-failing"), Ask(expr), steps=falling(0.9, 0.75)
    )


def _overdue() -> stat.Panel:
    text = "Feeds whose next poll is more than ten minutes late: the collectors are too slow or have stopped."
    about = About("Are polls overdue?", text, "short", "feeds-overdue")
    return tile(about, Ask(f"sum({of('feeds_overdue')})"), steps=rising(1, 5), words={"0": "none"})


def _gaps() -> stat.Panel:
    text = "Documents without a single known entry: more was published than the feed shows, so items may be missed."
    about = About("Was anything missed?", text, "short", "feed-gaps")
    return tile(about, Ask(grown("feed_gaps_total")), steps=rising(1, 10), words={"0": "nothing"})


def _new() -> stat.Panel:
    about = About(
        "How many new items?",
        "Entries that had not been seen before, in the selected time range.",
        "short",
        "feeds-silent",
    )
    return tile(about, Ask(grown("entries_total", 'fate="new"')))


def _fates() -> timeseries.Panel:
    text = "Entries by fate. Held back: too many old entries at once. Refused: unusable."
    asks = Ask(grown("entries_total", by="fate", over=STEP), "{{fate}}")
    return bars(About("What became of entries?", text, "short", "feeds-silent"), asks, colours=FATES)


def _poll_time() -> timeseries.Panel:
    text = "Duration of polls, including redirects and parsing: median and 95th percentile."
    asks = [Ask(quantile(q, "poll_duration_seconds"), name) for q, name in ((0.5, "median"), (0.95, "p95"))]
    return lines(About("How long does a poll take?", text, "s", "feeds-overdue"), *asks)


def _bytes() -> timeseries.Panel:
    text = "Bytes of documents received over the network; none for a feed that has not changed."
    expr = f"sum(rate({of('poll_received_bytes_total')}[{WINDOW}]))"
    return lines(About("How much is read?", text, "Bps", "feeds-failing"), Ask(expr, "read"))


def _dates() -> timeseries.Panel:
    text = "New items by how trustworthy their date is. Without a usable date, the time of first sight counts."
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
