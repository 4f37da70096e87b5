"""What the rules say of a post, and in which order."""

from typing import Any

import pytest

from app.domain.moderation import judge
from app.domain.wall import Rules
from tests.factories import author, post


@pytest.mark.parametrize(
    ("rules", "more", "status", "words"),
    [
        ({}, {}, "approved", ""),
        ({}, {"sensitive": True}, "pending", "sensitive"),
        ({}, {"warning": "cake"}, "pending", "content warning"),
        ({"hold_sensitive": False}, {"sensitive": True}, "approved", ""),
        ({}, {"author": author(bot=True)}, "pending", "automated"),
        ({}, {"author": author(group=True)}, "pending", "automated"),
        ({"hold_bots": False}, {"author": author(bot=True)}, "approved", ""),
        ({}, {"author": author(limited=True)}, "pending", "silenced"),
        ({"hold_limited": False}, {"author": author(limited=True)}, "approved", ""),
        ({}, {"network": "nostr"}, "pending", "Nostr"),
        ({"hold_nostr": False}, {"network": "nostr"}, "approved", ""),
        ({"review": True}, {}, "pending", "Everything waits"),
        ({}, {"hashtags": ("nowall", "pyfest26")}, "hidden", "asks not to be shown"),
        ({"review": True}, {"author": author(opted_out=True)}, "hidden", "asks not to be shown"),
    ],
)
def test_the_first_rule_that_applies_decides_and_says_so(
    rules: dict[str, bool], more: dict[str, Any], status: str, words: str
) -> None:
    verdict = judge(post(1, **more), Rules(**rules))
    assert verdict.status == status
    assert words in verdict.rule
    assert bool(verdict.rule) is bool(words)
