"""Bytes come to text as browsers read them: every label of the Encoding Standard, and what is broken costs itself."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webencodings.labels import LABELS

from collectors.parsing.decoding import decoded, encoding_of, page_text

# What is written in each encoding, and which characters of it only the Windows form has.
SAMPLES = {
    "big5": ("中文標題", "big5"), "euc-jp": ("日本語の見出し", "euc_jp"), "euc-kr": ("한국어 제목", "cp949"),
    "gb18030": ("中文标题", "gb18030"), "ibm866": ("Патент", "cp866"), "iso-2022-jp": ("日本語", "iso2022_jp"),
    "iso-8859-10": ("Þórður", "iso8859-10"), "iso-8859-13": ("Žąsų", "iso8859-13"),
    "iso-8859-14": ("ẁŵ", "iso8859-14"), "iso-8859-15": ("cœur €", "iso8859-15"),
    "iso-8859-16": ("știre", "iso8859-16"), "iso-8859-2": ("žluťoučký", "iso8859-2"),
    "iso-8859-3": ("ĉiuĵaŭde", "iso8859-3"), "iso-8859-4": ("ķēniņš", "iso8859-4"),
    "iso-8859-5": ("Патент", "iso8859-5"), "iso-8859-6": ("عربي", "iso8859-6"),
    "iso-8859-7": ("Ελλάδα", "iso8859-7"), "iso-8859-8": ("עברית", "iso8859-8"),
    "iso-8859-8-i": ("עברית", "iso8859-8"), "koi8-r": ("Патентный", "koi8-r"), "koi8-u": ("Їжак", "koi8-u"),
    "macintosh": ("déjà vu", "mac-roman"), "shift_jis": ("①日本語㈱髙", "cp932"),
    "utf-16be": ("<t>Νέα", "utf-16-be"), "utf-16le": ("<t>Νέα", "utf-16-le"), "utf-8": ("Νέα 日本", "utf-8"),
    "windows-1250": ("žluťoučký", "cp1250"), "windows-1251": ("Патентный", "cp1251"),
    "windows-1252": ("“déjà” – vu", "cp1252"), "windows-1253": ("Ελλάδα “", "cp1253"),
    "windows-1254": ("İstanbul ‘", "cp1254"), "windows-1255": ("עברית ”", "cp1255"),
    "windows-1256": ("عربي ‘", "cp1256"), "windows-1257": ("Žąsų „", "cp1257"),
    "windows-1258": ("đường", "cp1258"), "windows-874": ("มาตรฐาน “ชิป”", "cp874"),
    "x-mac-cyrillic": ("Патент", "mac-cyrillic"),
}  # fmt: skip
NO_TEXT = {"replacement", "x-user-defined"}


@pytest.mark.parametrize("label", [label for label, name in LABELS.items() if name not in NO_TEXT])
def test_every_label_of_the_standard_is_read_in_any_case(label):
    name = LABELS[label]
    text, codec = SAMPLES["gb18030" if name == "gbk" else name]
    written = text.encode(codec, "ignore")
    for charset in (label, f'"{label.upper()}"', f" {label} ; format=flowed"):
        assert decoded(written, f"text/xml; CharSet={charset}") == written.decode(codec)
    if not name.startswith("utf-16"):
        prolog = f"<?xml version='1.0' encoding=' {label.upper()}'?>"
        assert decoded(prolog.encode() + written, "text/xml") == prolog + written.decode(codec)


@pytest.mark.parametrize(
    ("label", "written", "text"),
    [
        ("shift_jis", b"\x87\x40\x87\x8a\xfb\xfc", "①㈱髙"),
        ("euc-jp", b"\xad\xa1\xad\xea\xa1\xc1\x8e\xb6\x8f\xb0\xa1", "①㈱～ｶ丂"),
        ("iso-2022-jp", b"\x1b$B-!\x1b(J\\\x1b(I6\x1b$@0!\x1b(B<b>", "①¥ｶ亜<b>"),
        ("euc-kr", b"\x8cc\xc1d", "똠햏"),
        ("ks_c_5601-1987", b"\x8c\x63", "똠"),
        ("gb2312", b"\x80\x95\x32\x82\x36", "€𠀀"),
        ("gbk", b"\x819\xee9", "㐀"),
        ("big5", b"\xa3\xe1\x88\x62", "€Ê̄"),
        ("iso-8859-1", b"\x93a\x94 \x96 \x85\x80\x81", "“a” – …€\x81"),
        ("us-ascii", b"caf\xe9 \x92", "café ’"),
        ("iso-8859-9", b"\x93\xdd", "“İ"),
        ("iso-8859-11", b"\x93\xa1", "“ก"),
        ("tis-620", b"\x93\xa1\x94", "“ก”"),
        ("koi8-u", b"\xae\xbe", "ўЎ"),
        ("win-1251", b"\xcf\xe0", "Па"),
        ("cp949", b"\x8c\x63", "똠"),
        ("hz-gb-2312", b"~{VPND~}", "中文"),
    ],
)
def test_labels_mean_what_they_mean_on_the_web(label, written, text):
    assert decoded(b"<t>" + written, f"text/xml; charset={label}") == "<t>" + text


@pytest.mark.parametrize(
    "label", ["utf-7", "rot13", "idna", "punycode", "zlib", "undefined", "cp037", "utf-99", "", "=", "ÿ"]
)
def test_other_names_mean_nothing(label):
    assert encoding_of(label) == ""
    assert decoded("naïve".encode(), f"text/xml; charset={label}") == "naïve"


CYRILLIC = "Суд отклонил иск"


@pytest.mark.parametrize(
    ("content_type", "declared", "codec"),
    [
        ("text/xml", "", "utf-8"),
        ("text/xml", "windows-1251", "cp1251"),
        ("text/xml; charset=windows-1251", "", "cp1251"),
        ("text/xml; charset=koi8-r", "windows-1251", "koi8-r"),  # the header counts
        ("text/xml; charset=us-ascii", "windows-1251", "cp1251"),  # but for one that nobody has chosen
        ("text/xml; charset=iso-8859-1", "windows-1251", "cp1251"),
        ("text/xml; charset=iso-8859-1", "", "utf-8"),  # UTF-8 by its form
        ("text/xml; charset=windows-1251", "windows-1251", "utf-8"),
        ("text/xml; charset=utf-8", "windows-1251", "cp1251"),  # no UTF-8 by its form
        ("text/xml; charset=koi8-r", "utf-8", "koi8-r"),
        ("text/xml; charset=utf-16", "utf-16", "utf-8"),  # in which nobody could have read the declaration
        ("text/xml", "utf-16", "utf-16"),
        ("", "", "utf-16"),
        ("", "", "utf-32"),
    ],
)
def test_mark_header_and_declaration_are_weighed(content_type, declared, codec):
    text = f'<?xml version="1.0" encoding="{declared}"?>{CYRILLIC}' if declared else f"<t>{CYRILLIC}"
    assert decoded(text.encode(codec), content_type) == text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_letters_are_known_without_a_mark(codec):
    assert decoded(f"<rss>{CYRILLIC}".encode(codec), "") == f"<rss>{CYRILLIC}"


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_mark_counts_before_every_label(mark):
    codec = {3: "utf-8"}.get(len(mark), "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be")
    assert decoded(mark + CYRILLIC.encode(codec), "text/xml; charset=koi8-r") == CYRILLIC


@pytest.mark.parametrize("broken", [b"\xd0", b"\xff", b"\xe9", b"\x80", b"\xe2\x80", b"\xf0\x9f\x98"])
@pytest.mark.parametrize("said", ["", "utf-8", "koi8-r, then utf-8"])
def test_one_broken_letter_costs_itself_only(broken, said):
    header = {"": "", "utf-8": "; charset=utf-8"}.get(said, "; charset=utf-8")
    prolog = '<?xml version="1.0" encoding="koi8-r"?>' if said.startswith("koi") else ""
    whole = f"{prolog}{CYRILLIC}".encode()
    assert decoded(whole + broken + b" <t>" + whole, f"text/xml{header}").count("\ufffd") == 1
    assert CYRILLIC in decoded(whole + broken + b" <t>", f"text/xml{header}")


@pytest.mark.parametrize(
    ("codec", "label"),
    [("cp932", "shift_jis"), ("gb18030", "gb2312"), ("cp949", "euc-kr"), ("euc_jp", "euc-jp"), ("big5", "big5")],
)
def test_a_broken_byte_in_an_east_asian_text_swallows_no_markup(codec, label):
    text = {"cp949": "한국어", "big5": "標題"}.get(codec, "日本")
    found = decoded(text.encode(codec) + b"\x81<b>" + text.encode(codec), f"text/xml; charset={label}")
    assert found == f"{text}\ufffd<b>{text}"


@pytest.mark.parametrize("broken", [b"\xe9", b"\x92", b"\xd0", b"\xe2\x80", b"\xe2\x80 and \xe2\x80"])
@pytest.mark.parametrize("label", ["", "; charset=utf-8"])
def test_also_where_no_other_letter_shows_what_the_encoding_is(broken, label):
    assert "\ufffd" in decoded(b"<t>plain " + broken + b" text", f"text/xml{label}")
    assert decoded(b"<t>plain " + broken + b" text", f"text/xml{label}").encode("ascii", "replace").count(b"?") <= 2


def test_text_that_is_no_utf_8_at_all_is_not_read_as_that():
    german = "Größere Störung, Maßstab für Österreich"
    assert decoded(german.encode("cp1252"), "text/xml; charset=utf-8") == german
    assert decoded(german.encode("cp1252"), "") == german


def test_a_page_says_its_encoding_in_its_head():
    assert page_text(b'<meta charset="windows-1251">' + CYRILLIC.encode("cp1251"), "text/html").endswith(CYRILLIC)
    meta = b'<META http-equiv=content-type content="text/html; charset=x-sjis">'
    assert page_text(meta + "障害".encode("cp932"), "text/html").endswith("障害")


@given(st.binary(max_size=200), st.sampled_from(["", *LABELS]))
def test_whatever_the_bytes_are_there_is_text(body, label):
    decoded(body, f"text/xml; charset={label}").encode()
