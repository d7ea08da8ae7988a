from pathlib import Path

import pytest

from seeds.themes import load_themes, parse_themes, themes_in

ENTRY = '[[theme]]\nid = "{id}"\nname = "N"\nabout = "What belongs to it."\n'
SHIPPED = ["gpu-training-failures", "cpu-inference", "ip-disputes", "standards"]


def test_the_four_themes() -> None:
    themes = load_themes()
    assert [theme.id for theme in themes] == SHIPPED
    assert all(theme.about.count(".") == 1 and theme.about.endswith(".") for theme in themes)


def test_an_own_file_has_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "themes.toml"
    path.write_text(ENTRY.format(id="quantum-2"), encoding="utf-8")
    assert [(theme.id, theme.name) for theme in themes_in(path)] == [("quantum-2", "N")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ENTRY.format(id="Bad_Id"), "a-z, 0-9"),
        (ENTRY.format(id="ok\\n"), "a-z, 0-9"),
        (ENTRY.format(id=""), "'id'"),
        (ENTRY.format(id="a") * 2, "repeats"),
        ("x = ", "not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refusal:
        parse_themes(text, "mine.toml")
    assert "mine.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        themes_in(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ValueError, match="cannot be read"):
        themes_in(tmp_path / "latin.toml")
