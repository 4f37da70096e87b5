"""Every error that Hallway raises on purpose.

HallwayError               code (stable, dotted), a sentence for people, a hint what to do
├── UsageError             a setting, tag or file is not right: the operator can mend it
├── StoreError             the database cannot be used (newer, unreadable, full)
├── NotFoundError          no such wall or item
├── RefusedError           not allowed, or not signed in
├── ConflictError          somebody else decided otherwise meanwhile: nothing was changed
├── InvalidError           what somebody typed is not right: `field` says where
├── TooLargeError          more bytes than are taken
├── TooManyError           too often, or too many at once (`retry_after_s`)
└── SourceError            a network cannot be read now
    ├── AccessError        the server wants a token, or refuses the one it got: waiting does not help
    └── BusyError          the server asks to wait (`retry_after_s`)
"""


class HallwayError(Exception):
    """Base of all: `message` says what is wrong, `hint` what to do next."""

    code = "error"
    retryable = False

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(HallwayError):
    """A setting, tag or file is not right: the operator can mend it."""

    code = "usage"


class StoreError(HallwayError):
    """The database cannot be used."""

    code = "store"


class NotFoundError(HallwayError):
    """No such wall or item."""

    code = "not_found"


class RefusedError(HallwayError):
    """Not allowed, or not signed in."""

    code = "refused"


class ConflictError(HallwayError):
    """Somebody else decided otherwise meanwhile; nothing was changed."""

    code = "conflict"


class InvalidError(HallwayError):
    """What somebody typed is not right; `field` is the name of the input. The code ends with it."""

    code = "invalid"

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint, code=f"invalid.{field}")
        self.field = field


class TooLargeError(HallwayError):
    """More bytes than are taken."""

    code = "too_large"


class TooManyError(HallwayError):
    """Too often, or too many at once; `retry_after_s` says when there is room again."""

    code = "too_many"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class SourceError(HallwayError):
    """A network cannot be read now; trying again later may help."""

    code = "source"
    retryable = True


class AccessError(SourceError):
    """The server wants a token or refuses the one it got: only the operator can help."""

    code = "source.access"


class BusyError(SourceError):
    """The server asks to wait."""

    code = "source.busy"

    def __init__(self, message: str, *, retry_after_s: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s
