"""What every line promises a page (docs/protocol.md): one suite over real sockets, for lean lines and plain ones."""

import contextlib
import itertools
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.domain.identity import item_id
from tests.contracts.line_service import BULK_PATH, BULKY, KINDS, POSTS, Line, fresh, started
from tests.factories import post
from tests.wire_client import (
    NO_CODE,
    WAIT_S,
    Close,
    Op,
    WireClient,
    close_frame,
    dialled,
    eventually,
    frame,
    holds,
    metric,
    opened,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PING_RULE_S = 75
"""A ping comes within 15 s, its answer has as long at most, and the next look is as far away. And a busy machine."""
STALL_S = 45
"""A stalled reader is cut within 30 s (reliability.md P5); and a busy machine."""


@pytest.fixture(scope="module", params=KINDS)
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    """Each kind of line in turn."""
    with started(tmp_path_factory.mktemp("line") / "service", request.param) as running:
        yield running
        assert running.faults() == 0, running.service.log.read_text()


# coming in


def test_pages_are_served_by_the_line_that_was_asked_for(line: Line) -> None:
    with line.open() as page:
        page.take()
        asked = {"wall": "pyfest26", "audience": "public", "kind": line.kind}
        assert metric(line.port, "hallway_viewers", **asked) >= 1


def test_a_snapshot_comes_first_and_then_a_pulse(line: Line) -> None:
    with line.open() as page:
        snapshot, pulse = page.told(), page.told()
    assert (snapshot["kind"], len(snapshot["items"])) == ("snapshot", POSTS + 1)
    assert (pulse["kind"], pulse["seq"]) == ("pulse", snapshot["seq"])
    assert pulse["viewers"] >= 1


def test_a_page_that_is_level_gets_a_pulse_only(line: Line) -> None:
    with line.resume(fresh(line)) as page:
        assert page.told()["kind"] == "pulse"
        seq = line.flip(1)
        assert (page.take()["from"], page.view.seq) == (seq - 1, seq)


def test_a_page_that_is_behind_gets_what_it_missed_and_a_pulse(line: Line) -> None:
    before = fresh(line)
    seq = [line.flip(n) for n in (2, 3, 2)][-1]
    with line.resume(before) as page:
        missed = page.take()
        assert (missed["kind"], missed["from"], missed["seq"]) == ("changes", seq - 3, seq)
        assert sorted(i["id"] for i in missed["items"]) == sorted(
            item_id(post(n).key) for n in (2, 3)
        )
        assert page.told()["kind"] == "pulse"
    assert page.view == fresh(line)


@pytest.mark.parametrize(
    "query",
    [
        "?epoch={epoch}&seq=999999",
        "?epoch=another&seq={seq}",
        "?epoch={epoch}&seq=-1",
        "?epoch={epoch}&seq=1e9",
        "?epoch={epoch}&seq=%D9%A3",
        "?epoch={epoch}&seq=" + "9" * 40,
        "?epoch=%00&seq=%",
        "?seq=&seq=&&=&?",
        "?" + "x" * 4_000,
    ],
)
def test_a_page_that_stands_nowhere_gets_a_snapshot(line: Line, query: str) -> None:
    now = fresh(line)
    with line.open(query.format(epoch=now.epoch, seq=now.seq)) as page:
        assert page.take()["kind"] == "snapshot"
    assert page.view == now


def test_an_unknown_wall_is_told_by_its_own_code(line: Line) -> None:
    with opened(line.port, "/api/v1/walls/nowhere/live") as page:
        assert page.closed() == Close(4404)


def test_a_handshake_may_come_byte_by_byte(line: Line) -> None:
    with dialled(line.port) as page:
        request = page.request()
        page.send(*(request[i : i + 1] for i in range(len(request) - 4)))
        page.send(request[-4:])
        page.answered()
        assert (page.status, page.take()["kind"]) == (101, "snapshot")


def test_who_goes_in_the_middle_of_a_handshake_is_forgotten(line: Line) -> None:
    with dialled(line.port) as page:
        page.send(page.request()[:60])
        assert eventually(lambda: holds(line.pid, page))
    assert eventually(lambda: not holds(line.pid, page))


def test_what_is_no_http_at_all_is_told_so(line: Line) -> None:
    with dialled(line.port) as page:
        page.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert page.answered().status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-WebSocket-Version": "12"},
        {"Sec-WebSocket-Key": "too short"},
        {"Sec-WebSocket-Key": ""},
    ],
)
def test_what_is_no_proper_upgrade_is_refused_in_http(line: Line, headers: dict[str, str]) -> None:
    with dialled(line.port, headers=headers) as page:
        assert page.handshake().status in {400, 426}


def test_who_goes_right_after_asking_leaves_nothing_behind(line: Line) -> None:
    for _ in range(50):
        with dialled(line.port) as page:
            page.send(page.request())
            page.reset()
    assert eventually(lambda: metric(line.port, "hallway_viewers", wall="pyfest26") == 0)
    assert line.faults() == 0


