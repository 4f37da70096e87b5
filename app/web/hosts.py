"""For which names this service answers: a page of another name that leads here, by DNS, gets nothing."""

import re
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
OPS = frozenset({"/livez", "/readyz", "/metrics"})
"""What monitors ask by whatever name their network has for this machine; nothing there is anybody's secret."""


class Hosts:
    """The names in `public_url`, and this machine's own; every name where no public address is set."""

    def __init__(self, public_url: str, host: str) -> None:
        public = urlsplit(public_url).hostname or ""
        own = {f"[{name}]" if ":" in name else name for name in (public, host) if name}
        self._names = own | LOOPBACK if public_url else None

    def __contains__(self, header: str) -> bool:
        found = _HOST.fullmatch(header)
        if found is None:
            return False
        return self._names is None or found[1].lower() in self._names


class OwnHost:
    """Answers 400 to whoever asks for another name."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is meant for this service."""
        if scope["type"] not in ("http", "websocket") or self._is_ours(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
            said = {
                "code": "host",
                "message": "This service does not answer for that name.",
                "hint": "Operators: see public_url in docs/settings.md.",
            }
            await JSONResponse(said, 400)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _is_ours(self, scope: Scope) -> bool:
        named = [value for name, value in scope["headers"] if name == b"host"]
        alone = len(named) == 1 and named[0].decode("latin-1") in self._hosts
        return alone or (scope["type"] == "http" and scope["path"] in OPS)
