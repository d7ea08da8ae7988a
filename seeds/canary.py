"""What canaries say: by theme, texts that take turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seeds import package_text, parse_rows, text_of

__all__ = ["CanaryText", "load_canary", "parse_canary"]


@dataclass(frozen=True, slots=True)
class CanaryText:
    """A plain case of a theme."""

    lang: str
    title: str
    summary: str


def load_canary(path: Path | None = None) -> Mapping[str, Sequence[CanaryText]]:
    """Return by theme the texts that ship, or those of the user's own file, which replace a theme's.

    Raises ValueError, one sentence, if a file cannot be read or is wrong.
    """
    texts = parse_canary(package_text("canary.toml"), "canary.toml")
    if path is None:
        return texts
    try:
        own = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"The canary file {path} cannot be read: {error}.") from error
    return {**texts, **parse_canary(own, str(path))}


def parse_canary(text: str, source: str) -> Mapping[str, Sequence[CanaryText]]:
    """Return by theme the texts of a TOML text with `[[canary]]` entries; raises ValueError, one sentence."""
    texts: dict[str, list[CanaryText]] = {}
    for number, row in enumerate(parse_rows(text, source, "canary"), start=1):
        theme, *fields = (
            text_of(row, field, f"{source}, canary {number}") for field in ("theme", "lang", "title", "summary")
        )
        texts.setdefault(theme, []).append(CanaryText(*fields))
    return texts
