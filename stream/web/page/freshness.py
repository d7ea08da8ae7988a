"""Whether what is shown is all that there is: the stream may be out of reach, and the index behind it."""

from stream.log import topics
from stream.log.port import Log, LogError
from stream.sqlite.database import Database

__all__ = ["staleness"]

TOPICS = (topics.FEEDS, topics.POLLS, topics.TAGGED)  # by which one can tell, whatever themes there are
BEHIND = 500  # records: less is what comes while one looks


def staleness(stream: Log, index: Database) -> str:
    """Return a sentence where the index does not show how things are now, else nothing."""
    read = {
        (topic, partition): offset
        for topic, partition, offset in index.read("SELECT topic, partition, next_offset FROM position")
    }
    try:
        ends = stream.ends(TOPICS)
    except LogError as error:
        return f"The stream cannot be reached, so this is what was known before: {error}"
    missing = sum(max(0, end - read.get(at, 0)) for at, end in ends.items())
    if missing < BEHIND:
        return ""
    return f"The index is being brought up to date, with {missing:,} records to go: until then not everything is shown."
