"""What a page may say to a line, and how what it must not say ends (RFC 6455, RFC 7692): for lean lines and plain ones."""

import contextlib
import itertools
import zlib
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.contracts.line_service import KINDS, POSTS, SEEN, Line, fresh, started
from tests.wire_client import OFFER, Close, Op, close_frame, eventually, frame, holds

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture(scope="module", params=KINDS)
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    """Each kind of line in turn."""
    with started(tmp_path_factory.mktemp("line") / "service", request.param) as running:
        yield running
        assert running.faults() == 0, running.service.log.read_text()


compresses = pytest.mark.parametrize("line", ["lean"], indirect=True)
"""Only lean lines offer compression."""


# what a page must not say

FRAGMENT = frame(Op.TEXT, b"{", fin=False)
FAULTS = {
    "binary": (frame(Op.BINARY, b"\x00binary"), 1003),
    "a text that is no UTF-8": (frame(Op.TEXT, b'{"kind": "\xff"}'), 1007),
    "a surrogate": (frame(Op.TEXT, b"\xed\xa0\x80"), 1007),
    "UTF-8 that ends too soon": (frame(Op.TEXT, b"\xf0\x9f\x90"), 1007),
    "5,000 bytes": (frame(Op.TEXT, b"x" * 5_000), 1009),
    "one byte too many": (frame(Op.TEXT, b"x" * 4_097), 1009),
    "10,000 bytes announced": (frame(Op.TEXT, announced=10_000), 1009),
    "1 TiB announced": (frame(Op.TEXT, announced=1 << 40), 1009),
    "too much in sum": (
        frame(Op.TEXT, b"x" * 3_000, fin=False) + frame(Op.CONT, b"x" * 3_000),
        1009,
    ),
    "not masked": (frame(Op.TEXT, SEEN, mask=False), 1002),
    "a ping not masked": (frame(Op.PING, b"", mask=False), 1002),
    "RSV1 without an extension": (frame(Op.TEXT, SEEN, rsv=0b100), 1002),
    "RSV2": (frame(Op.TEXT, SEEN, rsv=0b010), 1002),
    "RSV3": (frame(Op.TEXT, SEEN, rsv=0b001), 1002),
    "a ping with RSV1": (frame(Op.PING, b"", rsv=0b100), 1002),
    "opcode 3": (frame(0x3, SEEN), 1002),
    "opcode 11": (frame(0xB, b""), 1002),
    "a ping in fragments": (frame(Op.PING, b"", fin=False), 1002),
    "a ping of 126 bytes": (frame(Op.PING, b"x" * 126), 1002),
    "a continuation of nothing": (frame(Op.CONT, SEEN), 1002),
    "a message inside a message": (FRAGMENT + frame(Op.TEXT, SEEN), 1002),
    "a close frame of one byte": (frame(Op.CLOSE, b"\x03"), 1002),
    "a close code that is none": (close_frame(999), 1002),
    "a close code that is never sent": (close_frame(1005), 1002),
    "a close code of nobody": (close_frame(2_999), 1002),
    "a close reason that is no UTF-8": (close_frame(1000, b"\xff"), 1007),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_a_page_must_not_say_ends_with_its_code(line: Line, what: str) -> None:
    said, code = FAULTS[what]
    with line.open() as page, line.open() as other:
        page.take()
        page.send(said)
        told = page.closed()
        assert told is not None
        assert told.code == code
        assert eventually(lambda: not holds(line.pid, page))
        other.ping()


@pytest.mark.parametrize("what", ["binary", "5,000 bytes", "not masked"])
def test_a_fault_is_found_in_single_bytes_too(line: Line, what: str) -> None:
    said, code = FAULTS[what]
    with line.open() as page:
        page.take()
        with contextlib.suppress(ConnectionError):  # it may be told before it has said all
            page.send(*(said[i : i + 1] for i in range(len(said))))
        told = page.closed()
        assert told is not None
        assert told.code == code


def test_what_was_said_before_a_fault_is_heard(line: Line) -> None:
    before = line.painted()
    with line.open() as page:
        page.take()
        page.send(frame(Op.TEXT, SEEN) + frame(Op.PING, b"x") + FAULTS["binary"][0])
        told = page.closed()
    assert told == Close(1003, told.reason if told else "")
    assert eventually(lambda: line.painted() == before + 1)


NONSENSE = [
    *("", "hello", "{", "[]", "null", "7", "x" * 4_096, '{"kind": "shout"}', '{"kind": "seen"}'),
    *('{"kind": "seen", "painted_ms": "soon"}', '{"kind": "seen", "painted_ms": [1]}'),
    *('{"kind": "seen", "painted_ms": 1e400}', '{"kind": "seen", "painted_ms": NaN}'),
    *('{"kind": ["seen"]}', "[" * 4_000, '"\\ud800"', "\x00"),
]


def test_text_that_makes_no_sense_is_ignored(line: Line) -> None:
    with line.open() as page:
        page.take()
        for text in NONSENSE:
            page.say(text)
            page.ping()
        page.until(line.flip(1))


# what a page may say


def test_what_a_wall_has_painted_is_counted(line: Line) -> None:
    before = line.painted()
    with line.open() as page:
        page.say(SEEN.decode())
        assert eventually(lambda: line.painted() == before + 1)


def test_a_message_may_come_in_fragments_with_a_ping_between(line: Line) -> None:
    before = line.painted()
    with line.open() as page:
        page.take()
        page.send(frame(Op.TEXT, SEEN[:9], fin=False))
        page.ping(b"between")
        page.send(frame(Op.CONT, SEEN[9:20], fin=False), frame(Op.CONT, SEEN[20:]))
        assert eventually(lambda: line.painted() == before + 1)


def test_a_letter_may_be_cut_by_fragments(line: Line) -> None:
    before = line.painted()
    said = orjson.dumps(orjson.loads(SEEN) | {"screen": "Zürich 🐍"})
    with line.open() as page:
        page.take()
        for i in range(len(said)):
            page.send(frame(Op.CONT if i else Op.TEXT, said[i : i + 1], fin=i + 1 == len(said)))
        page.ping()
        assert eventually(lambda: line.painted() == before + 1)


def test_a_message_may_come_byte_by_byte(line: Line) -> None:
    before = line.painted()
    whole = frame(Op.TEXT, SEEN) + frame(Op.TEXT, SEEN)
    with line.open() as page:
        page.send(*(whole[i : i + 1] for i in range(len(whole))))
        assert eventually(lambda: line.painted() == before + 2)


def test_a_thousand_messages_at_once_are_all_heard(line: Line) -> None:
    before = line.painted()
    with line.open() as page:
        page.send(frame(Op.TEXT, SEEN) * 1_000)
        page.ping(b"all said")
        assert eventually(lambda: line.painted() == before + 1_000)
        page.until(line.flip(1))


@compresses
def test_a_page_that_never_stops_talking_is_closed(line: Line) -> None:
    with line.open() as page:
        page.take()
        page.send(frame(Op.TEXT, b"{}") * 6_000)
        told = page.closed()
        assert told is not None
        assert told.code == 1008


@compresses
def test_fragments_without_end_are_not_kept(line: Line) -> None:
    """uvicorn keeps empty fragments for as long as they come: the plain line cannot count them."""
    with line.open() as page:
        page.take()
        page.send(FRAGMENT + frame(Op.CONT, fin=False) * 2_000)
        told = page.closed()
        assert told is not None
        assert told.code == 1008


# compression

ACCEPTED = {
    "permessage-deflate": {"client_no_context_takeover"},
    OFFER: {"client_no_context_takeover"},
    "permessage-deflate; server_max_window_bits=15": {
        "client_no_context_takeover",
        "server_max_window_bits=15",
    },
    "permessage-deflate; server_max_window_bits=12, permessage-deflate": {
        "client_no_context_takeover"
    },
    "x-webkit-deflate-frame, permessage-deflate; client_no_context_takeover": {
        "client_no_context_takeover"
    },
}
DECLINED = [
    "permessage-deflate; server_max_window_bits=12",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; colour=blue",
    "permessage-deflate; client_max_window_bits; client_max_window_bits",
    "x-webkit-deflate-frame",
    ",;,=",
]


def offering(line: Line, offer: str = OFFER, query: str = "") -> Any:
    """A page that offers to inflate."""
    return line.open(query, headers={"Sec-WebSocket-Extensions": offer})


@compresses
@pytest.mark.parametrize("offer", ACCEPTED)
def test_an_offer_that_fits_is_accepted_in_words_that_fit_it(line: Line, offer: str) -> None:
    with offering(line, offer) as page:
        name, *parameters = page.answer["sec-websocket-extensions"].split(";")
        assert name == "permessage-deflate"
        assert {p.strip() for p in parameters} == ACCEPTED[offer]
        assert page.take()["kind"] == "snapshot"
        page.until(line.flip(1))
    assert page.view == fresh(line)
    assert page.deflated


@pytest.mark.parametrize("offer", DECLINED)
def test_an_offer_that_does_not_fit_is_passed_over(line: Line, offer: str) -> None:
    with offering(line, offer) as page:
        assert "sec-websocket-extensions" not in page.answer
        page.take()
        page.until(line.flip(1))
    assert (page.view, page.deflated) == (fresh(line), 0)


def test_only_lean_lines_compress(line: Line) -> None:
    with offering(line) as page:
        page.take()
        assert bool(page.deflated) == (line.kind == "lean")


@compresses
def test_whoever_comes_when_ever_inflates_everything(line: Line) -> None:
    """The stream that all share starts anew from time to time; nobody needs what came before his time."""
    with contextlib.ExitStack() as stack:
        bare = stack.enter_context(line.open())
        pages = [bare]
        for turn, number in zip(range(150), itertools.cycle(range(1, 1 + POSTS)), strict=False):
            if turn % 13 == 0:
                pages.append(stack.enter_context(offering(line)))
                pages[-1].take()
            if turn == 0:
                bare.take()
            seq = line.flip(number)
            for page in pages:
                page.until(seq)
        assert all(page.view == bare.view for page in pages)
        assert all(page.last == bare.last for page in pages)
        first = pages[1]
        assert (first.deflated > 150, bare.deflated) == (True, 0)
        assert first.received < bare.received / 2
    assert bare.view == fresh(line)


@compresses
def test_who_resumes_inflates_from_there_on(line: Line) -> None:
    view = fresh(line)
    line.flip(1)
    with offering(line, query=f"?epoch={view.epoch}&seq={view.seq}") as page:
        page.view = view
        assert page.take()["kind"] == "changes"
        page.until(line.flip(2))
    assert page.view == fresh(line)


def deflated(text: bytes) -> bytes:
    """A message deflated on its own (RFC 7692 7.2.1)."""
    squeeze = zlib.compressobj(wbits=-15)
    return (squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]


@compresses
def test_a_page_may_deflate_what_it_says_or_not(line: Line) -> None:
    before = line.painted()
    small = deflated(SEEN)
    with offering(line) as page:
        page.send(
            frame(Op.TEXT, small, rsv=0b100),
            frame(Op.TEXT, SEEN),
            frame(Op.TEXT, small[:7], rsv=0b100, fin=False),
            frame(Op.CONT, small[7:]),
        )
        page.take()
        page.ping()
        assert eventually(lambda: line.painted() == before + 3)


@compresses
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (frame(Op.TEXT, deflated(b"x" * 4_000_000), rsv=0b100), 1009),
        (frame(Op.TEXT, b"\xff\xff\xff\xff\xff", rsv=0b100), 1007),
        (frame(Op.TEXT, deflated(b"\xff"), rsv=0b100), 1007),
        (frame(Op.PING, b"", rsv=0b100), 1002),
        (FRAGMENT + frame(Op.CONT, b"}", rsv=0b100), 1002),
    ],
    ids=["a bomb", "garbage", "no UTF-8", "a deflated ping", "deflated from the middle"],
)
def test_what_does_not_inflate_to_a_message_ends_with_its_code(
    line: Line, said: bytes, code: int
) -> None:
    with offering(line) as page:
        page.take()
        page.send(said)
        told = page.closed()
        assert told is not None
        assert told.code == code
