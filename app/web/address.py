"""Whose address a request comes from, also when a proxy stands before the service."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_WRITTEN = re.compile(r"\[([^\]]+)\](?::\d+)?|([^:]+)(?::\d+)?|(.+)", re.ASCII)
"""An address as proxies write it: in brackets or bare, IPv6 with a port only in brackets."""


class Trusted:
    """The proxies whose word is taken. Addresses and networks as `Settings.trusted_proxies` holds them, built once."""

    __slots__ = ("_networks",)

    def __init__(self, proxies: Iterable[str]) -> None:
        self._networks = tuple(ip_network(proxy) for proxy in proxies)

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def client_address(peer: str, forwarded_for: str, trusted: Trusted) -> str:
    """The address of whoever asks: the peer's own, or what a trusted peer says of it.

    `peer` is the address that connected, "" for a unix socket. `forwarded_for` is X-Forwarded-For, several joined by
    commas. Every proxy adds at its right end whom it heard, so the right-most that is not ours is the last one that
    somebody we trust has seen; what stands left of it may be made up. Where the chain cannot be read, the peer counts;
    where all are ours, the left-most does, as in uvicorn's ProxyHeadersMiddleware.
    """
    nearest = _parsed(peer) if forwarded_for else None
    if nearest is None or nearest not in trusted:
        return peer
    for written in reversed(forwarded_for.split(",")):
        nearest = _parsed(written.strip())
        if nearest is None:
            return peer
        if nearest not in trusted:
            break
    return str(nearest)


def _parsed(written: str) -> IPv4Address | IPv6Address | None:
    """The address, without brackets, port and zone; IPv4 in IPv6 as IPv4. None when it is none."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return None
    try:
        address = ip_address(match[match.lastindex or 0].partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
