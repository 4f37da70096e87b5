"""The pages: files as they are; which wall they show they read from their own address."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app.errors import HallwayError, NotFoundError
from app.web.deps import Running


def static_folder() -> Path:
    """Where the pages lie: in the installed package, or beside it in a checkout."""
    here = Path(__file__).resolve().parents[1]
    inside = here / "static"
    return inside if inside.is_dir() else here.parent / "static"


router = APIRouter(include_in_schema=False)
files = StaticFiles(directory=static_folder(), check_dir=False)


@router.get("/")
async def home(service: Running) -> Response:
    """The attendee view of the first wall."""
    async with service.store.read() as reading:
        slugs = await reading.slugs()
    if not slugs:
        raise NotFoundError(
            "There is no wall yet.", hint="Open the set-up link that `hallway serve` printed."
        )
    return RedirectResponse(f"/live/{slugs[0]}", 307)


@router.get("/wall/{wall}")
async def wall_page(wall: str, service: Running) -> Response:
    """The full-screen wall."""
    return await _page(service, wall, "wall.html")


@router.get("/live/{wall}")
async def live_page(wall: str, service: Running) -> Response:
    """The attendee view."""
    return await _page(service, wall, "live.html")


@router.get("/desk/{wall}")
async def desk_page(wall: str, service: Running) -> Response:
    """The moderator desk; it sends whoever is not signed in to the sign-in page."""
    return await _page(service, wall, "desk.html")


@router.get("/sign-in")
async def sign_in_page() -> Response:
    """The page behind a one-time link."""
    return page_file("sign-in.html")


@router.get("/crew")
async def crew_page() -> Response:
    """Who is in the crew; the page sends whoever is not signed in to the sign-in page."""
    return page_file("crew.html")


@router.get("/screen")
async def screen_page() -> Response:
    """The page behind a screen's link: it makes a browser that screen."""
    return page_file("screen.html")


async def _page(service: Running, wall: str, name: str) -> Response:
    try:
        async with service.store.read() as reading:
            await reading.wall(wall)
    except NotFoundError as error:
        return _plain(error, 404)
    return page_file(name)


def page_file(name: str) -> Response:
    """A page as it lies in the folder."""
    return FileResponse(static_folder() / name, headers={"cache-control": "no-cache"})


def _plain(error: HallwayError, status: int) -> Response:
    return Response(
        f"{error.message}\n{error.hint}\n", status, media_type="text/plain; charset=utf-8"
    )
