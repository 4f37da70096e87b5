"""Errors become answers: a status, a stable code, a sentence and what to do."""

import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.errors import (
    ConflictError,
    HallwayError,
    InvalidError,
    NotFoundError,
    RefusedError,
    StoreError,
    TooLargeError,
    TooManyError,
)
from app.media.errors import MediaRefused, MediaUnavailable

_STATUS: tuple[tuple[type[HallwayError], int], ...] = (
    (NotFoundError, 404),
    (RefusedError, 403),
    (ConflictError, 409),
    (InvalidError, 422),
    (TooLargeError, 413),
    (TooManyError, 429),
    (StoreError, 503),
    (MediaRefused, 404),
    (MediaUnavailable, 503),
)


_SAID = {
    404: "There is nothing at this address.",
    405: "That cannot be done here.",
    500: "A fault in Hallway; see its log.",
}


def status_of(error: HallwayError) -> int:
    """The HTTP status for an error."""
    if error.code == "session.none":
        return 401
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def add_to(app: FastAPI) -> None:
    """Answer every error of ours, and wrong parameters, in one shape."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HallwayError):
            raise error
        body = {"code": error.code, "message": error.message, "hint": error.hint}
        wait_s = getattr(error, "retry_after_s", None)
        headers = {"retry-after": str(math.ceil(wait_s))} if wait_s else None
        return JSONResponse(body, status_of(error), headers)

    async def answer_invalid(_: Request, error: Exception) -> JSONResponse:
        where = ""
        if isinstance(error, RequestValidationError):
            first = error.errors()[0]
            where = f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}"
        return JSONResponse(
            {"code": "request", "message": f"That request is not right: {where}.", "hint": ""}, 422
        )

    async def answer_plain(_: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return JSONResponse(
            {
                "code": f"http.{status}",
                "message": _SAID.get(status, "That did not work."),
                "hint": "",
            },
            status,
        )

    app.add_exception_handler(HallwayError, answer)
    app.add_exception_handler(HTTPException, answer_plain)
    app.add_exception_handler(500, answer_plain)
    app.add_exception_handler(RequestValidationError, answer_invalid)
