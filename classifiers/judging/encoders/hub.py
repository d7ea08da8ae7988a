"""An encoder from a model hub, the extra `hub`: static word vectors as model2vec publishes and distils them.

Named `hub:OWNER/NAME@REVISION`, fetched once into the hub's cache, or `hub:FOLDER` for one that is at hand.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classifiers.judging.encoders.kind import Kind, Vectors

__all__ = ["KIND", "PREFIX", "Hub"]

PREFIX = "hub:"
_WEIGHTS, _FILES = "model.safetensors", ["model.safetensors", "tokenizer.json", "config.json", "modules.json"]
_REMOTE = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")


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

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`; a text of which no word is known has zeros."""
        rows = [self._model.encode([text], use_multiprocessing=False)[0] for text in texts]
        matrix = np.array(rows, dtype=np.float32).reshape(len(texts), self.dim)
        length = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
        return np.asarray(matrix / np.maximum(length, 1e-9), dtype=np.float32)


def _folder(name: str) -> Path:
    """Where the model's files are, fetched at need."""
    repository = name.removeprefix(PREFIX)
    remote = _REMOTE.fullmatch(repository)
    if remote is None:
        if not Path(repository).is_dir():
            raise FileNotFoundError(f"there is no folder {repository}")
        return Path(repository)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(remote[1], revision=remote[2], allow_patterns=_FILES))


def _version(name: str) -> str:
    """A hash of the model's weights, which are fetched where they are not here."""
    with (_folder(name) / _WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _problem(name: str) -> str:
    """A name can be no other model tomorrow: it is a folder, or a model at a full revision."""
    repository = name.removeprefix(PREFIX)
    if repository.startswith(("/", "./", "../")) or _REMOTE.fullmatch(repository):
        return ""
    return "a model of a hub is hub:OWNER/NAME@REVISION with all 40 digits of the revision, or hub:/FOLDER"


KIND = Kind(
    name=PREFIX,
    make=lambda name, _: Hub(name),
    version=_version,
    module="model2vec",
    install="install themewire[hub]",
    problem=_problem,
)
