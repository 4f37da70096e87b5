"""Who is let in when the house is full: a real service with room for twenty viewers, ten from one address."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.line_service import KINDS
from tests.e2e.service_process import Page, ServiceProcess, service
from tests.factories import posted
from tests.wire_client import (
    PATH,
    Close,
    Op,
    WireClient,
    close_of,
    dialled,
    eventually,
    metric,
    opened,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

ROOM, FROM_ONE = 20, 10
ENV = {
    "HALLWAY_MAX_VIEWERS": str(ROOM),
    "HALLWAY_MAX_VIEWERS_PER_ADDRESS": str(FROM_ONE),
    "HALLWAY_TRUSTED_PROXIES": "127.0.0.1, 127.0.1.0/24",
}
NEAR, FAR = "127.0.0.2", "127.0.0.3"
"""Two addresses of this machine that are no proxies of ours."""
PROXY, FRONT = "127.0.0.1", "127.0.1.9"
"""Two that are."""
REASONS = ("crowded", "full")


@pytest.fixture(scope="module", params=KINDS)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    """A small house, with each kind of line."""
    folder = tmp_path_factory.mktemp("limits") / "service"
    delivery = {"HALLWAY_DELIVERY": "plain" if request.param == "plain" else "auto"}
    with service(folder, [posted(1)], env=ENV | delivery) as started:
        with Page(started.live()) as page:
            page.until("Post 1 #pyfest26")
        yield started
        assert "Traceback" not in started.log.read_text()


@pytest.fixture
def house(running: ServiceProcess) -> Iterator["House"]:
    """Nobody is inside before, and everybody leaves afterwards."""
    assert eventually(lambda: inside(running) == 0)
    with contextlib.ExitStack() as stack:
        yield House(running, stack)


def inside(running: ServiceProcess, **labels: str) -> float:
    """How many viewers /metrics counts."""
    return metric(running.port, "hallway_viewers", **labels)


class House:
    """People who come in, one after the other."""

    def __init__(self, running: ServiceProcess, stack: contextlib.ExitStack) -> None:
        self.running = running
        self._stack = stack

    def enter(self, address: str = NEAR, count: int = 1, **headers: str) -> list[WireClient]:
        """Come in from an address, and stay."""
        pages = [self._open(address, headers) for _ in range(count)]
        for page in pages:
            assert page.take()["kind"] == "snapshot"
        return pages

    def turned_away(self, address: str = NEAR, **headers: str) -> str:
        """Why one more from this address is closed before it was sent anything."""
        first = self._open(address, headers).read()
        assert first is not None
        assert first.op is Op.CLOSE
        told = close_of(first)
        assert told.code == 1013
        return told.reason

    def refused(self, address: str = NEAR) -> tuple[int, dict[str, str], str]:
        """Status, headers and words for one more whose upgrade is refused."""
        with dialled(self.running.port, address=address) as page:
            page.handshake()
            return page.status, page.answer, page.body()

    def _open(self, address: str, headers: dict[str, str]) -> WireClient:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        page = opened(self.running.port, address=address, headers=named)
        return self._stack.enter_context(page)


# too many from one address


def test_one_too_many_from_an_address_is_told_when_to_come_again(house: House) -> None:
    house.enter(NEAR, FROM_ONE)
    name, _, seconds = house.turned_away(NEAR).partition("=")
    assert name == "retry"
    assert 1 <= int(seconds) <= 300


def test_others_come_in_beside_a_crowded_address(house: House) -> None:
    house.enter(NEAR, FROM_ONE)
    house.turned_away(NEAR)
    house.enter(FAR, FROM_ONE)


@pytest.mark.parametrize("leave", [WireClient.hang_up, WireClient.reset])
def test_a_place_is_free_again_when_somebody_has_left(house: House, leave: Any) -> None:
    first, *_ = house.enter(NEAR, FROM_ONE)
    leave(first)
    assert eventually(lambda: inside(house.running) == FROM_ONE - 1)
    house.enter(NEAR)
    house.turned_away(NEAR)


def test_who_is_turned_away_takes_no_place(house: House) -> None:
    first, *_ = house.enter(NEAR, FROM_ONE)
    for _ in range(FROM_ONE):
        house.turned_away(NEAR)
    first.hang_up()
    assert eventually(lambda: inside(house.running) == FROM_ONE - 1)
    house.enter(NEAR)


def test_who_goes_before_the_answer_takes_no_place(house: House) -> None:
    for _ in range(3 * ROOM):
        with dialled(house.running.port, address=NEAR) as page:
            page.send(page.request())
            page.reset()
    assert eventually(lambda: inside(house.running) == 0)
    house.enter(NEAR, FROM_ONE)


def test_unknown_walls_take_no_place(house: House) -> None:
    for _ in range(FROM_ONE + 1):
        with opened(house.running.port, "/api/v1/walls/nowhere/live", address=NEAR) as page:
            assert page.closed() == Close(4404)
    house.enter(NEAR, FROM_ONE)


# the house is full


def test_one_more_than_fit_is_refused_in_http_with_a_sentence(house: House) -> None:
    house.enter(NEAR, FROM_ONE)
    house.enter(FAR, FROM_ONE)
    status, headers, words = house.refused("127.0.0.4")
    assert (status, headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert 1 <= int(headers["retry-after"]) <= 300
    assert words.strip().endswith(".")
    assert int(headers["content-length"]) == len(words.encode())


def test_in_a_full_house_a_place_is_free_again_when_somebody_has_left(house: House) -> None:
    house.enter(NEAR, FROM_ONE)
    first, *_ = house.enter(FAR, FROM_ONE)
    assert house.refused("127.0.0.4")[0] == 503
    first.reset()
    assert eventually(lambda: inside(house.running) == ROOM - 1)
    house.enter("127.0.0.4")
    assert house.refused("127.0.0.4")[0] == 503


def test_a_full_house_still_follows_the_wall_and_its_pages_answer(house: House) -> None:
    pages = house.enter(NEAR, FROM_ONE) + house.enter(FAR, FROM_ONE)
    house.refused("127.0.0.4")
    for page in pages:
        page.ping()
    with house.running.client() as client:
        assert client.get("/live/pyfest26").status_code == 200


# behind a proxy


def test_behind_a_trusted_proxy_the_visitor_counts_and_not_the_proxy(house: House) -> None:
    house.enter(PROXY, FROM_ONE, X_Forwarded_For="203.0.113.7")
    house.turned_away(PROXY, X_Forwarded_For="203.0.113.7")
    house.enter(PROXY, FROM_ONE, X_Forwarded_For="203.0.113.8")


def test_behind_two_trusted_proxies_the_last_address_that_is_none_of_them_counts(
    house: House,
) -> None:
    house.enter(PROXY, FROM_ONE, X_Forwarded_For=f"203.0.113.7, {FRONT}")
    said = {"X_Forwarded_For": f"198.51.100.1, 203.0.113.7, {FRONT}"}
    house.turned_away(PROXY, **said)


def test_one_network_of_ipv6_counts_as_one_address(house: House) -> None:
    for number in range(FROM_ONE):
        house.enter(PROXY, X_Forwarded_For=f"2001:db8:0:7::{number + 1:x}")
    house.turned_away(PROXY, X_Forwarded_For="2001:db8:0:7:ffff::1")
    house.enter(PROXY, X_Forwarded_For="2001:db8:0:8::1")


def test_who_is_no_trusted_proxy_cannot_name_another_address(house: House) -> None:
    for number in range(FROM_ONE):
        house.enter(NEAR, X_Forwarded_For=f"203.0.113.{number}")
    house.turned_away(NEAR, X_Forwarded_For="203.0.113.99")


@pytest.mark.parametrize("said", ["", ",", "unknown", "_hidden", "x" * 500, "127.0.0.1"])
def test_a_proxy_that_names_nobody_counts_itself(house: House, said: str) -> None:
    house.enter(PROXY, FROM_ONE, X_Forwarded_For=said)
    house.turned_away(PROXY, X_Forwarded_For=said)


# the crew, and what can be watched


def test_moderators_come_in_when_the_house_is_full_and_take_nobodys_place(house: House) -> None:
    running = house.running
    headers = {"cookie": running.sign_in(), "origin": running.base}
    crew = f"{PATH}?audience=crew"
    with contextlib.ExitStack() as desks:
        for _ in range(FROM_ONE + 1):
            desk = desks.enter_context(opened(running.port, crew, address=NEAR, headers=headers))
            assert desk.take()["kind"] == "snapshot"
        house.enter(NEAR, FROM_ONE)
        house.enter(FAR, FROM_ONE)
        assert house.refused("127.0.0.4")[0] == 503
        with opened(running.port, crew, address=NEAR, headers=headers) as one_more:
            assert one_more.take()["kind"] == "snapshot"


def test_who_is_inside_and_who_was_refused_can_be_watched(house: House) -> None:
    running = house.running
    kind = "plain" if running.env["HALLWAY_DELIVERY"] == "plain" else "lean"
    refused = {r: metric(running.port, "hallway_refused_total", reason=r) for r in REASONS}
    house.enter(NEAR, FROM_ONE)
    house.turned_away(NEAR)
    house.enter(FAR, FROM_ONE)
    house.refused(FAR)
    assert inside(running, wall="pyfest26", audience="public", kind=kind) == inside(running) == ROOM
    for reason, before in refused.items():
        assert metric(running.port, "hallway_refused_total", reason=reason) == before + 1
