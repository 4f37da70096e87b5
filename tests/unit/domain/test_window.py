"""The state of a client after frames, and the vectors that hold both of its implementations together."""

import copy
import json

import pytest

from app.domain.window import View, apply_frame
from tests.vectors.make_vectors import CASES, FILE, START, changes, gone, post, vectors


def test_the_shared_vectors_are_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == vectors(), "python -m tests.vectors.make_vectors"


@pytest.mark.parametrize(
    ("name", "ids", "seq"),
    [
        ("a post that left", ["p2", "w"], 2),
        ("a gap is not applied", ["p1", "p2", "w"], 1),
        ("what was applied is not applied again", ["p1", "p2", "p3", "w"], 2),
        ("old news is not applied, the tip neither", ["p1", "p2", "p3", "p4", "p5"], 5),
        ("old news from far back is no gap", ["p1", "p2", "p3", "p4", "p5"], 5),
        ("changes from before are applied", ["p1", "p2", "p3", "p5", "p6"], 7),
        ("changes from the very start are applied", ["p1", "p2", "p4", "p5"], 6),
        ("changes from before bring nothing back into the window", ["p503"], 7),
        ("another epoch counts from its own seq, lower", ["p1", "p2"], 3),
        ("another epoch counts from its own seq, higher", ["p7", "p8"], 10),
        ("a gap in another epoch is not applied", ["p1"], 2),
        ("an unknown kind of item", ["p1", "p2", "w"], 2),
        ("the last post of the window stays", ["p2", "w"], 2),
        ("the first outside of the window leaves", ["w"], 2),
        ("pinned and waiting posts stay", ["p1", "p2"], 2),
    ],
)
def test_the_vectors_say_what_the_protocol_says(name: str, ids: list[str], seq: int) -> None:
    told = {v["name"]: v["state"] for v in json.loads(vectors())}[name]
    assert (told["ids"], told["seq"]) == (ids, seq)
    assert len(told["items"]) == len(ids)


def test_old_news_is_no_error_and_changes_nothing() -> None:
    view = View()
    assert apply_frame(view, START)
    before = copy.deepcopy(view)
    for since in (-1, 0, 1):
        assert apply_frame(view, changes(since, 1, 9, post(9, 1), gone(1, 1)))
        assert view == before


def test_a_frame_that_does_not_fit_changes_nothing_and_says_so() -> None:
    view = View()
    assert apply_frame(view, START)
    before = dict(view.items)
    assert not apply_frame(view, changes(5, 6, 9, post(9, 6)))
    assert (view.items, view.seq, view.tip) == (before, 1, 2)
    assert apply_frame(view, CASES["a pulse"][1])
