"""The topics: what is read together has the same partitions, and everything that is named is declared once."""

import pytest

from classifiers.serving import Serving
from classifiers.stage import TagStage
from collectors.deciding.documents import DocumentRules
from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.feed.interval import PollIntervals
from collectors.stage import CollectStage
from stream.delivering.channels.registry import CHANNELS
from stream.delivering.stage import DeliverStage
from stream.engine.stage import Stage
from stream.index.stage import IndexStage
from stream.log.topics import STAGES, alerts_topic, all_topics, partition_of
from stream.matching.stage import MatchStage
from stream.ops.canary.isolated import WithCanary
from stream.stories.stage import StoryStage
from tests.stream.stories.words import extractor

THEMES = ("a", "b")
TOPICS = {topic.name: topic for topic in all_topics(THEMES, 5)}
GROUPS: tuple[Stage, ...] = (
    CollectStage(PollIntervals(900, 60, 3600), DocumentRules(FloodLimits(1, 1)), 1, 1),
    TagStage(Serving()),
    StoryStage(extractor),
    MatchStage(THEMES),
    DeliverStage(CHANNELS),
)
WITH_CANARIES = tuple(WithCanary(stage, stage) for stage in GROUPS)


@pytest.mark.parametrize("stage", WITH_CANARIES, ids=lambda stage: stage.name)
def test_the_inputs_of_a_stage_have_the_same_number_of_partitions(stage):
    assert len({TOPICS[name].partitions for name in stage.inputs}) == 1


@pytest.mark.parametrize("stage", [*WITH_CANARIES, IndexStage(THEMES)], ids=lambda stage: stage.name)
def test_what_a_stage_reads_is_declared_and_its_views_are_compacted(stage):
    assert set(stage.inputs) <= set(TOPICS)
    assert all(TOPICS[view].policy == "compact" for view in stage.views)


def test_every_stage_is_named_once():
    assert tuple(stage.name for stage in (*GROUPS, IndexStage(THEMES))) == STAGES


def test_a_topic_is_declared_once_and_says_what_it_is():
    assert len(TOPICS) == len(all_topics(THEMES, 5))
    assert all(topic.key and topic.about.endswith(".") for topic in TOPICS.values())


def test_what_is_compacted_or_said_by_people_is_kept_for_ever():
    kept = {name for name, topic in TOPICS.items() if topic.retention is None}
    assert kept == {
        *("feeds", "hosts", "models", "subscriptions", "addresses", "themes", "labels", "mutes"),
        *("canary.feeds", "canary.subscriptions"),
    }


def test_each_theme_has_a_topic_of_one_partition_so_that_its_alerts_have_one_order():
    assert {TOPICS[alerts_topic(theme)].partitions for theme in THEMES} == {1}


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("abc", 479470107),
    ],
)
def test_a_key_has_the_partition_that_java_clients_give_it(key, hashed):
    assert partition_of(key, 1 << 31) == hashed & 0x7FFFFFFF
    assert partition_of(key, 7) == (hashed & 0x7FFFFFFF) % 7
