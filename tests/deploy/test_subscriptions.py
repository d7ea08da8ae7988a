"""Operators subscribe to events of health as people subscribe to themes."""

ADD = ["subscriptions", "add", "ops", "--webhook", "http://a.example/hook"]


def test_an_operator_subscribes_to_events(themewire):
    themewire.does(*ADD, "--event", "feed failing", "--event", "feed silent")
    shown = themewire.does("subscriptions", "show", "ops").json
    assert (shown["themes"], shown["events"]) == ([], ["feed failing", "feed silent"])
    assert "event feed silent" in themewire.does("subscriptions", "list").out
    themewire.does(*ADD, "--event", "all", "--theme", "standards")
    assert themewire.does("subscriptions", "show", "ops").json["events"] == ["all"]


def test_an_event_that_is_not_known_is_refused_with_those_that_are(themewire):
    said = themewire(*ADD, "--event", "feed dead").failed()
    assert "'feed dead'" in said
    assert "feed silent" in said


def test_a_subscription_to_nothing_is_wrong_usage(themewire):
    assert "--event" in themewire(*ADD).failed(2)
