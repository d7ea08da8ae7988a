"""The guard's rules, by example and by property."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.net.guard import BadUrl, Blocked, check_address, check_target, check_url, is_allowed, networks, parse_url

REFUSED_ADDRESSES = """
    0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.8.9.10 168.63.129.16 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1
    224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::808:808
    64:ff9b:1::1 100::1 2001::1 2001:20::1 2001:db8::1 2002:7f00:1:: 3ffe::1 3fff::1 5f00::1 fc00::1
    2606:2800:220:1:0:5efe:a00:1 2606:2800:220:1:200:5efe:a00:1 2606:2800:220:1:100:5efe:808:808
    2606:2800:220:1::a00:1 2606:2800:220:1::7f00:1 2606:2800:220:1::a9fe:a9fe 2606:2800:220:1:a:0:100::
    ::ffff:0:a00:1 64:ff9b:1:a00:1:: 64:ff9b:1:fffe::a00:1 fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1
"""
PUBLIC_ADDRESSES = "8.8.8.8 11.0.0.1 93.184.216.34 172.32.0.1 100.128.0.1 2606:2800:220:1::34 2a00:1450::1 2620:fe::fe "
PUBLIC_ADDRESSES += "2001:4860:4860::8888 2a04:4e42:a00::223 2606:4700::6810:84e5 2a03:2880:f12f:83:face:b00c:0:25de "
PUBLIC_ADDRESSES += "2606:2800:220:1:a8bb:ccff:fe00:5efe 2606:2800:220:1:1::"


@pytest.mark.parametrize("ip", REFUSED_ADDRESSES.split())
def test_refuses_addresses_that_are_not_public(ip):
    with pytest.raises(Blocked):
        check_address(ip)


@pytest.mark.parametrize("ip", PUBLIC_ADDRESSES.split())
def test_lets_public_addresses_through(ip):
    check_address(ip)


def test_a_setting_lets_a_network_through_and_nothing_beside_it():
    allowed = networks(["127.0.0.0/8", "fd00::/8"])
    check_address("127.0.0.1", allowed)
    check_address("fd12::1", allowed)
    for ip in ("10.0.0.1", "::1", "::ffff:127.0.0.1"):
        with pytest.raises(Blocked):
            check_address(ip, allowed)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_that_the_standard_library_calls_private(address: IPv4Address):
    if not address.is_global or address.is_multicast:
        with pytest.raises(Blocked):
            check_address(str(address))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_inside_an_ipv6_address(address: IPv4Address):
    high, low = int(address) >> 16, int(address) & 0xFFFF
    for form in (f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}", f"2002:{high:x}:{low:x}::1"):
        with pytest.raises(Blocked):
            check_address(str(IPv6Address(form)))
    for form in (f"2606:2800:220:1:0:5efe:{address}", f"2606:2800:220:1:200:5efe:{address}"):
        with pytest.raises(Blocked):
            check_address(str(IPv6Address(form)))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "FILE:///x", "ftp://example.com/", "gopher://example.com/", "data:text/xml,x", "feed:http://x/",
        "javascript:alert(1)", "//example.com/", "example.com", "",
        "http://", "http:///feed", "http://[::1/", "http://example.com:99999/", "http://example.com:x/", "http://a..b/",
        "http://-\x00/", "http://exa mple.com/", "http://" + "a" * 64 + ".com/", "http://%31/",
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://127.1/",
        "http://127.0.0.0x1/", "http://0/", "http://127.0.0.1./", "http://10.0.0.1/", "http://[::1]/",
        "http://[fe80::1%25lo]/", "http://[2606:2800::1%251]/", "http://localhost/", "http://LOCALHOST./",
        "http://feeds.localhost/", "http://１２７.０.０.１/", "http://127。0。0。1/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
        "http://example.com@127.0.0.1/", "http://example.com:80@10.0.0.1/", "http://127.0.0.1\\@example.com/",
        "http://example.com\\@127.0.0.1/", "http://127.0.0.1#@example.com/",
        "http://example.com:22/", "http://example.com:25/", "http://example.com:6379/",
    ],
)  # fmt: skip
def test_refuses_urls(url):
    assert not is_allowed(url)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("http://News.Example.COM./a", "http://news.example.com/a"),
        ("http://example.com:80", "http://example.com/"),
        ("https://example.com:443/?q=1#part", "https://example.com/?q=1"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("http://user:pw@example.com/a b", "http://example.com/a%20b"),
        ("http://bücher.example.com/ä?ö=%C3%BC", "http://xn--bcher-kva.example.com/%C3%A4?%C3%B6=%C3%BC"),
        ("http://[2606:2800:220:1::34]:8080/x", "http://[2606:2800:220:1::34]:8080/x"),
        ("http://127.0.0.1.example.com/", "http://127.0.0.1.example.com/"),
        ("http://localhost.example.com/", "http://localhost.example.com/"),
        ("  http://93.184.216.34/  ", "http://93.184.216.34/"),
    ],
)
def test_reads_good_urls_in_one_way(url, clean):
    assert check_url(url).url == clean
    assert check_url(clean).url == clean


def test_userinfo_is_kept_apart_from_the_address():
    target = parse_url("https://me:s3cret@example.com/feed")
    assert target.userinfo == "me:s3cret"
    assert "s3cret" not in target.url


def test_the_setting_lets_literal_addresses_and_own_names_through():
    allowed = networks(["127.0.0.1"])
    check_target(parse_url("http://127.0.0.1:8700/"), allowed)
    check_target(parse_url("http://localhost:8700/"), allowed)
    with pytest.raises(Blocked):
        check_target(parse_url("http://127.0.0.2:8700/"), allowed)


@given(st.text() | st.text().map("http://".__add__) | st.text(alphabet="0x127.:[]@/\\%#a").map("http://".__add__))
def test_any_text_is_read_or_refused_and_reading_is_stable(text):
    try:
        target = parse_url(text)
    except Blocked:
        return
    assert target.host.isascii()
    assert target.path.isascii()
    assert parse_url(target.url).url == target.url


def test_the_sentence_names_what_is_wrong():
    with pytest.raises(BadUrl, match="host name"):
        parse_url("http:///feed")
    with pytest.raises(Blocked, match=r"10\.0\.0\.1 is not public"):
        check_url("http://10.0.0.1/")
