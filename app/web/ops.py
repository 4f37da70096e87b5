"""For those who run it: is it alive, is it ready, how much does it do."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.web.deps import Running

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(service: Running) -> dict[str, object]:
    """The store answers. Sources are told, but a network that is down does not make the wall unready."""
    async with service.store.read() as reading:
        slugs = await reading.slugs()
    sources = {s: {x.name: x.health.condition for x in service.sources(s)} for s in slugs}
    return {"status": "ready", "sources": sources}


@router.get("/metrics")
async def metrics(service: Running) -> Response:
    """Prometheus' text format."""
    service.hub.measure()
    service.screens.measure()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
