"""Overview: is it collecting, right, fast, and losing nothing?"""

from grafana_foundation_sdk.builders import dashboard, stat, timeseries

from deploy.grafana import shared
from deploy.grafana.frame import framed
from deploy.grafana.panels import About, Ask, falling, lines, rising, tile
from deploy.grafana.promql import THEME, grown, of, quantile, share

__all__ = ["overview"]

SOON = 'span="first_seen_to_delivered"'
MINUTE = 60.0


def overview() -> dashboard.Dashboard:
    """Six answers, then the way of an item twice: how many, and how well."""
    about = "Is it collecting, right, fast, and losing nothing? From left to right: collect, classify, alert, deliver."
    return framed(
        "overview",
        "Overview",
        about,
        [
            shared.polls_succeed("Is it collecting?"),
            shared.right("Is it right?"),
            shared.new_alerts(),
            _fast(),
            shared.deliveries_succeed(),
            shared.lost(),
        ],
        [shared.polls_end(), shared.decisions(), shared.alerts_by_theme(), shared.deliveries_end()],
        [shared.feeds_by_state(), _keeping_up(), _way(), _canary()],
    )


def _fast() -> stat.Panel:
    text = "Share of the new alerts sent at once that were delivered within 60 s of first sight. Objective: 95 %."
    met = grown("alert_latency_seconds_bucket", SOON, f'le="{MINUTE}"')
    about = About("Is it fast?", text, "percentunit", "alerts-late")
    return tile(about, Ask(share(met, grown("prompt_alerts_total"))), steps=falling(0.95, 0.9), empty="no deliveries")


def _keeping_up() -> timeseries.Panel:
    text = "Age of the oldest record waiting for each stage; 0 if none is waiting."
    about = About("Does every stage keep up?", text, "s", "stage-lag")
    return shared.by_stage(about, f"max by (stage) ({of('stage_lag_seconds')})", rising(30, MINUTE))


def _way() -> timeseries.Panel:
    text = "Time from first sight to delivery, for new alerts sent at once. The dashed line is the objective."
    asks = [
        Ask(quantile(q, "alert_latency_seconds", SOON, over="10m"), name)
        for q, name in ((0.5, "median"), (0.95, "p95"))
    ]
    return lines(About("How long until delivery?", text, "s", "alerts-late"), *asks, steps=rising(MINUTE, 5 * MINUTE))


def _canary() -> timeseries.Panel:
    text = "Time since a canary last went all the way from a feed to a delivery. It rises and drops in a sawtooth."
    expr = f"time() - max by (theme) ({of('canary_last_delivered_timestamp_seconds', THEME)})"
    return lines(About("Does the canary arrive?", text, "s", "canary"), Ask(expr, "{{theme}}"), steps=rising(600, 900))
