"""The table of what a training changed."""

from deploy.running.what_changed import Changes, lines
from stream.records import ModelRecord, Need


def record(coverage: float, **of: object) -> ModelRecord:
    return ModelRecord(
        id="m", data=b"", training_hash="", weights_hash="", promoted_at=0,
        evaluation={"coverage": coverage, "accuracy": 0.9}, **of,
    )  # fmt: skip


def test_it_says_what_came_what_went_what_is_still_wrong_and_what_would_help():
    found = Changes(
        items=12,
        tagged=tuple((f"Title {n}", "standards") for n in range(12)),
        untagged=(("Other", "ip-disputes"),),
        sure=(0.5, 0.75),
        labels=40,
        wrong=(("Third", "standards", "none"),),
    )
    wanted = (Need("standards", "ko", 12, 3.4, 30), Need("none", "", 50, 3.0, 0))
    text = list(lines(found, record(0.6), record(0.7, label_weight=3.0, needs=wanted)))
    assert text[1].split()[-2:] == ["0.600", "0.700"]
    assert text[3].startswith("sure of 12 items of 7 days nearest to a theme")
    assert text[3].split()[-2:] == ["0.500", "0.750"]
    assert "now tagged: 12" in text
    assert "  standards: Title 9" in text
    assert "  and 2 more" in text
    assert text[text.index("no longer tagged: 1") + 1] == "  ip-disputes: Other"
    assert text[text.index("labels still not followed: 1 of 40") + 1] == "  Third (label: standards; model: none)"
    assert text[-3] == "labels that would help most (each counts as 3 statements):"
    assert text[-2].split() == ["standards,", "ko", "(12", "labels)", "about", "30", "more"]
    assert text[-1].endswith("more of the same will hardly help")


def test_of_the_first_model_nothing_is_compared():
    text = list(lines(Changes(0, (), (), (0.0, 0.0), 0, ()), None, record(0.7)))
    assert text[1].split()[-2:] == ["-", "0.700"]
