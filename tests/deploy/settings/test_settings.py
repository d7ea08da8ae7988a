from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest
from pydantic import ValidationError

from classifiers.build.artefacts import ENCODER
from deploy.running.training import make_trainer
from deploy.settings.loading import load_settings, setting_names
from deploy.settings.model import Settings, SettingsError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "themewire.toml"
    path.write_text(text, encoding="utf-8")
    return path


def sentence(environ: dict[str, str] | None = None, config: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(config, environ or {}, {})
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_options_weigh_more_than_the_environment_and_that_more_than_the_file(tmp_path):
    config = written(tmp_path, "[stream]\nurl = 'file'\n[fetch]\ndeadline = 1\ninterval = 1\n[log]\nlevel = 'error'")
    environ = {"THEMEWIRE_STREAM__URL": "environment", "THEMEWIRE_FETCH__DEADLINE": "2"}
    settings = load_settings(config, environ, {"stream": {"url": "option"}})
    assert settings.stream.url == "option"
    assert settings.fetch.deadline == 2
    assert settings.fetch.interval == 1
    assert settings.log.level == "error"
    assert settings.fetch.host_gap == Settings().fetch.host_gap


def test_without_anything_the_stream_is_a_file_in_the_data_folder(tmp_path):
    settings = load_settings(None, {"THEMEWIRE_DATA__DIR": str(tmp_path)}, {})
    assert settings.stream_url == f"sqlite:///{tmp_path}/stream.db"


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        load_settings(None, {}, {}).fetch.deadline = 3  # type: ignore[misc]


def test_a_file_may_hold_a_value(tmp_path):
    (tmp_path / "token").write_text("secret\n")
    assert (
        load_settings(None, {"THEMEWIRE_WEB__TOKEN_FILE": str(tmp_path / "token")}, {}).web.token.get_secret_value()
        == "secret"
    )


def test_a_file_that_is_not_there_is_named():
    assert "/nowhere/token" in sentence({"THEMEWIRE_WEB__TOKEN_FILE": "/nowhere/token"})


def test_a_secret_is_not_shown_and_not_repeated():
    settings = load_settings(None, {"THEMEWIRE_WEB__TOKEN": "hunter2"}, {})
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_secret_of_the_wrong_type_is_not_repeated():
    said = sentence({"THEMEWIRE_WEB__TOKEN": '["hunter2"]'})
    assert "web.token" in said
    assert "hunter2" not in said


def test_a_secret_that_could_be_guessed_is_refused_and_not_repeated():
    said = sentence({"THEMEWIRE_WEB__LINKS_SECRET": "hunter2"})
    assert "web.links_secret" in said
    assert "hunter2" not in said


def test_a_password_of_the_wrong_type_is_not_repeated():
    assert "hunter2" not in sentence({"THEMEWIRE_MAIL__PASSWORD": '["hunter2"]'})
    assert "hunter2" not in sentence({"THEMEWIRE_MAIL__PASSWORD": "hunter2", "THEMEWIRE_MAIL__TLS": "none"})


def test_a_setting_that_is_a_file_is_its_name_and_not_what_it_holds(tmp_path):
    environ = {"THEMEWIRE_MAIL__CA_FILE": "/etc/ours.pem", "THEMEWIRE_DELIVER__CA_FILE": str(tmp_path)}
    settings = load_settings(None, environ, {})
    assert (settings.mail.ca_file, settings.deliver.ca_file) == (Path("/etc/ours.pem"), tmp_path)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_mail_goes_in_the_clear_on_loopback(host):
    settings = load_settings(None, {"THEMEWIRE_MAIL__HOST": host, "THEMEWIRE_MAIL__TLS": "none"}, {})
    assert (settings.mail.host, settings.mail.tls) == (host, "none")


@pytest.mark.parametrize("host", ["mail.example", "127.evil.example", "localhost.evil.example", "10.0.0.1"])
def test_mail_goes_in_the_clear_nowhere_else(host):
    assert "only allowed to a server on loopback" in sentence(
        {"THEMEWIRE_MAIL__HOST": host, "THEMEWIRE_MAIL__TLS": "none"}
    )


def test_networks_are_a_json_list():
    settings = load_settings(None, {"THEMEWIRE_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8", "::1/128"]'}, {})
    assert settings.fetch.allow_networks == (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FETCH__DEADLNE", "3", "fetch.deadlne: did you mean fetch.deadline?"),
        ("FETCHH__DEADLINE", "3", "did you mean fetch"),
        ("FETCH__DEADLINE", "soon", "fetch.deadline"),
        ("FETCH__DEADLINE", "-1", "fetch.deadline"),
        ("FETCH__ALLOW_NETWORKS", "[127", "not a valid JSON list"),
        ("FETCH__ALLOW_NETWORKS", '["nonsense"]', "fetch.allow_networks"),
        ("STREAM__PARTITIONS", "0", "stream.partitions"),
        ("WEB__LISTEN", "here", "web.listen"),
        ("WEB__URL", "themewire.example", "web.url"),
        ("WEB__URL", "https://themewire.example/?a=b", "web.url"),
        ("LOG__FORMAT", "xml", "log.format"),
        ("MAIL__TLS", "none", "setting mail.tls: mail without TLS is only allowed to a server on loopback"),
        ("MAIL__SENDER", "themewire", "mail.sender: 'themewire' is no mail address"),
        ("MAIL__SENDER", "a@x.example,b@x.example", "must be a single address"),
        ("MAIL__PORT", "99999", "mail.port"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(name, value, says):
    assert says in sentence({f"THEMEWIRE_{name}": value})


@pytest.mark.parametrize("text", ["[fetch", "fetch = 3", "[fetch]\ndeadline = 'soon'", "[fetch]\nnothing = 1"])
def test_a_wrong_file_is_one_sentence(tmp_path, text):
    assert "fetch" in sentence(config=written(tmp_path, text)) or "TOML" in sentence(config=written(tmp_path, text))


def test_a_file_that_is_not_text_is_one_sentence(tmp_path):
    path = tmp_path / "themewire.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not valid TOML" in sentence(config=path)


def test_a_missing_file_is_named(tmp_path):
    assert str(tmp_path / "none.toml") in sentence(config=tmp_path / "none.toml")


def test_other_variables_are_nobodys_settings():
    assert load_settings(None, {"THEMEWIRE_CHILD": "1", "PATH": "/bin", "FETCH__DEADLINE": "x"}, {}) == Settings()


def test_every_setting_says_what_it_is():
    assert all(field.description for _, field in setting_names())


def test_what_ships_is_made_for_the_default_encoder():
    assert Settings().classify.encoder == ENCODER


def test_shares_of_themes_are_learned_or_given(tmp_path):
    assert load_settings(None, {"THEMEWIRE_CLASSIFY__SHARE": "learned"}, {}).classify.share == {}
    assert load_settings(None, {"THEMEWIRE_CLASSIFY__SHARE": '{"standards": 0.01}'}, {}).classify.share == {
        "standards": 0.01
    }
    config = written(tmp_path, "[classify]\nshare = {standards = 0.01}")
    assert make_trainer(load_settings(config, {}, {})).shares == {"standards": 0.01}
    assert "setting classify.share.standards" in sentence({"THEMEWIRE_CLASSIFY__SHARE": '{"standards": 2}'})
    assert "shares by theme" in sentence({"THEMEWIRE_CLASSIFY__SHARE": "often"})
