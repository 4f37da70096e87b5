"""What the Mastodon source says to moderators and operators: one plain sentence per state. Pure."""

from app.sources.http import DeniedError
from app.sources.spelling import tags_text

HOW_TO_GET_IN = (
    "Make one on that server: Preferences > Development > New application,"
    " with the scope read:statuses only, in an account without blocks, filters or chosen languages."
)


def denial(server: str, status: int, *, token: bool) -> DeniedError:
    """Why a hashtag cannot be read, and what to do about it.

    Facts: mastodon/documentation methods/timelines.md and mastodon#26236 (401), documentation#942
    (422 for tokens of an application), Pixelfed's ApiV1Controller (403).
    """
    if not token:
        sentence, hint = f"{server} answers {status}: it wants a token.", HOW_TO_GET_IN
    elif status == 401:
        sentence = f"{server} answers 401: it does not accept the token."
        hint = f"It may have been revoked, or belong to another server. {HOW_TO_GET_IN}"
    elif status == 422:
        sentence = f"{server} answers 422: the token is an application's, not an account's."
        hint = HOW_TO_GET_IN
    else:
        sentence = f"{server} answers 403: the token's scope or account is not enough."
        hint = HOW_TO_GET_IN
    return DeniedError(sentence, status=status, hint=hint)


def unknown(server: str, tags: list[str]) -> str:
    """404 for a hashtag: nobody has used it there."""
    return f"{server} has no post with {tags_text(tags)} yet."


def only_local(server: str) -> str:
    """Anonymous readers get the server's own posts only."""
    return f"{server} shows only posts of its own accounts without a token."


def switched_off(server: str) -> str:
    """200 with an empty list, and the server's settings say why."""
    return f"{server} has switched hashtag feeds off: it answers with an empty list."


def partly_off(server: str) -> str:
    """Posts of other servers are not shown, whoever asks."""
    return f"{server} has switched hashtag feeds of other servers off."


def unreadable(count: int) -> str:
    """Posts of the last page that made no sense."""
    return (
        "1 post made no sense and was left out."
        if count == 1
        else f"{count} posts made no sense and were left out."
    )


def reading(server: str, interval_s: float, *, streaming: bool) -> str:
    """The normal state."""
    how = f"{server} is read every {interval_s:g} s"
    return f"{how}, and its stream is open." if streaming else f"{how}."


def refused_stream(status: int) -> str:
    """The socket was not opened; the timelines are read all the same."""
    if status == 401:
        return "Its stream refuses the token (401): posts come by polling only."
    if status == 403:
        return "Its stream does not allow this token (403): posts come by polling only."
    return f"Its stream answers {status}: posts come by polling only."


def unreachable_stream(reason: str) -> str:
    """No socket at all; `reason` is a sentence."""
    return f"Its stream cannot be reached: posts come by polling only. {reason}"


def no_stream(interval_s: float) -> str:
    """Streams want a token since Mastodon 4.2."""
    return f"Without a token there is no stream: new posts come within some {interval_s:g} s."


def unencrypted_stream() -> str:
    """The token does not travel in the clear."""
    return "Its stream is not encrypted and is not used: posts come by polling only."
