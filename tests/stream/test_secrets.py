"""A secret that is made at first use: once, whoever asks at the same time; `alerts/test_webhook.py` has references."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from stream.secrets import SecretMissing, kept_secret


def test_of_all_who_make_it_at_once_one_wins_and_nobody_sees_half_of_it(tmp_path):
    path, together = tmp_path / "data" / "links.key", threading.Barrier(16)

    def ask(_: int) -> str:
        together.wait()
        return kept_secret(path)

    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(ask, range(16)))
    assert len(found) == 1
    assert len(*found) >= 43  # 256 bits
    assert kept_secret(path) in found
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["links.key"]


def test_another_place_has_another_secret(tmp_path):
    assert kept_secret(tmp_path / "a") != kept_secret(tmp_path / "b")


def test_what_cannot_be_made_or_is_empty_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretMissing, match="cannot be made"):
        kept_secret(tmp_path / "file" / "links.key")
    with pytest.raises(SecretMissing, match="is empty"):
        kept_secret(tmp_path / "file")
