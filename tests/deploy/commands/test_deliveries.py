"""What was given up can be seen and sent again; it arrives once the receiver has healed."""

import msgspec
import pytest

from deploy.running.wiring import stage_role
from deploy.settings.model import Settings
from stream.delivering.channels.registry import CHANNELS
from stream.delivering.request import DeliveryRequest
from stream.delivering.stage import GIVE_UP_AFTER
from stream.engine.stage import Request
from stream.log.records import Out
from stream.records import Delivery, Destination, Outbound, encode
from stream.sqlite import SqliteLog
from tests.deploy.command import Command
from tests.stream.stories.test_stages import alert
from tests.webserver import answer, serve

OUTBOUND = Outbound(delivery="d1", subscription="team", revision=1, alert=alert(), why="w", at=1)
FAILED = Delivery(
    delivery="d1", subscription="team", alert="a", seq=0, attempt=9, outcome="failed", status=500, message="no", at=2
)  # fmt: skip


def test_what_was_given_up_is_sent_again_under_its_own_id(themewire):
    local = Command(themewire.data, {**themewire.settings, "fetch.allow_networks": '["127.0.0.0/8"]'})
    with serve() as web:
        web.answers["/hook"] = answer(status="204 No Content")
        local.does("subscriptions", "add", "team", "--theme", "standards", "--webhook", f"{web.base}/hook")
        log = SqliteLog(local.data / "stream.db")
        given_up = msgspec.structs.replace(FAILED, outcome="given up", at=GIVE_UP_AFTER, attempt=10)
        other = msgspec.structs.replace(FAILED, delivery="d2")
        log.append([Out("outbox", "team", encode(OUTBOUND))])
        log.append([Out("deliveries", "team", encode(each)) for each in (FAILED, other, given_up)])
        log.close()
        assert [row["delivery"] for row in local.does("deliveries", "list", "--json").lines] == ["d2", "d1"]
        (shown,) = local.does("deliveries", "list", "--given-up", "--json").lines
        assert (shown["delivery"], shown["attempt"], shown["message"]) == ("d1", 10, "no")
        assert (shown["theme"], shown["title"]) == ("t", OUTBOUND.alert.title)
        assert f"team  t  {OUTBOUND.alert.title}  d1" in local.does("deliveries", "list", "--given-up").out
        assert "was given up" in local("deliveries", "again", "d2").failed()
        local.does("deliveries", "again", "d1")
        local.does("run", "deliver", "--once")
        assert "d1" in {web.header("webhook-id", number) for number in range(len(web.requests))}
    assert local.does("deliveries", "list", "--given-up").out == ""


@pytest.mark.parametrize(("concurrency", "width"), [(1, 1), (3, 1), (8, 2), (40, 10)])
def test_a_receiver_has_a_quarter_of_what_is_delivered_at_once(concurrency, width):
    settings = Settings.model_validate({"deliver": {"concurrency": concurrency}})
    role = stage_role("deliver", settings)
    assert (role.concurrency, role.rate_limit.concurrency, role.stage.stage.width) == (concurrency, width, width)
    lanes = {
        ("webhook", "https://A.example/x?y"): "a.example",
        ("webhook", "https://a.example:444/"): "a.example:444",
        ("mail", "a@a.example"): "mail",
        ("apprise", "env:CHAT"): "apprise env:CHAT",
        ("slack", "env:CHAT"): "slack env:CHAT",
    }
    for (kind, address), lane in lanes.items():
        body = msgspec.json.encode(DeliveryRequest(Destination(kind, address), OUTBOUND))
        assert role.rate_limit.key_of(Request("d1/1", kind, body)) == lane
        assert role.rate_limit.rate_of(Request("d1/1", kind, body)) == CHANNELS[kind].rate
    role.close()
