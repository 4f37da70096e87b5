"""What a feed's source says to moderators and operators: one plain sentence per state. Pure."""

from app.sources.spelling import tags_text


def reading(server: str, interval_s: float, *, asked: bool) -> str:
    """The normal state."""
    every = f"{interval_s / 60:g} min" if interval_s >= 60 else f"{interval_s:g} s"
    return f"{server} is read every {every}{', as it asks' if asked else ''}."


def none_named(count: int, tags: list[str]) -> str:
    """The feed is fine, but nothing of it belongs to the wall."""
    if count == 0:
        return "It has no entries yet."
    entries = "Its only entry does not name" if count == 1 else f"None of its {count} entries names"
    return f"{entries} {tags_text(tags)}."


def broken(server: str, fault: str, count: int) -> str:
    """Well-formed up to a place, and not behind it."""
    entries = "1 entry" if count == 1 else f"{count} entries"
    return f"{server} sent a feed that is broken ({fault}): the {entries} before that are read."


def readable(title: str, count: int) -> str:
    """What a check finds: the feed's own name, and how much is in it."""
    named = f'"{title}"' if title else "A feed without a title"
    return f"{named} can be read: {'1 entry' if count == 1 else f'{count} entries'}."


def wanted(count: int, tags: list[str], *, all_entries: bool) -> str:
    """What of it would be on the wall."""
    many = "1 entry" if count == 1 else f"{count} entries"
    why = "all entries are taken" if all_entries else f"naming {tags_text(tags)}"
    return f"{many} for the wall ({why})."


def unusable(count: int) -> str:
    """Entries without an id, an address or anything to show."""
    if count == 0:
        return ""
    if count == 1:
        return "1 entry has no address or nothing to show, and is left out."
    return f"{count} entries have no address or nothing to show, and are left out."


def moved(address: str) -> str:
    """A permanent redirect."""
    return f"It has moved for good to {address}: that address belongs into the settings."


def gone(server: str, what: str = "feed") -> str:
    """410: whoever runs it took it away on purpose."""
    return f"{server} answers 410: this {what} is gone for good."


def denied(server: str, status: int, what: str = "feed") -> str:
    """401, 403 and their like."""
    why = "it wants a password" if status == 401 else f"it does not let Hallway read this {what}"
    return f"{server} answers {status}: {why}."


def missing(server: str, status: int, what: str = "feed") -> str:
    """404: an address that was mistyped, or a server that is being changed."""
    return f"{server} answers {status}: there is no {what} at this address."


def unreadable(server: str, why: str) -> str:
    """Something came, but no feed."""
    return f"What {server} sent is not usable: {why}."
