"""The channel of chats, by the library itself, against a receiver on loopback."""

import json
import sys

import pytest
import requests

from stream.delivering.channels.apprise import AppriseSender
from stream.delivering.channels.channel import ChannelContext
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.records import Destination
from tests.stream.delivering.channels.test_webhook import Receiver
from tests.stream.delivering.test_message import LINKS, OWN, out, told


@pytest.fixture
def receiver(request):
    made = Receiver(*getattr(request, "param", [(200, {})]))
    yield made
    made.close()


def send(reference: str = "env:CHAT", steps=None, **of) -> DeliveryResponse:
    report = (lambda _: None) if steps is None else steps.append
    sender = AppriseSender(ChannelContext(lambda: 0, deadline=10, links=lambda _: LINKS, report=report))
    try:
        return sender.send(DeliveryRequest(Destination("apprise", reference), out(**of)))
    finally:
        sender.close()


def address(receiver: Receiver) -> str:
    return receiver.url.replace("http:", "json:")


def test_the_words_arrive_as_plain_text(receiver, monkeypatch):
    monkeypatch.setenv("CHAT", address(receiver))
    steps: list[str] = []
    said = send(steps=steps)
    assert (said.taken, said.message, steps) == (True, "taken", ["reference: env:CHAT is set"])
    ((_, body),) = receiver.got
    told_ = json.loads(body)
    assert told_["title"] == "[standards] ISO committee votes on storage"
    assert "Source: Wire https://wire.example/1" in told_["message"]
    assert f"Mute this subscription: {OWN['mute']}" in told_["message"]
    assert "env:CHAT" not in body.decode()


def test_what_a_chat_takes_for_markup_is_none(receiver, monkeypatch):
    monkeypatch.setenv("CHAT", address(receiver))
    title = "@everyone <!channel> [free](https://evil.example) https://a.example/?[x](y) `run`"
    sources = told().sources[:1]
    assert send(alert=told(title=title, url="https://a.example/@who", sources=sources)).taken
    told_ = json.loads(receiver.got[0][1])
    for text in (told_["title"], told_["message"]):
        assert not set("<>`") & set(text)
        assert "](" not in text
        assert "@everyone" not in text
    assert "https://a.example/@who" in told_["message"]


@pytest.mark.parametrize("receiver", [[(500, {}), (200, {})]], indirect=True)
def test_what_the_service_refuses_is_not_taken_and_comes_again(receiver, tmp_path):
    (tmp_path / "chat").write_text(address(receiver) + "\n")
    first = send(f"file:{tmp_path / 'chat'}")
    assert (first.taken, first.gone) == (False, False)
    assert f"behind file:{tmp_path / 'chat'} did not take it" in first.message
    assert send(f"file:{tmp_path / 'chat'}").taken


@pytest.mark.parametrize("text", ["hunter2", "nothing://hunter2", "json://"])
def test_a_reference_to_no_address_is_an_answer_that_does_not_repeat_it(monkeypatch, text):
    monkeypatch.setenv("CHAT", text)
    said = send()
    assert (said.taken, "env:CHAT holds is no address" in said.message) == (False, True)
    assert "hunter2" not in said.message


def test_a_reference_that_leads_nowhere_and_an_address_itself_are_answers(monkeypatch):
    monkeypatch.delenv("CHAT", raising=False)
    assert "env:CHAT cannot be read" in send().message
    assert "hunter2" not in send("json://hunter2").message


def test_without_the_extra_the_sentence_says_how_to_add_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert "pip install 'themewire[apprise]'" in send().message


@pytest.mark.parametrize(("address", "key"), [("gchat://w/k/t", "a1"), ("gchat://w/k/t?thread=own", "own")])
def test_a_chat_that_has_threads_by_key_is_given_the_key(address, key, monkeypatch):
    """Google Chat's service is on the internet: what would have been posted is looked at, where Apprise posts it."""
    posted = []

    def post(*_, **of):
        posted.append((of.get("params"), json.loads(of["data"])))
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setenv("CHAT", address)
    assert not send(thread="a1").taken
    ((params, body),) = posted
    assert body["thread"] == {"thread_key": key}
    assert params["messageReplyOption"] == "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
