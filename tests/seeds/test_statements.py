import pytest

from seeds.statements import Statement, load_statements, parse_statements
from seeds.themes import load_themes


def test_the_shipped_statements_are_whole():
    statements = load_statements()
    ids = [statement.id for statement in statements]
    assert ids == sorted(set(ids))
    themes = {theme.id for theme in load_themes()}
    for statement in statements:
        assert set(statement.themes) <= themes, statement.id
        assert statement.near in themes | {""}, statement.id
        assert statement.title == statement.title.strip(), statement.id


def test_the_file_names_the_language():
    row = '{"id": "x-1", "themes": ["standards"], "near": "", "title": "A title", "summary": "More."}\n\n'
    assert parse_statements(row, "en2.jsonl") == (Statement("x-1", "en", ("standards",), "", "A title", "More."),)


@pytest.mark.parametrize("row", ["{", "[]", '{"id": "x"}', '{"id": "x", "title": " "}', '{"id": 1, "title": "t"}'])
def test_a_wrong_row_is_named(row):
    with pytest.raises(ValueError, match=r"en\.jsonl, line 2"):
        parse_statements("\n" + row, "en.jsonl")


def test_statements_of_ones_own_take_the_place_of_ours(tmp_path):
    with pytest.raises(ValueError, match="no statements in"):
        load_statements(tmp_path)
    (tmp_path / "en.jsonl").write_text('{"id": "a", "title": "A title", "themes": ["t"]}\n', encoding="utf-8")
    assert [(s.id, s.lang, s.themes) for s in load_statements(tmp_path)] == [("a", "en", ("t",))]
    with pytest.raises(ValueError, match="cannot be read"):
        load_statements(tmp_path / "none")
