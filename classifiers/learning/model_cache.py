"""Models that were made before, each found by its training hash: the one that ships, and those in the user's cache."""

import logging
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from classifiers.judging.model import ModelError, from_bytes, model_id, weights_hash
from stream.records import ModelRecord, NewerVersion, decode, encode

__all__ = ["MODEL_FILE", "cache_model", "cached_model", "shipped_model"]

log = logging.getLogger(__name__)
MODEL_FILE = "model.json"


def cached_model(training_hash: str, folder: Path | None) -> ModelRecord | None:
    """Return the model of this training hash, the shipped one or one in the folder; None where it has to be made."""
    if (ships := shipped_model()) is not None and ships.training_hash == training_hash:
        return ships
    try:
        data = _cache_path(folder, training_hash).read_bytes() if folder else b""
    except OSError:
        return None
    record = _verified(data)
    return record if record and record.training_hash == training_hash else None


def cache_model(record: ModelRecord, folder: Path | None) -> None:
    """Writes the model to the folder, whole or not at all; a cache that cannot be written costs only time."""
    if folder is None:
        return
    path = _cache_path(folder, record.training_hash)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(encode(record))
        part.replace(path)
    except OSError as error:
        log.warning("the model is not cached for the next start: %s", error)


@cache
def shipped_model() -> ModelRecord | None:
    """Return the model that ships; None, with an error in the log, where its hashes do not match."""
    try:
        data = files("classifiers.artefacts").joinpath(MODEL_FILE).read_bytes()
    except OSError as error:
        log.error("the model that ships cannot be read: %s", error)
        return None
    record = _verified(data)
    if record is None:
        log.error("the model that ships is damaged: install themewire again")
    return record


def _cache_path(folder: Path, training_hash: str) -> Path:
    """The model that ships stands for the code: another way of training makes another one, and a cache of its own."""
    ships = shipped_model()
    return folder / f"{training_hash[:32]}-{ships.id if ships else 'none'}.json"


def _verified(data: bytes) -> ModelRecord | None:
    """The record, if its content is what its own hashes say."""
    try:
        record = decode(data, ModelRecord)
        model = from_bytes(record.data)
    except (msgspec.MsgspecError, NewerVersion, ModelError):
        return None
    hashes = (record.id, record.weights_hash, record.training_hash)
    return record if hashes == (model_id(model), weights_hash(model), model.training_hash) else None
