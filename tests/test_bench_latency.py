"""The figures of `tests.bench.latency`: what has not arrived is said, and counts for no leg after."""

from tests.bench.latency import percentile, table

STEPS = ("fetched", "item", "tagged", "alert", "outbox", "webhook")
WHOLE = dict(zip(STEPS, (10.0, 10.1, 10.2, 10.25, 10.3, 10.4), strict=True))


def test_a_percentile_is_one_of_the_values():
    hundred = [float(n) for n in range(100, 0, -1)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert [percentile([3.0], share) for share in (0.5, 0.95, 1.0)] == [3, 3, 3]


def test_what_has_not_come_to_a_step_is_named_there():
    ways = {"a": WHOLE, "b": {step: WHOLE[step] for step in STEPS[:3]}, "c": {"fetched": 11.0}}
    lines = [line.split() for line in table(ways, 0.5)]
    counted = {(begin, end): (figures[0], figures[4]) for begin, _, end, *figures in lines[1:8]}
    assert counted["item", "tagged"] == ("0.100", "2")
    assert counted["tagged", "alert"] == ("0.050", "1")
    assert counted["fetched", "alert"] == ("0.250", "1")
    assert [" ".join(line) for line in lines[8:]] == [
        "1 of 3 were fetched and not item: c",
        "1 of 3 were tagged and not alert: b",
    ]


def test_a_run_from_which_nothing_came_has_no_figures_and_says_so():
    lines = list(table({"a": {"fetched": 1.0}}, 0.5))
    assert sum("none" in line for line in lines) == 7
    assert lines[-1].endswith("1 of 1 were fetched and not item: a")
