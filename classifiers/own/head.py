"""The head of a theme of one's own: one line through the vectors of two encoders; as bytes it carries its own hash."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.judging.centring import shipped_centring
from classifiers.judging.encoders import Vectors, encoder_version
from classifiers.judging.features import DECIMALS
from classifiers.judging.model import ModelError, short

__all__ = ["NEVER", "ThemeHead", "head_bytes", "head_id", "probability", "read_head", "theme_features"]

NEVER = 2.0  # a threshold that no probability reaches
_MAGIC = b"themewire-theme-1\n"
_DIGEST_BYTES = 32


class ThemeHead(msgspec.Struct, frozen=True, eq=False):
    """probability = sigmoid(weights · features + bias), calibrated; features are those of `theme_features`.

    From `tag_at` on an item is tagged, from `alert_at` on surely. `means` are, by encoder, what is taken away of a
    language that has no mean of its own.
    """

    encoders: tuple[str, ...]
    means: dict[str, NDArray[np.float32]]
    weights: NDArray[np.float32]  # (dim,)
    bias: float
    tag_at: float
    alert_at: float
    versions: dict[str, str]


def theme_features(
    names: Sequence[str],
    vectors: Mapping[str, Vectors],
    langs: Sequence[str],
    means: Mapping[str, NDArray[np.floating[Any]]],
) -> NDArray[np.float64]:
    """Return the vectors side by side, each without its language's mean and made length 1.

    Few examples are in few languages: without the centring the first thing to be learnt is which.
    """
    parts = []
    for name in names:
        known = shipped_centring().encoders[name][0] if name in shipped_centring().encoders else {}
        rows = _unit(vectors[name].astype(np.float64))
        parts.append(_unit(rows - np.array([known.get(lang, means[name]) for lang in langs]).reshape(rows.shape)))
    return np.hstack(parts)


def probability(head: ThemeHead, row: NDArray[np.float64]) -> float:
    """Return the probability of one text, rounded."""
    score = float(head.weights.astype(np.float64) @ row) + head.bias
    return round(float(1 / (1 + np.exp(-np.clip(score, -30, 30)))), DECIMALS)


def head_bytes(head: ThemeHead) -> bytes:
    """Return the head as bytes: the same for the same head."""
    body = msgspec.msgpack.encode(head, enc_hook=_to_parts, order="deterministic")
    return _MAGIC + hashlib.sha256(body).digest() + body


def head_id(data: bytes) -> str:
    """Return a name made of the head's content."""
    return "t-" + hashlib.sha256(data).hexdigest()[:16]


def read_head(data: bytes) -> ThemeHead:
    """Return the head that `head_bytes` wrote; raises `ModelError` for anything else, and for other encoders."""
    digest, body = data[len(_MAGIC) :][:_DIGEST_BYTES], data[len(_MAGIC) + _DIGEST_BYTES :]
    if not data.startswith(_MAGIC) or hashlib.sha256(body).digest() != digest:
        raise ModelError("The bytes are no head of a theme, or were damaged: `themewire train` makes it again.")
    try:
        head = msgspec.msgpack.decode(body, type=ThemeHead, dec_hook=_from_parts)
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise ModelError(f"The theme's head cannot be read: {error}.") from error
    if set(head.means) != set(head.encoders) or head.weights.shape != (sum(map(len, head.means.values())),):
        raise ModelError("The theme's head cannot be read: its arrays do not fit together.")
    if others := [name for name in head.encoders if encoder_version(name) != head.versions.get(name)]:
        raise ModelError(f"The theme's head is of another version of {others[0]}: `themewire train` makes it again.")
    return head


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    made: NDArray[np.float64] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return made


def _to_parts(value: Any) -> Any:  # noqa: ANN401  (msgspec's hooks are untyped)
    if isinstance(value, np.ndarray):
        return short(value).astype("<f2").tobytes()
    raise TypeError(f"a head holds no {type(value).__name__}")


def _from_parts(kind: type, data: Any) -> Any:  # noqa: ANN401
    return np.frombuffer(data, dtype="<f2").astype(np.float32)
