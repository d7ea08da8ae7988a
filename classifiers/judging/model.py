"""A trained model: arrays, thresholds and names, nothing that could run; as bytes it carries its own hash."""

import hashlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.errors import ThemewireError

__all__ = ["MAX_BYTES", "Head", "Model", "ModelError", "from_bytes", "model_id", "short", "to_bytes", "weights_hash"]

MAX_BYTES = 650_000  # of a record on `models`, before it is encoded
_MAGIC = b"themewire-model-4\n"
_DIGEST_BYTES = 32


class ModelError(ThemewireError):
    """Bytes are no model that this version can use; the sentence says why."""


class Head(msgspec.Struct, frozen=True, eq=False):
    """One level of a model: what its encoders' vectors say of each theme.

    probability = sigmoid(weights · expanded + bias), calibrated; features are each encoder's vector minus its `mean`,
    made length 1, and expanded they have beside them the products of their coordinates on `axes`. A probability of
    `tag_at` or more tags, and one under `alert_at` is unsure of that; so is a certainty (`features.certainty`) under
    `sure_at`, or where nothing is tagged under `none_at`. likeness = the largest of
    cascade_weights · vectors + cascade_bias: where it is negative the next level is not asked, nor where every
    probability is under `worth_at`; under `unlike_under` it is none beyond doubt. A text whose features have a cosine
    under `near_enough` with every one of `centres` is far from all that was seen. The two-dimensional arrays are
    `short`, for the model's size.
    """

    encoders: tuple[str, ...]
    mean: NDArray[np.float32]  # (dim,)
    axes: NDArray[np.float32]  # (k, dim)
    weights: NDArray[np.float32]  # (themes, dim + k (k + 1) / 2)
    bias: NDArray[np.float32]  # (themes,)
    tag_at: tuple[float, ...]
    alert_at: tuple[float, ...]
    sure_at: float
    none_at: float
    # in bytes under their first names, on which ids of models depend
    cascade_weights: NDArray[np.float32] = msgspec.field(name="gate_weights")  # (themes, dim)
    cascade_bias: NDArray[np.float32] = msgspec.field(name="gate_bias")  # (themes,)
    unlike_under: float
    centres: NDArray[np.float32]  # (n, dim)
    near_enough: float
    worth_at: float = 0.0


class Model(msgspec.Struct, frozen=True, eq=False):
    """Levels from cheap to costly, the themes and languages they judge, and what they were made from."""

    themes: tuple[str, ...]
    languages: tuple[str, ...]
    heads: tuple[Head, ...]
    training_hash: str
    versions: dict[str, str]


def short(array: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return the numbers as half precision holds them: what is kept of a matrix is what is judged with."""
    return array.astype(np.float16).astype(np.float32)


def to_bytes(model: Model) -> bytes:
    """Return the model as bytes, the same for the same model; raises `ModelError` if they are more than `MAX_BYTES`."""
    body = msgspec.msgpack.encode(model, enc_hook=_array_to_parts, order="deterministic")
    data = _MAGIC + hashlib.sha256(body).digest() + body
    if len(data) > MAX_BYTES:
        raise ModelError(f"The model has {len(data)} bytes and a model may have {MAX_BYTES}: use fewer themes.")
    return data


def from_bytes(data: bytes) -> Model:
    """Return the model that `to_bytes` wrote; raises `ModelError` for anything else, one changed bit included."""
    if not data.startswith(_MAGIC):
        raise ModelError("The bytes are no model of this version of themewire: train again, or upgrade.")
    digest, body = data[len(_MAGIC) :][:_DIGEST_BYTES], data[len(_MAGIC) + _DIGEST_BYTES :]
    if hashlib.sha256(body).digest() != digest:
        raise ModelError("The model's bytes do not match their hash: they were damaged or changed.")
    try:
        model = msgspec.msgpack.decode(body, type=Model, dec_hook=_parts_to_array)
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise ModelError(f"The model cannot be read: {error}.") from error
    _check(model)
    return model


def model_id(model: Model) -> str:
    """Return the model's name, made from its content."""
    return "m-" + hashlib.sha256(to_bytes(model)).hexdigest()[:16]


def weights_hash(model: Model) -> str:
    """Return a hash of weights and thresholds, rounded, so that the last bits of another machine do not count."""
    digest = hashlib.sha256()
    for head in model.heads:
        limits = np.array([*head.tag_at, *head.alert_at, head.sure_at, head.none_at, head.worth_at])
        for array in (head.weights, head.bias, limits):
            rounded = np.round(array.astype(np.float64), 2) + 0.0  # no negative zero
            digest.update(rounded.tobytes())
    return digest.hexdigest()


def _check(model: Model) -> None:
    themes = len(model.themes)
    for head in model.heads:
        dim = head.mean.shape[0] if head.mean.ndim == 1 else -1
        fits = (
            head.axes.ndim == 2
            and head.axes.shape[1] == dim
            and head.weights.shape == (themes, dim + len(head.axes) * (len(head.axes) + 1) // 2)
            and head.bias.shape == (themes,)
            and head.cascade_weights.shape == (themes, dim)
            and head.cascade_bias.shape == (themes,)
            and head.centres.ndim == 2
            and head.centres.shape[1] == dim
            and len(head.tag_at) == len(head.alert_at) == themes
        )
        arrays = (head.mean, head.axes, head.weights, head.bias, head.cascade_weights, head.cascade_bias, head.centres)
        if not fits or not all(np.isfinite(array).all() for array in arrays):
            raise ModelError("The model cannot be read: its arrays do not fit together.")
    if not model.heads:
        raise ModelError("The model cannot be read: it has no weights.")


def _array_to_parts(value: Any) -> Any:  # noqa: ANN401  (msgspec's hooks are untyped)
    if isinstance(value, np.ndarray):
        return [list(value.shape), value.astype(_kind(value.ndim)).tobytes()]
    raise TypeError(f"a model holds no {type(value).__name__}")


def _parts_to_array(kind: type, parts: Any) -> Any:  # noqa: ANN401
    shape, data = parts
    return np.frombuffer(data, dtype=_kind(len(shape))).reshape(shape).astype(np.float32)


def _kind(dimensions: int) -> str:
    return "<f2" if dimensions == 2 else "<f4"
