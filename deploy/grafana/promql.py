"""The few forms of PromQL that the dashboards are made of; each asks about the instances that are chosen."""

__all__ = ["RANGE", "STEP", "THEME", "WINDOW", "grown", "of", "quantile", "share", "some"]

INSTANCE = 'instance=~"$instance"'
THEME = 'theme=~"$theme"'
RANGE = "$__range"  # all that the page shows: for tiles
STEP = "$__interval"  # one bar: for counts, whose bars then add up to what was counted
WINDOW = "$__rate_interval"  # at least four scrapes: for rates and quantiles


def of(metric: str, *labels: str) -> str:
    """Select the series of a metric of ours, at the chosen instances."""
    return f"themewire_{metric}{{{','.join([INSTANCE, *labels])}}}"


def grown(metric: str, *labels: str, by: str = "", over: str = RANGE) -> str:
    """By how much a counter has grown, in all or by a label."""
    return f"sum{_by(by)}(increase({of(metric, *labels)}[{over}]))"


def share(part: str, whole: str) -> str:
    """A part of a whole, 0 to 1; not a number, and so not drawn, where there was nothing."""
    return f"{part} / {whole}"


def quantile(q: float, metric: str, *labels: str, by: str = "", over: str = WINDOW) -> str:
    """A quantile of a histogram of ours, in its own unit."""
    within = ", ".join(["le", by] if by else ["le"])
    return f"histogram_quantile({q}, sum by ({within}) (rate({of(f'{metric}_bucket', *labels)}[{over}])))"


def some(expr: str) -> str:
    """Only what there is some of: a legend of a dozen noughts tells nobody anything."""
    return f"{expr} > 0"


def _by(label: str) -> str:
    return f" by ({label}) " if label else " "
