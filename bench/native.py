"""The benchmarks' C programs, compiled when they are first needed and kept in the user's cache folder."""

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = ("-O2", "-Wall", "-Wextra")


def program(name: str) -> Path:
    """The program of bench/`name`.c, as its sources are now. Exits with a sentence when it cannot be made."""
    folder = _cache_folder() / _digest(name)
    ready = folder / name
    if not ready.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as making:  # others may compile it just now
            _compile(HERE / f"{name}.c", Path(making) / name)
            (Path(making) / name).replace(ready)
    return ready


def _compile(source: Path, target: Path) -> None:
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        sys.exit(
            "This benchmark needs a C compiler: install the packages gcc and libc6-dev, then run this again."
        )
    done = subprocess.run(
        [compiler, *FLAGS, "-o", target, source], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{source} cannot be compiled here (it needs Linux):\n{done.stderr}")


def _digest(name: str) -> str:
    """Changes with the program's source, and with any header."""
    parts = [HERE / f"{name}.c", *sorted(HERE.glob("*.h"))]
    return sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "hallway-bench"
