"""Why a picture cannot be shown: refused for good, or not to be had now."""

from app.errors import HallwayError


class MediaRefused(HallwayError):  # noqa: N818  # the two say how it ended
    """We do not show this picture: its address or its content is not acceptable."""

    code = "media.refused"


class MediaUnavailable(HallwayError):  # noqa: N818
    """The picture cannot be had now; asking again after `retry_after_s` may help."""

    code = "media.unavailable"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float = 60.0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s
