"""Fetches pictures from servers that nobody trusts, within limits of time, size and number."""

import ssl
from asyncio import Semaphore, timeout
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

import anyio
import httpcore2
import httpx2 as httpx

from app.media.errors import MediaRefused, MediaUnavailable
from app.media.guard import Guard, Target

USER_AGENT = "Hallway (conference wall, pictures of posts)"
_ACCEPT = "image/webp,image/jpeg,image/png,image/gif,image/avif;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ATTEMPT_S = 3.0
_BUSY_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What fetching one picture, and all of them, may cost."""

    max_bytes: int = 10 * 1024 * 1024
    total_s: float = 10.0
    """From the first connection to the last byte, redirects included, waiting for a place not."""
    wait_s: float = 30.0
    """The longest wait for a place."""
    per_host: int = 4
    overall: int = 16
    """Also bounds memory: a place is held until its picture is rendered."""
    redirects: int = 3


class GuardedBackend(httpcore2.AnyIOBackend):
    """Makes sockets to checked addresses only: here, so that no way leads around the check."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of `host` that answers; TLS still names `host`."""
        try:
            addresses = await self._guard.addresses(host, port)
        except OSError as error:
            raise httpcore2.ConnectError(f"{host} has no address") from error
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for number, address in enumerate(addresses, start=1):
            # A dead IPv6 route must not use up the time of the working IPv4 one.
            patience = timeout if number == len(addresses) else _ATTEMPT_S
            try:
                return await super().connect_tcp(
                    address, port, patience, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class Fetcher:
    """Gets sources of pictures. It speaks through a bare connection pool, which knows no cookies,
    no redirects, no proxies from the environment and no decompression."""

    def __init__(self, guard: Guard, limits: Limits, ssl_context: ssl.SSLContext | None) -> None:
        self._guard = guard
        self._limits = limits
        self._overall = Semaphore(limits.overall)
        self._hosts: WeakValueDictionary[str, Semaphore] = WeakValueDictionary()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            max_connections=limits.overall,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(guard),
        )

    @asynccontextmanager
    async def source(self, url: str) -> AsyncIterator[bytes]:
        """The bytes at `url`; one place among the fetches is held as long as the block runs.

        Raises MediaRefused or MediaUnavailable.
        """
        target, left = self._guard.target(url), self._limits.total_s
        for _ in range(self._limits.redirects + 1):
            async with self._place(target.host):
                began = anyio.current_time()
                answer = await self._answer(target, left)
                left -= anyio.current_time() - began
                if isinstance(answer, bytes):
                    yield answer
                    return
            target = answer
        raise MediaRefused("The picture's address leads from one address to the next.")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    @asynccontextmanager
    async def _place(self, host: str) -> AsyncIterator[None]:
        # The host's place first: pictures of a slow host wait without taking places of others.
        gate = self._hosts.setdefault(host, Semaphore(self._limits.per_host))
        async with AsyncExitStack() as places:
            try:
                async with timeout(self._limits.wait_s):
                    await places.enter_async_context(gate)
                    await places.enter_async_context(self._overall)
            except TimeoutError:
                message = "Too many pictures are on their way."
                raise MediaUnavailable(message, retry_after_s=_BUSY_RETRY_S) from None
            yield

    async def _answer(self, target: Target, left_s: float) -> bytes | Target:
        """The body, or where a redirect leads."""
        try:
            with anyio.fail_after(left_s):
                async with self._pool.stream(
                    "GET", _core_url(target), headers=_headers(target)
                ) as response:
                    return await self._read(target, response)
        except TimeoutError:
            raise MediaUnavailable(f"{target.host} took too long.") from None
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.TimeoutException,
        ) as error:
            raise MediaUnavailable(f"{target.host} cannot be read: {error}") from error

    async def _read(self, target: Target, response: httpcore2.Response) -> bytes | Target:
        headers = httpx.Headers(response.headers)
        if response.status in _REDIRECTS and "location" in headers:
            return self._guard.redirect(target, headers["location"])
        if response.status != 200:
            message = f"{target.host} answers {response.status}."
            raise MediaUnavailable(message, retry_after_s=_retry_after_s(headers))
        check_headers(headers, self._limits.max_bytes)
        body = bytearray()
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise _too_large(self._limits.max_bytes)
        return bytes(body)


def check_headers(headers: httpx.Headers, max_bytes: int) -> None:
    """Refuse what need not be read. What the bytes really are is found by decoding them."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind.startswith("image/") or kind.startswith("image/svg"):
        raise MediaRefused(f"{kind or 'Something without a type'} is not a picture we show.")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise MediaRefused("The picture came compressed though we asked for it as it is.")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> MediaRefused:
    return MediaRefused(f"The picture is larger than {max_bytes // 1024} KiB.")


def _retry_after_s(headers: httpx.Headers) -> float:
    """What the server asks for, a minute to an hour (RFC 9110, 10.2.3; dates are not read)."""
    asked = headers.get("retry-after", "")
    return min(max(float(asked), 60.0), 3600.0) if asked.isdecimal() else 60.0


def _core_url(target: Target) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=target.url.raw_scheme,
        host=target.host.encode("ascii"),
        port=target.port,
        target=target.url.raw_path,
    )


def _headers(target: Target) -> list[tuple[bytes, bytes]]:
    return [
        (b"Host", target.url.netloc),
        (b"User-Agent", USER_AGENT.encode("ascii")),
        (b"Accept", _ACCEPT.encode("ascii")),
        (b"Accept-Encoding", b"identity"),
    ]
