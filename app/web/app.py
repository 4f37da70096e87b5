"""The web application around a service."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from app import __version__
from app.service import Service
from app.web import (
    crew,
    desk,
    errors,
    form,
    live,
    log,
    media,
    moderation,
    notices,
    ops,
    pages,
    say,
    screens,
    session,
    setup,
    walls,
)
from app.web.address import Trusted
from app.web.gate import Gate
from app.web.headers import SafeHeaders
from app.web.hosts import Hosts, OwnHost
from app.web.tries import Tries


def create_app(service: Service) -> ASGIApp:
    """Routes, error answers and headers for one running service."""
    # the interactive docs of FastAPI load scripts from another host, which our pages never do
    app = FastAPI(
        title="Hallway",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.service = service
    app.state.trusted = Trusted(service.settings.trusted_proxies)
    app.state.gate = Gate(service.clock)
    app.state.tries = Tries(service.clock)
    for room in (
        walls,
        session,
        crew,
        setup,
        screens,
        desk,
        log,
        moderation,
        notices,
        form,
        live,
        media,
        ops,
        say,
        pages,
    ):
        app.include_router(room.router)
    app.mount("/static", pages.files)
    errors.add_to(app)
    hosts = Hosts(service.settings.public_url, service.settings.host)
    return SafeHeaders(OwnHost(app, hosts))  # outermost: answers to faults carry the headers too
