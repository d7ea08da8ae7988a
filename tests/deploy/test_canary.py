"""Where canaries go: to exactly our own address, and from here only where the settings have it so."""

import urllib.request
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import msgspec
import pytest

from collectors.poll_result import PollFailed, PollRequest
from deploy.running.canary import fetch_own, is_own, post_own, start_canary
from deploy.running.wiring import role, stage_role
from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings, SettingsError
from seeds.canary import load_canary
from seeds.themes import load_themes
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.engine.stage import Request
from stream.records import Destination, Feed, Outbound, Subscription, decode
from stream.themes.saved import shipped_themes
from tests.stream.backends import read_all

OWN = Settings.model_validate({"canary": {"listen": "127.0.0.1:8099"}})


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8099/p/feed", True),
        ("http://127.0.0.1:8098/p/feed", False),
        ("http://127.0.0.1/p/feed", False),
        ("https://127.0.0.1:8099/p/feed", False),
        ("http://127.0.0.2:8099/p/feed", False),
        ("http://localhost:8099/p/feed", False),
        ("http://user@127.0.0.1:8099@example.org/", False),
        ("http://example.org:8099/", False),
        ("ftp://127.0.0.1:8099/", False),
        ("nothing", False),
    ],
)
def test_only_host_and_port_of_the_setting_are_ours(url, own):
    assert is_own(OWN, url) is own
    assert not is_own(Settings(), url)  # port 0 is nobody's


def parcel(url: str) -> Request:
    out = Outbound(delivery="d", subscription="s", revision=1, why="w", at=1)
    return Request(
        "canary.d/1", "canary.webhook", msgspec.json.encode(DeliveryRequest(Destination("webhook", url), out))
    )


def order(url: str) -> Request:
    return Request("canary.f/1", "canary.poll", msgspec.msgpack.encode(PollRequest(url)))


def test_what_leads_elsewhere_is_refused_and_never_performed_and_the_log_says_so(caplog):
    def perform(request):
        raise AssertionError("performed")

    polled = msgspec.msgpack.decode(fetch_own(OWN, perform)(order("http://127.0.0.1:1/")), type=PollFailed)
    assert (polled.kind, "canary.listen" in polled.message) == ("blocked", True)
    posted = msgspec.json.decode(post_own(OWN, perform)(parcel("http://127.0.0.1:1/")), type=DeliveryResponse)
    assert (posted.taken, posted.status, "canary.listen" in posted.message) == (False, 0, True)
    assert caplog.text.count("canary.listen") == 2


