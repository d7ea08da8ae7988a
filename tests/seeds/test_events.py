"""The written events: what is learned from them hangs on reports in several languages."""

from collections import defaultdict

from seeds.events import load_events
from seeds.themes import load_themes


def test_each_event_is_of_one_theme_and_file_and_most_are_told_in_several_languages():
    events = defaultdict(list)
    for report in load_events():
        events[report.event].append(report)
    assert len(events) > 500
    assert {report.theme for reports in events.values() for report in reports} == {one.id for one in load_themes()}
    assert all(len({(one.theme, one.file) for one in reports}) == 1 for reports in events.values())
    assert sum(len({one.lang for one in reports}) > 1 for reports in events.values()) > len(events) / 2
