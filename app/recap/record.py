"""Writes a wall's life to a replay file, line by line, while it happens."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import orjson

from app.domain.arrival import Arrival, Deleted, Edited, Posted, Reposted, Unreposted
from app.domain.post import Post
from app.errors import UsageError
from app.ports import Clock
from app.sources.replay.format import ReplayHeader, encode_header, encode_line

LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post of a wall in its state of now, as its best server named it."""

    seq: int
    key: str
    post: Post | None
    """None when it is gone."""
    status: Literal["pending", "approved", "hidden"]
    server: str
    local_id: str
    origin: bool
    reposts: Sequence[Reposted] = ()
    """Everyone who passed it on and did not take it back."""
    erased: bool = False
    """Its content is not kept any more: it was deleted, not only hidden or waiting."""


class WallReader(Protocol):
    """What recording needs of a store, for one wall."""

    async def tip(self) -> int:
        """The seq of the wall's last change."""
        ...

    async def changes_after(self, seq: int) -> Sequence[StoredPost]:
        """Posts whose last change came after `seq`, by seq; some of them when there are many, none at the tip."""
        ...


async def record(reader: WallReader, out: Path, clock: Clock, *, event: ReplayHeader) -> None:
    """Write the approved posts of a wall to `out`: those of now as warm-up, then every change, until cancelled.

    `event.started_at` becomes the time of now. Each line is with the system before the next is read.
    A post that is hidden later stays in the file, followed by its deletion; of one that is erased no line is left.
    Raises UsageError when `out` exists or cannot be written.
    """
    started_at = clock.now()
    pen = Pen(out, _create(out, event.model_copy(update={"started_at": started_at})))
    try:
        ledger = Ledger()
        seq = await _drain(reader, 0, pen, ledger, lambda: started_at - timedelta(seconds=1))
        while True:
            await clock.sleep(LOOK_EVERY_S)
            if await reader.tip() > seq:
                seq = await _drain(reader, seq, pen, ledger, clock.now)
    finally:
        pen.file.close()


@dataclass(slots=True)
class Pen:
    """The file of a recording, open to be appended to."""

    path: Path
    file: BinaryIO

    def write(self, line: bytes) -> None:
        """One line; it is with the system afterwards."""
        self.file.write(line)
        self.file.flush()

    def forget(self, keys: Collection[str]) -> None:
        """Write the file anew without these posts, there whole or not at all."""
        draft = _draft(self.path)
        with self.path.open("rb") as old, draft.open("wb") as new:
            new.writelines(kept for line in old if (kept := without(line, keys)))
            new.flush()
            os.fsync(new.fileno())
        draft.replace(self.path)
        self.file.close()
        self.file = self.path.open("ab")


def without(line: bytes, keys: Collection[str]) -> bytes | None:
    """A line of a recording without what it has of these posts; None when nothing is left."""
    if not any(orjson.dumps(key)[1:-1] in line for key in keys):
        return line
    raw = orjson.loads(line)
    said = raw.get("arrival", {})
    post = said.get("post", {})
    if {said.get("key"), post.get("key")} & set(keys):
        return None
    if (post.get("quote") or {}).get("key") in keys:
        del post["quote"]
    return orjson.dumps(raw) + b"\n"


@dataclass(slots=True)
class Ledger:
    """What a recording has said so far, so that it says only what is new."""

    posts: dict[str, Post] = field(default_factory=dict)
    reposters: dict[str, set[str]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    """Posts of which there are lines."""

    def news(self, stored: StoredPost, at: datetime) -> Iterator[Arrival]:
        """The arrivals that lead from what was said to `stored`; nothing for what never was public."""
        if stored.post is None or stored.status != "approved":
            yield from self._gone(stored, at)
            return
        before = self.posts.get(stored.key)
        if before != stored.post:
            yield _shown(stored, stored.post, before, at)
            self.posts[stored.key] = stored.post
            self.told.add(stored.key)
        yield from self._passed_on(stored, at)

    def _gone(self, stored: StoredPost, at: datetime) -> Iterator[Arrival]:
        if self.posts.pop(stored.key, None) is None:
            return
        self.reposters.pop(stored.key, None)
        yield Deleted(
            server=stored.server,
            seen_at=at,
            local_id=stored.local_id,
            key=stored.key,
            # A hidden post may be shown again: only the author's own deletion is final.
            origin=stored.origin and stored.post is None,
        )

    def _passed_on(self, stored: StoredPost, at: datetime) -> Iterator[Arrival]:
        before = self.reposters.setdefault(stored.key, set())
        now = {repost.by.key: repost for repost in stored.reposts}
        yield from (repost for key, repost in now.items() if key not in before)
        for author_key in sorted(before - now.keys()):
            yield Unreposted(
                server=stored.server, seen_at=at, key=stored.key, author_key=author_key
            )
        self.reposters[stored.key] = set(now)


def _shown(stored: StoredPost, post: Post, before: Post | None, at: datetime) -> Posted:
    edited = before is not None and before.edited_at != post.edited_at
    return (Edited if edited else Posted)(
        server=stored.server,
        seen_at=at,
        post=post,
        local_id=stored.local_id,
        origin=stored.origin,
    )


async def _drain(reader: WallReader, seq: int, pen: Pen, ledger: Ledger, now: "Now") -> int:
    """Write all changes after `seq`, and forget what was erased; the seq that is reached."""
    while changes := await reader.changes_after(seq):
        for stored in changes:
            at = now()
            for arrival in ledger.news(stored, at):
                pen.write(encode_line(at, arrival))
            seq = stored.seq
        if erased := {one.key for one in changes if one.erased} & ledger.told:
            pen.forget(erased)
            ledger.told -= erased
    return seq


class Now(Protocol):
    """Says when a line arrived."""

    def __call__(self) -> datetime: ...


def _create(out: Path, header: ReplayHeader) -> BinaryIO:
    """The file with its header, there whole or not at all, open to be appended to."""
    draft = _draft(out)
    try:
        draft.write_bytes(encode_header(header))
        # A link, unlike a rename, never replaces a file that is there.
        os.link(draft, out)
        return out.open("ab")
    except FileExistsError as error:
        raise UsageError(f"{out} exists already.", hint="Choose another name.") from error
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _draft(out: Path) -> Path:
    return out.with_name(f".{out.name}.{os.getpid()}")
