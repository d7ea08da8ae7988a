"""An encoder from a model hub, the extra `hub`: static word vectors as model2vec publishes and distils them.

Named `hub:OWNER/NAME@REVISION`, fetched once into the hub's cache, or `hub:FOLDER` for one that is at hand.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["PREFIX", "Hub", "hub_version", "is_hub_name"]

PREFIX = "hub:"
_WEIGHTS, _FILES = "model.safetensors", ["model.safetensors", "tokenizer.json", "config.json", "modules.json"]
_REMOTE = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")


def is_hub_name(name: str) -> bool:
    """Whether the name is of this kind and can be no other model tomorrow: a folder, or a name at a full revision."""
    place = name.removeprefix(PREFIX)
    return place != name and (place.startswith(("/", "./", "../")) or _REMOTE.fullmatch(place) is not None)


def hub_version(name: str) -> str:
    """Return a hash of the model's weights, fetching the model if it is not here; raises `OSError`, `ImportError`."""
    with (_folder(name) / _WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


class Hub:
    """The mean of a text's word vectors; a text costs microseconds, and word order says nothing."""

    def __init__(self, name: str) -> None:
        from model2vec import StaticModel
        from safetensors import SafetensorError

        self.name = name
        try:
            self._model = StaticModel.from_pretrained(_folder(name), force_download=False)
        except (SafetensorError, KeyError, ValueError) as error:
            raise OSError(f"it is no model that model2vec reads: {error}") from error
        self.dim = int(self._model.dim)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`; a text of which no word is known has zeros."""
        rows = [self._model.encode([text], use_multiprocessing=False)[0] for text in texts]
        matrix = np.array(rows, dtype=np.float32).reshape(len(texts), self.dim)
        length = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
        return np.asarray(matrix / np.maximum(length, 1e-9), dtype=np.float32)


def _folder(name: str) -> Path:
    """Where the model's files are, fetched at need."""
    place = name.removeprefix(PREFIX)
    remote = _REMOTE.fullmatch(place)
    if remote is None:
        if not Path(place).is_dir():
            raise FileNotFoundError(f"there is no folder {place}")
        return Path(place)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(remote[1], revision=remote[2], allow_patterns=_FILES))
