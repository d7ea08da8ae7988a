import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.judging.model import Model, ModelError, from_bytes, model_id, to_bytes, weights_hash


def test_bytes_and_back(cascade: Model):
    data = to_bytes(cascade)
    again = from_bytes(data)
    assert to_bytes(again) == data
    assert again.themes == cascade.themes
    assert again.languages == ("de", "en", "es", "fi", "fr", "ja")
    for one, other in zip(again.heads, cascade.heads, strict=True):
        assert np.array_equal(one.weights, other.weights)
        assert one.tag_at == other.tag_at
    assert model_id(again) == model_id(cascade)
    assert weights_hash(again) == weights_hash(cascade)


@given(st.data())
def test_changed_bytes_are_refused(model: Model, data):
    good = to_bytes(model)
    at = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ModelError):
        from_bytes(bytes(bad))


@pytest.mark.parametrize("data", [b"", b"themewire-model-1\n", b"themewire-model-2\n" + bytes(64), b"\x80\x04."])
def test_other_bytes_are_refused(data):
    with pytest.raises(ModelError, match=r"\.$"):
        from_bytes(data)


def test_a_model_whose_arrays_do_not_fit_is_refused(model: Model):
    head = msgspec.structs.replace(model.heads[0], bias=np.zeros(5, dtype=np.float32))
    with pytest.raises(ModelError, match="do not fit"):
        from_bytes(to_bytes(msgspec.structs.replace(model, heads=(head,))))


def test_a_model_that_is_too_large_is_not_written(model: Model):
    head = msgspec.structs.replace(model.heads[0], centres=np.zeros((800, 512), dtype=np.float32))
    with pytest.raises(ModelError, match="650000"):
        to_bytes(msgspec.structs.replace(model, heads=(head,)))
