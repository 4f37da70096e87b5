"""`hallway user …` and the link files, in the test's own process; and a real service that notices what another process did."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import cli
from app.serve import keep_link
from tests.e2e.service_process import OWNER, Page, ServiceProcess, close_code, hallway, service

PASSWORD = "a tram in the morning mist"
Ran = Callable[..., tuple[int, str]]


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Run `hallway user …` on a database of its own: the exit code, and what was said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "h.sqlite3").touch()

    def run(*arguments: str) -> tuple[int, str]:
        command = ["hallway", "user", *arguments, "--database", "h.sqlite3"]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_people_are_added_listed_changed_signed_out_and_removed(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    assert ran("add", "Mira", "--role", "owner", "--password-file", "password") == (
        0,
        "Mira can sign in now, as owner.\n",
    )
    assert re.fullmatch(r"http://\S+/sign-in#invite=\S{40,}\n", ran("add", "Tom")[1])
    listed = ran("list")[1]
    assert re.search(r"Mira +owner +password +0", listed)
    assert re.search(r"Tom +moderator +invited, 72 h left", listed)
    assert "Mira is the last owner" in ran("role", "mira", "moderator")[1]
    assert ran("add", "Lena", "--password-file", "password")[0] == 0
    assert ran("role", "lena", "owner") == (0, "Lena is owner now.\n")
    assert ran("sign-out", "Lena") == (0, "Lena is signed out, in 0 browsers.\n")
    assert ran("remove", "Mira") == (0, "Mira is not in the crew any more.\n")
    assert "Mira" not in ran("list")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("remove", "Nobody"), "There is nobody named Nobody. See `hallway user list`."),
        (("add", "Mira", "--password-file", "missing"), "missing cannot be read"),
        (("add", "Mira", "--password-file", "weak"), "at least 12 characters"),
        (("add", "\x07"), "A name has 1 to 80 characters"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    ran: Ran, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "weak").write_text("mira")
    code, said = ran(*arguments)
    assert (code, len(said.strip().splitlines())) == (1, 1)
    assert words in said


def test_the_link_is_kept_where_only_the_operator_reads_it(tmp_path: Path) -> None:
    file, other = tmp_path / "data" / "set-up-link", tmp_path / "other"
    keep_link(file, "https://wall.example/set-up#one")
    assert (file.stat().st_mode & 0o777, file.read_text()) == (
        0o600,
        "https://wall.example/set-up#one\n",
    )
    other.write_text("theirs")
    file.unlink()
    file.symlink_to(other)
    keep_link(file, "https://wall.example/set-up#two")
    assert (other.read_text(), file.is_symlink()) == ("theirs", False)
    keep_link(file, None)
    assert not file.exists()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with service(tmp_path_factory.mktemp("users") / "service", []) as one:
        yield one


@pytest.mark.e2e
def test_who_is_signed_out_from_the_command_line_loses_the_desk(running: ServiceProcess) -> None:
    headers = {"cookie": running.sign_in()}
    address = running.live(query="?audience=crew")
    with (
        Page(address, origin=running.base, additional_headers=headers) as desk,
        Page(running.live()) as public,
    ):
        assert desk.take()["kind"] == public.take()["kind"] == "snapshot"
        said = hallway("user", "sign-out", OWNER, cwd=running.folder)
        assert (said.returncode, said.stdout) == (0, f"{OWNER} is signed out, in 1 browser.\n")
        began = time.monotonic()
        assert close_code(desk) == 1008
        print(f"closed {time.monotonic() - began:.2f} s after the command had ended")
        public.socket.ping().wait(10)
    with Page(address, origin=running.base, additional_headers=headers) as again:
        assert close_code(again) == 1008
