"""An ASGI app on a loopback port within the test's own loop, which ends as soon as it may."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

LAST_WORDS_S = 0.1
"""As long as uvicorn itself gives connections that it closes; ours wait only while there is something to wait for."""


class Server(uvicorn.Server):
    """uvicorn's server without its looking round ten times a second: that would make up most of the time of many tests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Stop serving; `serve` returns soon."""
        self.should_exit = True
        self._ending.set()

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:
        """None: they are pytest's."""
        return contextlib.nullcontext()

    async def main_loop(self) -> None:
        """Until the end."""
        await self.on_tick(0)
        await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own when it is told to hurry."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if tasks := set(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=LAST_WORDS_S)
        await self.lifespan.shutdown()


@asynccontextmanager
async def serving(app: Any, *, date_header: bool = False) -> AsyncIterator[str]:
    """An ASGI app on a free loopback port; yields its address."""
    listener = _listener()
    config = uvicorn.Config(app, log_level="critical", date_header=date_header, lifespan="off")
    server = Server(config)
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        await task


def _listener() -> socket.socket:
    """Named TCP: asyncio sends at once (TCP_NODELAY) only on sockets that say so, else answers wait 40 ms for their ends."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # who comes before the server has started waits
    return listener
