"""Pictures fetched from real servers on this machine: kind ones, slow ones, and those that lie."""

import asyncio
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from app.domain.identity import media_id
from app.media.errors import MediaRefused, MediaUnavailable
from app.media.library import Limits, MediaLibrary
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

SIZES = {"/kept": 30, "/old": 40, "/new": 50}
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Speaks HTTP/1.1 by hand, so that it can break every rule; one request a connection."""

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[list[str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    sent: int = 0
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [request[0].split()[1] for request in self.requests]

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            self.requests.append(head)
            await self.answers[head[0].split()[1].partition("?")[0]](writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has had enough, which is what many of these tests are about
        finally:
            self.at_once -= 1
            writer.close()


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    here = Server()
    listening = await asyncio.start_server(here.handle, "127.0.0.1", 0, ssl=tls)
    here.port = listening.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        listening.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as here:
        yield here


@pytest.fixture
async def open_library(
    tmp_path: Path, server: Server
) -> AsyncIterator[Callable[..., MediaLibrary]]:
    opened: list[MediaLibrary] = []

    def open_it(**settings: object) -> MediaLibrary:
        chosen = {"clock": FakeClock(), "allowed_hosts": [server.host], **settings}
        opened.append(MediaLibrary(tmp_path / "cache", **chosen))  # type: ignore[arg-type]
        return opened[-1]

    yield open_it
    for library in opened:
        await library.aclose()


@pytest.fixture
def library(open_library: Callable[..., MediaLibrary]) -> MediaLibrary:
    return open_library()


def a_picture(width: int = 60, height: int = 40) -> bytes:
    out = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def say(
    body: bytes = b"", kind: str = "image/png", status: str = "200 OK", **headers: str
) -> Answer:
    """An answer; `content_length="12"` becomes a header of that name."""
    given = {"content_length": str(len(body)), "content_type": kind, **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items() if value]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, "connection: close", "", ""])

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + body)

    return answer


def redirect(to: str, status: str = "302 Found") -> Answer:
    return say(status=status, location=to)


async def test_a_picture_comes_as_webp_in_three_sizes(
    server: Server, library: MediaLibrary
) -> None:
    server.answers["/a.png"] = say(a_picture(2400, 1200))
    renditions = [await library.get(server.url("/a.png"), size) for size in ("s", "m", "l")]
    sizes = [Image.open(BytesIO(rendition.body)).size for rendition in renditions]
    assert sizes == [(256, 128), (800, 400), (1920, 960)]
    assert len({rendition.etag for rendition in renditions}) == 3
    assert server.paths == ["/a.png"]


async def test_many_viewers_cause_one_fetch(server: Server, library: MediaLibrary) -> None:
    server.answers["/a.png"] = say(a_picture())
    asked = [library.get(server.url("/a.png"), size) for size in ("s", "m", "l") * 30]
    assert len(await asyncio.gather(*asked)) == 90
    assert server.paths == ["/a.png"]


async def test_the_request_tells_nothing_about_who_asks(
    server: Server, library: MediaLibrary
) -> None:
    server.answers["/a"] = say(a_picture(), set_cookie="id=1")
    server.answers["/b"] = redirect("/a?x=1", "307 Temporary Redirect")
    for path in ("/a", "/b"):
        await library.get(server.url(path), "s")
    for _, *lines in server.requests:
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert headers["host"] == server.host
        assert headers["accept-encoding"] == "identity"
        assert headers["user-agent"].startswith("hallway")
    assert server.paths == ["/a", "/b", "/a?x=1"]


async def test_a_picture_survives_a_restart(
    server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    server.answers["/a"] = say(a_picture())
    first = open_library()
    before = await first.get(server.url("/a"), "m")
    await first.aclose()
    assert await open_library().get(server.url("/a"), "m") == before
    assert server.paths == ["/a"]


async def test_a_forgotten_picture_leaves_no_file_and_is_fetched_anew(
    server: Server, library: MediaLibrary, tmp_path: Path
) -> None:
    server.answers["/a"] = say(a_picture())
    await library.get(server.url("/a"), "s")
    await library.forget(server.url("/a"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    await library.get(server.url("/a"), "s")
    assert server.paths == ["/a", "/a"]


async def test_forgetting_stops_a_fetch_and_nothing_of_it_is_kept(
    server: Server, library: MediaLibrary, tmp_path: Path
) -> None:
    arrived, leave = asyncio.Event(), asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await leave.wait()
        await say(a_picture())(writer)

    server.answers["/a"] = wait
    asked = asyncio.create_task(library.get(server.url("/a"), "s"))
    await arrived.wait()
    await library.forget(server.url("/a"))
    leave.set()
    with pytest.raises(MediaUnavailable):
        await asked
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len((await library.get(server.url("/a"), "s")).body) > 0


async def test_a_sweep_leaves_only_the_pictures_that_posts_have(
    server: Server, open_library: Callable[..., MediaLibrary], tmp_path: Path
) -> None:
    server.answers |= {path: say(a_picture(size, size)) for path, size in SIZES.items()}
    before = open_library()
    for path in ("/kept", "/old"):
        await before.get(server.url(path), "s")
    arrived = asyncio.Event()

    async def never(writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.Event().wait()

    server.answers["/late"] = never
    library = open_library()  # knows of the others only by their files
    for path in ("/kept", "/new"):
        await library.get(server.url(path), "s")
    asked = asyncio.create_task(library.get(server.url("/late"), "s"))
    await arrived.wait()

    async def needed(ids: Sequence[str]) -> Collection[str]:
        return {media_id(server.url("/kept"))}.intersection(ids)

    assert await library.sweep(needed) == 3
    with pytest.raises(MediaUnavailable):
        await asked
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    asked_before = len(server.paths)
    await library.get(server.url("/kept"), "s")
    assert len(server.paths) == asked_before
    assert await library.sweep(needed) == 0


async def test_a_draft_that_a_crash_left_is_swept_after_a_minute(
    library: MediaLibrary, tmp_path: Path
) -> None:
    folder = tmp_path / "cache" / "ab"
    folder.mkdir(parents=True)
    now = time.time()
    for age_s in (10, 90):
        draft = folder / f"{age_s}.tmp"
        draft.write_bytes(b"half a picture")
        os.utime(draft, (now - age_s, now - age_s))

    async def needed(ids: Sequence[str]) -> Collection[str]:
        return ids

    await library.sweep(needed)
    assert [path.name for path in folder.iterdir()] == ["10.tmp"]


async def test_a_disk_that_cannot_be_used_costs_one_warning_and_no_picture(
    server: Server, open_library: Callable[..., MediaLibrary], tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    library = open_library()
    server.answers |= {"/a": say(a_picture()), "/b": say(a_picture(9, 9))}
    with capture_logs() as logs:
        for path in ("/a", "/b", "/a", "/b"):
            assert (await library.get(server.url(path), "s")).body
    assert server.paths == ["/a", "/b"]
    assert [entry["event"] for entry in logs] == ["media_cache_disk_unusable"]


async def test_an_endless_body_is_cut(
    server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    limit = 1024 * 1024

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n" + a_picture())
        while True:
            writer.write(bytes(65536))
            await writer.drain()
            server.sent += 65536

    server.answers["/a"] = endless
    with pytest.raises(MediaRefused, match="larger than 1024 KiB"):
        await open_library(limits=Limits(max_bytes=limit)).get(server.url("/a"), "s")
    assert server.sent >= limit - 65536


async def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(
    server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    picture = a_picture()
    for path, length in (("/told", ""), ("/untold", None)):
        server.answers[path] = say(picture, content_length=length or str(len(picture)))
        enough = open_library(limits=Limits(max_bytes=len(picture)))
        assert await enough.get(server.url(path), "s")
        await enough.forget(server.url(path))
        with pytest.raises(MediaRefused):
            await open_library(limits=Limits(max_bytes=len(picture) - 1)).get(server.url(path), "s")


async def test_a_length_over_the_limit_is_refused_before_the_body(
    server: Server, library: MediaLibrary
) -> None:
    server.answers["/a"] = say(b"x", content_length="10485761")
    with pytest.raises(MediaRefused):
        await library.get(server.url("/a"), "s")


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\nPN"])
async def test_a_server_that_drips_is_left(
    start: bytes, server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(b"X")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers["/a"] = drip
    with pytest.raises(MediaUnavailable, match="too long"):
        await open_library(limits=Limits(total_s=0.3)).get(server.url("/a"), "s")


async def test_redirects_share_one_limit_of_time(
    server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await redirect("/a")(writer)

    server.answers["/a"] = late
    with pytest.raises(MediaUnavailable, match="too long"):
        await open_library(limits=Limits(total_s=0.5)).get(server.url("/a"), "s")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "to",
    [
        *("file:///etc/passwd", "gopher://pics.example/a", "http://10.0.0.1/a", "//10.0.0.1/a"),
        *("http://127.0.0.1/a", "http://[::1]/a", "http://2130706433/a", "http://169.254.169.254/"),
        *("http://inside.example/a", "http://127.0.0.1:1/a", "data:image/png,x", "http://[/"),
    ],
)
async def test_a_redirect_that_leads_inside_is_refused(
    to: str, server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    async def resolver(host: str, _: int) -> Sequence[str]:
        return ["192.168.0.5"]

    server.answers["/a"] = redirect(to)
    with pytest.raises(MediaRefused):
        await open_library(resolver=resolver).get(server.url("/a"), "s")
    assert server.paths == ["/a"]


async def test_three_redirects_are_followed_and_no_fourth(
    server: Server, library: MediaLibrary
) -> None:
    server.answers |= {f"/{left}": redirect(f"/{left - 1}") for left in range(1, 5)}
    server.answers["/0"] = say(a_picture())
    assert await library.get(server.url("/3"), "s")
    with pytest.raises(MediaRefused):
        await library.get(server.url("/4"), "s")
    assert server.paths == ["/3", "/2", "/1", "/0", "/4", "/3", "/2", "/1"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png"),
        (a_picture(), "text/html"),
        (a_picture(), ""),
        (a_picture()[:-40], "image/png"),
        (b"<!doctype html>", "image/png"),
        (b"", "image/png"),
    ],
)
async def test_what_is_no_picture_is_refused(
    body: bytes, kind: str, server: Server, library: MediaLibrary
) -> None:
    server.answers["/a"] = say(body, kind)
    with pytest.raises(MediaRefused):
        await library.get(server.url("/a"), "s")


async def test_a_picture_under_another_pictures_type_is_shown(
    server: Server, library: MediaLibrary
) -> None:
    server.answers["/a"] = say(a_picture(), "Image/JPEG; charset=binary")
    assert await library.get(server.url("/a"), "s")


async def test_a_compressed_body_is_refused(server: Server, library: MediaLibrary) -> None:
    server.answers["/a"] = say(a_picture(), content_encoding="gzip")
    with pytest.raises(MediaRefused):
        await library.get(server.url("/a"), "s")


@pytest.mark.parametrize(
    ("answer", "retry_after_s"),
    [
        (say(status="404 Not Found"), 60),
        (say(status="304 Not Modified", content_length=""), 60),
        (say(a_picture(), status="206 Partial Content"), 60),
        (say(status="503 Service Unavailable", retry_after="600"), 600),
        (say(status="429 Too Many Requests", retry_after="99999999"), 3600),
        (say(status="429 Too Many Requests", retry_after="soon"), 60),
        (say(status="302 Found"), 60),
        (say(a_picture(), content_length="99999"), 60),
        (say(status="nonsense"), 60),
    ],
)
async def test_a_server_without_the_picture_is_not_asked_again_at_once(
    answer: Answer, retry_after_s: float, server: Server, library: MediaLibrary
) -> None:
    server.answers["/a"] = answer
    for _ in range(2):
        with pytest.raises(MediaUnavailable) as caught:
            await library.get(server.url("/a"), "s")
        assert caught.value.retry_after_s == retry_after_s
    assert len(server.requests) == 1


async def test_a_head_without_end_is_not_read_to_its_end(
    server: Server, library: MediaLibrary
) -> None:
    async def headers(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-more: " + b"x" * 60_000 + b"\r\n")
            await writer.drain()

    server.answers["/a"] = headers
    with pytest.raises(MediaUnavailable):
        await library.get(server.url("/a"), "s")


async def test_no_host_is_asked_for_more_than_four_pictures_at_once(
    server: Server, library: MediaLibrary
) -> None:
    four = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        if server.at_once == 4:
            four.set()
        await four.wait()
        await say(a_picture())(writer)

    server.answers["/a"] = wait
    asked = [library.get(server.url(f"/a?{number}"), "s") for number in range(20)]
    assert len(await asyncio.gather(*asked)) == 20
    assert server.most_at_once == 4


async def test_a_slow_host_keeps_no_place_from_another(
    server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    arrived, leave = asyncio.Event(), asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await leave.wait()
        await say(a_picture())(writer)

    async with serving() as other:
        library = open_library(
            allowed_hosts=[server.host, f"localhost:{other.port}"],
            limits=Limits(per_host=2, overall=3),
        )
        server.answers["/a"] = wait
        other.answers["/b"] = say(a_picture())
        slow = [
            asyncio.create_task(library.get(server.url(f"/a?{number}"), "s")) for number in range(9)
        ]
        await arrived.wait()
        assert await library.get(f"http://localhost:{other.port}/b", "s")
        leave.set()
        assert len(await asyncio.gather(*slow)) == 9


async def test_who_waits_too_long_for_a_place_is_told_to_come_back(
    server: Server, open_library: Callable[..., MediaLibrary]
) -> None:
    arrived, leave = asyncio.Event(), asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await leave.wait()
        await say(a_picture())(writer)

    server.answers["/a"] = wait
    library = open_library(limits=Limits(per_host=1, wait_s=0.2))
    first = asyncio.create_task(library.get(server.url("/a"), "s"))
    await arrived.wait()
    with pytest.raises(MediaUnavailable) as caught:
        await library.get(server.url("/a?2"), "s")
    assert caught.value.retry_after_s == 5
    leave.set()
    assert await first


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for pics.example, made for this run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    file = tmp_path / "pics.pem"
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = ["-subj", "/CN=pics.example", "-addext", "subjectAltName=DNS:pics.example"]
    out = ["-keyout", str(file), "-out", str(tmp_path / "cert.pem"), "-days", "2"]
    subprocess.run([openssl, "req", *options, *names, *out], check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "cert.pem").read_text())
    return file


async def test_tls_names_and_checks_the_host_though_an_address_is_connected(
    certificate: Path, open_library: Callable[..., MediaLibrary]
) -> None:
    named: list[str | None] = []
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate)
    ours.sni_callback = lambda _, name, __: named.append(name)

    async def resolver(host: str, _: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with serving(ours) as secure:
        secure.answers["/a"] = say(a_picture())
        library = open_library(
            allowed_hosts=["pics.example", "other.example"],
            resolver=resolver,
            ssl_context=ssl.create_default_context(cafile=str(certificate)),
        )
        assert await library.get(f"https://pics.example:{secure.port}/a", "s")
        with pytest.raises(MediaUnavailable):
            await library.get(f"https://other.example:{secure.port}/a", "s")
    assert named == ["pics.example", "other.example"]
    assert f"Host: pics.example:{secure.port}" in secure.requests[0]
    assert len(secure.requests) == 1
