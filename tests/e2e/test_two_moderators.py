"""Two moderators at once, each with a real socket: every post ends in one state that both see, and nobody's decision is lost in silence."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from app.actions.accounts import new_id, token_hash
from app.clock import SystemClock
from app.domain.crew import LINK_MS, name_key
from app.domain.identity import item_id, to_ms
from app.storage.accounts import Account, Accounts, Invite
from app.storage.store import Store
from tests.e2e.service_process import WAIT_S, Page, ServiceProcess, service
from tests.factories import author, post, posted

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

BASE = "/api/v1/walls/pyfest26"
NAMES = ("Mira", "Tom")
AT_RANDOM, IN_BULK, UNDONE, FROZEN = range(1, 25), range(25, 45), range(45, 53), range(53, 61)
HOUSE = ("session", "account", "invite")


def id_of(number: int) -> str:
    return item_id(post(number).key)


@dataclass
class Moderator:
    """Somebody at the desk: a browser, and what its page shows."""

    name: str
    browser: httpx.Client
    page: Page
    took: list[int] = field(default_factory=list)
    """The lines of the log that its decisions wrote."""
    refused: list[str] = field(default_factory=list)

    def ask(self, path: str, **body: Any) -> bool:
        """Whether it was done; a conflict is told in words."""
        answer = self.browser.post(BASE + path, json=body)
        if answer.status_code == 409:
            self.refused.append(answer.json()["message"])
            return False
        answer.raise_for_status()
        self.took += [answer.json()["log"]] if answer.json()["log"] else []
        return True

    def decide(self, number: int, decision: str) -> bool:
        """Decide on a post as this page shows it."""
        was = self.page.view.items[id_of(number)]["status"]
        return self.ask(f"/posts/{id_of(number)}/{decision}", was=was)

    def look(self, seq: int) -> dict[str, str]:
        """The status of every post once the page has come so far."""
        while self.page.view.seq < seq:
            self.page.take()
        items = self.page.view.items.values()
        return {i["id"]: i["status"] for i in items if i["kind"] == "post"}


@dataclass
class Desk:
    """The two, and the wall that they moderate."""

    running: ServiceProcess
    two: tuple[Moderator, Moderator]

    def at_once(self, *work: Callable[[], Any]) -> list[Any]:
        """Everything begins at the same moment; the results."""
        start = Barrier(len(work))

        def begin(one: Callable[[], Any]) -> Any:
            start.wait(WAIT_S)
            return one()

        with ThreadPoolExecutor(len(work)) as threads:
            return list(threads.map(begin, work))

    def log(self) -> list[dict[str, Any]]:
        """Every line about posts and modes, oldest first."""
        answer = self.two[0].browser.get(f"{BASE}/log.jsonl")
        lines = [orjson.loads(line) for line in answer.text.splitlines()]
        return [line for line in lines if not line["action"].startswith(HOUSE)]

    def check(self) -> dict[str, str]:
        """Both pages and a new one show the same; the log has what took effect, link by link, and leads there. The statuses."""
        snapshot = self.two[0].browser.get(f"{BASE}/snapshot?audience=crew").json()
        found = {i["id"]: i["status"] for i in snapshot["items"] if i["kind"] == "post"}
        assert [one.look(snapshot["seq"]) for one in self.two] == [found, found]
        log = self.log()
        assert sorted(n for one in self.two for n in one.took) == _lines_of_the_two(log)
        decided: dict[str, Any] = {}
        for line in log:
            before, after = ((line[side] or {}).get("posts", {}) for side in ("before", "after"))
            assert all(before[id_] == decided.get(id_, before[id_]) for id_ in before)
            decided |= after
        assert {id_: _status(state) for id_, state in decided.items()} == {
            id_: found[id_] for id_ in decided
        }
        return found


def _lines_of_the_two(log: list[dict[str, Any]]) -> list[int]:
    """The last line of each bulk decision, and every other line."""
    last = {
        line["target"] if line["action"].startswith("posts") else line["id"]: line["id"]
        for line in log
    }
    return sorted(id_ for id_ in last.values())


def _status(state: dict[str, Any]) -> str:
    return state["decision"] or "pending"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A wall on which sixty posts wait, and two people who look at it."""
    folder = tmp_path_factory.mktemp("two") / "service"
    arrivals = [
        posted(post(n, author=author(f"person{n}"), sensitive=True)) for n in range(1, FROZEN.stop)
    ]
    with service(folder, arrivals) as running:
        watch = running.live(query="?audience=crew")
        people = []
        for name in NAMES:
            browser = _sign_in(running, name)
            headers = {"cookie": f"hallway={browser.cookies['hallway']}"}
            page = Page(watch, origin=running.base, additional_headers=headers)
            while len(page.posts()) < len(arrivals):
                page.take()
            people.append(Moderator(name, browser, page))
        yield Desk(running, (people[0], people[1]))
        for one in people:
            one.page.__exit__()
            one.browser.close()


