"""What the X source says to moderators and operators: one plain sentence per state. Pure."""

from datetime import datetime

from app.sources.x.ledger import Ledger

OFF = "X is off until it has a bearer token and a daily budget."
HOW_TO_GET_IN = "Make an app at console.x.com and buy credits; see docs/sources/x.md."


POST_PRICE_USD = 0.005
"""X: x-api/getting-started/pricing.mdx, August 2026; a profile costs twice as much."""


def price(posts: int) -> str:
    """`$0.05` for ten posts."""
    usd = posts * POST_PRICE_USD
    return f"${usd:,.3f}" if round(usd * 1000) % 10 else f"${usd:,.2f}"


def budget(ledger: Ledger) -> str:
    """`1,240 of 2,000 posts of today's budget used, up to 90 more with what is being asked.`"""
    more = f", up to {ledger.held:,} more with what is being asked" if ledger.held else ""
    return f"{ledger.used:,} of {ledger.daily:,} posts of today's budget used{more}."


def reading(server: str, interval_s: float, *, streaming: bool) -> str:
    """The normal state."""
    how = f"{server} is read every {interval_s:g} s"
    return f"{how}, and its stream is open." if streaming else f"{how}."


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


# --- what a check says ---


def may_cost(daily_budget: int) -> str:
    """What following X may cost."""
    return (
        f"A daily budget of {daily_budget:,} posts is at most {price(daily_budget)} a day;"
        " a post with its author counts as 3."
    )


def check_cost(most: int, posts: int) -> str:
    """What the check itself has cost."""
    read = "1 post" if posts == 1 else f"{posts} posts"
    return (
        f"This check asked for at most {most} posts ({price(most)}) and was given {read}"
        f" ({price(posts)}), beside the wall's budget."
    )


def readable(query: str, newest: datetime | None) -> str:
    """Searching works."""
    if newest is None:
        return f"Searching for {query} works; nothing of the last seven days is found."
    return f"Searching for {query} works: the newest post is of {newest:%Y-%m-%d %H:%M} UTC."


def stream_open() -> str:
    """Whether it opens is not tried: X allows one, and charges what it brings."""
    return "The stream's rules can be read; the stream itself is not opened by a check."
