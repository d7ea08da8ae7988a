"""Where links lead and what signs them, by the settings."""

import pytest

from deploy.running.feedback_links import key_of, links_of, public_url
from deploy.settings.model import Settings, SettingsError
from stream.delivering.feedback import ticket_of
from stream.records import Outbound
from tests.stream.delivering.test_feedback import TOLD

OUT = Outbound(delivery="d", subscription="team", revision=1, alert=TOLD, why="w", at=1)


def settings(tmp_path, **web: str) -> Settings:
    return Settings.model_validate({"data": {"dir": tmp_path}, "web": web})


@pytest.mark.parametrize(
    ("web", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"listen": "[::1]:9000"}, "http://[::1]:9000"),
        ({"listen": "0.0.0.0:8080"}, ""),
        ({"listen": "[::]:8080"}, ""),
        ({"listen": "127.0.0.1:0"}, ""),
        ({"listen": ""}, ""),
        ({"listen": "0.0.0.0:8080", "url": "https://themewire.example/"}, "https://themewire.example"),
        ({"listen": "", "url": "https://example.org/themewire"}, "https://example.org/themewire"),
    ],
)
def test_the_address_is_the_one_that_is_given_or_the_one_listened_on(tmp_path, web, url):
    assert public_url(settings(tmp_path, **web)) == url


def test_without_an_address_there_are_no_links_and_no_key_is_made(tmp_path):
    assert links_of(settings(tmp_path, listen=""))(OUT) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_the_one_that_is_given_or_one_that_is_kept(tmp_path):
    given = settings(tmp_path, links_secret="sixteen letters!")
    assert key_of(given) == b"sixteen letters!"
    made = key_of(settings(tmp_path))
    assert made == key_of(settings(tmp_path))
    assert (tmp_path / "links.key").read_bytes().strip() == made
    for its, key in ((given, b"sixteen letters!"), (settings(tmp_path), made)):
        token = links_of(its)(OUT)[TOLD.id]["right"].rpartition("/")[2]
        assert ticket_of(token, key, 1).subscription == "team"


def test_a_key_that_cannot_be_kept_is_one_sentence_that_names_the_setting(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"set web\.links_secret"):
        links_of(settings(tmp_path / "file"))
