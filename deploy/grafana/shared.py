"""Panels that more than one dashboard shows: they look and say the same wherever they are."""

from grafana_foundation_sdk.builders import stat, timeseries

from deploy.grafana.panels import BAD, BLAND, FACT, GOOD, WARN, About, Ask, Steps, bars, falling, lines, rising, tile
from deploy.grafana.promql import STEP, THEME, grown, of, share, some
from stream.log.topics import STAGES

__all__ = [
    "LOST",
    "alerts_by_theme",
    "by_stage",
    "decisions",
    "deliveries_end",
    "deliveries_succeed",
    "feeds_by_state",
    "lost",
    "new_alerts",
    "polls_end",
    "polls_succeed",
    "precision",
    "right",
]

ENDED_WELL = 'outcome=~"ok|not_modified"'
LOST = f"sum by (of) ({of('balance_in_total')}) - sum by (of) ({of('balance_out_total')})"
RIGHT = 'verdict="right"'
OUTCOMES = {"ok": GOOD, "not_modified": "light-green", "rate_limited": WARN}
DECISIONS = {"tagged": FACT, "none": BLAND, "unsure": WARN, "not_judged": BAD}
STATES = {
    "healthy": GOOD, "failing": BAD, "silent": WARN, "gone": "dark-red", "paused": BLAND, "new": FACT,
    "unverified": "light-blue",
}  # fmt: skip
STAGE = dict(zip(STAGES, (GOOD, FACT, "purple", "orange", "#37a2a8", BLAND), strict=True))
ENDS = {".*delivered": GOOD, ".*failed": WARN, ".*given_up": BAD}


def polls_succeed(title: str) -> stat.Panel:
    """The part of polls that ended well."""
    text = "Share of polls in the selected time range that returned a document or 'not modified'."
    expr = share(grown("polls_total", ENDED_WELL), grown("polls_total"))
    return tile(
        About(title, text, "percentunit", "feeds-failing"), Ask(expr), steps=falling(0.9, 0.7), empty="no polls"
    )


def polls_end() -> timeseries.Panel:
    """Polls by outcome."""
    text = "Polls by outcome. Green is success; anything else is the reason why a feed could not be read."
    asks = Ask(some(grown("polls_total", by="outcome", over=STEP)), "{{outcome}}")
    return bars(About("How do polls end?", text, "short", "feeds-failing"), asks, colours=OUTCOMES)


def feeds_by_state() -> timeseries.Panel:
    """Feeds by state."""
    text = "Feeds by state. Failing: polls fail. Silent: polls succeed, but nothing new for far longer than usual."
    asks = Ask(f"sum by (state) ({of('feeds')})", "{{state}}")
    return lines(About("How are the feeds?", text, "short", "feeds-failing"), asks, colours=STATES)


def decisions() -> timeseries.Panel:
    """Items by what the classifier decided of them."""
    text = "New items by decision: tagged with a theme, none, unsure, or not classified at all."
    asks = Ask(grown("items_classified_total", by="decision", over=STEP), "{{decision}}")
    return bars(About("How are items classified?", text, "short", "model-drift"), asks, colours=DECISIONS)


def right(title: str) -> stat.Panel:
    """The part of people's answers that say right."""
    text = "Share of feedback in the last seven days that called an alert right."
    expr = precision("7d")
    return tile(
        About(title, text, "percentunit", "model-drift"), Ask(expr), steps=falling(0.9, 0.75), empty="no feedback"
    )


def precision(over: str, by: str = "") -> str:
    """Answers that say right, of all answers."""
    return share(
        grown("feedback_total", RIGHT, THEME, by=by, over=over), grown("feedback_total", THEME, by=by, over=over)
    )


def new_alerts() -> stat.Panel:
    """How many stories were told."""
    text = "New alerts in the selected time range: one per event, however many sources report it."
    return tile(
        About("How many new alerts?", text, "short", "alerts-late"), Ask(grown("alerts_total", 'kind="new"', THEME))
    )


def alerts_by_theme() -> timeseries.Panel:
    """Alerts by theme."""
    text = "Alerts of every kind, by theme. If a theme has none for days, check its feeds and its threshold."
    asks = Ask(grown("alerts_total", THEME, by="theme", over=STEP), "{{theme}}")
    return bars(About("Alerts by theme", text, "short", "alerts-late"), asks)


def deliveries_succeed() -> stat.Panel:
    """The part of deliveries that were not given up."""
    text = "Share accepted, of the deliveries accepted or given up in the selected time range. Retries do not count."
    done = 'outcome=~"delivered|given_up"'
    expr = share(grown("deliveries_total", 'outcome="delivered"'), grown("deliveries_total", done))
    about = About("Do deliveries succeed?", text, "percentunit", "deliveries-failing")
    return tile(about, Ask(expr), steps=falling(0.99, 0.95), empty="no deliveries")


def deliveries_end() -> timeseries.Panel:
    """Attempts to deliver, by channel and outcome."""
    text = "Attempts by channel and outcome: delivered, failed (will be retried) or given up."
    expr = f"sum by (channel, outcome) (increase({of('deliveries_total')}[{STEP}]))"
    about = About("How do deliveries end?", text, "short", "deliveries-failing")
    return bars(about, Ask(some(expr), "{{channel}} {{outcome}}"), colours=ENDS)


def lost() -> stat.Panel:
    """What met no fate, and what could not be handled."""
    text = "What came in and had no outcome for five minutes, plus records that could not be processed. Must be 0."
    expr = f"sum(min_over_time(abs({LOST})[5m:])) + {grown('dead_records_total')}"  # a scrape may come within a commit
    about = About("Is anything lost?", text, "short", "balance")
    return tile(about, Ask(expr), steps=rising(0.5, 1), words={"0": "nothing"})


def by_stage(about: About, expr: str, steps: Steps = ()) -> timeseries.Panel:
    """How something goes at each stage; a stage has one colour wherever it is shown."""
    return lines(about, Ask(expr, "{{stage}}"), steps=steps, colours=STAGE)
