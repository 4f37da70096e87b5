"""What goes wrong is told in one sentence that says what and what to do, with exit code 1, and nothing is lost."""

import asyncio
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from app import cli
from app.actions.arrivals import arrive
from app.actions.moderation import decide
from app.domain.arrival import Batch
from app.domain.identity import item_id
from app.errors import StoreError
from app.ingest.runner import Feed, Runner
from app.ports import Condition
from tests.e2e.service_process import WAIT_S, hallway, service
from tests.factories import WALL, post, posted
from tests.fakes import House, house
from tests.unit.ingest.scripted_source import Nothing, ScriptedSource

Said = Callable[..., str]
WALL_LINES = '[[wall]]\nslug = "pyfest26"\nhashtags = ["pyfest26"]\n'


@pytest.fixture(autouse=True)
def _logging_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loggers keep the stream they first wrote to, which here ends with its test."""
    monkeypatch.setattr(cli.logs, "set_up", lambda _format: None)


@pytest.fixture
def complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """Runs a command that must fail in an own folder; the one sentence it says on stderr."""

    def run(*arguments: str, env: dict[str, str] | None = None) -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["hallway", *arguments])
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert ended.value.code == 1, said
        lines = said.err.strip().splitlines()
        assert len(lines) == 1, said.err
        assert lines[0].startswith("hallway: ")
        assert lines[0].endswith((".", "?"))
        return lines[0]

    return run


# settings


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("prot = 8080", "There is no setting “prot” in walls.toml"),
        (WALL_LINES + 'colour = "red"', "There is no setting “wall.0.colour” in walls.toml"),
        (WALL_LINES + "rules.hold_bot = false", "There is no setting “wall.0.rules.hold_bot”"),
        (
            WALL_LINES + '[[wall.source]]\nkind = "mastodon"\nserver = "a.example"\ntoken = "x"',
            "There is no setting “wall.0.source.0.token”",
        ),
        (WALL_LINES + '[[wall.source]]\nkind = "pigeon"', "“wall.0.source.0”"),
        (WALL_LINES + '[[wall.source]]\nkind = "mastodon"\nserver = "ftp://a.example"', "ftp://a"),
        (WALL_LINES + WALL_LINES, "two walls have the same slug"),
        ('[[wall]]\nslug = "Py Fest"\nhashtags = ["a"]', "“wall.0.slug”"),
        ('[[wall]]\nslug = "a"\nhashtags = ["py fest"]', "“py fest” is no hashtag"),
        ('[[wall]]\nslug = "a"\nhashtags = []', "“wall.0.hashtags”"),
        ("[[wall]", "walls.toml is not valid TOML"),
        ('public_url = "wall.example"', "wall.example is no web address"),
        ("media_mib = 1", "“media_mib”"),
        ('port = "none"', "“port”"),
    ],
)
def test_a_wrong_line_in_the_file_is_named(
    complaint: Said, tmp_path: Path, toml: str, words: str
) -> None:
    (tmp_path / "walls.toml").write_text(toml)
    assert words in complaint("serve", "--config", "walls.toml")
    assert words in complaint("serve")  # found in the folder by itself


def test_wrong_settings_in_the_environment_are_named(complaint: Said) -> None:
    said = complaint("serve", "--tag", "a", env={"HALLWAY_PROT": "1"})
    assert "There is no setting “HALLWAY_PROT”" in said


@pytest.mark.parametrize(
    ("name", "value"), [("HALLWAY_PORT", "many"), ("HALLWAY_PORT", "99999"), ("HALLWAY_WALL", "[{")]
)
def test_wrong_values_in_the_environment_are_named(complaint: Said, name: str, value: str) -> None:
    assert name.removeprefix("HALLWAY_").lower() in complaint("check", env={name: value})


@pytest.mark.parametrize("tag", ["py fest", "#", "", "a-b", "12345"])
def test_a_tag_that_is_none_is_refused(complaint: Said, tag: str) -> None:
    assert "is no hashtag" in complaint("serve", "--tag", tag)


def test_files_that_cannot_be_read_are_named_with_the_reason(
    complaint: Said, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "walls.toml").write_text(
        WALL_LINES
        + '[[wall.source]]\nkind = "mastodon"\nserver = "127.0.0.1:1"\ntoken_file = "lost"'
    )
    for name, reason in (
        ("folder", "Is a directory"),
        ("binary.toml", "it is not text"),
        ("nowhere.toml", "No such file"),
    ):
        said = complaint("serve", "--config", name)
        assert name in said
        assert reason in said
    assert "lost cannot be read" in complaint("serve", "--port", "0")
    assert "lost cannot be read" in complaint("check")


def test_a_replay_that_is_none_is_named(complaint: Said, tmp_path: Path) -> None:
    source = '[[wall.source]]\nkind = "replay"\nfile = "day.jsonl"'
    (tmp_path / "walls.toml").write_text(WALL_LINES + source)
    assert "day.jsonl cannot be read" in complaint("serve", "--port", "0")
    (tmp_path / "day.jsonl").write_text("{}\n")
    assert "not the header of a replay file" in complaint("serve", "--port", "0")


def test_a_recording_that_cannot_be_played_is_told_with_its_line(
    complaint: Said, tmp_path: Path
) -> None:
    file = tmp_path / "day.jsonl"
    assert "day.jsonl cannot be read" in complaint("replay", "day.jsonl")
    file.write_text("{}\n")
    assert "Line 1 is not the header of a replay file" in complaint("replay", "day.jsonl")
    header = (
        '{"hallway": "replay", "version": 1, "title": "Day", "started_at": "2026-11-21T09:00:00Z"'
    )
    file.write_text(header + "}\n")
    assert "names no hashtag" in complaint("replay", "day.jsonl")
    file.write_text(header + ', "hashtags": ["a"]}\n')
    assert "speed" in complaint("replay", "day.jsonl", "--speed", "0")


def test_nothing_to_check_is_told_with_what_to_try(complaint: Said) -> None:
    assert "--tag" in complaint("check")


# addresses


def test_a_port_in_use_is_named(complaint: Said) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = complaint("serve", "--tag", "a", "--port", str(port))
    assert f"Port {port} is in use already" in said
    assert "--port" in said


@pytest.mark.parametrize("host", ["203.0.113.7", "256.1.1.1", "::ffff"])
def test_an_address_that_is_not_ours_is_named(complaint: Said, host: str) -> None:
    said = complaint("serve", "--tag", "a", "--host", host, "--port", "0")
    assert f"This machine has no address {host}" in said


# the database


def test_a_database_of_a_newer_version_is_left_alone(complaint: Said, tmp_path: Path) -> None:
    path = tmp_path / "newer.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    before = path.read_bytes()
    said = complaint("serve", "--tag", "a", "--port", "0", "--database", str(path))
    assert "written by a newer version of Hallway (schema 9999)" in said
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert (found, len(path.read_bytes())) == ([("alembic_version",)], len(before))


def test_a_file_that_is_no_database_is_left_alone(complaint: Said, tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("Chapter one. " * 500)
    for command in (("serve", "--tag", "a", "--port", "0"), ("sign-in",), ("record", "x.jsonl")):
        assert "is not a Hallway database" in complaint(*command, "--database", str(path))
    assert path.read_text() == "Chapter one. " * 500


@pytest.mark.parametrize("place", [".", "/proc/hallway/h.sqlite3", "/dev/null/h.sqlite3"])
def test_a_place_where_no_database_can_be_is_named(complaint: Said, place: str) -> None:
    said = complaint("serve", "--tag", "a", "--port", "0", "--database", place)
    assert "cannot be" in said
    assert place in said


def test_a_database_server_that_does_not_answer_is_named_without_its_password(
    complaint: Said,
) -> None:
    url = "postgresql://hallway:secret@127.0.0.1:1/hallway"
    said = complaint("serve", "--tag", "a", "--port", "0", "--database", url)
    assert "does not answer" in said
    assert "secret" not in said


def test_commands_beside_a_service_need_its_database(complaint: Said, tmp_path: Path) -> None:
    for command in (("sign-in",), ("record", "day.jsonl")):
        assert "There is no database data/hallway.sqlite3 here" in complaint(*command)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_does_not_overwrite_anything(complaint: Said, tmp_path: Path) -> None:
    (tmp_path / "day1.jsonl").write_text("yesterday")
    made = tmp_path / "made.sqlite3"

    async def make() -> None:
        async with house(tmp_path, f"sqlite:///{made}"):
            pass

    asyncio.run(make())
    said = complaint("record", "day1.jsonl", "--database", str(made))
    assert "day1.jsonl" in said
    assert "exists" in said
    assert (tmp_path / "day1.jsonl").read_text() == "yesterday"


# the network


def test_checking_a_server_that_cannot_be_reached_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    address = "http://127.0.0.1:1"
    monkeypatch.setattr(sys, "argv", ["hallway", "check", "--tag", "a", "--server", address])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert "✗" in said.out
    assert "127.0.0.1" in said.out
    assert "Traceback" not in said.out + said.err


@pytest.mark.e2e
def test_a_service_whose_server_cannot_be_reached_runs_and_says_so(tmp_path: Path) -> None:
    source = '[[wall.source]]\nkind = "mastodon"\nserver = "http://127.0.0.1:1"'
    with service(tmp_path / "service", [], table=WALL_LINES + source) as running:
        cookie = running.sign_in()
        deadline = time.monotonic() + WAIT_S
        with running.client() as client:
            told: dict[str, str] = {"condition": "starting"}
            while told["condition"] == "starting":
                assert time.monotonic() < deadline
                answer = client.get("/api/v1/walls/pyfest26/sources", headers={"cookie": cookie})
                told = answer.json()[0]
            assert told["condition"] == "down"
            assert "127.0.0.1" in told["detail"]
            assert client.get("/readyz").status_code == 200


@pytest.mark.e2e
def test_the_installed_command_complains_in_one_line_too(tmp_path: Path) -> None:
    ended = hallway("serve", "--tag", "py fest", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "is no hashtag" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


# the disk is full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB; skips where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "hallway", str(folder)]
    try:
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("a file system can only be mounted by root")
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the space that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4_096):
                pass
        except OSError:
            pass
    return filler


async def kept(home: House) -> int:
    async with home.store.read() as reading:
        items = await reading.window(await reading.wall(WALL.slug), "crew")
    return len([i for i in items if i.kind == "post"])


@pytest.mark.anyio
async def test_a_full_disk_is_told_and_hallway_goes_on_when_there_is_space(
    small_disk: Path,
) -> None:
    async with house(small_disk) as home:
        await arrive(home.context, WALL.slug, "test", Batch([posted(1)], "1"))
        filler = fill(small_disk)
        text = "x" * 3_000 + " #pyfest26"
        many = Batch([posted(post(n, text)) for n in range(2, 200)], "2")
        with pytest.raises(StoreError, match=r"disk is full.*Free some space"):
            await arrive(home.context, WALL.slug, "test", many)
        assert await kept(home) == 1
        filler.unlink()
        await arrive(home.context, WALL.slug, "test", many)
        await decide(home.context, WALL.slug, item_id(post(1).key), "hide")
        assert await kept(home) == 199


@pytest.mark.anyio
async def test_a_source_waits_while_the_disk_is_full_and_brings_the_same_again(
    small_disk: Path,
) -> None:
    text = "x" * 3_000 + " #pyfest26"
    many = Batch([posted(post(n, text)) for n in range(2, 200)], "2")
    async with house(small_disk) as home:
        filler = fill(small_disk)

        def make_space() -> None:
            assert source.said_of.condition is Condition.DOWN
            assert "disk is full" in source.said_of.detail
            filler.unlink()

        source = ScriptedSource([[many], make_space, [many]])
        feed = Feed(
            arrive=lambda batch: arrive(home.context, WALL.slug, source.name, batch),
            cursor=Nothing.cursor,
            known=Nothing(),
        )
        runner = Runner(WALL.slug, source, feed, home.clock, Random(1))
        source.state = runner.state
        await source.played(runner)
        assert await kept(home) == 198
