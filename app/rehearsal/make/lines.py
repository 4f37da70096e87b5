"""Puts the day together: every arrival of the rehearsal, sorted by the time at which it arrived."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from app.domain.arrival import (
    Arrival,
    AuthorGone,
    Deleted,
    Edited,
    Posted,
    Reposted,
    Unreposted,
)
from app.rehearsal.make.activity import END, Repost, place, reposts
from app.rehearsal.make.posts import Person, Writer, author, parse_people
from app.rehearsal.make.script import Change, Entry, Stretch, parse_day
from app.sources.replay.format import ReplayHeader, ReplaySession, encode_header, encode_line

HERE = Path(__file__).parent.parent
SERVERS = (
    "fedi.example",
    "chaos.example",
    "mstdn.example",
    "sci.example",
    "toot.example",
    "hachy.example",
)
LATENCY = timedelta(seconds=2)


def everybody() -> dict[str, Person]:
    """Those who post, and after them those who only pass on."""
    people = parse_people((HERE / "people.txt").read_text("utf-8"))
    names = (HERE / "fans.txt").read_text("utf-8").strip().split(" · ")
    for i, name in enumerate(names):
        fan = Person(f"reader{i:02}", name, SERVERS[i % len(SERVERS)], remote=True, part="reader")
        people[fan.id] = fan
    return people


def header() -> ReplayHeader:
    """The event, with its programme in the zone of its town."""
    event = tomllib.loads((HERE / "event.toml").read_text("utf-8"))
    event["sessions"] = [_session(line, event["started_at"]) for line in event["sessions"]]
    return ReplayHeader.model_validate(event)


def _session(line: str, day: datetime) -> ReplaySession:
    hours, room, title, speakers = (part.strip() for part in line.split("|"))
    starts_at, ends_at = (
        day.replace(hour=int(hour[:2]), minute=int(hour[3:])) for hour in hours.split("-")
    )
    names = tuple(filter(None, speakers.split(", ")))
    return ReplaySession(
        title=title, room=room, speakers=names, starts_at=starts_at, ends_at=ends_at
    )


def replay_file() -> bytes:
    """The whole replay file; the same bytes every time."""
    event = header()
    stretches, changes = parse_day((HERE / "day.txt").read_text("utf-8"))
    day = Day(event.started_at, everybody(), stretches, changes)
    day.play()
    body = b"".join(encode_line(at, arrival) for at, arrival in day.lines)
    return encode_header(event) + body


@dataclass(slots=True)
class Day:
    """One run through the script."""

    started_at: datetime
    people: dict[str, Person]
    stretches: list[Stretch]
    changes: list[Change]
    rng: Random = field(default_factory=lambda: Random("PyFest 26"))
    lines: list[tuple[datetime, Arrival]] = field(default_factory=list)
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        midnight = self.started_at.replace(hour=0, minute=0).astimezone(UTC)
        authors = {who: author(person, midnight) for who, person in self.people.items()}
        self.writer = Writer(self.people, authors, midnight, {})

    def play(self) -> None:
        """Fills `lines`: everything that happens, in the order of time."""
        for stretch in self.stretches:
            place(stretch, self.rng, even=stretch.start == timedelta(hours=8, minutes=30))
        entries = {entry.id: entry for stretch in self.stretches for entry in stretch.entries}
        passed_on = reposts(list(entries.values()), self._fans(), self._ends(entries), self.rng)
        happenings: list[tuple[timedelta, Entry | Repost | Change | tuple[Entry, str]]] = []
        happenings += [(entry.at, entry) for entry in entries.values()]
        happenings += [(repost.at, repost) for repost in passed_on]
        happenings += [(repost.undone, repost) for repost in passed_on if repost.undone]
        happenings += [(entries[c.id].at + c.after, c) for c in self.changes]
        happenings += self._checks(entries)
        reposted: Counter[str] = Counter()
        for at, happening in sorted(happenings, key=lambda each: each[0]):
            when = self.writer.midnight + at
            if isinstance(happening, Repost):
                reposted[happening.entry.id] += 1 if at == happening.at else -1
                self._say(when, self._repost(happening, when, undone=at != happening.at))
            elif isinstance(happening, Entry):
                self._say(when, self._posted(happening, when))
            elif isinstance(happening, Change):
                self._say(when, self._changed(happening, entries[happening.id], when))
            else:
                entry = happening[0]
                self._say(when, self._counted(entry, reposted[entry.id], when))

    def _say(self, when: datetime, arrival: Arrival) -> None:
        self.lines.append((when, arrival))

    def _fans(self) -> dict[str, float]:
        """How much everybody passes on: by Zipf's law, those from afar first."""
        quiet = ("troll", "spam", "event")
        fans = [p for p in self.people.values() if p.part not in quiet]
        self.rng.shuffle(fans)
        fans.sort(key=lambda p: not (p.remote and p.part != "reader"))
        return {p.id: 1 / (rank + 4) for rank, p in enumerate(fans)}

    def _ends(self, entries: dict[str, Entry]) -> dict[str, timedelta]:
        """When posts stop to be passed on, because they are gone or no longer about the event."""
        over = [c for c in self.changes if c.what != "edit"]
        return {c.id: entries[c.id].at + c.after for c in over}

    def _checks(self, entries: dict[str, Entry]) -> Iterator[tuple[timedelta, tuple[Entry, str]]]:
        """When servers tell new counts of a post."""
        ends = self._ends(entries)
        for entry in entries.values():
            often = 5 if "poll" in entry.options else 1 if self.rng.random() < 0.45 else 0
            for _ in range(often):
                at = entry.at + timedelta(seconds=self.rng.randint(240, 5400))
                if at < min(END, ends.get(entry.id, END)):
                    yield at, (entry, "check")

    def _posted(self, entry: Entry, when: datetime) -> Posted:
        return Posted(
            server=self.people[entry.who].server,
            seen_at=when,
            post=self.writer.post(entry),
            local_id=self.writer.local_id(entry),
            origin=True,
        )

    def _counted(self, entry: Entry, reposted: int, when: datetime) -> Posted:
        return Posted(
            server=self.people[entry.who].server,
            seen_at=when,
            post=self.writer.counted(entry, reposted, self.rng),
            local_id=self.writer.local_id(entry),
            origin=True,
        )

    def _repost(self, repost: Repost, when: datetime, *, undone: bool) -> Arrival:
        key, server = self.writer.posts[repost.entry.id].key, self.people[repost.who].server
        by = self.writer.authors[repost.who]
        if undone:
            return Unreposted(server=server, seen_at=when, key=key, author_key=by.key)
        told = when - LATENCY if self.rng.random() < 0.9 else None
        return Reposted(server=server, seen_at=when, key=key, by=by, at=told)

    def _changed(self, change: Change, entry: Entry, when: datetime) -> Arrival:
        server, local_id = self.people[entry.who].server, self.writer.local_id(entry)
        if change.what == "gone":
            key = self.writer.authors[entry.who].key
            return AuthorGone(server=server, seen_at=when, author_key=key)
        if change.what == "delete":
            key = self.writer.posts[entry.id].key
            return Deleted(server=server, seen_at=when, local_id=local_id, key=key, origin=True)
        post = self.writer.edited(entry, change.text, when - LATENCY)
        return Edited(server=server, seen_at=when, post=post, local_id=local_id, origin=True)
