"""What a role of a process is made of, and what is wired the same way for every stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deploy.settings.locations import clock, index_path
from deploy.settings.model import Settings
from stream.engine.executor import Perform, RateLimit
from stream.engine.hooks import Alarm, Hooks
from stream.engine.stage import Longest, Stage
from stream.engine.worker import Worker
from stream.index.session import IndexSession
from stream.log.port import Log
from stream.log.topics import CANARY

__all__ = ["Role", "plain_role", "timers"]


@dataclass(frozen=True)
class Role:
    """All that a worker of one stage is made of; `close` gives back what its performers hold."""

    stage: Stage
    perform: Mapping[str, Perform]
    concurrency: int
    alarm: Callable[[Callable[[], None]], Alarm] | None
    close: Callable[[], None]
    rate_limit: RateLimit | None = None
    pause: float = 0.0
    longest: Longest = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The stage's."""
        return self.stage.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The stage's."""
        return self.stage.inputs

    def worker(self, settings: Settings, log: Log, hooks: Hooks, horizon: int | None) -> Worker:
        """A worker with a session of its own."""
        name, inputs = self.stage.name, self.stage.inputs
        session = IndexSession(log, index_path(settings), inputs) if name == "index" else log.session(name, inputs)
        performing = (self.perform, self.concurrency, self.alarm, self.rate_limit, self.pause)
        return Worker(self.stage, log, session, clock, hooks, *performing, horizon, self.longest)


def plain_role(stage: Stage) -> Role:
    """The role of a stage that asks for nothing to be performed."""
    return Role(stage, {}, 1, None, lambda: None)


def timers(longest: Longest) -> Longest:
    """The rows of canaries are a stage's own, under other names."""
    return {**longest, **{CANARY + table: limit for table, limit in longest.items()}}
