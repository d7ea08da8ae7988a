"""Which of the trained models serves."""

from collections.abc import Mapping

from stream.records import ModelRecord, decode

__all__ = ["promoted"]


def promoted(models: Mapping[str, bytes]) -> list[ModelRecord]:
    """The models, the one that was promoted last first."""
    found = [decode(value, ModelRecord) for value in models.values()]
    return sorted(found, key=lambda model: (model.promoted_at, model.id), reverse=True)
