"""No address of a stranger makes us connect to a machine of our own side."""

import ssl
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.errors import MediaRefused, MediaUnavailable
from app.media.fetch import Fetcher, Limits
from app.media.guard import Guard, Resolver, is_global

pytestmark = pytest.mark.anyio

TRUST = ssl.create_default_context()
"""One for all: reading the list of whom to trust took longer than everything else here."""
PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

INSIDE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1"),
    *("127.255.0.9", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192"),
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("168.63.129.16", "224.0.0.251", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:10.0.0.1", "::ffff:93.184.215.14", "::10.0.0.1", "fe80::1", "fec0::1"),
    *("fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b::5db8:d70e"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:a00:1::1"),
    *("3fff::1", "5f00::1", "4000::1"),
]

REFUSED = [
    *("http://127.1/a", "http://0x7f.1/a", "http://0x7f000001/a", "http://2130706433/a"),
    *("http://0177.0.0.1/a", "http://0/a", "http://127.0.0.1./a", "http://1.2.3.4.5/a"),
    *("http://017700000001/a", "http://host.0x/a", "http://93.184.215/a"),
    "http://127\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}0\N{IDEOGRAPHIC FULL STOP}1/a",
    "http://\N{CIRCLED DIGIT ONE}27.0.0.1/a",
    *("http://[fe80::1%25eth0]/a", "http://[::ffff:7f00:1]/a", "http://a%2eb.example/a"),
    *("http://user:secret@pics.example/a", "http://pics.example\\@127.0.0.1/a"),
    *("http://pics.example:22/a", "http://pics.example:8080/a", "http://pics.example:0/a"),
    *("http://pics.example:99999/a", "http:///a", "//pics.example/a", "pics.example/a", ""),
    *("file:///etc/passwd", "gopher://pics.example/a", "ftp://pics.example/a"),
    *("data:image/png;base64,AAAA", "javascript:alert(1)", "http://pics.example/\ud800"),
]


def answering(*answers: Sequence[str]) -> tuple[Resolver, list[str]]:
    """A resolver that gives these answers one after the other, and whom it was asked for."""
    asked: list[str] = []

    async def resolver(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolver, asked


async def fetch(url: str, resolver: Resolver, allowed: Sequence[str] = ()) -> bytes:
    fetcher = Fetcher(Guard(allowed, resolver), Limits(), TRUST)
    try:
        async with fetcher.source(url) as source:
            return source
    finally:
        await fetcher.aclose()


@pytest.mark.parametrize("url", REFUSED)
async def test_an_odd_address_is_refused_before_any_connection(
    url: str, connections: list[tuple[str, int]]
) -> None:
    resolver, _ = answering([PUBLIC])
    with pytest.raises(MediaRefused):
        await fetch(url, resolver)
    assert connections == []


@pytest.mark.parametrize("address", INSIDE)
async def test_a_name_that_leads_inside_is_refused_before_any_connection(
    address: str, connections: list[tuple[str, int]]
) -> None:
    for answers in ([address], [PUBLIC, address], [address, PUBLIC_6]):
        with pytest.raises(MediaRefused):
            await fetch("https://pics.example/a", answering(answers)[0])
    assert connections == []


@pytest.mark.parametrize("address", INSIDE)
async def test_an_inside_address_spelt_out_is_refused_and_no_name_is_asked(
    address: str, connections: list[tuple[str, int]]
) -> None:
    host = f"[{address}]" if ":" in address else address
    resolver, asked = answering([PUBLIC])
    with pytest.raises(MediaRefused):
        await fetch(f"http://{host}/a", resolver)
    assert (connections, asked) == ([], [])


async def test_an_answer_that_is_no_address_is_refused(connections: list[tuple[str, int]]) -> None:
    with pytest.raises(MediaRefused):
        await fetch("http://pics.example/a", answering(["fe80::1%eth0"])[0])
    assert connections == []


async def test_the_checked_address_is_the_one_that_is_connected(
    connections: list[tuple[str, int]],
) -> None:
    resolver, asked = answering([PUBLIC], ["127.0.0.1"])
    with pytest.raises(MediaUnavailable):
        await fetch("http://rebinding.example/a", resolver)
    assert connections == [(PUBLIC, 80)]
    assert asked == ["rebinding.example"]


async def test_every_checked_address_is_tried_in_its_order(
    connections: list[tuple[str, int]],
) -> None:
    with pytest.raises(MediaUnavailable):
        await fetch("https://pics.example/a", answering([PUBLIC_6, PUBLIC])[0])
    assert connections == [(PUBLIC_6, 443), (PUBLIC, 443)]


async def test_a_name_without_addresses_is_unavailable_not_refused(
    connections: list[tuple[str, int]],
) -> None:
    async def resolver(host: str, _: int) -> Sequence[str]:
        raise OSError(host)

    for none in (resolver, answering([])[0]):
        with pytest.raises(MediaUnavailable):
            await fetch("http://pics.example/a", none)
    assert connections == []


@pytest.mark.parametrize(
    ("allowed", "url", "connected"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/a", [("127.0.0.1", 8080)]),
        ("127.0.0.1", "http://127.0.0.1:3000/a", [("127.0.0.1", 3000)]),
        ("fedi.example:3000", "http://Fedi.example:3000/a", [("10.0.0.7", 3000)]),
        ("fedi.example", "https://fedi.example./a", [("10.0.0.7", 443)]),
        ("[::1]:8080", "http://[::1]:8080/a", [("::1", 8080)]),
        ("::1", "http://[::1]:8080/a", [("::1", 8080)]),
    ],
)
async def test_a_host_that_the_operator_named_may_be_inside(
    allowed: str, url: str, connected: list[tuple[str, int]], connections: list[tuple[str, int]]
) -> None:
    with pytest.raises(MediaUnavailable):
        await fetch(url, answering(["10.0.0.7"])[0], [allowed])
    assert connections == connected


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8081/a", "http://127.0.0.1/a", "http://fedi.example/a", "http://[::1]/a"],
)
async def test_naming_a_host_with_its_port_opens_nothing_else(
    url: str, connections: list[tuple[str, int]]
) -> None:
    with pytest.raises(MediaRefused):
        await fetch(url, answering(["10.0.0.7"])[0], ["127.0.0.1:8080", "other.example"])
    assert connections == []


@given(st.ip_addresses())
def test_no_special_address_counts_as_global(address: IPv4Address | IPv6Address) -> None:
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    assert not (special and is_global(address))


@given(st.sampled_from(["", "http://", "https://pics.example/", "//"]), st.text(max_size=40))
def test_any_text_is_a_target_or_refused(start: str, text: str) -> None:
    guard = Guard()
    base = guard.target("https://pics.example/a/b")
    for read in (guard.target, lambda to: guard.redirect(base, to)):
        try:
            target = read(start + text)
        except MediaRefused:
            continue
        assert target.url.scheme in ("http", "https")
        assert target.port in (80, 443)
        assert target.host.isascii()
        assert "@" not in str(target.url.netloc)


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC_6, "1.1.1.1", "8.8.8.8", "2a00:1450::1"])
def test_an_address_of_the_open_internet_is_global(address: str) -> None:
    assert is_global(ip_address(address))
