"""What a database driver says, in words that an operator can act on."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.errors import StoreError


class plain_words:  # noqa: N801  # used as a statement
    """While this is open, an error of the driver becomes a StoreError."""

    def __init__(self, url: str) -> None:
        self._where = make_url(url).render_as_string(hide_password=True)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise _explain(str(error.orig), self._where) from error
        if isinstance(error, OSError):
            raise _explain(str(error), self._where) from error


_SENTENCES = {
    "disk is full": (
        "The disk is full: nothing more can be kept.",
        "Free some space; Hallway goes on by itself.",
    ),
    "readonly": (
        "The database {where} is read-only.",
        "Give the user that runs Hallway the right to write.",
    ),
    "unable to open": (
        "The database {where} cannot be opened.",
        "Check the path and its permissions.",
    ),
    "not a database": (
        "The file {where} is not a Hallway database.",
        "Name another with --database.",
    ),
    "malformed": (
        "The database {where} is damaged.",
        "Restore a copy, or name another with --database.",
    ),
    "locked": (
        "The database {where} is in use by another program.",
        "Stop it, or name another with --database.",
    ),
    "connect": (
        "The database server of {where} does not answer.",
        "Start it, or check the address.",
    ),
}


def _explain(said: str, where: str) -> StoreError:
    for clue, (message, hint) in _SENTENCES.items():
        if clue in said.lower():
            return StoreError(message.format(where=where), hint=hint)
    return StoreError(
        f"The database {where} does not work: {said}.", hint="See the log for details."
    )