@pytest.mark.parametrize("leave", [WireClient.hang_up, WireClient.reset])
def test_who_leaves_without_a_word_is_counted_no_more(line: Line, leave: Any) -> None:
    here = {"wall": "pyfest26", "audience": "public"}
    assert eventually(lambda: metric(line.port, "hallway_viewers", **here) == 0)
    with line.open() as page:
        page.take()
        assert metric(line.port, "hallway_viewers", **here) == 1
        leave(page)
        assert eventually(lambda: metric(line.port, "hallway_viewers", **here) == 0)
        assert eventually(lambda: not holds(line.pid, page))


# what is delivered


def test_fifty_changes_arrive_in_order_and_each_item_once(line: Line) -> None:
    with line.open() as page:
        page.take()
        seq = [line.flip(n) for n in range(1, 51)][-1]
        frames = page.until(seq)
    items = [(i["seq"], i["id"]) for said in frames for i in said["items"]]
    assert items == sorted(items)
    assert [i for _, i in items] == [item_id(post(n).key) for n in range(1, 51)]
    assert [f["from"] for f in frames[1:]] == [f["seq"] for f in frames[:-1]]
    assert page.view == fresh(line)


def test_two_pages_get_the_same_bytes(line: Line) -> None:
    with line.open() as one, line.open() as other:
        assert one.text() == other.text()
        assert orjson.loads(one.last)["kind"] == "snapshot"
        one.view.seq = other.view.seq = orjson.loads(one.last)["seq"]
        for number in range(1, 11):
            line.flip(number)
            one.take()
            other.take()
            assert one.last == other.last


def test_a_slow_reader_gets_a_large_snapshot_whole_and_what_came_meanwhile(line: Line) -> None:
    with opened(line.port, BULK_PATH, receive_buffer=65_536) as page:
        seq = [line.flip(n, "bulk") for n in (1_001, 1_002, 1_003)][-1]
        page.until(seq)
    assert page.view == fresh(line, BULK_PATH)


# pings and the closing handshake


def test_a_thousand_pings_are_answered_in_order(line: Line) -> None:
    payloads = [b"%d" % n + bytes(n % 100) for n in range(1_000)]
    with line.open() as page:
        page.send(b"".join(frame(Op.PING, p) for p in payloads))
        pongs = (f.data for f in iter(page.read, None) if f.op is Op.PONG)
        assert list(itertools.islice(pongs, len(payloads))) == payloads


@pytest.mark.parametrize(
    ("said", "echoed"),
    [
        (close_frame(1000, b"done"), 1000),
        (close_frame(1001), 1001),
        (close_frame(4999, "später".encode()), 4999),
        (close_frame(), NO_CODE),
    ],
    ids=["1000", "1001", "4999", "no code"],
)
def test_a_page_that_closes_is_answered_and_the_connection_ends(
    line: Line, said: bytes, echoed: int
) -> None:
    with line.open() as page:
        page.take()
        page.send(said, frame(Op.PING, b"after the end"))
        answer = page.closed(answers=False)
        assert answer is not None
        assert answer.code == echoed
        assert eventually(lambda: not holds(line.pid, page))


def test_a_service_that_stops_says_so_to_everybody(tmp_path: Path, line: Line) -> None:
    with started(tmp_path / "another", line.kind) as other, contextlib.ExitStack() as stack:
        pages = [stack.enter_context(other.open()) for _ in range(30)]
        for page in pages:
            page.take()
        assert other.service.process is not None
        other.service.process.send_signal(signal.SIGTERM)
        told = [page.closed() for page in pages]
        assert [t and t.code for t in told] == [1012] * len(pages)
        assert other.service.process.wait(WAIT_S) == 0


# who does not listen


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_who_answers_no_ping_is_cut_and_who_does_stays(line: Line) -> None:
    with line.open(answers_pings=False) as dead, line.open() as living:
        dead.take()
        living.take()

        def dead_is_gone() -> bool:
            living.ping()
            return not holds(line.pid, dead)

        assert eventually(dead_is_gone, within_s=PING_RULE_S)
        living.until(line.flip(1))
        assert len(living.pulses) >= 2


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_stalled_reader_is_cut_costs_nobody_anything_and_resumes_where_it_was(line: Line) -> None:
    cuts = metric(line.port, "hallway_cuts_total")
    view = fresh(line, BULK_PATH)
    place = f"{BULK_PATH}?epoch={view.epoch}&seq={view.seq}"
    with (
        opened(line.port, place, receive_buffer=4_096) as stalled,
        line.resume(view, BULK_PATH) as other,
    ):
        assert stalled.told()["kind"] == "pulse"
        for turn in range(150):  # some MB: more than the kernel keeps for a peer
            other.until(line.flip(1_001 + turn % BULKY, "bulk"))
            if not holds(line.pid, stalled):
                break

        def stalled_is_gone() -> bool:
            other.ping()
            return not holds(line.pid, stalled)

        assert eventually(stalled_is_gone, within_s=STALL_S)
    if line.kind == "lean":  # below the plain line the kernel may be quicker: TCP_USER_TIMEOUT
        assert metric(line.port, "hallway_cuts_total") > cuts
    with line.resume(view, BULK_PATH) as again:
        again.until(other.view.seq)
    assert again.view == other.view == fresh(line, BULK_PATH)
