"""What docs/themes.md walks through is done as it says, and ends with a theme whose alerts are sure."""

import logging
from pathlib import Path

import pytest

from deploy.running.own_themes import take_file
from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from stream.themes.saved import every_theme
from tests.deploy.docs.extension import Extension

NEWS = '{"title": "Storm keeps the car ferry in port, sailings cancelled until Sunday"}'


@pytest.mark.soak  # `tests/e2e/test_own_theme.py` does the same on both backends, and shorter
def test_ten_minutes_lead_from_a_sentence_to_sure_alerts(tmp_path: Path):
    added, subscribed, previewed, taught, imported, learnt, shown, classified = Extension(
        "Ten minutes", tmp_path, "themes.md"
    ).run(NEWS)
    assert "by its description alone, so all that it tags is unsure" in added
    assert subscribed.startswith("me, revision 1")
    assert previewed.startswith("of 0 items")
    assert "more labels of the theme" in taught
    assert "32 labels" in imported
    assert "its alerts may be sure" in learnt
    assert "NOT GOOD" not in shown
    assert "asked for by me" in shown
    assert "  ferries  [en]" in classified


def test_a_theme_of_the_file_is_added_once_and_stops_nothing(tmp_path: Path, caplog):
    made = Extension("In a file", tmp_path, "themes.md")
    settings = Settings.model_validate({"data": {"dir": made.folder}})
    log = open_log(settings)
    try:
        ensure_topics(settings, log)
        take_file(settings, log)
        take_file(settings, log)
        assert every_theme(log)[4:] == ("lighthouses",)
        assert log.ends(["themes"]) == {("themes", 0): 1}
        assert log.ends(["alerts.lighthouses"]) == {("alerts.lighthouses", 0): 0}
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            entry = '[[theme]]\nid = "standards"\nname = "S"\nabout = "Another meaning of what ships."\n'
            (made.folder / "themes.toml").write_text(entry, encoding="utf-8")
            take_file(settings, log)
            (made.folder / "themes.toml").write_text("no toml", encoding="utf-8")
            take_file(settings, log)
        assert "ships with themewire" in caplog.messages[0]
        assert "not valid TOML" in caplog.messages[1]
        assert every_theme(log)[4:] == ("lighthouses",)
    finally:
        log.close()
