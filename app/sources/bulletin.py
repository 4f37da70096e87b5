"""How a source is doing, put together from its parts and reported when it changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from app.ports import Condition, Health, Report


class Bulletin:
    """One condition, one sentence for it, and notes by topic behind it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._health = Health(Condition.STARTING)
        self._condition = Condition.STARTING
        self._sentence = ""
        self._notes: dict[str, str] = {}
        self._waits: list[Health] = []

    def state(self, condition: Condition, sentence: str) -> None:
        """How it is, apart from waiting."""
        self._condition, self._sentence = condition, sentence
        self._publish()

    def note(self, topic: str, sentence: str) -> None:
        """One more thing worth knowing; an empty sentence takes it back."""
        self._notes[topic] = sentence
        self._publish()

    def alive(self, within_s: float = 0.0) -> None:
        """The network gave a sign of life; the next is due in `within_s` seconds, or as was promised."""
        self._report.alive(within_s)

    @contextmanager
    def waiting(self, until: datetime, reason: str) -> Iterator[None]:
        """The server asked for patience. Over when everything that waits goes on."""
        self._waits.append(Health(Condition.WAITING, reason, until))
        self._publish()
        try:
            yield
        finally:
            self._waits.pop()
            self._publish()

    def _publish(self) -> None:
        health = self._compose()
        if health != self._health:
            self._health = health
            self._report(health)

    def _compose(self) -> Health:
        if self._waits:
            return self._waits[-1]
        sentences = [self._sentence, *self._notes.values()]
        return Health(self._condition, " ".join(one for one in sentences if one))
