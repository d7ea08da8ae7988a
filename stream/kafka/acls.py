"""The rights that each role needs on a cluster with ACLs, from what it reads and writes; pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stream.kafka.changelog import changelog
from stream.kafka.own_topics import REGISTER, own_topics
from stream.log.access import Access, accesses
from stream.log.topics import STAGES, alerts_topic, all_topics

__all__ = ["APPLY", "Acl", "acls"]

EVERY_THEME = ("",)  # themes of one's own come at any time, so the right is one to all topics whose names begin so
ALERTS = alerts_topic("")
PEOPLES = ("commands", "web")  # what people do, who look at every group, and make themes
APPLY = "topics"  # who runs `topics apply`, beside the roles that `stream.log.access` declares


@dataclass(frozen=True, slots=True)
class Acl:
    """One right: `operations` on the resource of this name, or on all whose names begin so."""

    role: str
    resource: Literal["topic", "group", "transactional-id"]
    name: str
    operations: tuple[str, ...]
    prefixed: bool = False


def acls(full: Callable[[str], str]) -> list[Acl]:
    """All of them; `full` makes a name of the cluster of ours."""
    known = [topic.name for topic in (*all_topics(EVERY_THEME, 1), *own_topics(1))]
    found = [acl for access in accesses(EVERY_THEME) for acl in _of_role(access, known, full)]
    makes = ("Create", "Describe", "DescribeConfigs", "AlterConfigs")
    found += [_of_topic(APPLY, name, _also(makes, name), full) for name in known]
    # an input that is made anew is read from its beginning
    found += [_of_topic(APPLY, name, ("Read",), full) for name in known if name != REGISTER.name]
    found += [Acl(APPLY, "group", full(f"themewire-{stage}"), ("Read",)) for stage in STAGES if stage != "index"]
    return [*found, _transactions(APPLY, "append", full)]


def _of_topic(role: str, name: str, operations: tuple[str, ...], full: Callable[[str], str]) -> Acl:
    return Acl(role, "topic", full(name), operations, prefixed=name == ALERTS)


def _also(operations: tuple[str, ...], name: str) -> tuple[str, ...]:
    return (*operations, "Read", "Write") if name == REGISTER.name else operations


def _of_role(access: Access, known: Sequence[str], full: Callable[[str], str]) -> Iterator[Acl]:
    """Every role sees which topics there are, and how they are set: it compares them when it starts."""
    role, own = access.role, {changelog(access.role)} if access.inputs else set()
    tables = {name for name in known if name.startswith(changelog(""))} if role in PEOPLES else own
    reads = access.inputs | access.reads | tables | {REGISTER.name}
    makes = {ALERTS} if role in PEOPLES else set()  # a theme of one's own is saved once its topic is there
    writes = access.writes | own | ({REGISTER.name} if makes else set())
    for name in known:
        needs: Mapping[str, Collection[str]] = {
            "Create": makes,
            "Read": reads,
            "Write": writes,
            "Describe": known,
            "DescribeConfigs": known,
        }
        yield _of_topic(role, name, tuple(operation for operation, names in needs.items() if name in names), full)
    if access.inputs:
        yield Acl(role, "group", full(f"themewire-{role}"), ("Read",))
        yield _transactions(role, role, full)
    elif role in PEOPLES:
        for stage in (stage for stage in STAGES if stage != "index"):
            yield Acl(role, "group", full(f"themewire-{stage}"), ("Describe",))
    yield _transactions(role, "append", full)


def _transactions(role: str, of: str, full: Callable[[str], str]) -> Acl:
    return Acl(role, "transactional-id", full(f"themewire-{of}-"), ("Describe", "Write"), prefixed=True)
