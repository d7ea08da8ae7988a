"""Encoders by name: loaded when first asked for, their versions, and vectors of texts that were seen before."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError

from classifiers.judging.encoders.kind import Encoder, EncoderError, TokenEncoder
from classifiers.judging.encoders.kinds import KINDS, kind_of

__all__ = ["Encoders", "encoder_version", "token_encoder"]


class Encoders:
    """The encoders by name, each loaded when it is first asked for; `more` are the caller's own."""

    def __init__(self, threads: int = 1, more: Mapping[str, Callable[[], Encoder]] | None = None) -> None:
        self._threads = threads
        self._more = more or {}
        self._loaded: dict[str, Encoder] = {}

    def get(self, name: str) -> Encoder:
        """Return the encoder of this name, loading it at need (under two seconds); raises `EncoderError`."""
        if name not in self._loaded:
            with _explained(name):
                self._loaded[name] = self._maker(name)()
        return self._loaded[name]

    def _maker(self, name: str) -> Callable[[], Encoder]:
        if name in self._more:
            return self._more[name]
        if (kind := kind_of(name)) is None:
            names = sorted({*self._more, *(kind.name for kind in KINDS)})
            raise EncoderError(f"There is no encoder {name!r}; choose from {', '.join(names)}.")
        return partial(kind.make, name, self._threads)


def encoder_version(name: str) -> str:
    """Return what tells an encoder's numbers from those of another version; raises `EncoderError`.

    Vectors of two versions cannot be compared, so a model is bound to those it was fitted on.
    """
    if (kind := kind_of(name)) is None:
        return ""  # an encoder of the caller's own
    with _explained(name):
        try:
            return kind.version(name)
        except PackageNotFoundError:
            return ""


def token_encoder(encoders: Encoders, names: Iterable[str]) -> TokenEncoder | None:
    """Return the first of these encoders that tells what it makes of each token; raises `EncoderError`."""
    return next((one for one in map(encoders.get, names) if isinstance(one, TokenEncoder)), None)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """What a missing package, file or network gives, as a sentence."""
    try:
        yield
    except (ImportError, OSError) as error:
        why = " ".join(str(error).split())
        kind = kind_of(name)
        hint = kind.install if kind and isinstance(error, ImportError) else "install it"
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded ({why}): {hint}, or set classify.encoder to 'characters' and "
            "train again."
        ) from error
