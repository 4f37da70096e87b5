"""Where a setting comes from: a flag goes before the environment, which goes before the file, which goes before the default."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from app.domain.wall import Rules
from app.errors import UsageError
from app.settings import OPEN_SERVERS, MastodonSettings, load, own_address

WALL: dict[str, Any] = {"slug": "a", "hashtags": ["#PyFest26", "pyfest26", "Other"]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "walls.toml"
    path.write_text('port = 3\nhost = "0.0.0.0"\n[[wall]]\nslug = "filed"\nhashtags = ["a"]\n')
    return path


def test_the_nearest_word_counts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(None, {}).port == 8080
    assert load(file, {}).port == 3
    monkeypatch.setenv("HALLWAY_PORT", "2")
    assert load(file, {}).port == 2
    assert load(file, {"port": 1}).port == 1
    assert load(file, {"port": None}).port == 2
    assert load(file, {"port": 1}).host == "0.0.0.0"


def test_a_wall_of_the_command_line_replaces_those_of_the_file(file: Path) -> None:
    assert [w.slug for w in load(file, {"wall": [WALL]}).wall] == ["a"]


def test_a_wall_is_followed_on_the_open_servers_when_none_is_named() -> None:
    [wall] = load(None, {"wall": [WALL]}).wall
    servers = [s.server for s in wall.sources() if isinstance(s, MastodonSettings)]
    assert servers == list(OPEN_SERVERS)
    assert wall.wall().hashtags == ("pyfest26", "other")
    assert wall.wall().title == "#PyFest26"


def test_the_rules_of_a_wall_are_those_that_the_domain_knows() -> None:
    [wall] = load(None, {"wall": [WALL | {"rules": {"review": True}}]}).wall
    assert wall.wall().rules == Rules(review=True)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("data/x.sqlite3", "sqlite:///data/x.sqlite3"),
        ("/srv/x.sqlite3", "sqlite:////srv/x.sqlite3"),
        ("postgresql://me:pw@db/wall", "postgresql+asyncpg://me:pw@db/wall"),
    ],
)
def test_a_database_is_a_file_or_a_server(given: str, url: str) -> None:
    assert load(None, {"database": given}).database_url() == url


@pytest.mark.parametrize(
    ("flags", "address"),
    [
        ({"host": "::1", "port": 9}, "http://[::1]:9"),
        ({"public_url": "https://wall.example/"}, "https://wall.example"),
    ],
)
def test_the_address_that_people_use(flags: dict[str, Any], address: str) -> None:
    assert load(None, flags).base_url() == address


def test_a_service_on_every_network_is_known_by_an_address_that_phones_can_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.settings.own_address", lambda: "192.0.2.7")
    assert load(None, {"host": "0.0.0.0", "port": 9}).base_url() == "http://192.0.2.7:9"


def test_a_machine_always_knows_an_address_of_its_own() -> None:
    assert ip_address(own_address()).version == 4
    assert own_address() != "0.0.0.0"


def test_proxies_are_a_list_in_the_file_and_parted_by_commas_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "walls.toml"
    file.write_text('trusted_proxies = ["10.0.0.5", "fd00::/8"]\n')
    assert load(file, {}).trusted_proxies == ("10.0.0.5", "fd00::/8")
    monkeypatch.setenv("HALLWAY_TRUSTED_PROXIES", "10.0.0.6, 10.1.0.0/16")
    assert load(file, {}).trusted_proxies == ("10.0.0.6", "10.1.0.0/16")
    monkeypatch.setenv("HALLWAY_TRUSTED_PROXIES", "")
    assert load(file, {}).trusted_proxies == ()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("trusted_proxies", "*", "“*” is no address of a proxy; it looks like 10.0.0.5"),
        ("trusted_proxies", "proxy.example", "“proxy.example” is no address of a proxy"),
        ("trusted_proxies", "10.0.0.5/8", "write 10.0.0.0/8 or 10.0.0.5"),
        ("max_viewers", 0, "greater than or equal to 1"),
        ("max_viewers_per_address", 0, "greater than or equal to 1"),
        ("delivery", "fast", "'auto' or 'plain'"),
    ],
)
def test_a_wrong_setting_of_delivery_is_refused_in_words(
    setting: str, value: Any, said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        load(None, {setting: value})
    assert f"“{setting}”" in str(refused.value)
    assert said in str(refused.value)


def test_a_wall_begins_with_the_lists_that_the_organiser_chose(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("crypto\n", "utf-8")
    chosen = WALL | {"word_lists": ["en"], "words_file": str(own)}
    [wall] = load(None, {"wall": [chosen]}).wall
    words = {r.id: r.values for r in wall.first_rules() if r.kind == "word"}
    assert (set(words), words["words-own"]) == ({"words-en", "words-own"}, ("crypto",))
    [at_once] = load(None, {"wall": [WALL | {"mode": "open"}]}).wall
    assert {r.kind for r in at_once.first_rules()} == {"word"}


def test_a_list_of_words_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no list of words for “xx”"):
        load(None, {"wall": [WALL | {"word_lists": ["xx"]}]})
    own = tmp_path / "own.txt"
    own.write_text("x\n", "utf-8")
    [wall] = load(None, {"wall": [WALL | {"words_file": str(own)}]}).wall
    with pytest.raises(UsageError, match="single letter"):
        wall.first_rules()
