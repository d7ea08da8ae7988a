"""What is said of a topic that is not as it should be, and what may be set without losing a record."""

import re
from dataclasses import replace

import pytest

from stream.kafka.topic_config import Found, TopicDefaults, config_of, differences
from stream.log.topics import Topic
from stream.units import DAY

ITEMS = Topic("items", 12, "delete", 30 * DAY, "item id", "")
LABELS = Topic("labels", 12, "delete", None, "item id", "")
ALERTS = Topic("alerts.standards", 1, "delete", 365 * DAY, "story id", "", fixed=True)
TABLE = Topic("table.tag", 12, "compact", None, "row", "")
SET = TopicDefaults(3, 2, "zstd", 2_000_000)


def found(topic, defaults=SET, partitions=None, replicas=3, **config):
    """The topic as it would be if it had been made so, but for these."""
    made = {"max.message.bytes": "1048588", "min.insync.replicas": "1", **config_of(topic, defaults)}
    made |= {name.replace("_", "."): value for name, value in config.items()}
    return Found("id", partitions or topic.partitions, replicas, made)


def only(topic, there, defaults=SET):
    (difference,) = differences(topic.name, topic, there, defaults)
    return difference


@pytest.mark.parametrize("topic", [ITEMS, LABELS, ALERTS, TABLE], ids=lambda topic: topic.name)
@pytest.mark.parametrize("defaults", [SET, TopicDefaults()], ids=["set", "left"])
def test_a_topic_that_was_made_so_does_not_differ(topic, defaults):
    assert list(differences(topic.name, topic, found(topic, defaults), defaults)) == []


def test_what_is_better_than_asked_for_is_no_difference():
    there = found(ITEMS, retention_ms="-1", max_message_bytes="9000000")
    assert list(differences("items", ITEMS, there, SET)) == []


@pytest.mark.parametrize(
    ("topic", "config", "sentence"),
    [
        (ITEMS, {"retention_ms": str(DAY)}, "keeps records for 1 day and themewire counts on 30 days"),
        (LABELS, {"retention_ms": str(DAY)}, "keeps records for 1 day and themewire counts on ever"),
        (ITEMS, {"message_timestamp_type": "CreateTime"}, "clocks of those who write them"),
        (ITEMS, {"max_message_bytes": "100000"}, r"100,000 bytes .* 2,000,000, which go to the dead-letter"),
        (ITEMS, {"min_insync_replicas": "1"}, "instead of 2"),
        (ITEMS, {"compression_type": "producer"}, "instead of zstd"),
        (TABLE, {"cleanup_policy": "compact,delete"}, "would lose rows that nobody has deleted"),
        (TABLE, {"cleanup_policy": "delete"}, "would lose rows that nobody has deleted"),
        (ITEMS, {"cleanup_policy": "compact,delete"}, "would lose records whose key comes again"),
    ],
)  # fmt: skip
def test_what_loses_no_record_is_set_by_apply(topic, config, sentence):
    difference = only(topic, found(topic, **config))
    assert difference.safe
    assert "themewire topics apply" in difference.sentence
    assert re.search(sentence, difference.sentence)
    assert difference.wanted == config_of(topic, SET)[difference.what]


def test_what_could_lose_records_is_left_to_a_person():
    difference = only(ITEMS, found(ITEMS, cleanup_policy="compact"))
    assert (difference.safe, difference.fatal) == (False, True)


def test_partitions_are_never_added_and_the_sentence_helps():
    scaled, fixed = only(ITEMS, found(ITEMS, partitions=6)), only(ALERTS, found(ALERTS, partitions=3))
    assert "set stream.partitions to 6 if all topics have so many" in scaled.sentence
    assert "stream.partitions" not in fixed.sentence
    assert "it always has 1" in fixed.sentence
    assert all(each.fatal and not each.safe for each in (scaled, fixed))


def test_more_replicas_in_sync_than_there_are_means_that_nothing_can_be_written():
    difference = only(ITEMS, found(ITEMS, replicas=1))
    assert "nothing can be written" in difference.sentence
    assert not difference.safe


def test_what_the_settings_leave_to_the_brokers_is_only_as_large_as_records_need():
    left = TopicDefaults()
    assert only(ITEMS, found(ITEMS, left, max_message_bytes="500000"), left).wanted == "1000000"
    assert list(differences("items", ITEMS, found(ITEMS, left, min_insync_replicas="2", replicas=3), left)) == []


def test_what_is_left_is_not_set():
    assert set(config_of(ITEMS, TopicDefaults())) == {"cleanup.policy", "message.timestamp.type", "retention.ms"}
    assert config_of(ITEMS, replace(SET, compression="none")).get("compression.type") is None
