"""What goes wrong on the way to a server is named: TLS, proxies, names, portals and clocks. All on loopback."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from app.errors import SourceError
from app.ports import Condition
from app.sources.bulletin import Bulletin
from app.sources.connection import Timeouts, tls
from app.sources.http import JsonClient
from app.sources.sockets import ERRORS, open_socket, why_not
from app.sources.troubles import explain, proxy_for, shown
from tests.fake_mastodon import TAG, FakeMastodon, Follow, ManualClock, answers, source, status
from tests.fakes import Reports
from tests.small_proxy import SmallProxy

pytestmark = pytest.mark.anyio
SHORT = Timeouts(2, 2, 3)
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ws_proxy", "wss_proxy")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield
    tls.cache_clear()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@asynccontextmanager
async def secure(cert: trustme.LeafCert) -> AsyncIterator[int]:
    """A TLS server that shows this certificate and says nothing more; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def sentence(base: str) -> str:
    async with JsonClient(base, clock=ManualClock(), timeouts=SHORT) as client:
        with pytest.raises(SourceError) as caught:
            await client.get("/x")
    return str(caught.value)


async def socket_sentence(address: str) -> str:
    with pytest.raises(ERRORS) as caught:
        async with open_socket(address, contact="", timeouts=SHORT):
            raise AssertionError("it opened")
    return why_not(address, caught.value)


# --- TLS ---

NOW = datetime.now(UTC)  # OpenSSL looks at the machine's clock
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("names", "times", "trusted", "words"),
    [
        ("127.0.0.1", (NOW - 9 * DAY, NOW - DAY), True, "has expired"),
        ("127.0.0.1", (NOW + DAY, NOW + 9 * DAY), True, "is not valid yet: the clock"),
        ("fedi.example", (NOW - DAY, NOW + DAY), True, "is for another name"),
        ("127.0.0.1", (NOW - DAY, NOW + DAY), False, "Nobody whom this machine trusts"),
    ],
)
async def test_each_trouble_with_a_certificate_has_its_own_sentence(
    authority: trustme.CA,
    names: str,
    times: tuple[datetime, datetime],
    trusted: bool,
    words: str,
) -> None:
    cert = authority.issue_cert(names, not_before=times[0], not_after=times[1])
    if trusted:
        authority.configure_trust(tls())
    async with secure(cert) as port:
        assert words in await sentence(f"https://127.0.0.1:{port}")
        assert words in await socket_sentence(f"wss://127.0.0.1:{port}")


async def test_a_home_made_certificate_is_called_so() -> None:
    alone = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with alone.cert_pem.tempfile() as cert, alone.private_key_pem.tempfile() as key:
        context.load_cert_chain(cert, key)

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    assert "a TLS certificate that it made itself" in await sentence(f"https://127.0.0.1:{port}")
    server.close()


# --- names ---


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (socket.EAI_NONAME, "There is no server named fedi.example."),
        (socket.EAI_AGAIN, "Name resolution (DNS) does not work here"),
    ],
)
async def test_a_name_that_is_not_there_and_a_resolver_that_is_not_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    async def fails(*args: Any, **more: Any) -> None:
        raise socket.gaierror(number, "made up")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fails)
    assert words in await sentence("https://fedi.example")


# --- proxies ---


async def test_requests_and_sockets_go_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with SmallProxy().running() as proxy, FakeMastodon(token="t").running() as fake:
        monkeypatch.setenv("ALL_PROXY", proxy.address)
        async with JsonClient(fake.base, clock=ManualClock(), token="t") as client:
            assert (await client.get("/api/v1/statuses")).data == []
        address = fake.base.replace("http", "ws", 1) + f"/api/v1/streaming?stream=hashtag&tag={TAG}"
        signed = {"Authorization": "Bearer t"}
        async with open_socket(address, contact="", timeouts=SHORT, headers=signed):
            await fake.connected()
    assert proxy.asked == [
        f"GET {fake.base}/api/v1/statuses HTTP/1.1",
        f"CONNECT {fake.server} HTTP/1.1",
    ]


