"""Which of the trained models serves."""

from collections.abc import Iterable, Mapping

import msgspec

from stream.records import ModelRecord, NewerVersion, decode

__all__ = ["Models", "promoted"]


def promoted(records: Iterable[ModelRecord]) -> list[ModelRecord]:
    """Return the models that may serve, the one that was promoted last first."""
    serving = [model for model in records if model.promoted_at]
    return sorted(serving, key=lambda model: (model.promoted_at, model.id), reverse=True)


class Models:
    """The global table `models`, each record read once; what cannot be read is kept with the reason."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[bytes, ModelRecord | str]] = {}

    def update(self, rows: Mapping[str, bytes]) -> None:
        """Takes the table as it is now."""
        before = self._read
        self._read = {
            key: before[key] if key in before and before[key][0] is value else (value, _read(value))
            for key, value in rows.items()
        }

    @property
    def records(self) -> list[ModelRecord]:
        """The models that could be read, by id."""
        return [model for _, (_, model) in sorted(self._read.items()) if not isinstance(model, str)]

    @property
    def unreadable(self) -> dict[str, str]:
        """Why each of the others could not be read, by key."""
        return {key: why for key, (_, why) in sorted(self._read.items()) if isinstance(why, str)}


def _read(value: bytes) -> ModelRecord | str:
    try:
        return decode(value, ModelRecord)
    except (NewerVersion, msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error)
