"""What a channel asks to have back is kept by alert and subscription, and handed back to the same destination only."""

import msgspec

from stream.delivering.channels.registry import CHANNELS
from stream.delivering.receipts import KEPT
from stream.delivering.rows import RECEIPTS
from stream.delivering.stage import DeliverStage
from stream.log.records import Out, Record
from stream.records import Destination, Outbound, encode
from tests.stream.delivering.channels.service import serving
from tests.stream.delivering.channels.test_chats import Discord
from tests.stream.delivering.delivering import BEGIN, Course
from tests.stream.delivering.test_stage import answered, asked_for, subscribed
from tests.stream.fakes import SetClock
from tests.stream.stories.test_stages import Run, alert


def outbound(delivery: str, alert_id: str = "a", thread: str = "") -> Record:
    told = msgspec.structs.replace(alert(), id=alert_id)
    out = Outbound(delivery=delivery, subscription="s", revision=1, alert=told, why="w", at=100, thread=thread)
    return Record("outbox", 0, 0, "s", encode(out))


def sent(run: Run, record: Record, receipt: str, now: int = 200) -> tuple[str, str]:
    """What the channel was handed back, where it is taken with this receipt."""
    (request,) = run(record, now=now).requests
    run(answered(request, taken=True, status=200, receipt=receipt), now=now)
    return asked_for(request).receipt, asked_for(request).thread


def test_a_receipt_comes_back_with_the_next_message_on_the_alert_and_in_its_thread():
    run = Run(DeliverStage(CHANNELS), subscribed())
    assert sent(run, outbound("d1"), "m1") == ("", "")
    assert sent(run, outbound("d2"), "") == ("m1", "")  # one that gives none leaves it
    assert sent(run, outbound("d3"), "m3") == ("m1", "")
    assert sent(run, outbound("d4", "b", thread="a"), "m4") == ("", "m3")
    assert sent(run, outbound("d5", "b", thread="a"), "") == ("m4", "m3")
    assert sent(run, outbound("d6", "c"), "") == ("", "")


def test_another_destination_gets_none_and_the_same_with_another_secret_does():
    run = Run(DeliverStage(CHANNELS), subscribed())
    sent(run, outbound("d1"), "m1")
    run.views = subscribed(channel=Destination("webhook", "https://example.org/hook", {"secret": "env:NEW"}))
    assert sent(run, outbound("d2"), "") == ("m1", "")
    run.views = subscribed(channel=Destination("webhook", "https://example.org/other"))
    assert sent(run, outbound("d3"), "m3") == ("", "")
    assert sent(run, outbound("d4"), "") == ("m3", "")


def test_what_is_not_taken_gives_no_receipt():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (request,) = run(outbound("d1")).requests
    run(answered(request, receipt="m1"), now=200)
    assert list(run.rows.items(RECEIPTS.name)) == []


def test_it_is_forgotten_when_its_time_is_over():
    run = Run(DeliverStage(CHANNELS), subscribed())
    sent(run, outbound("d1"), "m1", now=200)
    assert run.rows.next_due() == 200 + KEPT
    run(*run.rows.due(200 + KEPT, 10), now=200 + KEPT)
    assert (list(run.rows.items(RECEIPTS.name)), run.rows.next_due()) == ([], None)


def test_an_update_edits_the_message_that_another_process_has_posted(tmp_path, monkeypatch):
    """Through the worker and the stream, with a restart between the two."""
    with serving(Discord()) as service:
        monkeypatch.setenv("HOOK", f"{service.base}/api/webhooks/1/hunter2?thread_id=7")
        run = Course(tmp_path, SetClock(BEGIN), kind="discord")
        try:
            run.subscribe("s", url="env:HOOK")
            run.send("s", 1)
            run.rest()
            run.restart()
            update = msgspec.structs.replace(alert(1, "update"), id="a1")
            out = Outbound(delivery="u", subscription="s", revision=1, alert=update, why="w", at=BEGIN)
            run.log.append([Out("outbox", "s", encode(out))])
            run.rest()
        finally:
            run.close()
        assert [(asked.method, asked.path.partition("?")[0]) for asked in service.got] == [
            ("POST", "/api/webhooks/1/hunter2"),
            ("PATCH", "/api/webhooks/1/hunter2/messages/1000"),
        ]
        assert len(service.takes.messages) == 1
