"""The one way in which handles, servers and languages are compared."""


def name(value: str) -> str:
    """A handle or key: without a leading @ and without case."""
    return value.strip().removeprefix("@").lower()


def domain(value: str) -> str:
    """A server: without `www.`, a leading `*.` or @, a trailing dot and case; other scripts as they travel (IDNA)."""
    bare = value.strip().lower().removeprefix("@").removeprefix("*.").removeprefix("www.")
    bare = bare.rstrip(".")
    if bare.isascii():
        return bare
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:  # no name that the web could look up: it stands for itself
        return bare


def language(value: str) -> str:
    """A language tag (BCP 47), small, with hyphens."""
    return value.strip().lower().replace("_", "-")
