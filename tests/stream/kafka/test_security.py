"""Every way into a cluster that asks who one is, and what is said to those who do not get in."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from stream.kafka import KafkaLog, clients
from stream.kafka.security import Security
from stream.log.port import LogError
from stream.log.records import Out
from tests.secure_broker import SecureBroker, password_of
from tests.stream.backends import join, passing, read_all, take, topic
from tests.webserver import Web, answer, serve

pytestmark = pytest.mark.kafka


@pytest.fixture
def prefix(secure_broker: SecureBroker) -> str:
    """Topics under a prefix that nobody but an administrator may use."""
    return f"t{uuid.uuid4().hex[:8]}."


def unsecured(name: str) -> str:
    """A token as the broker of the tests takes it, without a signature."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": name, "iat": now, "exp": now + 3600})
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


def plain(broker: SecureBroker, folder: Path, web: Web) -> Security:
    return broker.security("admin")


def scram(broker: SecureBroker, folder: Path, web: Web) -> Security:
    with broker.admin() as admin:
        made = UserScramCredentialUpsertion("admin", ScramMechanism.SCRAM_SHA_512, "another secret", 4096)
        admin.alter_user_scram_credentials([made])
    return replace(broker.security("admin"), mechanism="SCRAM-SHA-512", password="another secret")


def mutual(broker: SecureBroker, folder: Path, web: Web) -> Security:
    return broker.mutually("admin")


def token_of_a_file(broker: SecureBroker, folder: Path, web: Web) -> Security:
    (folder / "token").write_text(unsecured("admin") + "\n")
    return Security("sasl_ssl", broker.ca_file, mechanism="OAUTHBEARER", token_file=folder / "token")


def token_of_a_server(broker: SecureBroker, folder: Path, web: Web) -> Security:
    token = {"access_token": unsecured("admin"), "token_type": "Bearer", "expires_in": 3600}
    web.answers["/token"] = answer(json.dumps(token).encode(), "Content-Type: application/json")
    return Security(
        "sasl_ssl", broker.ca_file, mechanism="OAUTHBEARER", username="me & you", password="s:cret",
        token_url=f"{web.base}/token", token_scope="kafka",
    )  # fmt: skip


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        yield web


@pytest.mark.parametrize("way", [plain, scram, mutual, token_of_a_file, token_of_a_server])
def test_producer_consumer_and_admin_come_in(way, secure_broker, prefix, tmp_path, web):
    security = way(secure_broker, tmp_path, web)
    servers = [f"127.0.0.1:{secure_broker.mutual}"] if way is mutual else secure_broker.bootstrap
    log = KafkaLog(servers, prefix=prefix, security=security)
    log.ensure([topic("in"), topic("out")])
    log.append([Out("in", "k", b"1")])
    session = log.session("s", ["in"])
    join(session)
    (record,) = take(session, 1)
    session.commit(passing(session, [record], [Out("out", "k", b"2")]))
    session.close()
    assert [r.value for r in read_all(log, "out")] == [b"2"]
    assert log.lag("s", ["in"]).records == 0
    log.close()
    if way is token_of_a_server:
        assert len(web.requests) == 1  # the token is used until it is about to expire
        user, _, secret = base64.b64decode((web.header("Authorization") or "").split()[1]).decode().partition(":")
        assert (user, secret) == ("me+%26+you", "s%3Acret")


WRONG = {
    "a wrong password": ({"password": "wrong"}, r"TLS is fine: check kafka\.username and kafka\.password"),
    "a mechanism that is off": ({"mechanism": "SCRAM-SHA-256"}, r"knows kafka\.mechanism SCRAM-SHA-256"),
    "no authority": ({"ca_file": None}, r"certificate is not trusted .*kafka\.ca_file"),
    "no TLS": ({"protocol": "plaintext", "ca_file": None}, r"whether it wants TLS or a user \(kafka\.security\)"),
}


@pytest.mark.parametrize(("change", "sentence"), WRONG.values(), ids=WRONG)
def test_who_does_not_get_in_is_told_what_to_check(secure_broker, monkeypatch, change, sentence):
    monkeypatch.setattr(clients, "BOOTSTRAP_MS", 1500)
    with pytest.raises(LogError, match=sentence) as caught:
        KafkaLog(secure_broker.bootstrap, security=replace(secure_broker.security("tag"), **change))
    assert password_of("tag") not in str(caught.value)


def test_what_cannot_be_read_is_named_before_anybody_is_asked(tmp_path):
    (tmp_path / "empty.pem").write_text("")
    for security, named in (
        (Security("ssl", ca_file=tmp_path / "none.pem"), r"kafka\.ca_file .*none\.pem"),
        (Security("ssl", ca_file=tmp_path / "empty.pem"), r"kafka\.ca_file .*PEM"),
        (Security("ssl", cert_file=tmp_path / "empty.pem"), r"kafka\.cert_file"),
    ):
        with pytest.raises(LogError, match=named):
            security.options()
    missing = Security("sasl_ssl", mechanism="OAUTHBEARER", token_file=tmp_path / "token")
    with pytest.raises(LogError, match=r"kafka\.token_file .*token cannot be read"):
        missing.options()["sasl_oauth_token_provider"].token()


def test_a_secret_is_in_no_representation():
    secret = Security("sasl_ssl", username="u", password="canary-1", key_password="canary-2")
    assert "canary" not in repr(secret)


def test_a_user_without_rights_is_told_which_command_lists_them(secure_broker, prefix):
    log = KafkaLog(secure_broker.bootstrap, prefix=prefix, security=secure_broker.security("nobody"))
    with pytest.raises(LogError, match="may not make it: run `themewire topics apply` as a user who may"):
        log.ensure([topic("in")])
    log.close()
