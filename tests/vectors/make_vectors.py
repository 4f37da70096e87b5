"""Writes apply.json: frames, and the state of a client after them, to which both twins of the window are held.

Run it after a change of `app/domain/window.py`: python -m tests.vectors.make_vectors
"""

import json
from pathlib import Path
from typing import Any

from app.domain.window import WINDOW, View, apply_frame

FILE = Path(__file__).parent / "apply.json"
Item = dict[str, Any]


def post(no: int, seq: int = 1, **more: Any) -> Item:
    return {"id": f"p{no}", "kind": "post", "seq": seq, "no": no, "pinned": False, **more}


def gone(no: int, seq: int) -> Item:
    return {"id": f"p{no}", "seq": seq, "gone": True}


def snapshot(*items: Item, seq: int = 1, tip: int = 2, epoch: str = "e1") -> Item:
    return {"kind": "snapshot", "epoch": epoch, "seq": seq, "tip": tip, "items": list(items)}


def changes(since: int, seq: int, tip: int, *items: Item) -> Item:
    return {"kind": "changes", "from": since, "seq": seq, "tip": tip, "items": list(items)}


START = snapshot(post(1), post(2), {"id": "w", "kind": "wall", "seq": 1, "title": "PyFest"})
FIVE = snapshot(*(post(no, no) for no in range(1, 6)), seq=5, tip=5)
CASES: dict[str, list[Item]] = {
    "a snapshot": [START],
    "a snapshot replaces everything": [START, snapshot(post(3), seq=9, tip=3, epoch="e2")],
    "a new post": [START, changes(1, 2, 3, post(3, 2))],
    "a change of a post": [START, changes(1, 2, 2, post(1, 2, text="Better"))],
    "a post that left": [START, changes(1, 2, 2, gone(1, 2))],
    "a post that was never there left": [START, changes(1, 2, 2, gone(9, 2))],
    "a post that came back": [
        START,
        changes(1, 2, 2, gone(1, 2)),
        changes(2, 3, 2, post(1, 3)),
    ],
    "a gap is not applied": [START, changes(2, 3, 3, post(3, 3))],
    "after a gap the frame that fills it is applied": [
        START,
        changes(2, 3, 4, post(4, 3)),
        changes(1, 3, 4, post(3, 2), post(4, 3)),
    ],
    "what was applied is not applied again": [
        START,
        changes(1, 2, 3, post(3, 2)),
        changes(1, 2, 3, gone(3, 2)),
    ],
    "old news is not applied, the tip neither": [
        FIVE,
        changes(1, 4, WINDOW + 9, gone(5, 4), post(3, 3, text="Worse")),
    ],
    "old news from far back is no gap": [FIVE, changes(0, 1, 1, post(1))],
    "changes from before are applied": [
        FIVE,
        changes(2, 7, 6, post(3, 3), gone(4, 6), post(5, 5), post(6, 7)),
    ],
    "changes from the very start are applied": [
        FIVE,
        changes(0, 6, 5, post(1), post(2), gone(3, 6), post(4, 4), post(5, 5)),
    ],
    "changes from before bring nothing back into the window": [
        snapshot(post(1, pinned=True), post(2), seq=5, tip=WINDOW + 1),
        changes(2, 7, WINDOW + 3, post(1, 6), post(2, 3), post(WINDOW + 3, 7)),
    ],
    "changes that bring nothing lead on": [FIVE, changes(3, 8, 5)],
    "another epoch counts from its own seq, lower": [
        FIVE,
        snapshot(post(1, 2), seq=2, tip=1, epoch="e2"),
        changes(1, 3, 2, post(1, 2), post(2, 3)),
    ],
    "another epoch counts from its own seq, higher": [
        START,
        snapshot(post(7, 9), seq=9, tip=7, epoch="e2"),
        changes(1, 9, 7, gone(7, 8)),
        changes(8, 10, 8, post(7, 9), post(8, 10)),
    ],
    "a gap in another epoch is not applied": [
        FIVE,
        snapshot(post(1, 2), seq=2, tip=1, epoch="e2"),
        changes(5, 6, 6, post(6, 6)),
    ],
    "a pulse": [START, {"kind": "pulse", "seq": 7, "viewers": 3, "now": "2026-11-21T09:30:00Z"}],
    "an unknown kind of frame": [START, {"kind": "zeppelin", "seq": 7}],
    "an unknown kind of item": [START, changes(1, 2, 2, {"id": "z", "kind": "zeppelin", "seq": 2})],
    "nothing changed for this audience": [START, changes(1, 4, 2)],
    "the last post of the window stays": [START, changes(1, 2, WINDOW + 1)],
    "the first outside of the window leaves": [START, changes(1, 2, WINDOW + 2)],
    "pinned and waiting posts stay": [
        snapshot(post(1, pinned=True), post(2, status="pending"), post(3, status="hidden"), tip=3),
        changes(1, 2, WINDOW + 9),
    ],
    "an unpinned old post leaves": [
        snapshot(post(1, pinned=True), tip=WINDOW + 9),
        changes(1, 2, WINDOW + 9, post(1, 2)),
    ],
    "an old post that is approved does not come": [
        snapshot(post(1, status="pending"), tip=WINDOW + 9),
        changes(1, 2, WINDOW + 9, post(1, 2, status="approved")),
    ],
}


def vectors() -> str:
    """The file's text."""
    return json.dumps([_vector(*case) for case in CASES.items()], indent=1) + "\n"


def _vector(name: str, frames: list[Item]) -> Item:
    view = View()
    for frame in frames:
        apply_frame(view, frame)
    state = {
        "epoch": view.epoch,
        "seq": view.seq,
        "tip": view.tip,
        "ids": sorted(view.items),
    }
    return {"name": name, "frames": frames, "state": {**state, "items": view.items}}


if __name__ == "__main__":
    FILE.write_text(vectors(), encoding="utf-8")
