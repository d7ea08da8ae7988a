"""`feeds add` looks first: at feeds, pages, what fails, and what needs credentials; on a terminal it asks."""

import json
import os
import pty
import subprocess

import pytest

from deploy.running.first_day import feed_id
from tests.deploy.commands.documents import HTML, page, rss
from tests.deploy.commands.stream import stored_feeds
from tests.webserver import answer, serve


def typed(command, words: str, *arguments: str) -> tuple[int, str, str]:
    """(status, output, errors) of the command at a terminal, where these words are typed."""
    ours, theirs = pty.openpty()
    line = command.line(arguments)
    pipe = subprocess.PIPE
    with subprocess.Popen(line, env=command.environ, stdin=theirs, stdout=pipe, stderr=pipe, text=True) as process:
        os.close(theirs)
        os.write(ours, words.encode())
        out, err = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, out, err


def test_a_feed_is_shown_and_added(looking, web):
    web.answers["/feed"] = answer(rss("One", "Two", "Three", "Four \x1b[31m"))
    done = looking.does("feeds", "add", f"{web.base}/feed", "--yes", "--interval", "60", "--longest", "600")
    assert done.out == f"{feed_id(f'{web.base}/feed')}  {web.base}/feed\n"
    assert done.err.splitlines() == [
        "kind feed: the document is a web feed",
        "Site: 4 entries, newest first:",
        "  2025-04-04 12:00:00  Four [31m",
        "  2025-04-03 12:00:00  Three",
        "  2025-04-02 12:00:00  Two",
    ]
    wish = stored_feeds(looking)[f"{web.base}/feed"]
    assert (wish["interval"], wish["longest"], wish["title"]) == (60, 600, "")
    assert len(web.requests) == 1


def test_the_feed_behind_a_page_is_found_through_a_redirect(looking, web):
    web.answers["/"] = answer(b"", "Location: /blog/", status="301 Moved Permanently")
    web.answers["/blog/"] = answer(page("gone", "feed.xml", "comments.xml"), HTML)
    web.answers["/blog/feed.xml"] = answer(rss("One"))
    done = looking.does("feeds", "add", f"{web.base}/", "--yes")
    assert done.out.endswith(f"  {web.base}/blog/feed.xml\n")
    assert f"its feed is {web.base}/blog/feed.xml" in done.err
    assert f"also links to {web.base}/blog/comments.xml" in done.err
    assert set(stored_feeds(looking)) == {f"{web.base}/blog/feed.xml"}


def test_a_feed_that_has_moved_is_added_as_it_was_given(looking, web):
    web.answers["/old"] = answer(b"", "Location: /new", status="301 Moved Permanently")
    web.answers["/new"] = answer(rss("One"))
    looking.does("feeds", "add", f"{web.base}/old", "--yes")
    assert set(stored_feeds(looking)) == {f"{web.base}/old"}


def test_a_page_without_a_feed_is_refused(looking, web):
    web.answers["/"] = answer(page(), HTML)
    web.answers["/bad"] = answer(page("/none"), HTML)
    assert f"{web.base}/ is a web page without a link" in looking("feeds", "add", f"{web.base}/", "--yes").failed()
    assert f"{web.base}/none" in looking("feeds", "add", f"{web.base}/bad").failed()
    assert stored_feeds(looking) == {}


@pytest.mark.parametrize("yes", [["--yes"], []])
def test_what_is_down_is_added_with_a_warning(looking, web, yes):
    done = looking.does("feeds", "add", f"{web.base}/down", *yes)
    assert done.out.endswith(f"  {web.base}/down\n")
    [warning] = done.err.splitlines()
    assert warning.startswith(f"warning: {web.base}/down cannot be read now: ")
    assert "404" in warning
    assert set(stored_feeds(looking)) == {f"{web.base}/down"}


def test_on_a_terminal_it_asks(looking, web):
    web.answers["/feed"] = answer(rss("One"))
    status, out, err = typed(looking, "n\n", "feeds", "add", f"{web.base}/feed")
    assert (status, out) == (1, "")
    assert f"Poll {web.base}/feed?" in err
    status, out, err = typed(looking, "\n", "feeds", "add", f"{web.base}/down")
    assert (status, out) == (1, "")
    assert "Add it anyway? [y/N]" in err
    assert stored_feeds(looking) == {}
    status, out, err = typed(looking, "y\n", "feeds", "add", f"{web.base}/feed")
    assert (status, out) == (0, f"{feed_id(f'{web.base}/feed')}  {web.base}/feed\n")


def test_credentials_are_sent_and_only_their_reference_is_kept(looking, web, tmp_path):
    (tmp_path / "secret").write_text("hunter2\n")
    web.answers["/feed"] = answer(rss("One"))
    reference = f"bearer file:{tmp_path}/secret"
    done = looking.does("feeds", "add", f"{web.base}/feed", "--yes", "--credentials", reference)
    assert web.header("authorization") == "Bearer hunter2"
    assert stored_feeds(looking)[f"{web.base}/feed"]["credentials"] == reference
    assert "hunter2" not in done.out + done.err + json.dumps(stored_feeds(looking))
    looking.does("feeds", "add", f"{web.base}/feed", "--yes", "--title", "Mine")  # what is not said anew stays
    assert web.header("authorization") == "Bearer hunter2"


