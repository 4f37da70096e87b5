"""The doors: how many viewers may be in the house, altogether and from one address."""

import sys
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Literal

Answer = Literal["in", "full", "crowded"]
"""What is said at the door: come in; the house is full; too many are here from your address."""

_MAPPED = bytes(10) + b"\xff\xff"
"""How an IPv6 address begins that stands for an IPv4 one (RFC 4291, 2.5.5.2): a socket for both gives these."""
_PREFIX = 8
"""Bytes of an IPv6 address that one network holds: a /64 is one household (RFC 6177), and all its own to choose from."""


def key_of(address: str) -> str:
    """The name under which an address is counted, itself an address: the same object for all who share it.

    IPv4 as it is, IPv4 in IPv6 as IPv4, other IPv6 as the first address of its /64. "" when it is no IP address
    (a unix socket has none). The key of a key is that key, so a caller may forget the address and hold the key.
    """
    try:
        if ":" not in address:
            inet_pton(AF_INET, address)
            return sys.intern(address)
        packed = inet_pton(AF_INET6, address.partition("%")[0])
    except (OSError, ValueError):
        return ""
    if packed.startswith(_MAPPED):
        return sys.intern(inet_ntop(AF_INET, packed[12:]))
    return sys.intern(inet_ntop(AF_INET6, packed[:_PREFIX] + bytes(16 - _PREFIX)))


class Doors:
    """Counts who is in the house. Addresses and keys are both taken (`key_of`); "" is held to the limit of all only."""

    __slots__ = ("_from", "_inside", "_limit", "_per_address")

    def __init__(self, limit: int, per_address: int) -> None:
        self._limit = limit
        self._per_address = per_address
        self._inside = 0
        self._from: dict[str, int] = {}

    @property
    def inside(self) -> int:
        """How many are in the house."""
        return self._inside

    def enter(self, address: str) -> Answer:
        """Let one viewer in, if there is room. Only who hears "in" is counted, and must `leave` once."""
        if self._inside >= self._limit:
            return "full"
        key = key_of(address)
        already = self._from.get(key, 0)
        if key and already >= self._per_address:
            return "crowded"
        self._from[key] = already + 1
        self._inside += 1
        return "in"

    def leave(self, address: str) -> None:
        """Let one viewer out. ValueError when nobody from this address is inside: a fault of the caller."""
        key = key_of(address)
        already = self._from.get(key, 0)
        if not already:
            raise ValueError("nobody from this address is in the house")
        self._inside -= 1
        if already > 1:
            self._from[key] = already - 1
        else:
            del self._from[key]
