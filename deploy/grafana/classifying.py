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
    about = "Which model decides, how sure it is, whether its world has moved, and what people say of it."
    return framed(
        "classifying",
        "Classifying",
        about,
        [_model(), _since(), _unsure(), _moved_most(), _labels_given(), shared.right("Is it right?")],
        [shared.decisions(), _themes(), _sureness(), _moved()],
        [_labels(), _weekly(), _refused()],
    )


def _model() -> stat.Panel:
    about = About("Which model serves?", "The id of the model that judges new items.", "none", "model-refused")
    return tile(about, Ask(f"max by (model) ({of('model_info')})", "{{model}}"))


def _since() -> stat.Panel:
    text = "Time since the serving model was promoted. A training begins every night, and after fifty labels."
    expr = f"time() - max({of('model_promoted_timestamp_seconds')})"
    return tile(About("How long has it served?", text, "s", "model-refused"), Ask(expr))


def _unsure() -> stat.Panel:
    text = "Items of which it could not say, or which it could not judge, of all in the time shown."
    expr = share(grown("items_classified_total", UNSURE), grown("items_classified_total"))
    return tile(About("How often is it unsure?", text, "percentunit", "model-drift"), Ask(expr), steps=rising(0.2, 0.4))


def _moved_most() -> stat.Panel:
    text = "The largest population stability index of what it reads and says. Over 0.25 is much."
    about = About("Has its world moved?", text, "none", "model-drift")
    return tile(about, Ask(f"max({of('model_drift')})"), steps=rising(*MOVED), empty="too little yet")


def _labels_given() -> stat.Panel:
    text = "Labels that people gave in the time shown, by link, by page or by command."
    return tile(About("How many labels?", text, "short", "model-drift"), Ask(grown("labels_total", THEME)))


def _themes() -> timeseries.Panel:
    text = "Items by the themes that were found in them; an item may be of more than one."
    asks = Ask(grown("item_themes_total", THEME, by="theme", over=STEP), "{{theme}}")
    return bars(About("Which themes are found?", text, "short", "model-drift"), asks)


def _sureness() -> heatmap.Panel:
    text = (
        "Items by the probability that they are of the theme; choose one above. A good model has most at the "
        "ends. Each row is a bucket, named by its upper end."
    )
    expr = grown("item_probability_bucket", THEME, 'le!="+Inf"', by="le", over=STEP)
    return heat(About("How sure is it?", text, "none", "model-drift"), Ask(expr))


def _moved() -> timeseries.Panel:
    text = "Population stability index by what has moved, once it has judged a thousand items."
    asks = Ask(f"max by (feature) ({of('model_drift')})", "{{feature}}")
    return lines(About("What has moved?", text, "none", "model-drift"), asks, steps=rising(*MOVED))


def _labels() -> timeseries.Panel:
    text = "Labels of people: this item is of the theme (yes), or is not (no); choose one theme above."
    asks = Ask(grown("labels_total", THEME, by="verdict", over=STEP), "{{verdict}}")
    return bars(About("What do people say?", text, "short", "model-drift"), asks, colours={"yes": GOOD, "no": WARN})


def _weekly() -> timeseries.Panel:
    text = "Answers that an alert was right, of all answers, week by week and by theme, over twelve weeks."
    about = About("How precise is it, by week?", text, "percentunit", "model-drift")
    panel = bars(about, Ask(shared.precision("1w", by="theme"), "{{theme}}"), step="1w", stacked=False)
    return panel.time_from("12w").max(1)


def _refused() -> timeseries.Panel:
    text = "Models that did not pass the gate, or could not be read: the one before goes on serving."
    expr = grown("models_refused_total", over=STEP)
    return bars(
        About("Was a model refused?", text, "short", "model-refused"), Ask(expr, "refused"), colours={"refused": BAD}
    )
