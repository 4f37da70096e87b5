"""The one way in which handles, servers and languages are compared."""


def name(value: str) -> str:
    """A handle or key: without a leading @ and without case."""
    return value.strip().removeprefix("@").lower()


def domain(value: str) -> str:
    """A server: without `www.`, a leading `*.` or @, a trailing dot, and without case."""
    bare = value.strip().lower().removeprefix("@").removeprefix("*.").removeprefix("www.")
    return bare.rstrip(".")


def language(value: str) -> str:
    """A language tag (BCP 47), small, with hyphens."""
    return value.strip().lower().replace("_", "-")
