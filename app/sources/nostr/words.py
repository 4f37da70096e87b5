"""What the Nostr source says to moderators and operators: one plain sentence per state. Pure."""

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"


def connecting(hosts: Sequence[str]) -> str:
    """At the start."""
    return f"Connecting to {listed(hosts)}."


def followed(hosts: Sequence[str]) -> str:
    """The normal state."""
    return f"{listed(hosts)} {'is' if len(hosts) == 1 else 'are'} followed live."


def none_left(count: int, reasons: Sequence[str]) -> str:
    """No relay can be read."""
    if count == 1:
        return reasons[0]
    return f"None of the {count} relays can be read: {' '.join(reasons)}"


def ended(host: str) -> str:
    """A connection that was there."""
    return f"{host} closed the connection."


def silent(host: str) -> str:
    """It does not answer a question."""
    return f"{host} took too long to answer."


def wants_login(host: str) -> str:
    """NIP-42 or a paid relay."""
    return f"{host} wants a login: Hallway has none. Name another relay."


def refuses(host: str, word: str) -> str:
    """In its own words."""
    return f"{host} refuses: {word}" if word else f"{host} refuses without a word."


def asks_to_wait(host: str) -> str:
    """Its limits."""
    return f"{host} asks to wait."


def forged(count: int) -> str:
    """What was dropped since the start."""
    one = count == 1
    what = "event was" if one else "events were"
    return f"{count} {what} dropped: {'its signature is' if one else 'their signatures are'} wrong."
