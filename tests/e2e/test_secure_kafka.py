"""Every role is a process and a user of its own on a cluster with TLS, SASL and ACLs; `make soak` kills each."""

import pytest

from tests.e2e.kills import GROWTH, WINDOW, done, look_at_every_token
from tests.e2e.secure import ROLES, roles_apart
from tests.ledger import Ledger

VIEWS = ("/", "/items", "/label", "/label/review", "/label/train", "/sources", "/subscriptions", "/themes", "/system")
DECIDING = ("collect", "tag", "story", "match")
pytestmark = pytest.mark.kafka


def come_through(roles, kills) -> None:
    """kill -9 of each of these roles in turn, and its start, while the feed grows; then everything has come once."""
    place = roles.place
    roles.start(*ROLES)
    for number, role in enumerate(kills):
        least = place.ledger.most * number // len(kills) * 9 // 10
        place.seen.wait(lambda seen, least=least: len(seen.records["items"]) > least, roles.alive)
        roles.kill(role)
        roles.start(role)
    place.seen.wait(lambda seen: done(place, seen), roles.alive)
    lags = place.command.does("lag", "--json").lines
    assert {line["role"]: line["records"] for line in lags} == dict.fromkeys(ROLES[:-1], 0)
    balances = {role: roles.lost(role) for role in DECIDING}
    assert all(balances.values()), balances
    assert not [lost for of in balances.values() for lost in of.values() if lost], balances
    for view in VIEWS:
        assert "<main" in roles.shown("web", view)
    roles.shown("web", "/subscriptions/mute", name="ledger", days="1", back="/subscriptions")
    assert "muted until" in roles.shown("web", "/subscriptions?name=ledger").lower()
    assert [run.terminate(90) for run in roles.runs.values()] == [0] * len(ROLES)
    look_at_every_token(place)
    for role in ROLES:
        assert "Traceback" not in roles.said(role)
        assert "secret" not in roles.said(role)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_rights_that_are_listed_for_each_role_are_enough(tmp_path, secure_broker, cache):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=4 * GROWTH)
    with roles_apart(tmp_path, secure_broker, cache, ledger, "site-a.") as roles:
        come_through(roles, kills=())
        examined = {
            role: {line["check"]: line["text"] for line in roles.commands[role]("doctor", "--json").lines if line["ok"]}
            for role in ("commands", "match")
        }
        roles.commands["commands"].does(
            "themes", "add", "export-controls", "--about", "Export controls on chips: licences and entity lists."
        )
    assert [found["rights"] for found in examined.values()] == [
        "this user has the rights of train, index, commands",
        "this user has the rights of match",
    ]


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_each_role_is_killed_three_times_and_nothing_is_lost_or_repeated(tmp_path, secure_broker, cache):
    ledger = Ledger(window=WINDOW, per_poll=GROWTH, most=600)
    with roles_apart(tmp_path, secure_broker, cache, ledger, "site-b.") as roles:
        come_through(roles, kills=[*ROLES] * 3)
