"""Whose address counts: nobody can put on another's by writing a header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import load
from app.web.address import Trusted, client_address

OURS = Trusted(["127.0.0.1", "::1", "10.1.0.0/16", "2001:db8:f::/48"])
STRANGER, PROXY = "203.0.113.9", "127.0.0.1"
written = st.text(max_size=20) | st.ip_addresses().map(str)


def outside(address: str) -> bool:
    """Not trusted, and written as we write it."""
    unheard = client_address(address, "192.0.2.1", OURS) == address
    return unheard and client_address(PROXY, address, OURS) == address


strangers = st.ip_addresses().map(str).filter(outside)


def test_without_a_proxy_it_is_the_address_that_connected() -> None:
    assert client_address(STRANGER, "", OURS) == STRANGER
    assert client_address(PROXY, "", OURS) == PROXY
    assert client_address("", "", OURS) == ""


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (STRANGER, STRANGER),
        (f"  {STRANGER} ", STRANGER),
        (f"{STRANGER}:50412", STRANGER),
        ("2001:DB8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        (f"::ffff:{STRANGER}", STRANGER),
        (f"[::ffff:{STRANGER}]:443", STRANGER),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_a_trusted_proxy_names_the_client_in_any_of_the_usual_ways(said: str, address: str) -> None:
    assert client_address(PROXY, said, OURS) == address


@pytest.mark.parametrize("peer", [PROXY, "::1", "::ffff:127.0.0.1", "10.1.9.9", "2001:db8:f:1::2"])
def test_addresses_and_networks_are_trusted_in_either_family(peer: str) -> None:
    assert client_address(peer, STRANGER, OURS) == STRANGER


@pytest.mark.parametrize(
    "peer", [STRANGER, "10.2.0.1", "2001:db8:e::1", "::ffff:10.2.0.1", "", "x"]
)
def test_nobody_else_is_believed(peer: str) -> None:
    assert client_address(peer, "192.0.2.1", OURS) == peer


def test_through_several_proxies_of_ours_it_is_the_last_stranger() -> None:
    assert client_address(PROXY, f"192.0.2.1, {STRANGER}, 10.1.0.2, [::1]:80", OURS) == STRANGER


def test_a_request_of_a_proxy_itself_comes_from_the_first_of_them() -> None:
    assert client_address(PROXY, "10.1.0.2, 127.0.0.1", OURS) == "10.1.0.2"


@pytest.mark.parametrize(
    "garbage",
    [
        ",",
        "unknown",
        "_hidden",
        "1.2.3",
        "[::1",
        "[::1]x",
        "[]",
        "1.2.3.4:x",
        "::1:80:x",
        "\0",
        "١.1.1.1",
    ],
)
def test_garbage_leaves_the_address_that_connected(garbage: str) -> None:
    assert client_address(PROXY, garbage, OURS) == PROXY
    assert client_address(PROXY, f"{STRANGER}, {garbage}, 10.1.0.2", OURS) == PROXY


def test_who_trusts_nobody_believes_nobody() -> None:
    assert client_address(PROXY, STRANGER, Trusted([])) == PROXY


def test_a_proxy_on_this_machine_is_trusted_unless_the_settings_say_otherwise() -> None:
    assert client_address("::1", STRANGER, Trusted(load(None, {}).trusted_proxies)) == STRANGER
    settings = load(None, {"trusted_proxies": "10.0.0.0/8"})
    assert client_address("::1", STRANGER, Trusted(settings.trusted_proxies)) == "::1"


@given(st.lists(written, max_size=5), strangers)
def test_whatever_a_client_writes_itself_the_proxy_has_the_last_word(
    made_up: list[str], real: str
) -> None:
    assert client_address(PROXY, ", ".join([*made_up, real]), OURS) == real


@given(st.lists(written, max_size=5), strangers)
def test_whatever_a_stranger_writes_who_comes_directly_is_not_heard(
    made_up: list[str], real: str
) -> None:
    assert client_address(real, ",".join(made_up), OURS) == real
