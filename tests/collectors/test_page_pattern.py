"""The list of a page is found by its pattern in layouts of many makers, and where there is none nothing is found."""

import pytest

from collectors.parsing.page_list import find_page_list
from collectors.parsing.parsed import Parsed, ParseFailed

TITLES = (
    *("New standard for memory interfaces is published", "Court of appeal upholds the chip patent"),
    *("Call for comments on the draft specification", "Working group meets in Geneva in June"),
    "Errata to revision four are available",
)
MENU = "".join(f"<li class='n-{n}'><a href='/menu/{n}'>Our large programme on subject {n}</a></li>" for n in range(40))
NAV = f"<nav><ul>{MENU}</ul></nav>"
MEGA = f"<div class='site-header'><ul class='dropdown'>{MENU}</ul></div>"
FOOT = "<footer>" + "".join(f"<a href='/legal/{n}'>Legal notice of the body {n}</a>" for n in range(9)) + "</footer>"


def page(row: str, around: str = "<main>{}</main>", menu: str = NAV) -> bytes:
    """`row` has `{n}`, `{t}` (title) and `{d}` (day of May 2024)."""
    rows = "".join(row.format(n=n, t=title, d=f"{9 - n:02}") for n, title in enumerate(TITLES))
    return f"<!doctype html><html><body class='has-sidebar'>{menu}{around.format(rows)}{FOOT}</body></html>".encode()


LAYOUTS = {
    "blog": page(
        "<article id=post-{n} class='post post-{n}'><header><h2><a href='/a/{n}'>{t}</a></h2>"
        "<time datetime=2024-05-{d}>x</time> by <a href='/who'>Some Author of the site</a></header>"
        "<p>Text <a href='/a/{n}'>Continue reading</a></p></article>"
    ),
    "table": page(
        "<tr><td>2024-05-{d}</td><td><a href='/a/{n}'>{t}</a></td><td><a href='/a/{n}.zip'>zip</a></td></tr>",
        "<table><tr><th>Date<th>Document</tr>{}</table>",
    ),
    "text before": page(
        "<li>{d} May 2024 – <a href='/a/{n}'>{t}</a></li>", "<div class=x><h3>May</h3><ul>{}</ul></div>"
    ),
    "utility classes": page(
        "<div class='p-4 mb-2'><div class='text-sm'>May {d}, 2024</div><a class='font-bold' href='/a/{n}'>{t}</a>"
        "<p>Lorem</p><a href='/a/{n}' class='more'>Read more</a></div>",
        "<div class='grid gap-4'>{}</div>",
        MEGA,
    ),
    "cards": page(
        "<a class=card href='/a/{n}'><span class=date>{d}.5.2024</span><h3>{t}</h3><p>Summary</p></a>", menu=MEGA
    ),
    "rows": page(
        "<div class='views-row views-row-{n} row-odd'><span>{d} May 2024</span>"
        "<span><a href='/a/{n}'>{t}</a></span></div>"
    ),
    "read more": page(
        "<div class=entry><h3>{t}</h3><p>{d} May 2024</p><a href='/a/{n}'>Read more</a></div>", menu=MEGA
    ),
    "in a form": page(
        "<div><a href='/a/{n}'>{t}</a> <i>({d} May 2024)</i></div>", "<form><div id=c>{}</div></form>", MEGA
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_list_is_found_with_its_titles_links_and_dates(layout):
    found = find_page_list(LAYOUTS[layout], "text/html", "https://example.org/news/")
    assert isinstance(found, Parsed), found
    assert [(entry.title, entry.link) for entry in found.entries] == [
        (title, f"https://example.org/a/{n}") for n, title in enumerate(TITLES)
    ]
    assert all(entry.published_ms for entry in found.entries)
    assert found.options["item"] in found.why


def test_scripts_of_few_letters_have_titles_too():
    titles = ("新しい規格が公開", "特許裁判所の判決", "意見募集を開始した")
    rows = "".join(f"<li><a href='/{n}'>{title}</a></li>" for n, title in enumerate(titles))
    found = find_page_list(f"<ul>{rows}</ul>".encode(), "text/html; charset=utf-8", "https://example.org/")
    assert isinstance(found, Parsed)
    assert len(found.entries) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!-- -->",
        b"\0\0\0",
        b"just text",
        page("", "<main><h1>About us</h1><a href='/contact'>Write to the secretariat</a></main>"),
        page("", "<main></main>", MEGA),
        b"<div>" * 50_000 + b"<a href=/1>A long headline of a page</a>",
        b"<a href=x " * 50_000,
        b"<a " + b"x=1 " * 50_000 + b">",
        "".join(f"<div><a href=/{n}>A long headline of a page {n}</a>" for n in range(3000)).encode(),
    ],
)
def test_where_there_is_no_list_none_is_found_and_nothing_takes_long(body):
    found = find_page_list(body, "text/html", "https://example.org/")
    assert isinstance(found, ParseFailed)
    assert found.kind == "not_a_feed"
