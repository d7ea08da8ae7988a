"""Streams: whether each stage is at work, how far behind, what it commits, and what all of it takes."""

from grafana_foundation_sdk.builders import dashboard, stat, timeseries

from deploy.grafana import shared
from deploy.grafana.frame import framed
from deploy.grafana.panels import BAD, FACT, GOOD, WARN, About, Ask, bars, falling, lines, rising, tile
from deploy.grafana.promql import STEP, WINDOW, grown, of, quantile, share

__all__ = ["streams"]


def streams() -> dashboard.Dashboard:
    """The stages in the order of the way, then commits, then the machine."""
    about = "Lag, commits and rebalances of the stages: collect, tag, story, match, deliver, index."
    return framed(
        "streams",
        "Streams",
        about,
        [_up(), _behind(), _dead(), shared.lost(), _refused(), _room()],
        [_waiting(), _passing(), _commits(), _commit_time()],
        [_lag(), _balance(), _moves(), _size()],
    )


def _up() -> stat.Panel:
    text = "Whether every stage is running: the minimum over all stages."
    words = {"1": "yes", "0": "no"}
    about = About("Is every stage running?", text, "none", "stage-down")
    return tile(about, Ask(f"min({of('stage_up')})"), steps=((None, BAD), (1, GOOD)), words=words, empty="no data")


def _behind() -> stat.Panel:
    text = "Age of the oldest waiting record, for the stage that is furthest behind."
    about = About("How far behind?", text, "s", "stage-lag")
    return tile(about, Ask(f"max({of('stage_lag_seconds')})"), steps=rising(30, 300), words={"0": "not at all"})


def _dead() -> stat.Panel:
    text = "Records that could not be processed, in the selected time range. `themewire dead list` shows them."
    about = About("Dead records", text, "short", "dead-records")
    return tile(about, Ask(grown("dead_records_total")), steps=rising(1, 10), words={"0": "none"})


def _refused() -> stat.Panel:
    text = "Commits that were fenced because a partition had moved, or aborted. Their work is repeated."
    expr = f"{grown('commits_fenced_total')} + {grown('transaction_aborts_total')}"
    about = About("Failed commits", text, "short", "commits-refused")
    return tile(about, Ask(expr), steps=rising(1, 20), words={"0": "none"})


def _room() -> stat.Panel:
    text = "Free space on the disk that holds the data folder."
    expr = f"min({share(of('disk_free_bytes'), of('disk_size_bytes'))})"
    return tile(About("Is there disk space?", text, "percentunit", "disk"), Ask(expr), steps=falling(0.2, 0.1))


def _waiting() -> timeseries.Panel:
    text = "Records waiting to be processed, by stage."
    expr = f"sum by (stage) ({of('stage_lag_records')})"
    return shared.by_stage(About("How many are waiting?", text, "short", "stage-lag"), expr)


def _lag() -> timeseries.Panel:
    text = "Age of the oldest record waiting for each stage; 0 if none is waiting."
    expr = f"max by (stage) ({of('stage_lag_seconds')})"
    return shared.by_stage(About("How long do they wait?", text, "s", "stage-lag"), expr, steps=rising(30, 300))


def _passing() -> timeseries.Panel:
    text = "Records, results and ticks processed per second, by stage."
    expr = f"sum by (stage) (rate({of('stage_events_total')}[{WINDOW}]))"
    return shared.by_stage(About("How many per second?", text, "eps", "stage-lag"), expr)


def _commits() -> timeseries.Panel:
    text = "Commits per second, by stage. Few large commits are cheaper than many small ones."
    expr = f"sum by (stage) (rate({of('commits_total')}[{WINDOW}]))"
    return shared.by_stage(About("How many commits?", text, "ops", "stage-lag"), expr)


def _commit_time() -> timeseries.Panel:
    text = "95th percentile by stage. It reflects the disk on SQLite and the brokers on Kafka."
    expr = quantile(0.95, "commit_duration_seconds", by="stage")
    return shared.by_stage(About("How long does a commit take?", text, "s", "stage-lag"), expr)


def _balance() -> timeseries.Panel:
    text = "What came in minus what has an outcome. Any lasting value other than 0 is a defect."
    return lines(About("Does it balance?", text, "short", "balance"), Ask(shared.LOST, "{{of}}"))


def _moves() -> timeseries.Panel:
    text = "Changes of partition ownership, and the commits that were fenced or aborted."
    moved = Ask(grown("rebalances_total", over=STEP), "moved")
    fenced = Ask(grown("commits_fenced_total", over=STEP), "fenced")
    aborts = Ask(grown("transaction_aborts_total", over=STEP), "aborted")
    colours = {"moved": FACT, "fenced": WARN, "aborted": BAD}
    return bars(
        About("Have partitions moved?", text, "short", "commits-refused"), moved, fenced, aborts, colours=colours
    )


def _size() -> timeseries.Panel:
    text = "Memory of the process, and size of the embedded stream including its write-ahead log."
    memory = Ask('sum(process_resident_memory_bytes{instance=~"$instance"})', "memory")
    stream = Ask(f"sum({of('stream_size_bytes')})", "stream")
    return lines(
        About("How much does it use?", text, "bytes", "disk"),
        memory,
        stream,
        colours={"memory": FACT, "stream": "orange"},
    )
