"""Bodies with files are read under a cap and taken apart, whatever they say of themselves."""

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.errors import InvalidError, TooLargeError
from app.web.body import parse_form, read_body

pytestmark = pytest.mark.anyio

KIB = 1024


class Sender:
    """Somebody who sends a body in chunks, and counts those that were taken."""

    def __init__(self, chunks: int, size: int = KIB, announced: str | None = None) -> None:
        self.chunks, self.size, self.taken = chunks, size, 0
        headers = [] if announced is None else [(b"content-length", announced.encode())]
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
        self.request = Request(scope, self._receive)

    async def _receive(self) -> dict[str, object]:
        self.taken += 1
        more = self.taken < self.chunks
        return {"type": "http.request", "body": b"x" * self.size, "more_body": more}


async def test_a_body_comes_whole() -> None:
    assert len(await read_body(Sender(3).request, 3 * KIB)) == 3 * KIB


async def test_a_body_without_end_is_refused_while_it_is_read() -> None:
    sender = Sender(10**9)
    with pytest.raises(TooLargeError):
        await read_body(sender.request, 5 * KIB)
    assert sender.taken == 6


async def test_one_that_says_how_large_it_is_is_refused_unread() -> None:
    sender = Sender(1, announced=str(10**12))
    with pytest.raises(TooLargeError, match="0 MB"):
        await read_body(sender.request, 5 * KIB)
    assert sender.taken == 0


async def test_one_that_lies_about_its_size_is_refused_all_the_same() -> None:
    for lie in ("10", "-1", "many", "٣"):
        with pytest.raises(TooLargeError):
            await read_body(Sender(10**9, announced=lie).request, 5 * KIB)


async def test_one_that_breaks_off_is_told_so() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    with pytest.raises(InvalidError, match="whole"):
        await read_body(Request(scope, receive), KIB)


def sent(data: dict[str, str], photo: bytes = b"") -> tuple[bytes, str]:
    """What an HTTP client of others makes of a form."""
    files = {"photo": ('a " ; name="text".jpg', photo, "image/jpeg")}
    request = httpx.Request("POST", "https://wall.example", data=data, files=files)
    return request.read(), request.headers["content-type"]


@given(
    st.dictionaries(
        st.sampled_from(["name", "text", "alt", "send"]),
        st.text(st.characters(codec="utf-8"), max_size=50),
    ),
    st.binary(max_size=200),
)
def test_a_form_as_clients_send_it_comes_apart_as_it_was(
    data: dict[str, str], photo: bytes
) -> None:
    body, content_type = sent(data, photo)
    fields = parse_form(body, content_type)
    assert fields.pop("photo") == photo
    assert {name: value.decode() for name, value in fields.items()} == data


@given(st.binary(max_size=300), st.sampled_from(["b", "x" * 70]), st.booleans())
def test_no_bytes_do_any_harm(noise: bytes, boundary: str, framed: bool) -> None:
    mark = boundary.encode()
    body = b"--" + mark + b"\r\n" + noise + b"\r\n--" + mark + b"--" if framed else noise
    try:
        fields = parse_form(body, f"multipart/form-data; boundary={boundary}")
    except InvalidError:
        return
    assert sum(map(len, fields.values())) <= len(body)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "text/plain; boundary=b",
    ],
)
def test_what_is_no_form_is_refused(content_type: str) -> None:
    body, _ = sent({"name": "Ada"})
    with pytest.raises(InvalidError):
        parse_form(body, content_type)


def test_a_form_that_was_cut_off_is_refused() -> None:
    body, content_type = sent({"name": "Ada"}, b"a long photo")
    with pytest.raises(InvalidError):
        parse_form(body[:-8], content_type)


def test_parts_without_end_are_refused() -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda\r\n'
    with pytest.raises(InvalidError):
        parse_form(part * 1_000 + b"--b--", "multipart/form-data; boundary=b")
