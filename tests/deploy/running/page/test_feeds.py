"""Feeds on the page, on a real stream and from a site on loopback."""

import ipaddress
import socket
import threading

import pytest

from deploy.running.feed_address import feed_at
from deploy.running.first_day import feed_id
from deploy.running.page.feeds import AT_ONCE, feed_desk
from deploy.settings.fetching import FetchSettings
from deploy.settings.model import Settings
from stream.index.reading import OpenIndex
from stream.log.topics import all_topics
from stream.sqlite import SqliteLog
from stream.web.access import RequestRefused
from stream.web.feeds_api import FeedsApi
from tests.deploy.commands.documents import HTML, page, rss
from tests.webserver import Web, answer, serve

OPML = b"""<opml version="2.0"><body>
<outline title="One" xmlUrl="https://one.example/feed"/><outline xmlUrl="https://user:secret@two.example/"/>
<outline xmlUrl="https://three.example/feed"/></body></opml>"""


@pytest.fixture
def web():
    with serve() as web:
        yield web


@pytest.fixture
def log(tmp_path):
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure(all_topics(("t",), 2))
    yield made
    made.close()


def feeds_of(log, tmp_path):
    return FeedsApi(log, OpenIndex(tmp_path / "index.db"), feed_at)


@pytest.fixture
def desk(log, tmp_path):
    networks = (ipaddress.ip_network("127.0.0.0/8"),)
    return feed_desk(Settings(fetch=FetchSettings(allow_networks=networks)), feeds_of(log, tmp_path))


def test_the_feed_behind_a_page_is_found_and_saved_only_when_one_says_so(desk, web):
    web.answers["/"] = answer(page("feed.xml", "comments.xml"), HTML)
    web.answers["/feed.xml"] = answer(rss("One", "Two <b>bold</b>"))
    found = desk.found(f"{web.base}/")
    assert (found.url, found.page, found.title, found.kind) == (f"{web.base}/feed.xml", f"{web.base}/", "Site", "feed")
    assert (found.entries, [title for _, title in found.newest]) == (2, ["Two bold", "One"])
    assert [url for url, _ in found.others] == [f"{web.base}/comments.xml"]
    assert desk.since({}) == {}
    name = desk.save(found.url, found.kind, " Mine ")
    assert name == feed_id(found.url)
    assert desk.since({})[name].title == "Mine"
    assert desk.found(found.url).known == name


def test_the_list_of_a_page_without_a_feed_is_found_and_saved_with_its_selectors(desk, web):
    rows = "".join(f"<li class='row'><a href='/{n}'>Draft {n} of the group is published</a></li>" for n in range(5))
    web.answers["/"] = answer(f"<!doctype html><title>Group</title><ul>{rows}</ul>".encode(), HTML)
    found = desk.found(f"{web.base}/")
    assert (found.kind, found.title, found.entries, dict(found.options)) == ("page", "Group", 5, {"item": "li.row"})
    assert "repeat one pattern" in found.why
    name = desk.save(found.url, found.kind, "", found.options)
    assert (desk.since({})[name].kind, desk.since({})[name].options) == ("page", {"item": "li.row"})
    watched = desk.found(f"{web.base}/", "changes")
    assert (watched.kind, watched.entries) == ("changes", 1)
    with pytest.raises(RequestRefused, match="known ones: item"):
        desk.save(found.url, "page", "", {"colour": "red"})


def test_behind_a_page_with_neither_feed_nor_list_is_the_sitemap_that_robots_txt_names(desk, web):
    web.answers["/"] = answer(page(), HTML)
    named = f"Sitemap: {web.base}/dead.xml\nSitemap: http://[bad\nSitemap: {web.base}/map.xml\n"
    web.answers["/robots.txt"] = answer(f"User-agent: *\nDisallow: /*.xml\n{named}".encode())
    web.answers["/map.xml"] = answer(f"<urlset><url><loc>{web.base}/a-new-draft</loc></url></urlset>".encode())
    found = desk.found(f"{web.base}/")
    assert (found.url, found.kind, found.page) == (f"{web.base}/map.xml", "sitemap", f"{web.base}/")
    assert (found.newest, found.why) == ([(None, "A new draft")], "the document is a sitemap of 1 page")


def test_what_cannot_be_polled_or_brings_nothing_is_refused_in_words(desk, web):
    web.answers["/"] = answer(page(), HTML)
    with pytest.raises(RequestRefused, match="without a link to a feed"):
        desk.found(f"{web.base}/")
    with pytest.raises(RequestRefused, match="user name or password"):
        desk.save("https://user:secret@example.org/", "", "")
    with pytest.raises(RequestRefused, match="no kind of source"):
        desk.save("https://example.org/", "telepathy", "")
    with pytest.raises(RequestRefused, match="control characters"):
        desk.save("https://example.org/", "", "a\nb")
    with pytest.raises(RequestRefused, match="cannot be polled"):
        desk.found("ftp://example.org/")
    assert "404" in desk.found(f"{web.base}/none").failure


@pytest.mark.parametrize(
    ("typed", "polled"),
    [
        ("example.org", "https://example.org"),
        (" example.org/blog ", "https://example.org/blog"),
        ("//example.org/feed", "https://example.org/feed"),
        ("example.org:8443/feed", "https://example.org:8443/feed"),
        ("feed://example.org/x", "http://example.org/x"),
        ("http://example.org/x", "http://example.org/x"),
    ],
)
def test_an_address_may_be_typed_as_people_type_it(desk, typed, polled):
    name = desk.save(typed, "", "")
    assert desk.since({})[name].url == polled


def test_a_private_network_is_not_looked_at_for_anybody(log, tmp_path, web):
    web.answers["/"] = answer(rss("Secret"))
    found = feed_desk(Settings(), feeds_of(log, tmp_path)).found(f"{web.base}/")
    assert found.failure
    assert web.requests == []


def test_few_addresses_are_looked_at_at_once_so_that_views_have_threads(desk, web):
    arrived, go_on = threading.Semaphore(0), threading.Event()

    def hang(web: Web, sock: socket.socket) -> None:
        arrived.release()
        go_on.wait()
        sock.sendall(answer(rss("One")))

    web.answers["/slow"] = hang
    threads = [threading.Thread(target=desk.found, args=(f"{web.base}/slow",)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
        assert arrived.acquire(timeout=20)
    with pytest.raises(RequestRefused, match="try again"):
        desk.found(f"{web.base}/slow")
    go_on.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_feeds_are_paused_let_through_and_removed_and_none_that_there_is_not(desk):
    name = desk.save("https://example.org/feed", "", "")
    desk.pause(name, True)
    assert desk.since({})[name].paused
    desk.pause(name, False)
    assert not desk.since({})[name].paused
    desk.release(name)
    assert desk.since({})[name].released
    for act in (lambda: desk.pause("none", True), lambda: desk.release("none")):
        with pytest.raises(RequestRefused, match="no feed"):
            act()
    desk.remove(name)
    assert desk.since({}) == {name: None}


def test_opml_comes_in_and_goes_out(desk):
    desk.save("https://one.example/feed", "", "")
    taken = desk.take(OPML)
    assert [feed.url for feed in taken.added] == ["https://three.example/feed"]
    assert (taken.known, len(taken.refused)) == (1, 1)
    assert "secret" not in taken.refused[0]
    assert desk.take(desk.opml().encode()).known == 2
    with pytest.raises(RequestRefused, match="OPML"):
        desk.take(b"<html></html>")
