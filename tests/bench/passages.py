"""What reading items to their end costs, by their length: `python -m tests.bench.passages FOLDER`.

The entries of the feed files in a folder are judged with the model that ships: their opening alone, as a budget of one
passage has it, and with the budget of the setting or of `--passages`. Times are of the processor, one thread.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from threadpoolctl import threadpool_limits

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.encoders import Encoders
from classifiers.judging.language import Languages
from classifiers.judging.model import from_bytes
from classifiers.judging.passages import MOST, cut
from classifiers.judging.text import Text
from classifiers.labels.collected import Labels
from deploy.running.training import make_trainer
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from tests.bench.judging import entries

__all__ = ["rows"]

LENGTHS = (0, 220, 500, 1000, 2000, 4000, 8000, 20_001)


def rows(texts: Sequence[Text], most: int) -> Iterator[str]:
    """A table, line by line; the last line is of all items."""
    record = make_trainer(Settings()).train(Labels((), {}), None, [], clock(), lambda _: None)
    model, encoders, languages = from_bytes(record.data), Encoders(), Languages()
    before, after = (Classifier(model, encoders, languages, passages) for passages in (1, most))
    with threadpool_limits(limits=1):
        before.judge([Text("What is read first loads the encoders", "with a sentence")])
        judged = [(text, *_timed(before, text), *_timed(after, text)) for text in texts]
    yield f"{'characters':>12}{'items':>8}{'passages':>10}{'opening ms':>12}{'all ms':>9}{'other':>8}{'partial':>9}"
    for least, below in [*pairwise(LENGTHS), (0, LENGTHS[-1])]:
        own = [row for row in judged if least <= len(row[0].text or row[0].summary) < below]
        if own:
            yield (
                f"{f'{least}-{below - 1}':>12}{len(own):8}"
                f"{sum(len(cut(row[0], most).passages) for row in own) / len(own):10.1f}"
                f"{sum(row[2] for row in own) / len(own):12.1f}{sum(row[4] for row in own) / len(own):9.1f}"
                f"{sum(row[1].tags != row[3].tags for row in own):8}{sum(row[3].partial for row in own):9}"
            )


def _timed(classifier: Classifier, text: Text) -> tuple[Judgement, float]:
    """The judgement, and the processor's milliseconds that it took."""
    began = time.process_time()
    (judgement,) = classifier.judge([text], reasons=False, token_vectors=False)
    return judgement, 1000 * (time.process_time() - began)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.passages", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=MOST)
    asked = parser.parse_args()
    for row in rows(entries(asked.folder), asked.passages):
        print(row, flush=True)


if __name__ == "__main__":
    main()
