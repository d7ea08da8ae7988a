"""Subscriptions are added, replaced, shown and removed."""


def test_subscriptions_are_added_replaced_shown_and_removed(themewire):
    line = ["subscriptions", "add", "me", "--webhook", "http://a.example/hook", "--theme"]
    themewire.does(*line, "standards")
    more = [
        *line,
        "standards",
        "--theme",
        "ip-disputes",
        "--secret",
        "env:HOOK",
        "--threshold",
        "0.5",
        "--related",
        "fold",
    ]
    assert "add --replace" in themewire(*more).failed()
    themewire.does(*more, "--replace")
    shown = themewire.does("subscriptions", "show", "me").json
    assert (shown["revision"], shown["themes"], shown["threshold"]) == (2, ["standards", "ip-disputes"], 0.5)
    assert shown["related"] == "fold"
    assert shown.pop("atom").startswith("/atom/subscription/me/")  # an address is a secret: one asks for it by name
    assert themewire.does("subscriptions", "list", "--json").json == [shown | {"last_delivery": None}]
    assert "me" in themewire.does("subscriptions", "list").out
    themewire.does("subscriptions", "remove", "me")
    assert themewire.does("subscriptions", "list", "--json").json == []
    assert "'me'" in themewire("subscriptions", "show", "me").failed()


def test_a_subscription_that_cannot_work_is_refused(themewire):
    hook = ["--webhook", "http://a.example/hook"]
    add = ["subscriptions", "add", "me", "--theme"]
    assert "cpu-inference" in themewire(*add, "cpu", *hook).failed()
    assert "'hide' is not one of" in themewire(*add, "standards", *hook, "--related", "hide").failed(2)
    assert "ftp://a" in themewire(*add, "standards", "--webhook", "ftp://a").failed()
    refused = themewire(*add, "standards", *hook, "--secret", "hunter2").failed()
    assert "hunter2" not in refused
