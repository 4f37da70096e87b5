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
NOSTR = "nostr"


def judge(post: Post, rules: Rules) -> Verdict:
    """The verdict on a post; the first rule that applies decides, opt-outs before all."""
    if post.author.opted_out or "nowall" in post.hashtags:
        return Verdict("hidden", "The author asks not to be shown (#nobot, #nowall).")
    return _hold(post, rules) or APPROVED


def _hold(post: Post, rules: Rules) -> Verdict | None:
    author, unsafe = post.author, post.sensitive or bool(post.warning)
    reasons = (
        (post.network == FORM, "Written on this wall's own page: a moderator decides."),
        (rules.hold_limited and author.limited, "The account was silenced by its server."),
        (rules.hold_sensitive and unsafe, "Marked as sensitive, or behind a content warning."),
        (rules.hold_bots and (author.bot or author.group), "An automated account."),
        (
            rules.hold_nostr and post.network == NOSTR,
            "From Nostr, where nobody watches over accounts.",
        ),
        (rules.review, "Everything waits for a moderator."),
    )
    return next((Verdict("pending", said) for holds, said in reasons if holds), None)
