"""What the rules say of a post: pure, and every verdict names its rule in a sentence a moderator can read."""

from dataclasses import dataclass
from typing import Literal

from app.domain.post import Post
from app.domain.wall import Rules

Status = Literal["pending", "approved", "hidden", "copy", "gone"]
"""`copy`: approved, and shown within another post, which says the same on another network."""
Ruling = Literal["pending", "approved", "hidden"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a post, and the rule that said so (empty for an ordinary post)."""

    status: Ruling
    rule: str = ""


APPROVED = Verdict("approved")
FORM = "form"
"""The network of what people write on a wall's own page, without any account: no rule lets it through."""


def judge(post: Post, rules: Rules) -> Verdict:
    """The verdict on a post; the first rule that applies decides, opt-outs before all."""
    if post.author.opted_out or "nowall" in post.hashtags:
        return Verdict("hidden", "The author asks not to be shown (#nobot, #nowall).")
    return _hold(post, rules) or APPROVED


def _hold(post: Post, rules: Rules) -> Verdict | None:
    if post.network == FORM:
        return Verdict("pending", "Written on this wall's own page: a moderator decides.")
    if rules.hold_limited and post.author.limited:
        return Verdict("pending", "The account was silenced by its server.")
    if rules.hold_sensitive and (post.sensitive or post.warning):
        return Verdict("pending", "Marked as sensitive, or behind a content warning.")
    if rules.hold_bots and (post.author.bot or post.author.group):
        return Verdict("pending", "An automated account.")
    if rules.review:
        return Verdict("pending", "Everything waits for a moderator.")
    return None
