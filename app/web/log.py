"""The log of the crew: to read, to take away as a file, and to take back what it says."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from app.actions import log, undo
from app.actions.context import Context
from app.domain.crew import Signed
from app.web.deps import Running, same_origin
from app.web.moderation import actor_of, prove, told
from app.web.roles import may

router = APIRouter(prefix="/api/v1/walls/{wall}", tags=["crew"])

Reads = Annotated[Signed, Depends(may("log"))]
Decides = Annotated[Signed, Depends(may("decide"))]
COLUMNS = ("id", "at", "who", "role", "action", "target", "before", "after", "undoes", "undone")


@router.get("/log")
async def read_log(
    wall: str,
    service: Running,
    _: Reads,
    before: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """The newest lines; `before` is the number under which to go on."""
    entries = await log.newest(service.context, wall, before=before, limit=limit)
    return [entry.as_json() for entry in entries]


@router.get("/log.jsonl")
async def export_lines(wall: str, service: Running, _: Reads) -> StreamingResponse:
    """Every line, oldest first, one JSON object each."""
    await log.newest(service.context, wall, limit=1)
    return _file(_lines(service.context, wall), "application/jsonl", f"log-{wall}.jsonl")


@router.get("/log.csv")
async def export_table(wall: str, service: Running, _: Reads) -> StreamingResponse:
    """Every line, oldest first, as a table."""
    await log.newest(service.context, wall, limit=1)
    return _file(_table(service.context, wall), "text/csv; charset=utf-8", f"log-{wall}.csv")


@router.post("/log/{number}/undo", dependencies=[Depends(same_origin)])
async def take_back(wall: str, number: int, service: Running, who: Decides) -> dict[str, Any]:
    """Take back what a line says."""
    decided = await undo.undo(service.context, wall, number, actor=actor_of(who))
    await service.screens.look()  # it may have been a screen that was changed
    prove(service, wall, decided)
    return told(decided)


async def _lines(context: Context, wall: str) -> AsyncIterator[bytes]:
    async for entry in log.whole(context, wall):
        yield orjson.dumps(entry.as_json(), option=orjson.OPT_UTC_Z) + b"\n"


async def _table(context: Context, wall: str) -> AsyncIterator[str]:
    yield _row(COLUMNS)
    async for entry in log.whole(context, wall):
        told_ = entry.as_json()
        yield _row([_cell(told_[name]) for name in COLUMNS])


def _row(cells: Any) -> str:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> str:
    """A sheet takes what begins with one of these signs for a formula (OWASP: CSV injection)."""
    text = (
        value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
    )
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _file(content: Any, kind: str, name: str) -> StreamingResponse:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(content, media_type=kind, headers=headers)
