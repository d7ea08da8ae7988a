"""Some of the statements that ship, for tests that train: enough, and quickly learnt."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

__all__ = ["write_statements"]


def write_statements(folder: Path, chosen: Mapping[str, str]) -> Path:
    """Writes, for each language, the statements whose ids begin with this pattern, and returns the folder."""
    folder.mkdir(exist_ok=True)
    for lang, pattern in chosen.items():
        rows = files("seeds").joinpath("statements", f"{lang}.jsonl").read_text(encoding="utf-8").splitlines(True)
        own = [row for row in rows if re.match(pattern, json.loads(row)["id"])]
        assert own, (lang, pattern)
        (folder / f"{lang}.jsonl").write_text("".join(own), encoding="utf-8")
    return folder
