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
    about = "Is it collecting, right, fast, and losing nothing? From left to right: collect, classify, tell, deliver."
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
    text = "New alerts delivered within 60 s of first sight, of those sent at once. The objective is 95 %."
    met = grown("alert_latency_seconds_bucket", SOON, f'le="{MINUTE}"')
    about = About("Is it fast?", text, "percentunit", "alerts-late")
    return tile(about, Ask(share(met, grown("prompt_alerts_total"))), steps=falling(0.95, 0.9), empty="none were due")


def _keeping_up() -> timeseries.Panel:
    text = "Age of the oldest record that each stage has not passed yet; 0 where it has passed all."
    about = About("Does every stage keep up?", text, "s", "stage-lag")
    return shared.by_stage(about, f"max by (stage) ({of('stage_lag_seconds')})", rising(30, MINUTE))


def _way() -> timeseries.Panel:
    text = "From first sight to the receiver's answer, of new alerts sent at once. Dashed: the objective."
    asks = [
        Ask(quantile(q, "alert_latency_seconds", SOON, over="10m"), name) for q, name in ((0.5, "half"), (0.95, "95 %"))
    ]
    return lines(About("How long to a delivery?", text, "s", "alerts-late"), *asks, steps=rising(MINUTE, 5 * MINUTE))


def _canary() -> timeseries.Panel:
    text = "Time since an item of our own came through, from a feed to a delivery. It grows, and falls again."
    expr = f"time() - max by (theme) ({of('canary_last_delivered_timestamp_seconds', THEME)})"
    return lines(
        About("Does the canary come through?", text, "s", "canary"), Ask(expr, "{{theme}}"), steps=rising(600, 900)
    )
