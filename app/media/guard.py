"""Which addresses pictures are fetched from: pure decisions, and the seam to the resolver."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx2 as httpx

from app.media.errors import MediaRefused

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) to IP addresses as text. Raises OSError when the name has none."""

# Of our own: names whose servers never answer must not use up the threads that sources resolve with.
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="media-names")
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# IANA special-purpose address registries (RFC 6890 and its updates); 168.63.129.16 is the inside
# of one big cloud though its block is public. `is_global` is not used: its answers differ between
# patch releases of Python.
_INSIDE_4 = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "168.63.129.16/32"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Only 2000::/3 is given out as global unicast (RFC 4291, RFC 3587). Out of it: protocol assignments
# with Teredo, documentation, 6to4. IPv4-mapped and NAT64 addresses lie outside of 2000::/3.
_UNICAST_6 = ip_network("2000::/3")
_INSIDE_6 = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def is_global(address: IPv4Address | IPv6Address) -> bool:
    """True for an address of the open internet that belongs to one machine."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INSIDE_4)
    return address in _UNICAST_6 and not any(address in network for network in _INSIDE_6)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that `host` spells, None when it is a name.

    Raises MediaRefused for the other spellings of IPv4 (`127.1`, `0x7f000001`, `2130706433`),
    which resolvers read as addresses: a name never ends in a number (WHATWG URL Standard, 3.5).
    """
    try:
        return ip_address(host)
    except ValueError:
        if _NAME.fullmatch(host) and not _NUMBER.fullmatch(host.rpartition(".")[2]):
            return None
        raise MediaRefused("The picture's address names no proper host.") from None


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked for, apart from where its name leads."""

    url: httpx.URL
    host: str
    """Lower case, ASCII, without a trailing dot; IPv6 without brackets."""
    port: int


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of `host`, in the order to try them (RFC 6724)."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    answers = await asyncio.get_running_loop().run_in_executor(_THREADS, ask)
    return [str(answer[4][0]) for answer in answers]


class Guard:
    """Says which addresses are asked, and to which machine a name leads."""

    def __init__(self, allowed_hosts: Collection[str] = (), resolver: Resolver = resolve) -> None:
        self._allowed = {_host_and_port(entry) for entry in allowed_hosts}
        self._resolver = resolver

    def target(self, url: str | httpx.URL) -> Target:
        """Check an address as far as it can be without resolving its name. Raises MediaRefused."""
        try:
            parsed = httpx.URL(url)
            host = parsed.raw_host.decode("ascii").removesuffix(".").lower()
            parsed = parsed.copy_with(host=host, fragment=None)
        except (httpx.InvalidURL, ValueError):
            raise MediaRefused("The picture's address is not an address.") from None
        if parsed.scheme not in _PORTS or parsed.userinfo:
            raise MediaRefused("Pictures are fetched from http and https addresses only.")
        port = _PORTS[parsed.scheme] if parsed.port is None else parsed.port
        target = Target(parsed, host, port)
        self._check(target)
        return target

    def redirect(self, target: Target, location: str) -> Target:
        """Where `target` sends us, checked alike. Raises MediaRefused."""
        try:
            url = target.url.join(location)
        except (httpx.InvalidURL, ValueError):
            raise MediaRefused("The picture's address leads to no address.") from None
        return self.target(url)

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """The IP addresses to connect to, each checked, in the order to try them.

        Resolves once: who connects uses this answer and asks no more.
        Raises MediaRefused when any answer is not on the open internet, OSError when there is none.
        """
        found = literal(host)
        answers = [str(found)] if found else list(dict.fromkeys(await self._resolver(host, port)))
        if not self._allows(host, port) and not all(map(_reads_global, answers)):
            raise MediaRefused("The picture's host is not on the open internet.")
        return answers

    def _check(self, target: Target) -> None:
        if self._allows(target.host, target.port):
            return
        if target.port not in _PORTS.values():
            raise MediaRefused("Pictures are fetched from ports 80 and 443 only.")
        found = literal(target.host)
        if found and not is_global(found):
            raise MediaRefused("The picture's host is not on the open internet.")

    def _allows(self, host: str, port: int) -> bool:
        return (host, port) in self._allowed or (host, None) in self._allowed


def _reads_global(answer: str) -> bool:
    try:
        return is_global(ip_address(answer))
    except ValueError:
        return False


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """`127.0.0.1:8080`, `fedi.example`, `[::1]:8080` or `::1` as host and port (None: any)."""
    host, colon, port = entry.strip().lower().rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.startswith("[")):
        return host.strip("[]"), int(port)
    return entry.strip().lower().strip("[]"), None
