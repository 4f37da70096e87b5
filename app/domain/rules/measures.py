"""Rules that compare a number or ask a question: each answers with a sentence, or with none."""

from collections.abc import Callable
from datetime import timedelta

from app.domain.rules import facts
from app.domain.rules.rule import Kind, Subject

Measure = Callable[[Subject, float], str]
"""A subject and the rule's number: the sentence when the rule applies, else nothing."""


def _link(subject: Subject, most: float) -> str:
    count = facts.links(subject.post)
    if count <= most:
        return ""
    return "A link." if count == 1 else f"{count} links."


def _hashtags(subject: Subject, most: float) -> str:
    count = len(subject.post.hashtags)
    return f"{_many(count, 'hashtag')} in one post." if count > most else ""


def _copies(subject: Subject, most: float) -> str:
    if subject.copies <= most:
        return ""
    who = "1 other person" if subject.copies == 1 else f"{subject.copies} other people"
    return f"{who} posted nearly the same within 10 minutes."


def _pace(subject: Subject, most: float) -> str:
    return f"{_many(subject.burst, 'post')} within a minute." if subject.burst > most else ""


def _age(subject: Subject, most: float) -> str:
    made = subject.post.author.created_at
    if made is None or subject.post.created_at - made >= timedelta(days=most):
        return ""
    hours = max(int((subject.post.created_at - made).total_seconds()), 0) // 3600
    age = _many(hours // 24, "day") if hours >= 24 else _many(hours, "hour")
    return f"The account is {age} old." if hours else "The account is less than an hour old."


def _followers(subject: Subject, most: float) -> str:
    count = subject.post.author.followers
    return "" if count is None or count >= most else f"The account has {_many(count, 'follower')}."


def _reply(subject: Subject, _: float) -> str:
    return "An answer to another post." if subject.post.is_reply else ""


def _bare(subject: Subject, _: float) -> str:
    if not facts.says_nothing(subject.post):
        return ""
    return "Nothing of its own: only hashtags, mentions, links or a quote."


def _media(subject: Subject, _: float) -> str:
    kinds = {media.kind for media in subject.post.media} - {"audio"}
    return "With a picture or film." if kinds else ""


def _bot(subject: Subject, _: float) -> str:
    author = subject.post.author
    return "An automated account." if author.bot or author.group else ""


def _sensitive(subject: Subject, _: float) -> str:
    unsafe = subject.post.sensitive or subject.post.warning
    return "Marked as sensitive, or behind a content warning." if unsafe else ""


def _limited(subject: Subject, _: float) -> str:
    limited = subject.post.author.limited
    return "The account was silenced by its server." if limited else ""


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


MEASURES: dict[Kind, Measure] = {
    "link": _link,
    "hashtags": _hashtags,
    "copies": _copies,
    "pace": _pace,
    "age": _age,
    "followers": _followers,
    "reply": _reply,
    "bare": _bare,
    "media": _media,
    "bot": _bot,
    "sensitive": _sensitive,
    "limited": _limited,
}
