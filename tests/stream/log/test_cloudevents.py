"""The envelope, read back by the CloudEvents project's own library."""

from datetime import UTC, datetime

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from hypothesis import given
from hypothesis import strategies as st

from stream.log.cloudevents import event_id, headers


def test_the_headers_are_a_cloud_event_in_binary_mode() -> None:
    value = b'{"id": "a1", "seq": 0}'
    now = 1_790_000_000_123
    found = headers("alerts.cpu-inference", "story-1", value, now)
    event = from_binary_event(KafkaMessage(dict(found), "story-1", value))
    assert event.get_specversion() == "1.0"
    assert event.get_type() == "themewire.alerts.cpu-inference.v1"
    assert event.get_source() == "themewire"
    assert event.get_id() == event_id("alerts.cpu-inference", "story-1", value)
    assert event.get_time() == datetime.fromtimestamp(now / 1000, UTC)
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == {"id": "a1", "seq": 0}


def test_a_tombstone_has_no_content_type() -> None:
    assert "content-type" not in headers("feeds", "k", None, 0)
    assert event_id("feeds", "k", None) != event_id("feeds", "k", b"")


@given(st.lists(st.tuples(st.text(), st.text(), st.none() | st.binary()), unique=True, max_size=5))
def test_different_records_have_different_ids(records: list[tuple[str, str, bytes | None]]) -> None:
    assert len({event_id(*record) for record in records}) == len(records)
