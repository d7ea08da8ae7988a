"""The topics that there are on Kafka only: the tables of each stage, and the register of what was made."""

from stream.kafka.changelog import changelog
from stream.log.topics import STAGES, Topic

__all__ = ["REGISTER", "changelog_topic", "own_topics"]

REGISTER = Topic(
    "topics",
    1,
    "compact",
    None,
    "topic",
    "The topics that were made, with their ids, so that one that is deleted is noticed.",
    fixed=True,
)


def changelog_topic(stage: str, partitions: int, fixed: bool = False) -> Topic:
    """The topic with the tables of a stage that has so many partitions."""
    about = f"The rows of the tables of the stage {stage}, each in the partition of its task."
    return Topic(changelog(stage), partitions, "compact", None, "table and key", about, fixed)


def own_topics(partitions: int) -> tuple[Topic, ...]:
    """All of them, where `stream.partitions` is so many; the index keeps its rows elsewhere."""
    stages = [stage for stage in STAGES if stage not in ("index", "match")]
    return (REGISTER, *(changelog_topic(stage, partitions) for stage in stages), changelog_topic("match", 1, True))
