"""The handshake: which requests open a socket, and what we answer."""

import re

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from app.live.deflate import single
from app.live.handshake import Upgrade, accept_key, negotiate, parse_upgrade, refusal, response
from app.live.websocket import text_frame

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TARGET = "/api/v1/walls/pyfest/live?audience=public&epoch=k3f&seq=1234"
HEADERS = {
    "host": "wall.example",
    "connection": "keep-alive, Upgrade",
    "upgrade": "websocket",
    "origin": "https://wall.example",
    "sec-websocket-version": "13",
    "sec-websocket-key": KEY,
    "sec-websocket-extensions": "permessage-deflate; client_max_window_bits",
}
ANSWER = "permessage-deflate; client_no_context_takeover"


def request(first: str = f"GET {TARGET} HTTP/1.1", **changes: str | None) -> bytes:
    headers = HEADERS | {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([first, *lines, "", ""]).encode("latin-1")


def parsed(target: str) -> Upgrade:
    upgrade = parse_upgrade(request(f"GET {target} HTTP/1.1"))
    assert upgrade is not None
    return upgrade


def lower_names(head: bytes) -> bytes:
    """As uvicorn's parser does before it hands a request over."""
    return re.sub(rb"(?m)^[\w-]+(?=:)", lambda name: name.group().lower(), head)


def test_an_upgrade_is_read() -> None:
    upgrade = parse_upgrade(request())
    assert upgrade is not None
    assert upgrade.path == "/api/v1/walls/pyfest/live"
    assert upgrade.query == {"audience": "public", "epoch": "k3f", "seq": "1234"}
    assert upgrade.headers == HEADERS
    assert upgrade.key == KEY
    assert upgrade.offers == "permessage-deflate; client_max_window_bits"


def test_a_path_and_a_query_are_percent_decoded() -> None:
    upgrade = parsed("/walls/caf%C3%A9/live?epoch=a%26b+c&seq=&audience")
    assert upgrade.path == "/walls/café/live"
    assert upgrade.query == {"epoch": "a&b c", "seq": "", "audience": ""}


def test_a_path_without_a_query_has_none() -> None:
    assert parsed("/live").query == parsed("/live?").query == parsed("/live?&").query == {}


def test_of_a_name_that_comes_twice_in_the_query_the_first_counts() -> None:
    assert parsed("/live?seq=1&seq=2").query == {"seq": "1"}


def test_repeated_headers_are_joined() -> None:
    again = request()[:-2] + b"sec-websocket-extensions: x-other\r\nx-empty:\r\n\r\n"
    upgrade = parse_upgrade(again)
    assert upgrade is not None
    assert upgrade.offers == "permessage-deflate; client_max_window_bits, x-other"
    assert upgrade.headers["x-empty"] == ""


def test_an_upgrade_needs_no_offers_and_no_origin() -> None:
    upgrade = parse_upgrade(request(sec_websocket_extensions=None, origin=None))
    assert upgrade is not None
    assert upgrade.offers == ""


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(request("POST /live HTTP/1.1"), id="not GET"),
        pytest.param(request("GET /live HTTP/1.0"), id="HTTP/1.0"),
        pytest.param(request("GET /live"), id="no version"),
        pytest.param(request("GET /a b HTTP/1.1"), id="a space in the path"),
        pytest.param(request("GET http://wall.example/live HTTP/1.1"), id="a whole address"),
        pytest.param(request("GET /caf\xe9 HTTP/1.1"), id="not ASCII"),
        pytest.param(request(host=None), id="no host"),
        pytest.param(request(upgrade="h2c"), id="another upgrade"),
        pytest.param(request(connection="keep-alive"), id="connection without upgrade"),
        pytest.param(request(sec_websocket_version="8"), id="an old version"),
        pytest.param(request(sec_websocket_key=None), id="no key"),
        pytest.param(request(sec_websocket_key="c2hvcnQ="), id="a short key"),
        pytest.param(request(sec_websocket_key=f"{KEY}, {KEY}"), id="two keys"),
        pytest.param(request(sec_websocket_key="d!hlIHNhbXBsZSBub25jZQ=="), id="not base64"),
        pytest.param(request(cookie="x" * 16_384), id="a huge head"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_request_that_is_no_proper_upgrade_is_left_to_others(wrong: bytes) -> None:
    assert parse_upgrade(wrong) is None


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes_are_an_upgrade_or_none(noise: bytes, at: int) -> None:
    assert parse_upgrade(noise) is None
    parse_upgrade(request()[:at] + noise + request()[at:])


class Asked:
    """In place of uvicorn's WebSocket protocol: keeps the request that it is given."""

    got = b""

    def __init__(self, **_: object) -> None:
        pass

    def connection_made(self, _: object) -> None:
        pass

    def data_received(self, data: bytes) -> None:
        type(self).got = data


class Wire:
    """A transport that goes nowhere."""

    def get_extra_info(self, _: str) -> None:
        return None

    def set_protocol(self, _: object) -> None:
        pass


@pytest.mark.anyio
async def test_what_uvicorn_hands_over_is_read() -> None:
    config = uvicorn.Config("app", ws=Asked, lifespan="off", log_config=None)  # type: ignore[arg-type]
    config.load_app = lambda: None  # type: ignore[method-assign]
    config.load()
    http = HttpToolsProtocol(config, ServerState(), {})
    http.connection_made(Wire())  # type: ignore[arg-type]
    http.data_received(request(Sec_WebSocket_Protocol="none").replace(b"host:", b"HoSt:"))
    upgrade = parse_upgrade(Asked.got)
    assert upgrade is not None
    assert upgrade.path == "/api/v1/walls/pyfest/live"
    assert upgrade.headers == HEADERS | {"sec-websocket-protocol": "none"}


# answers


def test_the_accept_key_is_the_one_of_the_rfc() -> None:
    assert accept_key(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("deflate", [False, True])
def test_another_client_takes_our_answer_and_reads_on(deflate: bool) -> None:
    extensions = [ClientPerMessageDeflateFactory(client_max_window_bits=True)] if deflate else None
    client = ClientProtocol(parse_uri("ws://wall.example/live"), extensions=extensions)
    asked = client.connect()
    upgrade = parse_upgrade(lower_names(asked.serialize()))
    assert upgrade is not None
    extension = negotiate(upgrade.offers)
    assert extension == (ANSWER if deflate else None)
    frame = text_frame(single(b"hello") if deflate else b"hello", deflated=deflate)
    client.receive_data(response(upgrade.key, extension) + frame)
    answer, said = client.events_received()
    assert isinstance(answer, Response)
    assert client.handshake_exc is None
    assert client.state is State.OPEN
    assert isinstance(said, Frame)
    assert said.data == b"hello"


def test_a_refusal_is_a_whole_answer() -> None:
    assert refusal(503, "Service Unavailable", "The house is full.\n", 15) == (
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: 19\r\nConnection: close\r\nRetry-After: 15\r\n\r\nThe house is full.\n"
    )


def test_a_refusal_counts_the_bytes_of_its_words_and_names_no_time_when_there_is_none() -> None:
    answer = refusal(403, "Forbidden", "Café", None)
    assert b"Content-Length: 5\r\n" in answer
    assert b"Retry-After" not in answer


# what is negotiated


@pytest.mark.parametrize(
    "offers",
    [
        "permessage-deflate",  # Firefox, Safari
        "permessage-deflate; client_max_window_bits",  # Chromium
        "permessage-deflate; client_no_context_takeover; client_max_window_bits=8",
        'permessage-deflate ;client_max_window_bits = "15"',
        "x-webkit-deflate-frame, permessage-deflate",
        "permessage-deflate; server_no_context_takeover, permessage-deflate",
        ", permessage-deflate,",
    ],
)
def test_an_offer_that_leaves_us_our_stream_is_accepted(offers: str) -> None:
    assert negotiate(offers) == ANSWER


def test_an_offer_that_names_our_window_is_answered_with_it() -> None:
    offers = "permessage-deflate; server_max_window_bits=15; client_max_window_bits"
    assert negotiate(offers) == f"{ANSWER}; server_max_window_bits=15"


def test_of_several_offers_the_first_that_suits_is_answered() -> None:
    window = "permessage-deflate; server_max_window_bits={}"
    assert negotiate(f"{window.format(10)}, permessage-deflate") == ANSWER
    assert (
        negotiate(f"{window.format(15)}, permessage-deflate")
        == f"{ANSWER}; server_max_window_bits=15"
    )


@pytest.mark.parametrize(
    "offers",
    [
        "",
        "x-webkit-deflate-frame",
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=14",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=015",
        "permessage-deflate; client_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; other",
        "permessage-deflate;",
        "permessage-deflate, (",
        'x; a="1, permessage-deflate, 2"',
    ],
)
def test_an_offer_that_does_not_suit_or_is_not_well_formed_is_declined(offers: str) -> None:
    assert negotiate(offers) is None


@given(st.text(alphabet='permessage-deflate;,= "157_', max_size=80))
def test_any_offers_are_answered_or_not(offers: str) -> None:
    assert negotiate(offers) in (None, ANSWER, f"{ANSWER}; server_max_window_bits=15")
