"""Bodies of requests that carry files: read under a cap, taken apart without believing what they say of themselves."""

import asyncio
import re

from starlette.requests import ClientDisconnect, Request

from app.errors import InvalidError, TooLargeError

READ_S = 120.0
"""A body that takes longer is given up: a photo of 1 MB over the Wi-Fi of a full hall takes a minute."""
PARTS_MOST = 16

_BOUNDARY = re.compile(
    r"multipart/form-data\s*;.*?\bboundary=(?:\"([^\"]{1,70})\"|([^\s\";,]{1,70}))", re.I
)
_NAME = re.compile(
    rb"^content-disposition\s*:\s*form-data\s*;[^\r\n]*?\bname=\"([^\"\r\n]*)\"", re.I | re.M
)


async def read_body(request: Request, most: int) -> bytes:
    """The body, of `most` bytes. TooLargeError as soon as there are more, before the rest is read."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except (TimeoutError, ClientDisconnect) as error:
        raise InvalidError(
            "send", "That did not come through whole.", hint="Send it again."
        ) from error
    return bytes(body)


def parse_form(body: bytes, content_type: str) -> dict[str, bytes]:
    """The inputs of a form sent as multipart/form-data (RFC 7578); the first of each name counts.

    InvalidError when the body is something else, was cut off, or has too many parts.
    """
    named = _BOUNDARY.match(content_type)
    if named is None:
        raise _not_a_form()
    delimiter = b"\r\n--" + (named[1] or named[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(delimiter, PARTS_MOST + 1)[1:]
    ends = [number for number, piece in enumerate(pieces) if piece.startswith(b"--")]
    if not ends:
        raise _not_a_form()
    fields: dict[str, bytes] = {}
    for piece in pieces[: ends[0]]:
        head, _, content = piece.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            fields.setdefault(name[1].decode("utf-8", "replace"), content)
    return fields


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(
        f"That is more than {most // (1024 * 1024)} MB.", hint="Choose a smaller photo."
    )


def _not_a_form() -> InvalidError:
    return InvalidError("send", "That did not come through whole.", hint="Send it again.")
