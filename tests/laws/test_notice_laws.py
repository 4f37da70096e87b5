"""The laws of the live model with notices among the posts: what waits does not exist for the public, its id included."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from app.actions import notices
from app.actions.log import HALLWAY
from app.actions.on_time import turn
from app.actions.undo import undo
from app.domain.notice import written
from app.domain.wall import Audience
from app.domain.window import View
from app.errors import HallwayError
from tests.factories import WALL
from tests.laws.test_wall_laws import WallMachine

SLUG = WALL.slug
seconds = st.integers(-60, 120) | st.none()


class NoticeMachine(WallMachine):
    """A wall on which notices start, end, change, are taken away and brought back."""

    def __init__(self) -> None:
        super().__init__()
        self.notices: list[str] = []
        self.lines: list[int] = []
        self.off: list[tuple[str, bool, str]] = []

    @rule(starts=seconds, lasts=st.integers(1, 120) | st.none(), again=st.integers(0, 9))
    def a_notice_is_written_or_changed(
        self, starts: int | None, lasts: int | None, again: int
    ) -> None:
        now = self.house.clock.now()
        begins = None if starts is None else now + timedelta(seconds=starts)
        ends = None if lasts is None else (begins or now) + timedelta(seconds=lasts)
        notice = written("line", "", f"whisper{len(self.lines)}x", begins, ends)
        if again < len(self.notices):
            self.attempt(notices.edit(*self.on(again), notice, actor=HALLWAY))
        else:
            made = self.attempt(notices.add(self.house.context, SLUG, notice, actor=HALLWAY))
            self.notices += [made[0]] if made else []

    @rule(which=st.integers(0, 9))
    def a_notice_is_taken_away(self, which: int) -> None:
        if which < len(self.notices):
            self.attempt(notices.remove(*self.on(which), actor=HALLWAY))

    @rule(which=st.integers(0, 9))
    def that_is_undone(self, which: int) -> None:
        if which < len(self.lines):
            self.attempt(undo(self.house.context, SLUG, self.lines[which]))

    @rule(passed=st.integers(1, 120))
    def time_passes(self, passed: int) -> None:
        self.house.clock.move(passed)
        self.run(turn(self.house.context))

    def on(self, which: int) -> tuple[Any, str, str]:
        return self.house.context, SLUG, self.notices[which]

    def attempt(self, work: Any) -> Any:
        """Do it unless it cannot be done, and remember the line of the log."""
        try:
            done = self.run(work)
        except HallwayError:
            return None
        decided = done[1] if isinstance(done, tuple) else done
        self.lines += [decided.log] if decided.log else []
        return done

    async def check(self) -> None:
        self.off = await self.not_on()
        await super().check()

    def resume(self, audience: Audience, view: View, statuses: dict[int, str]) -> None:
        made = self.tails[audience].first(view.epoch, view.seq if view.epoch else None)
        if audience == "public" and made is not None:
            for id_, known, words in self.off:
                assert known or id_ not in made.payload.decode()
                assert words not in made.payload.decode()
        super().resume(audience, view, statuses)

    async def not_on(self) -> list[tuple[str, bool, str]]:
        """Notices that are not on now: whether the public has ever seen them, and what they say."""
        async with self.store.read() as reading:
            wall = await reading.wall(SLUG)
            found = [await reading.item(wall.id, id_) for id_ in self.notices]
        return [
            (i.id, i.shown_no is not None, notices.notice_in(i).text or "nothing")
            for i in found
            if i is not None and i.status != "approved"
        ]


NoticeMachine.TestCase.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)
TestNotices = pytest.mark.slow(pytest.mark.timeout(300)(NoticeMachine.TestCase))
