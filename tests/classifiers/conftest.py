"""The real encoders, loaded once for all tests of this room, and a model made with the cheap one."""

import pytest

from classifiers.judging.classify import Classifier
from classifiers.judging.encoders import Encoders
from classifiers.judging.language import Languages
from classifiers.judging.model import Model
from classifiers.learning.train import train
from tests.classifiers.samples import OPERATING_POINT, THEMES, examples


@pytest.fixture(scope="session")
def encoders() -> Encoders:
    return Encoders()


@pytest.fixture(scope="session")
def languages() -> Languages:
    return Languages()


@pytest.fixture(scope="session")
def model(encoders: Encoders) -> Model:
    return train(examples(), THEMES, "usem3", encoders=encoders, operating_point=OPERATING_POINT)


@pytest.fixture(scope="session")
def cascade(encoders: Encoders) -> Model:
    return train(examples(), THEMES, "cascade", encoders=encoders, operating_point=OPERATING_POINT)


@pytest.fixture(scope="session")
def classifier(model: Model, encoders: Encoders, languages: Languages) -> Classifier:
    return Classifier(model, encoders, languages)
