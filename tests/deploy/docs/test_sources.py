"""Each example of docs/sources.md is found and polled as it says, from a server on loopback."""

import itertools
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from collectors.parsing.parser_pool import ParserPool
from collectors.poll_result import PollRequest
from collectors.sources.look import SourceSeen, look
from collectors.sources.registry import SOURCE_KINDS
from stream.records import Feed
from tests.collectors.sources.some_polls import Source, context_of
from tests.webserver import answer, serve

PAGE = Path(__file__).parents[3] / "docs" / "sources.md"
SITE = "https://site.example"
BLOCK = re.compile(r"^```(\w+) (serve|add|titles)(?:=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPES = {"xml": "application/xml", "json": "application/json", "html": "text/html; charset=utf-8"}


class Example(NamedTuple):
    kind: str
    served: list[tuple[str, str, str]]  # media type, path, document
    command: list[str]
    titles: list[str]


def examples() -> list[Example]:
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [made for section in sections if (made := example(section))]
    assert found
    return found


def example(section: str) -> Example | None:
    blocks = BLOCK.findall(section)
    added = [(given, text) for _, what, given, text in blocks if what == "add"]
    if not added:
        return None
    served = [(TYPES[form], given, text) for form, what, given, text in blocks if what == "serve"]
    titles = [line for _, what, _, text in blocks if what == "titles" for line in text.splitlines()]
    return Example(added[0][0], served, shlex.split(added[0][1]), titles)


@pytest.fixture(scope="module")
def parsers():
    pool = ParserPool()
    yield pool
    pool.close()


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.kind)
def test_an_example_is_found_and_polled_as_it_says(example, parsers):
    program, _, _, url, *words = example.command
    assert program == "themewire"
    options = dict(word.split("=", 1) for flag, word in itertools.pairwise(words) if flag == "--option")
    kind = next((word for flag, word in itertools.pairwise(words) if flag == "--kind"), "")
    with serve() as web, context_of(parsers) as context:
        url = url.replace(SITE, web.base)
        documents = [
            (path, answer(text.replace(SITE, web.base).encode(), f"Content-Type: {form}"))
            for form, path, text in example.served
        ]
        web.answers[documents[0][0]] = documents[0][1]
        seen = look(PollRequest(url, kind=kind, options=options), context)
        assert isinstance(seen, SourceSeen)
        assert (seen.kind, bool(seen.why)) == (example.kind, True)
        source = Source(context, Feed(id="f", url=url, kind=seen.kind, options={**seen.parsed.options, **options}))
        for path, document in documents:
            web.answers[path] = document
            polled = source.poll()
        assert [item.title for item in polled.items][::-1] == example.titles


def test_every_kind_has_an_example_that_is_run_and_its_options_are_told_of():
    assert {example.kind for example in examples()} >= {"feed", "sitemap", "json", "page", "changes"}
    sections = dict(
        re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
    told = {name.lower(): text for name, text in sections.items()}
    for kind in SOURCE_KINDS:
        assert [name for name in kind.options.__struct_fields__ if f"`{name}`" not in told[kind.name]] == []
