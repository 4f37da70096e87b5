"""Every kind of source that can be set is made with what was set."""

from pathlib import Path
from typing import Any

import pytest

from app.errors import UsageError
from app.service import Service
from app.settings import Settings, load
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

WALL = """
[[wall]]
mode = "open"
slug = "pyfest26"
hashtags = ["PyFest26"]
"""
SOURCES = {
    "mastodon:fedi.example": 'kind = "mastodon"\nserver = "fedi.example"',
    "bluesky:bsky.app": 'kind = "bluesky"\nhandle = "ada.example"\npassword_file = "secret"',
    "feed:planet.example/rss": 'kind = "feed"\naddress = "planet.example/rss"\nall_entries = true',
    "x:api.x.com": 'kind = "x"\ntoken_file = "secret"\ndaily_budget = 500\ncountry = "DE"',
    "nostr:relay.example": 'kind = "nostr"\nrelays = ["relay.example", "wss://nostr.example"]',
}


def settings(folder: Path, *sources: str, **flags: Any) -> Settings:
    (folder / "secret").write_text("made-up-secret\n", encoding="utf-8")
    tables = "".join(f"\n[[wall.source]]\n{source}\n" for source in sources)
    config = folder / "walls.toml"
    config.write_text(WALL + tables.replace('"secret"', f'"{folder / "secret"}"'), encoding="utf-8")
    return load(config, {"database": str(folder / "walls.sqlite3"), **flags})


async def test_each_network_is_followed_under_its_name(tmp_path: Path) -> None:
    service = Service(settings(tmp_path, *SOURCES.values()), clock=FakeClock())
    try:
        await service.open()
        assert [state.name for state in service.sources("pyfest26")] == list(SOURCES)
    finally:
        await service.close()


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ('kind = "x"\ntoken_file = "secret"', "daily_budget"),
        ('kind = "x"\ntoken_file = "secret"\ndaily_budget = 5', "daily_budget"),
        ('kind = "feed"', "address"),
        ('kind = "bluesky"\nreplay_h = 99', "replay_h"),
        ('kind = "nostr"\npages = "njump"', "pages"),
        ('kind = "myspace"', "kind"),
    ],
)
def test_what_is_missing_or_wrong_is_named(tmp_path: Path, source: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        settings(tmp_path, source)


async def test_a_secret_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    missing = SOURCES["x:api.x.com"].replace('"secret"', '"nowhere"')
    service = Service(settings(tmp_path, missing), clock=FakeClock())
    try:
        with pytest.raises(UsageError, match="nowhere"):
            await service.open()
    finally:
        await service.close()
