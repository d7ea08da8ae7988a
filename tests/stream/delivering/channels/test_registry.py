"""What holds for every channel, the next one too."""

import pytest

from stream.delivering.channels.channel import ChannelContext
from stream.delivering.channels.registry import CHANNELS, UnknownChannel, channel_of
from stream.records import Destination
from stream.subscriptions.fields import field_options

OWN = {"replace", "revision", "config", "stream", "data", "must-alert", "must-not-alert", "name"}


def test_no_two_options_of_the_command_line_have_one_name():
    flags = [option.flag.removeprefix("--") for option in field_options()]
    flags += CHANNELS
    options = {(name, option) for channel in CHANNELS.values() for name, option in channel.options.items()}
    flags += [name for name, _ in options]  # several channels may share one
    assert len({*flags, *OWN}) == len(flags) + len(OWN)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_each_says_what_it_is(channel):
    assert channel.about.startswith("## ")
    fields = channel.settings.model_fields.values() if channel.settings else ()
    assert all(field.description for field in fields)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_none_takes_an_address_that_is_empty_or_an_option_that_it_does_not_have(channel):
    for destination in (Destination(channel.kind, ""), Destination(channel.kind, "env:A", {"no such": "option"})):
        with pytest.raises(ValueError, match=channel.kind):
            channel.check_destination(destination)


def test_one_that_is_not_there_is_a_sentence():
    with pytest.raises(UnknownChannel, match="no channel 'pigeon'; there are: webhook, mail, pagerduty"):
        channel_of("pigeon")


def warnings(kind: str, address: str, **options: str) -> list[str]:
    channel = CHANNELS[kind]
    settings = channel.settings() if channel.settings else None
    return list(channel.warnings_of(Destination(kind, address, options), ChannelContext(lambda: 0, settings)))


def test_what_would_keep_deliveries_away_is_warned_about(monkeypatch):
    monkeypatch.setenv("THERE", "x")
    monkeypatch.delenv("GONE", raising=False)
    assert warnings("webhook", "https://a.example/", secret="env:THERE") == []
    assert "env:GONE cannot be read" in warnings("webhook", "https://a.example/", secret="env:THERE,env:GONE")[0]
    for address in ("http://10.0.0.1/", "http://localhost/", "http://[::1]/"):
        assert "is not public" in warnings("webhook", address)[0]
    assert "mail.host" in warnings("mail", "a@x.example")[0]
    assert "env:GONE cannot be read" in warnings("apprise", "env:GONE")[0]
