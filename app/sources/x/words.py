"""What the X source says to moderators and operators: one plain sentence per state. Pure."""

from datetime import datetime

from app.sources.x.ledger import Ledger

OFF = "X is off until it has a bearer token and a daily budget."
HOW_TO_GET_IN = "Make an app at console.x.com and buy credits; see docs/sources/x.md."


def budget(ledger: Ledger) -> str:
    """`1,240 of 2,000 posts of today's budget used.`"""
    return f"{ledger.used:,} of {ledger.daily:,} posts of today's budget used."


def reading(server: str, interval_s: float, ledger: Ledger, *, streaming: bool) -> str:
    """The normal state."""
    how = f"{server} is read every {interval_s:g} s"
    open_ = ", and its stream is open. " if streaming else ". "
    return how + open_ + budget(ledger)


def used_up(ledger: Ledger, until: datetime) -> str:
    """Nothing is asked but whether posts on display are still there."""
    when = f"{until:%H:%M} UTC" if until.day != 1 else f"{until:%Y-%m-%d %H:%M} UTC"
    return f"The budget for X is used up: {budget(ledger)} It goes on at {when}."


def unreadable(count: int) -> str:
    """Posts of the last page that made no sense."""
    return (
        "1 post made no sense and was left out."
        if count == 1
        else f"{count} posts made no sense and were left out."
    )


def refused_stream(reason: str) -> str:
    """The stream was not opened; searching goes on all the same."""
    return f"Its stream is refused ({reason.rstrip('.')}): posts come by searching only."


def unreachable_stream() -> str:
    """No stream, for whatever reason."""
    return "Its stream is not open: posts come by searching only."


def crowded_stream() -> str:
    """X allows one stream for each app."""
    return "Another program has this app's only stream: posts come by searching only."