async def test_what_no_proxy_names_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    async with SmallProxy().running() as proxy, FakeMastodon().running() as fake:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with JsonClient(fake.base, clock=ManualClock()) as client:
            await client.get("/api/v1/statuses")
        assert proxy_for(fake.base.replace("http", "ws", 1)) is None
    assert proxy.asked == []


async def test_a_proxy_that_wants_a_password_gets_it_and_says_so_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with SmallProxy("crew:secret").running() as proxy, FakeMastodon().running() as fake:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        async with JsonClient(fake.base, clock=ManualClock()) as client:
            assert (await client.get("/api/v1/statuses")).data == []

        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("HTTP_PROXY")
        for said in (
            await sentence(fake.base),
            await sentence("https://fedi.example"),
            await socket_sentence("wss://fedi.example"),
        ):
            assert f"The proxy 127.0.0.1:{proxy.port} wants a name and a password" in said


async def test_a_proxy_that_is_away_is_named_instead_of_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://crew:secret@127.0.0.1:9")
    wanted = "The proxy 127.0.0.1:9 refuses connections: nothing listens there."
    assert await sentence("https://fedi.example") == wanted
    assert await socket_sentence("wss://fedi.example") == wanted


@pytest.mark.parametrize(
    "proxy", ["socks5://crew:secret@127.0.0.1:9", "http://", "ftp://a.example"]
)
async def test_a_proxy_that_hallway_cannot_use_is_a_plain_sentence(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    async with FakeMastodon().running() as fake:
        follow = Follow(source(fake, ManualClock()), ManualClock())
        async with follow:
            error = await follow.failure()
    assert "none that Hallway can use" in str(error)
    assert "secret" not in str(error)


@given(st.text(max_size=30))
def test_no_proxy_address_breaks_the_word_for_it_and_no_password_is_in_it(text: str) -> None:
    assert "hunter2" not in shown(f"http://crew:hunter2@{text}") or "hunter2" in text
    shown(text)


# --- portals ---


async def test_a_network_that_wants_a_sign_in_is_told() -> None:
    async with FakeMastodon().running() as fake:
        fake.fail("/x", answers(511))
        assert "This network wants a sign-in first" in await sentence(fake.base)


# --- clocks ---


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(hours=1), "The clock of this machine is 60 min slow"),
        (timedelta(hours=-1), "The clock of this machine is 60 min fast"),
        (timedelta(seconds=100), ""),
    ],
)
async def test_a_clock_that_is_off_is_told_beside_the_state(off: timedelta, words: str) -> None:
    clock = ManualClock()
    async with FakeMastodon(date=clock.now() + off).running() as fake:
        fake.post(status(1))
        async with Follow(source(fake, clock), clock) as follow:
            await follow.settled()
            assert follow.health.condition is Condition.LIVE
            assert words in follow.health.detail
            assert ("clock" in follow.health.detail) is bool(words)
            assert len(follow.arrivals) == 1


async def test_an_old_answer_from_a_cache_does_not_make_the_clock_wrong() -> None:
    clock = ManualClock()
    reports = Reports()
    fake = FakeMastodon(date=clock.now() - timedelta(minutes=10), headers={"age": "600"})
    async with (
        fake.running(),
        JsonClient(fake.base, clock=clock, bulletin=Bulletin(reports)) as client,
    ):
        await client.get("/api/v1/statuses")
    assert reports.promises
    assert not any("clock" in one.detail for one in reports.healths)


@given(st.integers(-20, 5), st.text(max_size=20))
def test_every_error_has_a_sentence(number: int, text: str) -> None:
    for error in (OSError(number, text), socket.gaierror(number, text), ssl.SSLError(number, text)):
        assert explain("fedi.example", error).endswith((".", ")."))
