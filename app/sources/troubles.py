"""What a connection that failed means: one plain sentence, from the cause at its root. Pure but for the environment."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2 as httpx
from websockets import exceptions as ws

from app.errors import SourceError

PROXY = "source.proxy"

PROXY_HINT = "It is set by HTTP_PROXY, HTTPS_PROXY or ALL_PROXY in the environment."

CLOCK_SLACK = timedelta(minutes=2)
"""Clocks that differ by less are told nothing: an answer may have been on its way for 20 s."""

_TLS = {
    9: "The TLS certificate of {} is not valid yet: the clock of this machine is probably slow.",
    10: "The TLS certificate of {} has expired, or the clock of this machine is fast.",
    18: "{} shows a TLS certificate that it made itself: nobody vouches for it.",
    19: "Nobody whom this machine trusts vouches for the TLS certificate of {}.",
    20: "Nobody whom this machine trusts vouches for the TLS certificate of {}.",
    21: "Nobody whom this machine trusts vouches for the TLS certificate of {}.",
    62: "The TLS certificate shown for {} is for another name (a captive portal in between?).",
    64: "The TLS certificate shown for {} is for another name (a captive portal in between?).",
}
"""By OpenSSL's number of what is wrong (X509_V_ERR_… in openssl/x509_vfy.h)."""

_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})

_TROUBLES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((httpx.TooManyRedirects,), "{} redirects in circles."),
    (
        (ssl.SSLError,),
        "{} shows no valid TLS certificate (or a captive portal is in between).",
    ),
    ((ConnectionRefusedError,), "{} refuses connections: nothing listens there."),
    ((httpx.TimeoutException, TimeoutError), "{} took too long to answer."),
    (
        (httpx.RemoteProtocolError, httpx.DecodingError, ConnectionResetError, EOFError),
        "{} broke off in the middle of its answer.",
    ),
)
"""What an error at the root of a failed request means; the first that fits counts."""


def explain(server: str, error: BaseException, via: str = "") -> str:
    """One plain sentence about a connection to `server` that failed, perhaps through the proxy `via`."""
    causes = list(_causes(error))
    if via and any(isinstance(one, ConnectionRefusedError | socket.gaierror) for one in causes):
        server = f"the proxy {via}"
    special = (_special(server, cause, via) for cause in causes)
    sentence = next((one for one in special if one), "") or _general(server, causes)
    return sentence[0].upper() + sentence[1:] if sentence.startswith("the ") else sentence


def _special(server: str, cause: BaseException, via: str) -> str:
    """What an error says of itself in numbers; empty when it is of another kind."""
    if isinstance(cause, httpx.ProxyError | ws.ProxyError):
        return _proxy(server, cause, via)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _TLS.get(cause.verify_code, "").format(server)
    if isinstance(cause, socket.gaierror):
        return _name(server, cause)
    if isinstance(cause, ws.InvalidStatus):
        return f"{server} answers {cause.response.status_code}."
    return ""


def _general(server: str, causes: Sequence[BaseException]) -> str:
    for kinds, sentence in _TROUBLES:
        if any(isinstance(cause, kinds) for cause in causes):
            return sentence.format(server)
    return f"{server} cannot be reached."


def _name(server: str, error: socket.gaierror) -> str:
    if error.errno in _NO_SUCH_NAME:
        return f"There is no server named {server.removeprefix('the proxy ')}."
    return f"Name resolution (DNS) does not work here: {server} could not be looked up."


def _proxy(server: str, error: BaseException, via: str) -> str:
    """httpx tells the status in words only, websockets in its response."""
    status = error.response.status_code if isinstance(error, ws.InvalidProxyStatus) else 0
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED or str(error).startswith("407"):
        return proxy_wants_password(via)
    return f"The proxy{_by(via)} on the way to {server} refused."


def proxy_wants_password(via: str) -> str:
    """407, whoever says it."""
    return f"The proxy{_by(via)} wants a name and a password, or others than it got. {PROXY_HINT}"


def _by(via: str) -> str:
    return f" {via}" if via else ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and what is inside groups."""
    yield error
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _causes(inner)
    before = error.__cause__ or error.__context__
    if before is not None:
        yield from _causes(before)


# --- proxies ---


def proxy_for(address: str) -> str | None:
    """The proxy that the environment names for an address (http, https, ws or wss), with its password.

    HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, in small letters too, but for what NO_PROXY names; the same
    for sockets as for all else. Raises SourceError for a kind of proxy that Hallway does not speak to.
    """
    parts = urlsplit(address)
    proxies = getproxies()
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if urlsplit(proxy).scheme not in ("http", "https") or not shown(proxy):
        raise SourceError(
            f"The proxy {shown(proxy)} is none that Hallway can use.".replace("  ", " "),
            hint=f"It looks like this: http://proxy.example:3128. {PROXY_HINT}",
            code=PROXY,
        )
    return proxy


def shown(proxy: str | None) -> str:
    """A proxy without its password: `proxy.example:3128`, with its scheme where that is not http."""
    if proxy is None:
        return ""
    try:
        parts = urlsplit(proxy)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    scheme = "" if parts.scheme == "http" else f"{parts.scheme}://"
    return f"{scheme}{parts.hostname}{port}" if parts.hostname else ""


# --- clocks ---


def clocks_differ(server: str, ahead: timedelta) -> str:
    """Word of a clock here that is ahead of a server's, or behind; empty when they agree."""
    if abs(ahead) <= CLOCK_SLACK:
        return ""
    way = "fast" if ahead > timedelta(0) else "slow"
    minutes = round(abs(ahead).total_seconds() / 60)
    return f"The clock of this machine is {minutes} min {way} by that of {server}: one is wrong."