@pytest.fixture
def site():
    """A site on loopback that answers all that comes with an empty feed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_role_reaches_our_own_address_for_canaries_and_for_nothing_else(site):
    """The guard refuses loopback to every feed and webhook of the world, also while canaries go there."""
    settings = Settings.model_validate({"canary": {"listen": site}})
    collect, deliver = stage_role("collect", settings), stage_role("deliver", settings)
    try:
        answers = {kind: collect.perform[kind](order(f"http://{site}/")) for kind in ("canary.poll", "poll")}
        assert msgspec.msgpack.decode(answers["canary.poll"])["type"] == "document"
        assert msgspec.msgpack.decode(answers["poll"], type=PollFailed).kind == "blocked"
        posts = {kind: deliver.perform[kind](parcel(f"http://{site}/")) for kind in ("canary.webhook", "webhook")}
        assert msgspec.json.decode(posts["canary.webhook"], type=DeliveryResponse).taken
        assert "not public" in msgspec.json.decode(posts["webhook"], type=DeliveryResponse).message
    finally:
        collect.close()
        deliver.close()


SHIPPED = shipped_themes()


@pytest.mark.parametrize("name", ["collect", "tag", "story", "match", "deliver"])
def test_every_stage_on_the_way_takes_canaries(name):
    made = role(name, Settings())
    assert any(topic.startswith("canary.") for topic in made.inputs)
    made.close()


def started(tmp_path, together=True, themes=SHIPPED, **stated):
    """What is on the stream, the settings, and the metrics, when canaries have begun or have not."""
    made = {"web": {"listen": "127.0.0.1:1"}, "data": {"dir": tmp_path}, **stated}
    settings = Settings.model_validate(made)
    stream = open_log(settings)
    try:
        ensure_topics(settings, stream)
        with ExitStack() as stack:
            after, collectors = start_canary(stack, settings, stream, themes, together)
            if collectors:
                with urllib.request.urlopen(wish_of(stream, after).url, timeout=20) as answer:
                    assert answer.status == 200
        return read_all(stream, "canary.feeds"), after, collectors
    finally:
        stream.close()


def wish_of(stream, settings) -> Feed:
    """The feed that is wished for by who serves at this address, as soon as it is."""
    reader = stream.reader(["canary.feeds"])
    try:
        while True:
            for record in reader.poll(10.0):
                if is_own(settings, (wish := decode(record.value, Feed)).url):
                    return wish
    finally:
        reader.close()


def test_where_all_roles_are_together_any_free_port_does_and_the_settings_say_which(tmp_path):
    wishes, settings, [registry] = started(tmp_path)
    assert is_own(settings, decode(wishes[0].value, Feed).url)
    for theme in load_themes():
        assert registry.get_sample_value("themewire_canary_published_total", {"theme": theme.id}) == 1


@pytest.mark.parametrize(
    ("together", "stated"),
    [
        (True, {"canary": {"interval": 0}}),
        (True, {"web": {"listen": ""}}),  # nobody could read the metrics
        (False, {}),  # nobody could be told the port
        (True, {"canary": {"listen": "192.0.2.1:8099"}}),  # another machine's
    ],
)
def test_where_there_is_no_canary_there_are_no_metrics_of_one(tmp_path, together, stated):
    wishes, settings, collectors = started(tmp_path, together, **stated)
    assert (wishes, list(collectors)) == ([], [])
    assert settings.canary == Settings.model_validate(stated).canary


def test_a_port_that_is_taken_is_one_sentence(tmp_path, site):
    with pytest.raises(SettingsError, match=r"cannot listen on .*canary\.listen"):
        started(tmp_path, canary={"listen": site})


def test_its_subscription_and_its_feed_keep_their_name_over_restarts(tmp_path):
    started(tmp_path)
    settings = Settings.model_validate({"data": {"dir": tmp_path}})
    started(tmp_path)
    stream = open_log(settings)
    wishes = [decode(record.value, Subscription) for record in read_all(stream, "canary.subscriptions")]
    feeds = {record.key for record in read_all(stream, "canary.feeds")}
    stream.close()
    assert len(wishes) == 2
    assert {wish.id for wish in wishes} == feeds
    assert len(feeds) == 1
    assert wishes[0].revision < wishes[1].revision


OWN_CANARY = '[[canary]]\ntheme = "tides"\nlang = "en"\ntitle = "High water"\nsummary = "At noon."\n'


def test_a_theme_of_ones_own_has_a_canary_once_it_has_words_for_it(tmp_path, caplog):
    themes = (*SHIPPED, "tides")
    caplog.set_level("INFO")
    _, _, [registry] = started(tmp_path, themes=themes)
    assert registry.get_sample_value("themewire_canary_published_total", {"theme": "tides"}) is None
    assert "canary.toml" in caplog.text
    (tmp_path / "canary.toml").write_text(OWN_CANARY, encoding="utf-8")
    _, _, [registry] = started(tmp_path, themes=themes)
    assert registry.get_sample_value("themewire_canary_published_total", {"theme": "tides"}) == 1
    assert registry.get_sample_value("themewire_canary_published_total", {"theme": "standards"}) == 1
    (tmp_path / "canary.toml").write_text("[[canary]]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="canary 1 needs 'theme'"):
        started(tmp_path)


def test_each_theme_that_ships_has_several_texts_in_several_languages():
    texts = load_canary()
    assert set(texts) == {theme.id for theme in load_themes()}
    assert all(len({text.lang for text in of}) >= 3 for of in texts.values())
