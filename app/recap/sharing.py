"""What may leave the wall other than by its own pages: networks that forbid passing posts on leave only their ids."""

from typing import Any

import orjson

IDS_ONLY = {"x": "https://x.com/i/status/{id}"}
"""Networks whose terms let nobody pass posts on, by files or interfaces, and how a bare id is written as an address.

X, developer-terms/policy.mdx: ids may be passed on, "hydrated" posts may not. Its display on our own pages, which the
live socket feeds, is what the terms allow. docs/sources/x.md."""

_LEFT = ("id", "kind", "seq", "no", "network")


def shared_frame(frame: bytes) -> bytes:
    """A snapshot frame (docs/protocol.md) as anybody may be given it over HTTP."""
    if not any(f'"network":"{name}"'.encode() in frame for name in IDS_ONLY):
        return frame
    told = orjson.loads(frame)
    told["items"] = [_shared(item) for item in told["items"]]
    return orjson.dumps(told)


def _shared(item: dict[str, Any]) -> dict[str, Any]:
    pattern = IDS_ONLY.get(item.get("network", ""))
    if pattern is None:
        return item
    bare = {name: item[name] for name in _LEFT if name in item}
    return bare | {"url": pattern.format(id=item["url"].rpartition("/")[2])}
