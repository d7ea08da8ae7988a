"""The role `train`."""

from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.running.retraining import Retrainer, learn_apart, train_apart
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.ops.metrics import Metrics

__all__ = ["TrainRole"]


@dataclass(frozen=True)
class TrainRole:
    """The trainer, which is no stage: it reads all labels whenever it trains, and passes none."""

    name: str = "train"
    inputs: tuple[str, ...] = ()

    def worker(self, settings: Settings, log: Log, hooks: Metrics, horizon: int | None) -> Retrainer:
        """What looks whether to train."""
        return Retrainer(settings, log, lambda: datetime.now(UTC), hooks, train_apart, learn_apart)

    def close(self) -> None:
        """Holds nothing."""
