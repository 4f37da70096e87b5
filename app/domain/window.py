"""How a client's state follows from frames: the twin of `static/js/core/window.js`, held to it by shared vectors.

Frames and items are wire objects (`docs/protocol.md`): mappings as JSON gives them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WINDOW = 500
"""Posts that a client keeps, beside what is pinned or waits. Design: the newest 500."""

KINDS = frozenset({"wall", "post", "session", "notice"})
"""Items of other kinds are of a newer service and passed over."""

Item = Mapping[str, Any]


@dataclass(slots=True)
class View:
    """What a client holds of a wall."""

    epoch: str = ""
    seq: int = 0
    tip: int = 0
    items: dict[str, Item] = field(default_factory=dict)


def apply_frame(view: View, frame: Mapping[str, Any]) -> bool:
    """Change `view` by a frame. False, and nothing changed, when something is missing before it: the client must resume.

    Items carry their state of now, so `changes` from before the view's seq apply as well; those up to it are old news.
    """
    kind = frame["kind"]
    if kind == "snapshot":
        view.epoch, view.items = frame["epoch"], {}
    elif kind != "changes" or frame["seq"] <= view.seq:
        return True
    elif frame["from"] > view.seq:
        return False
    view.seq, view.tip = frame["seq"], frame["tip"]
    for item in frame["items"]:
        _put(view, item)
    view.items = {i: item for i, item in view.items.items() if in_window(item, view.tip)}
    return True


def in_window(item: Item, tip: int) -> bool:
    """Whether a client keeps this item when `tip` posts have come."""
    if item["kind"] != "post" or item["pinned"] or item.get("status") == "pending":
        return True
    return bool(item["no"] > tip - WINDOW)


def _put(view: View, item: Item) -> None:
    if item.get("gone"):
        view.items.pop(item["id"], None)
    elif item["kind"] in KINDS:
        view.items[item["id"]] = item