def test_credentials_go_to_no_other_host_than_the_pages(looking, web, tmp_path):
    (tmp_path / "secret").write_text("hunter2")
    with serve() as other:
        web.answers["/"] = answer(page(f"{other.base}/feed"), HTML)
        other.answers["/feed"] = answer(rss("One"))
        reference = f"header X-Api-Key file:{tmp_path}/secret"
        refused = looking("feeds", "add", f"{web.base}/", "--credentials", reference).failed()
        assert f"{other.base}/feed" in refused  # what was opened for one port is not opened for another
        assert other.requests == []
        assert web.header("x-api-key") == "hunter2"


@pytest.mark.parametrize("reference", ["hunter2", "basic hunter2", "digest env:A", "header Host env:A"])
def test_credentials_of_another_form_are_refused_and_not_repeated(looking, reference):
    said = looking("feeds", "add", "http://127.0.0.1:1/", "--credentials", reference).failed()
    assert "--credentials" in said
    assert "hunter2" not in said


def test_a_missing_secret_is_a_warning(looking, web):
    web.answers["/feed"] = answer(rss("One"))
    done = looking.does("feeds", "add", f"{web.base}/feed", "--yes", "--credentials", "basic env:NOT_SET")
    assert "NOT_SET" in done.err
    assert web.requests == []
    assert set(stored_feeds(looking)) == {f"{web.base}/feed"}


def test_a_password_in_an_address_is_refused_and_not_repeated(looking):
    said = looking("feeds", "add", "http://me:hunter2@127.0.0.1:1/feed", "--yes").failed()
    assert "--credentials" in said
    assert "hunter2" not in said
    assert "hunter2" not in looking("feeds", "add", "ftp://me:hunter2@127.0.0.1/", "--yes").failed()
    outline = '<outline xmlUrl="http://me:hunter2@127.0.0.1:1/feed"/><outline xmlUrl="http://127.0.0.1:1/feed"/>'
    done = looking.does("feeds", "import", "-", stdin=f"<opml><body>{outline}</body></opml>")
    assert done.out.startswith("1 feed added, 0 already there, 1 skipped")
    assert done.err.startswith("skipped")
    assert "hunter2" not in done.err
    assert set(stored_feeds(looking)) == {"http://127.0.0.1:1/feed"}


def test_bounds_that_contradict_are_refused(looking):
    url = "http://127.0.0.1:1/feed"
    assert "--longest" in looking("feeds", "add", url, "--interval", "60", "--longest", "30").failed()


def test_an_address_for_feed_readers_is_one_of_the_web(looking, web):
    web.answers["/feed"] = answer(rss("A"))
    for spelt in (f"feed://127.0.0.1:{web.port}/feed", f"feed:{web.base}/feed"):
        looking.does("feeds", "add", spelt, "--yes")
    assert set(stored_feeds(looking)) == {f"{web.base}/feed"}
    looking.does("feeds", "pause", f"feed:{web.base}/feed")


def test_a_link_header_names_the_feed(looking, web):
    web.answers["/"] = answer(
        b"<!doctype html><p>x", HTML, 'Link: </feed>; rel="alternate"; type="application/rss+xml"'
    )
    web.answers["/feed"] = answer(rss("A"))
    looking.does("feeds", "add", f"{web.base}/", "--yes")
    assert set(stored_feeds(looking)) == {f"{web.base}/feed"}


def test_a_bot_wall_is_told_of_and_no_credentials_are_asked_for(looking, web):
    web.answers["/"] = answer(
        b"<!doctype html><title>Just a moment...</title>", HTML, "CF-Mitigated: challenge", status="403 No"
    )
    done = looking.does("feeds", "add", f"{web.base}/", "--yes")
    assert "bot wall (Cloudflare)" in done.err
    assert "credentials" not in done.err


def test_damaged_opml_is_read_and_the_line_is_named(looking):
    outlines = "".join(f'\n<outline text="A & {n}" xmlUrl="http://127.0.0.1:1/{n}?a=1&b=2"/>' for n in (1, 2))
    done = looking.does("feeds", "import", "-", stdin=f"\n<opml><body>{outlines}</body></opml>")
    assert done.out.startswith("2 feeds added, 0 already there, 0 skipped")
    assert "warning: -: line 3: " in done.err
    assert "warning: -: line 4: " in done.err


def test_a_kind_and_its_options_are_checked_and_stored(looking, web):
    web.answers["/feed"] = answer(rss("One"))
    refused = looking("feeds", "add", web.base + "/feed", "--yes", "--kind", "feed", "--option", "most=3")
    assert (refused.status, "known ones: none" in refused.err) == (1, True)
    assert looking("feeds", "add", web.base + "/feed", "--yes", "--option", "most").status == 1
    assert looking("feeds", "add", web.base + "/feed", "--yes", "--kind", "gopher").status == 2
    looking.does("feeds", "add", web.base + "/feed", "--yes")
    (feed,) = stored_feeds(looking).values()
    assert (feed["kind"], feed["options"]) == ("feed", {})
