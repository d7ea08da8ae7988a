"""Alerts and deliveries: what a subscriber gets, and how soon."""

from grafana_foundation_sdk.builders import dashboard, stat, timeseries

from deploy.grafana import shared
from deploy.grafana.frame import framed
from deploy.grafana.panels import BLAND, FACT, GOOD, WARN, About, Ask, bars, lines, rising, tile
from deploy.grafana.promql import RANGE, STEP, THEME, grown, of, quantile, share

__all__ = ["alerting"]

SPANS = {
    "first_seen_to_tagged": "classifying",
    "tagged_to_alerted": "alerting",
    "alerted_to_delivered": "delivering",
}
KINDS = {"new": FACT, "update": "light-blue", "retracted": WARN}


def alerting() -> dashboard.Dashboard:
    """From the story to the receiver's answer."""
    about = "What subscribers get. From left to right: alerts, their sources, matching, delivery."
    return framed(
        "alerts",
        "Alerts and deliveries",
        about,
        [shared.new_alerts(), _confirmed(), _soon(), _subscribers(), shared.deliveries_succeed(), _oldest()],
        [shared.alerts_by_theme(), _sources(), _matches(), shared.deliveries_end()],
        [_kinds(), _spans(), _canary(), _pending()],
    )


def _confirmed() -> stat.Panel:
    text = "Share of new alerts and updates in the selected time range with two or more independent sources."
    one = grown("alert_independent_sources_bucket", 'le="1.0"', THEME)
    expr = f"1 - {share(one, grown('alert_independent_sources_count', THEME))}"
    return tile(About("How many have two sources?", text, "percentunit", "alerts-late"), Ask(expr), empty="no alerts")


def _soon() -> stat.Panel:
    text = "Median time from publication to alert, for new alerts whose item has a trustworthy date."
    expr = quantile(0.5, "alert_latency_seconds", 'span="published_to_alerted"', over=RANGE)
    return tile(About("How soon after publication?", text, "s", "alerts-late"), Ask(expr), empty="no alerts")


def _subscribers() -> stat.Panel:
    text = "Subscriptions that are neither muted nor ended."
    active = of("subscriptions", 'state="active"')
    return tile(About("Active subscriptions", text, "short", "subscriptions"), Ask(f"sum({active})"))


def _oldest() -> stat.Panel:
    text = "Age of the oldest pending delivery. It is retried for three days and then given up."
    about = About("Oldest pending delivery?", text, "s", "delivery-waiting")
    return tile(
        about, Ask(f"max({of('delivery_oldest_pending_seconds')})"), steps=rising(300, 3600), words={"0": "none"}
    )


def _kinds() -> timeseries.Panel:
    text = "Alerts by kind: a new story, an update when other sources report it too, or a retraction."
    asks = Ask(grown("alerts_total", THEME, by="kind", over=STEP), "{{kind}}")
    return bars(About("New, updated or retracted?", text, "short", "alerts-late"), asks, colours=KINDS)


def _sources() -> timeseries.Panel:
    text = "New alerts and updates by number of independent sources; copies of a text count as one source."
    one, two = (grown("alert_independent_sources_bucket", THEME, f'le="{n}.0"', over=STEP) for n in (1, 2))
    every = grown("alert_independent_sources_count", THEME, over=STEP)
    asks = (Ask(one, "one"), Ask(f"{two} - {one}", "two"), Ask(f"{every} - {two}", "more"))
    colours = {"one": "light-blue", "two": FACT, "more": "dark-blue"}
    return bars(About("How many independent sources?", text, "short", "alerts-late"), *asks, colours=colours)


def _matches() -> timeseries.Panel:
    text = "Pairs of an alert and a subscription to its theme: sent at once, held for later, or filtered out."
    asks = Ask(grown("balance_out_total", 'of="matches"', by="fate", over=STEP), "{{fate}}")
    colours = {"sent": GOOD, "held": WARN, "filtered": BLAND}
    return bars(About("What do filters let through?", text, "short", "subscriptions"), asks, colours=colours)


def _spans() -> timeseries.Panel:
    text = "95th percentile over ten minutes of the time that new alerts spend in each part of the pipeline."
    asks = [
        Ask(quantile(0.95, "alert_latency_seconds", f'span="{span}"', over="10m"), name) for span, name in SPANS.items()
    ]
    return lines(About("Where does the time go?", text, "s", "alerts-late"), *asks)


def _canary() -> timeseries.Panel:
    text = "Time that the last canary took from its feed to its delivery, by theme."
    expr = f"max by (theme) ({of('canary_latency_seconds', THEME)})"
    return lines(
        About("How long does the canary take?", text, "s", "canary"), Ask(expr, "{{theme}}"), steps=rising(60, 300)
    )


def _pending() -> timeseries.Panel:
    text = "Deliveries that are neither accepted nor given up yet. It returns to 0 unless a receiver is down."
    return lines(
        About("How many are pending?", text, "short", "delivery-waiting"),
        Ask(f"sum({of('deliveries_pending')})", "pending"),
    )
