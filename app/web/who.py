"""Who asks: the running service, and the session that the browser's cookie opens."""

from typing import Annotated

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from app.actions.accounts import token_hash
from app.domain.crew import Signed
from app.errors import StoreError
from app.service import Service
from app.storage.accounts import Accounts

USED_EVERY_MS = 60_000
"""That somebody was here is written down once in this time at most."""

log = structlog.get_logger()

# every dependency is a coroutine: FastAPI gives plain functions to a thread, and there are thousands of sockets


async def service_of(connection: HTTPConnection) -> Service:
    """The service that this app belongs to."""
    service: Service = connection.app.state.service
    return service


Running = Annotated[Service, Depends(service_of)]


def cookie_name(service: Service) -> str:
    """Browsers bind a `__Host-` cookie to this very host, but only under https."""
    return "__Host-hallway" if service.settings.base_url().startswith("https://") else "hallway"


async def who_of(connection: HTTPConnection, service: Running) -> Signed | None:
    """Who asks; None for the public."""
    token = connection.cookies.get(cookie_name(service))
    if not token:
        return None
    now_ms = service.context.now_ms()
    async with service.store.read() as reading:
        session = await Accounts(reading).session(token_hash(token), now_ms)
    if session and now_ms - session.used_ms >= USED_EVERY_MS:
        await _touch(service, session.id, now_ms)
    return session.signed() if session else None


async def _touch(service: Service, session_id: str, now_ms: int) -> None:
    try:
        async with service.store.write() as tx:
            await Accounts(tx).touch(session_id, now_ms)
    except StoreError as error:  # a full disk must not hide from the crew what is on the wall
        log.warning("session.touch_failed", error=str(error))


Who = Annotated[Signed | None, Depends(who_of)]