def _sign_in(running: ServiceProcess, name: str) -> httpx.Client:
    browser = running.client()
    token = asyncio.run(_link(running.folder / "data/hallway.sqlite3", name))
    browser.post("/api/v1/session", json={"token": token}).raise_for_status()
    return browser


async def _link(database: Path, name: str) -> str:
    """A one-time link for a new moderator."""
    store, token, now_ms = (
        Store(f"sqlite:///{database}"),
        secrets.token_urlsafe(32),
        to_ms(SystemClock().now()),
    )
    account = Account(new_id(), name, name_key(name), None, "moderator", now_ms)
    link = Invite(new_id(), "moderator", name, "", now_ms + LINK_MS, account_id=account.id)
    try:
        async with store.write() as tx:
            await Accounts(tx).add(account)
            await Accounts(tx).add_invite(token_hash(token), link)
    finally:
        await store.close()
    return token


def test_of_two_who_decide_otherwise_at_once_one_is_told_who_was_quicker(desk: Desk) -> None:
    mira, tom = desk.two
    for number in AT_RANDOM[:12]:
        done = desk.at_once(
            lambda n=number: mira.decide(n, "hide"), lambda n=number: tom.decide(n, "show")
        )
        assert sorted(done) == [False, True]
        loser, winner = (mira, tom) if done[1] else (tom, mira)
        did = "showed" if winner is tom else "hid"
        assert loser.refused[-1].startswith(f"{winner.name} {did} this post ")
    desk.check()


def test_who_wants_the_same_is_no_loser_and_the_log_has_it_once(desk: Desk) -> None:
    mira, tom = desk.two
    before = len(desk.log())
    for number in AT_RANDOM[12:16]:
        assert desk.at_once(
            lambda n=number: mira.decide(n, "hide"), lambda n=number: tom.decide(n, "hide")
        ) == [True, True]
    desk.check()
    assert len(desk.log()) == before + 4


def test_whatever_two_decide_at_random_both_see_the_same_in_the_end(desk: Desk) -> None:
    def decide_on(who: Moderator, seed: int) -> None:
        rng = Random(seed)
        for _ in range(40):
            number, decision = rng.choice(AT_RANDOM), rng.choice(["hide", "show"])
            who.decide(number, decision)
            if rng.random() < 0.3:  # the page is often a little behind
                who.look(who.browser.get(f"{BASE}/snapshot").json()["seq"])

    desk.at_once(*(lambda one=one, n=n: decide_on(one, n) for n, one in enumerate(desk.two)))
    desk.check()
    assert all(said.split()[0] in NAMES for one in desk.two for said in one.refused)


def test_many_at_once_and_one_by_one_leave_each_post_as_the_log_says(desk: Desk) -> None:
    mira, tom = desk.two
    ids = [id_of(n) for n in IN_BULK]
    done = desk.at_once(
        lambda: mira.ask("/decisions", decision="hide", ids=ids),
        lambda: [tom.decide(n, "show") for n in reversed(IN_BULK)],
    )
    found = desk.check()
    # whom the bulk overtook was told; it overtook those who came before it
    for number, shown in zip(reversed(IN_BULK), done[1], strict=True):
        assert found[id_of(number)] == "hidden" or shown


def test_of_an_undo_and_a_decision_on_the_same_post_only_one_is_done(desk: Desk) -> None:
    mira, tom = desk.two
    for number in UNDONE:
        mira.decide(number, "hide")
        line = mira.took[-1]
        desk.check()
        done = desk.at_once(
            lambda n=line: mira.ask(f"/log/{n}/undo"), lambda n=number: tom.decide(n, "show")
        )
        assert sorted(done) == [False, True]
    found = desk.check()
    assert {found[id_of(n)] for n in UNDONE} <= {"pending", "approved"}


def test_freezing_the_wall_takes_nothing_from_who_shows_posts_meanwhile(desk: Desk) -> None:
    mira, tom = desk.two
    done = desk.at_once(
        lambda: mira.ask("/mode", mode="freeze", to="slide"),
        lambda: [tom.decide(n, "show") for n in FROZEN],
    )
    assert done == [True, [True] * len(FROZEN)]
    found = desk.check()
    assert {found[id_of(n)] for n in FROZEN} == {"approved"}
    with Page(desk.running.live()) as public:
        public.take()
        assert public.view.items["wall"]["mode"] == "frozen"
        shown = {i for i, item in public.view.items.items() if item["kind"] == "post"}
        assert shown == {id_ for id_, status in found.items() if status == "approved"}
