"""What the Bluesky source says to moderators and operators: one plain sentence per state. Pure."""

from datetime import datetime, timedelta


def followed(host: str) -> str:
    """The normal state."""
    return f"{host} is followed live."


def behind(host: str, lag: timedelta) -> str:
    """What happened meanwhile is read first."""
    minutes = max(1, round(lag.total_seconds() / 60))
    return f"{host} is followed; catching up with the last {minutes} min."


def connecting(host: str) -> str:
    """Between two sockets."""
    return f"Connecting to {host}."


def no_stream(count: int, reason: str) -> str:
    """Sweeps go on. `reason` is of the host that was tried last."""
    hosts = "The Jetstream host" if count == 1 else f"None of the {count} Jetstream hosts"
    cannot = "cannot be reached" if count == 1 else "can be reached"
    why = f" {reason}" if reason else ""
    return f"{hosts} {cannot}: nothing new comes; what is shown is still re-checked.{why}"


def no_view(reason: str) -> str:
    """Deletions go on; nothing is shown unchecked."""
    return f"{reason} New posts wait until they can be checked; deletions are followed."


def gap(since: datetime, *, search: bool) -> str:
    """The stream keeps some 36 hours."""
    what = (
        "they are searched for" if search else "an app password would let Hallway search for them"
    )
    return f"The stream no longer has everything since {since:%Y-%m-%d %H:%M} UTC: posts may be missing ({what})."


def no_search(reason: str) -> str:
    """Search is a help only."""
    return f"Older posts could not be searched for: {reason}"


def heard(host: str) -> str:
    """For a check: it can be followed."""
    return f"{host} is heard: new posts come at once."


def silent(host: str, seconds: float) -> str:
    """For a check: a socket, and nothing in it."""
    return f"{host} opens a socket, but says nothing for {seconds:g} s."


def no_account() -> str:
    """For a check: the normal state."""
    return "Without an account there is no search: older posts do not fill the wall at the start."
