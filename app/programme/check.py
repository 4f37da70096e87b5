"""Tells an operator in plain words whether the programme can be read, and what is in it."""

from zoneinfo import ZoneInfo

from app.errors import SourceError, UsageError
from app.ports import Clock
from app.programme.parse import parse_programme
from app.programme.places import place_of
from app.programme.source import in_words
from app.sources.connection import Timeouts
from app.sources.finding import Finding, fine, wrong


async def check(
    programme: str,
    zone: ZoneInfo | None,
    *,
    clock: Clock,
    contact: str = "",
    timeouts: Timeouts | None = None,
) -> list[Finding]:
    """Read the programme once. Never raises SourceError or UsageError: they become findings."""
    try:
        place = place_of(programme, clock=clock, contact=contact, timeouts=timeouts)
        read = parse_programme(await place.read() or b"", zone)
    except (SourceError, UsageError) as error:
        return [wrong(str(error))]
    first = read.sessions[0].starts_at
    last = max(session.ends_at for session in read.sessions)
    shown = [moment.astimezone(zone) if zone else moment for moment in (first, last)]
    span = " to ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in shown)
    findings = [fine(in_words(read)), fine(f"From {span} ({shown[0]:%Z}).")]
    over = last < clock.now()
    return [*findings, *([wrong("It is over: is this the schedule of this year?")] * over)]
