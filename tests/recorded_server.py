"""Serves a recorded exchange of a real Mastodon server on this machine, with its headers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson


@dataclass(frozen=True)
class Recorded:
    """A running server, and the addresses of the posts that it shows."""

    url: str
    urls: set[str]


@contextmanager
def recorded_server(exchange_file: Path) -> Iterator[Recorded]:
    """Answers the tag timeline as recorded; look-ups by id from the same posts; everything else with 404."""
    exchange = orjson.loads(exchange_file.read_bytes())[0]
    body = exchange["body"]
    posts = orjson.loads(body) if isinstance(body, str) else body
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(posts, exchange["headers"]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        urls = {post["url"] or post["uri"] for post in posts}
        yield Recorded(f"http://127.0.0.1:{server.server_port}", urls)
    finally:
        server.shutdown()
        server.server_close()


def _handler(posts: list[Any], headers: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            asked = urlsplit(self.path)
            query = parse_qs(asked.query)
            found: Any = None
            if "/timelines/tag/" in asked.path:
                found = [] if {"max_id", "min_id", "since_id"} & query.keys() else posts
            elif asked.path == "/api/v1/statuses":
                found = [p for p in posts if p["id"] in query.get("id[]", [])]
            self._answer(
                404 if found is None else 200,
                {"error": "Record not found"} if found is None else found,
            )

        def _answer(self, status: int, body: object) -> None:
            raw = orjson.dumps(body)
            self.send_response(status)
            # the date and the limits of the day of the recording, and all else as it was sent
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Tests say what they see."""

    return Handler
