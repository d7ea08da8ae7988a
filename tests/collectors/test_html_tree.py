"""What a reader sees of a web page, line by line, and what the page calls itself."""

import pytest

from collectors.parsing.html_tree import headline, language, own_text, shown, text_of, tree_of


def tree(body: str):
    root = tree_of(f"<!doctype html><html lang=de>{body}".encode(), "text/html; charset=utf-8")
    assert root is not None
    return root


def test_each_block_is_a_line_and_a_row_is_one_too():
    root = tree(
        "<title>T</title><script>x()</script><p>One <b>bo</b>ld<br>two</p>three<div>four<ul><li>five"
        "<li>six</ul>seven</div><table><tr><td>a<td>b<tr><td>c</table><p hidden>no</p><template>no</template> end \n x "
    )
    assert list(shown(root)) == ["One bold", "two", "three", "four", "five", "six", "seven", "a b", "c", "end x"]


def test_parts_are_left_out_with_all_that_they_have_and_what_follows_stays():
    root = tree("<p>a <i class=x>b <b>c</b></i> d</p>")
    assert list(shown(root, frozenset(root.iter("i")))) == ["a d"]


def test_an_elements_own_text_has_none_of_its_children():
    (item,) = tree("<ul><li>(6 May 2024) – <a href=/1>A draft</a>: </ul>").iter("li")
    assert (own_text(item), text_of(item)) == ("6 May 2024", "(6 May 2024) – A draft:")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<meta property='og:title' content=' Shared  as '><title>T</title><h1>H</h1>", "Shared as"),
        ("<title>T | Site</title><h1>The <b>headline</b></h1>", "The headline"),
        ("<title>T | Site</title><h1>One</h1><h1>Two</h1>", "T | Site"),
        ("<p>none", ""),
    ],
)
def test_a_page_says_what_it_is_called(body, title):
    assert (headline(tree(body)), language(tree(body))) == (title, "de")
