"""Whether what is shown is all that there is: the stream may be out of reach, the index behind it, a stage idle."""

from stream.log import topics
from stream.log.port import Log, LogError
from stream.sqlite.database import Database
from stream.web.page.workbench import Workbench

__all__ = ["staleness", "troubles"]

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


def troubles(bench: Workbench) -> list[tuple[str, str]]:
    """Return why nothing may come: what is wrong, by its name and a sentence. It asks every stage how far it is."""
    try:
        state = bench.state()
    except LogError:
        return []  # which `staleness` says
    stages = [(f"Stage {stage.name}", stage.why) for stage in state.stages if stage.why]
    return [*stages, *((fact.name, fact.sentence) for fact in state.facts if fact.bad)]
