"""Content codings are undone within a limit, or refused."""

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.fetching.decompress import FIRST_BYTES, BadEncoding, BodyTooLarge, inflaters

MIB = 1024 * 1024


def raw(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def undo(coding: str, data: bytes, limit: int = MIB, piece: int = 1000) -> bytes:
    out = b""
    chain = inflaters(coding, data[:FIRST_BYTES], limit)
    for start in range(0, len(data), piece):
        part = data[start : start + piece]
        for inflater in chain:
            part = inflater.feed(part)
        out += part
    for inflater in chain:
        inflater.finish()
    return out


PACKERS = {"gzip": gzip.compress, "X-GZIP": gzip.compress, "deflate": zlib.compress, "identity": bytes, "": bytes}


@given(st.binary(max_size=5000), st.sampled_from(sorted(PACKERS)), st.integers(1, 700))
def test_what_was_packed_comes_back_whatever_the_pieces(data, coding, piece):
    assert undo(coding, PACKERS[coding](data), piece=piece) == data


@given(st.binary(max_size=5000), st.integers(1, 700))
def test_deflate_without_its_wrapper_comes_back(data, piece):
    assert undo("deflate", raw(data), piece=piece) == data


@given(st.binary(max_size=2000), st.binary(max_size=2000), st.integers(1, 700))
def test_members_follow_each_other(one, two, piece):
    assert undo("gzip", gzip.compress(one) + gzip.compress(two), piece=piece) == one + two


@pytest.mark.parametrize("rubbish", [b"\0", b"\0" * 500, b"<!-- cached -->", b"\x1f"])
def test_what_follows_the_last_member_is_ignored(rubbish):
    assert undo("gzip", gzip.compress(b"body") + rubbish, piece=7) == b"body"


def test_codings_that_were_applied_in_turn_are_undone_in_turn():
    assert undo("deflate, gzip", gzip.compress(zlib.compress(b"body"))) == b"body"


@given(st.sampled_from(["gzip", "deflate"]), st.integers(1, 60), st.integers(1, 50))
def test_a_stream_that_breaks_off_is_refused(coding, missing, piece):
    packed = PACKERS[coding](bytes(range(256)) * 3)
    with pytest.raises(BadEncoding):
        undo(coding, packed[:-missing], piece=piece)


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "gzip, gzip, gzip"])
def test_codings_that_were_not_asked_for_are_refused(coding):
    with pytest.raises(BadEncoding):
        inflaters(coding, b"\x1b\x0f\x00\xf8\x8d", MIB)


PLAIN = [
    b"<rss version='2.0'></rss>", b"\xef\xbb\xbf\n<?xml version='1.0'?><rss/>" * 20, b'{"version": "x"}',
    "<rss/>".encode("utf-16"), "<rss/>".encode("utf-16-be"), b"<!DOCTYPE rss><rss></rss>", b" <feed>" * 500,
]  # fmt: skip


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, deflate", "GZIP,br"])
@pytest.mark.parametrize("body", PLAIN)
def test_a_coding_that_lies_over_a_plain_document_is_passed_over(coding, body):
    assert undo(coding, body) == body


@pytest.mark.parametrize(
    "name", ["utf-8", "UTF-8", "aws-chunked", "none", "", "binary", "8bit", "iso-8859-1", "text/xml", "x-own"]
)
def test_names_that_are_no_codings_are_passed_over(name):
    assert undo(name, b"<rss/>") == b"<rss/>"
    assert undo(f"{name}, gzip", gzip.compress(b"<rss/>")) == b"<rss/>"
    assert undo(f"gzip,{name}", gzip.compress(b"<rss/>")) == b"<rss/>"


@pytest.mark.parametrize("coding", ["", "deflate", "br", "none"])
def test_gzip_is_undone_whatever_the_header_says(coding):
    assert undo(coding, gzip.compress(b"<rss/>")) == b"<rss/>"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_neither_packed_nor_a_document_is_refused(coding):
    with pytest.raises(BadEncoding):
        undo(coding, b"\x89PNG\r\n\x1a\n" + bytes(range(256)))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
def test_a_bomb_stops_at_the_limit(coding):
    bomb = PACKERS[coding.split(",")[0]](bytes(64 * MIB))
    if "," in coding:
        bomb = gzip.compress(bomb)
    with pytest.raises(BodyTooLarge):
        undo(coding, bomb, limit=MIB)


def test_the_limit_itself_is_allowed():
    assert undo("gzip", gzip.compress(bytes(MIB)), limit=MIB) == bytes(MIB)
    with pytest.raises(BodyTooLarge):
        undo("gzip", gzip.compress(bytes(MIB + 1)), limit=MIB)


def test_members_without_end_are_refused():
    with pytest.raises(BadEncoding):
        undo("gzip", gzip.compress(b"") * 5000, piece=65536)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_are_inflated_or_refused(data, coding):
    with suppress(BadEncoding, BodyTooLarge):
        undo(coding, data)
