"""A model for programs."""

from stream.records import ModelRecord

__all__ = ["model_row"]


def model_row(model: ModelRecord, serving: ModelRecord | None) -> dict[str, object]:
    """What `models list --json` says of a model; the names are a contract."""
    return {
        "id": model.id,
        "serving": serving is not None and model.id == serving.id,
        "promoted_at": model.promoted_at or None,
        "trained_at": model.trained_at or None,
        "note": model.note,
        "training_hash": model.training_hash,
        "weights_hash": model.weights_hash,
        "bytes": len(model.data),
        "examples": model.examples,
        "labels": model.labels,
    }
