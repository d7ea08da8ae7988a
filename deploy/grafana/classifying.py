"""Classifying: who decides, what is decided, how surely, and what people say of it."""

from grafana_foundation_sdk.builders import dashboard, heatmap, stat, timeseries

from deploy.grafana import shared
from deploy.grafana.frame import framed
from deploy.grafana.panels import BAD, GOOD, WARN, About, Ask, bars, heat, lines, rising, tile
from deploy.grafana.promql import STEP, THEME, grown, of, share

__all__ = ["classifying"]

UNSURE = 'decision=~"unsure|not_judged"'
MOVED = (0.1, 0.25)  # of a population stability index: some, and much


def classifying() -> dashboard.Dashboard:
    """The model and its decisions, and then how they are judged."""
    about = "Which model is serving, how sure it is, whether its input has drifted, and what people's labels say."
    return framed(
        "classifying",
        "Classifying",
        about,
        [_model(), _since(), _unsure(), _moved_most(), _labels_given(), shared.right("Is it right?")],
        [shared.decisions(), _themes(), _sureness(), _moved()],
        [_labels(), _weekly(), _refused()],
    )


def _model() -> stat.Panel:
    about = About("Which model is serving?", "The id of the model that classifies new items.", "none", "model-refused")
    return tile(about, Ask(f"max by (model) ({of('model_info')})", "{{model}}"))


def _since() -> stat.Panel:
    text = "Time since the serving model was promoted. Training runs every night and after fifty new labels."
    expr = f"time() - max({of('model_promoted_timestamp_seconds')})"
    return tile(About("How long has it served?", text, "s", "model-refused"), Ask(expr))


def _unsure() -> stat.Panel:
    text = "Share of items in the selected time range that were unsure or could not be classified."
    expr = share(grown("items_classified_total", UNSURE), grown("items_classified_total"))
    return tile(About("How often is it unsure?", text, "percentunit", "model-drift"), Ask(expr), steps=rising(0.2, 0.4))


def _moved_most() -> stat.Panel:
    text = "The largest population stability index of the model's input and output. Over 0.25 is a significant change."
    about = About("Has anything drifted?", text, "none", "model-drift")
    return tile(about, Ask(f"max({of('model_drift')})"), steps=rising(*MOVED), empty="too few items")


def _labels_given() -> stat.Panel:
    text = "Labels that people gave in the selected time range, by feedback link, API or command line."
    return tile(About("How many labels?", text, "short", "model-drift"), Ask(grown("labels_total", THEME)))


def _themes() -> timeseries.Panel:
    text = "Items by theme; an item may belong to more than one."
    asks = Ask(grown("item_themes_total", THEME, by="theme", over=STEP), "{{theme}}")
    return bars(About("Which themes are found?", text, "short", "model-drift"), asks)


def _sureness() -> heatmap.Panel:
    text = (
        "Items by their probability for the theme; choose one above. A good model has most items at both "
        "ends. Each row is a bucket, named by its upper bound."
    )
    expr = grown("item_probability_bucket", THEME, 'le!="+Inf"', by="le", over=STEP)
    return heat(About("How sure is it?", text, "none", "model-drift"), Ask(expr))


def _moved() -> timeseries.Panel:
    text = "Population stability index by feature, once the model has classified a thousand items."
    asks = Ask(f"max by (feature) ({of('model_drift')})", "{{feature}}")
    return lines(About("What has drifted?", text, "none", "model-drift"), asks, steps=rising(*MOVED))


def _labels() -> timeseries.Panel:
    text = "Labels: the item belongs to the theme (yes) or does not (no); choose one theme above."
    asks = Ask(grown("labels_total", THEME, by="verdict", over=STEP), "{{verdict}}")
    return bars(About("What do labels say?", text, "short", "model-drift"), asks, colours={"yes": GOOD, "no": WARN})


def _weekly() -> timeseries.Panel:
    text = "Share of feedback that called an alert right, by week and theme, over twelve weeks."
    about = About("How precise is it, by week?", text, "percentunit", "model-drift")
    panel = bars(about, Ask(shared.precision("1w", by="theme"), "{{theme}}"), step="1w", stacked=False)
    return panel.time_from("12w").max(1)


def _refused() -> timeseries.Panel:
    text = "Models that failed the promotion gate or could not be loaded; the previous model keeps serving."
    expr = grown("models_refused_total", over=STEP)
    return bars(
        About("Was a model refused?", text, "short", "model-refused"), Ask(expr, "refused"), colours={"refused": BAD}
    )
