"""The machine of laws 1 to 3 with everything that a crew can do: many at once, people, rules, modes, notices, and all of it undone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from app.actions import log, moderation, modes, notices, people, rules, spotlight
from app.actions.log import Actor
from app.actions.on_time import turn
from app.actions.undo import undo
from app.domain.identity import account_digest, item_id
from app.domain.notice import written
from app.domain.rules import Rule
from app.errors import HallwayError
from app.recap.follow import StoreWall
from app.recap.record import Ledger
from app.sources.replay.format import encode_line
from app.storage.people import People
from app.storage.reading import Reading, WallRow
from tests.factories import HOME, WALL, author, post, posted, reposted
from tests.laws.wall_machine import (
    COLOURS,
    NUMBERS,
    SECRETS,
    Facts,
    WallMachine,
    numbers,
    secret_post,
)

SLUG = WALL.slug
MIRA = Actor("Mira", "moderator", "m1")
REPOSTERS = ("rae", "sol")
RULES = (
    Rule(id="word", kind="word", values=(COLOURS[0],)),
    Rule(id="slur", kind="word", values=(COLOURS[1],), action="hide"),
    Rule(id="bridges", kind="domain", values=("ap.brid.gy",), action="hide"),
    Rule(id="copies", kind="copies", most=2),
    Rule(id="media", kind="media"),
    Rule(id="name", kind="word", values=(REPOSTERS[0],)),
    Rule(id="speakers", kind="allow", values=(author("person01").key,)),
)
RECORD_EVERY = 6
"""Steps after which the wall is recorded anew, also where no rule says so."""
seconds = st.integers(-60, 120) | st.none()
names = st.sampled_from([f"person{n:02d}" for n in (1, 3, 5, 11)])


def ids_of(chosen: set[int]) -> Sequence[str]:
    """The ids of posts."""
    return [item_id(post(number).key) for number in sorted(chosen)]


class DeskMachine(WallMachine):
    """A wall, everything that can happen to it, and a crew that does everything it can."""

    wall = WALL.model_copy(update={"alarm": 8})

    def __init__(self) -> None:
        super().__init__()
        self.slice, moderation.SLICE = moderation.SLICE, 3
        self.notices: list[str] = []
        self.lines: list[int] = []
        self.recorded, self.ledger = -1, Ledger()
        self.steps = 0

    @initialize()
    def open(self) -> None:
        """A wall on which much is going on already: what a crew does to an empty one says little."""
        super().open()
        self.enter(*(posted(secret_post(n, 0), seen=self.later()) for n in (1, 2, 3, 5, 11)))
        self.enter(*(reposted(n, by, seen=self.later()) for n in (1, 2) for by in REPOSTERS))

    def attempt(self, work: Any) -> Any:
        """Do it unless it cannot be done, and remember its line of the log."""
        try:
            done = self.run(work)
        except HallwayError:
            return None
        decided = done[1] if isinstance(done, tuple) else done
        self.lines += [decided.log] if decided.log else []
        self.house.clock.move(0.001)  # what comes next is later, if by little
        return done

    @property
    def at_work(self) -> tuple[Any, str]:
        """What every action is given first."""
        return self.house.context, SLUG

    # posts

    @rule(chosen=st.sets(numbers, min_size=1), decision=st.sampled_from(["hide", "show", "later"]))
    def many_are_decided(self, chosen: set[int], decision: Any) -> None:
        self.attempt(moderation.decide_many(*self.at_work, ids_of(chosen), decision, actor=MIRA))

    @rule(reason=st.sampled_from(["sensitive", "mode", "first", "word", "copies", "media"]))
    def all_that_wait_for_a_reason_are_shown(self, reason: str) -> None:
        if ids := self.run(moderation.waiting_for(*self.at_work, reason)):
            self.attempt(moderation.decide_many(*self.at_work, ids, "show", actor=MIRA))

    @rule(number=numbers, decision=st.sampled_from(["later", "now", "hide", "show"]))
    def one_is_decided_by_mira(self, number: int, decision: Any) -> None:
        id_ = item_id(post(number).key)
        self.attempt(moderation.decide(*self.at_work, id_, decision, actor=MIRA))

    @rule(number=numbers, up=st.booleans())
    def a_spotlight_goes_on_or_off(self, number: int, up: bool) -> None:
        if up:
            id_ = item_id(post(number).key)
            self.attempt(spotlight.put_up(*self.at_work, id_, seconds=20, actor=MIRA))
        else:
            self.attempt(spotlight.take_down(*self.at_work, actor=MIRA))

    # people, rules, modes

    @rule(number=numbers)
    def who_wrote_a_post_is_blocked(self, number: int) -> None:
        self.attempt(people.block_author(*self.at_work, item_id(post(number).key), actor=MIRA))
        self.run(self.check_decisions())

    @rule(name=names, standing=st.sampled_from(["listed", "blocked", ""]))
    def somebody_is_listed_blocked_or_freed(self, name: str, standing: Any) -> None:
        key = author(name).key
        self.attempt(people.set_standing(*self.at_work, key, standing, actor=MIRA))

    @rule(name=st.sampled_from(REPOSTERS), standing=st.sampled_from(["blocked", ""]))
    def who_passes_on_is_blocked_or_freed(self, name: str, standing: Any) -> None:
        key = author(name).key
        self.attempt(people.set_standing(*self.at_work, key, standing, actor=MIRA))

    @rule(one=st.sampled_from(RULES), action=st.sampled_from(["hold", "hide"]))
    def a_rule_is_put(self, one: Rule, action: Any) -> None:
        changed = one if one.kind == "allow" else one.model_copy(update={"action": action})
        self.attempt(rules.put(*self.at_work, changed, actor=MIRA))

    @rule(one=st.sampled_from(RULES))
    def a_rule_is_removed(self, one: Rule) -> None:
        self.attempt(rules.remove(*self.at_work, one.id, actor=MIRA))

    @rule(
        mode=st.sampled_from(["hybrid", "review", "open", "freeze"]),
        to=st.sampled_from(["screen", "slide"]),
    )
    def the_mode_is_switched(self, mode: Any, to: Any) -> None:
        self.attempt(modes.switch(*self.at_work, mode, to=to, actor=MIRA))

    @rule(back=st.integers(1, 12))
    def something_earlier_is_undone(self, back: int) -> None:
        if back <= len(self.lines):
            self.attempt(undo(*self.at_work, self.lines[-back], actor=MIRA))

    # notices

    @rule(starts=seconds, lasts=st.integers(1, 120) | st.none(), again=st.integers(0, 9))
    def a_notice_is_written_or_changed(
        self, starts: int | None, lasts: int | None, again: int
    ) -> None:
        now = self.house.clock.now()
        begins = None if starts is None else now + timedelta(seconds=starts)
        ends = None if lasts is None else (begins or now) + timedelta(seconds=lasts)
        notice = written("line", "", f"whisper{len(self.lines)}x", begins, ends)
        if again < len(self.notices):
            self.attempt(notices.edit(*self.at_work, self.notices[again], notice, actor=MIRA))
        else:
            made = self.attempt(notices.add(*self.at_work, notice, actor=MIRA))
            self.notices += [made[0]] if made else []

    @rule(which=st.integers(0, 9))
    def a_notice_is_taken_away(self, which: int) -> None:
        if which < len(self.notices):
            self.attempt(notices.remove(*self.at_work, self.notices[which], actor=MIRA))

    @rule(passed=st.integers(1, 120))
    def time_passes(self, passed: int) -> None:
        self.house.clock.move(passed)
        self.run(turn(self.house.context))

    # who reads

    @rule()
    def the_log_is_read(self) -> None:
        """Lines say who did what to which id: no text of a post, no name of who wrote or passed it on."""
        told = self.run(self.whole_log())
        assert not any(word in told for secrets in SECRETS.values() for word in secrets[:2])
        assert not any(word in told for word in ("both", *(f"{name}@" for name in REPOSTERS)))

    async def whole_log(self) -> str:
        return str([entry.as_json() async for entry in log.whole(*self.at_work)])

    @rule()
    def a_recording_goes_on_and_another_begins(self) -> None:
        self.run(self.record(Ledger(), -1))
        self.recorded = self.run(self.record(self.ledger, self.recorded))

    async def record(self, ledger: Ledger, seq: int) -> int:
        """Write down what changed after a seq, as `app.recap.record` does; the seq that is reached."""
        reader = await StoreWall.open(self.store, SLUG)
        while changes := await reader.changes_after(seq):
            for stored in changes:
                for said in ledger.news(stored, self.house.clock.now()):
                    line = encode_line(self.house.clock.now(), said)
                    self.facts.check("recording", line.decode())
                seq = stored.seq
        return seq

    # what must not be seen

    async def check(self) -> None:
        await super().check()
        self.steps += 1
        if self.steps % RECORD_EVERY == 0:
            await self.record(Ledger(), -1)
            await self.check_decisions()

    async def check_decisions(self) -> None:
        """What a moderator hid is hidden, and everything of who is blocked."""
        async with self.store.read() as reading:
            wall = await reading.wall(SLUG)
            records = await reading.records(wall.id, NUMBERS)
            blocked = await People(reading).circle(wall.id, ())
        for record in records.values():
            if record.decision == "hidden" or blocked.of(record.author_key).blocked:
                assert record.status in ("hidden", "gone")

    async def now(self, reading: Reading, wall: WallRow) -> Facts:
        facts = await super().now(reading, wall)
        blocked = {p.digest for p in await People(reading).standing(wall.id) if p.blocked}
        unnamed = {value for one in wall.desk.rules if one.id == "name" for value in one.values}
        unnamed |= {n for n in REPOSTERS if account_digest(author(n).key) in blocked}
        found = [await reading.item(wall.id, id_) for id_ in self.notices]
        off = [i for i in found if i is not None and i.status != "approved"]
        words = tuple(notices.notice_in(i).text for i in off if i.body)
        unseen = frozenset(i.id for i in off if i.shown_no is None)
        nobody = tuple(f"{name}@{HOME}" for name in unnamed)
        more = {"public": (*nobody, *words), "crew": nobody, "recording": nobody}
        return replace(facts, never_shown=facts.never_shown | unseen, more=more)

    def teardown(self) -> None:
        moderation.SLICE = self.slice
        super().teardown()


async def crew_view(machine: DeskMachine) -> dict[str, Any]:
    """What the crew sees now, numbers aside."""
    tail = machine.tails["crew"]
    await tail.advance()
    items = orjson.loads(tail.snapshot().payload)["items"]
    return {item["id"]: {k: v for k, v in item.items() if k != "seq"} for item in items}
