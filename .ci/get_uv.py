"""Puts the pinned uv beside the project, with nothing but the standard library: a fresh Debian has neither pip nor venv."""

import hashlib
import io
import json
import platform
import stat
import sys
import urllib.request
import zipfile
from pathlib import Path

VERSION = "0.13.9"
PLACE = Path(".tools/uv")


def main() -> None:
    """Download the wheel for this machine, check its digest, and take the program out of it."""
    wheel = next((f for f in _files() if _fits(f["filename"])), None)
    if wheel is None:
        sys.exit(f"There is no uv {VERSION} for this machine; put any uv on the PATH.")
    content = _get(wheel["url"])
    if hashlib.sha256(content).hexdigest() != wheel["hashes"]["sha256"]:
        sys.exit("The download of uv is damaged; run the same command again.")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        name = next(n for n in packed.namelist() if n.endswith("scripts/uv"))
        PLACE.parent.mkdir(exist_ok=True)
        PLACE.write_bytes(packed.read(name))
    PLACE.chmod(PLACE.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _files() -> list[dict]:
    return json.loads(_get("https://pypi.org/simple/uv/"))["files"]


def _fits(filename: str) -> bool:
    if not filename.startswith(f"uv-{VERSION}-") or not filename.endswith(".whl"):
        return False
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
    if sys.platform == "darwin":
        return "macosx" in filename and machine.replace("aarch64", "arm64") in filename
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return libc in filename and machine in filename


def _get(url: str) -> bytes:
    try:
        request = urllib.request.Request(
            url, headers={"accept": "application/vnd.pypi.simple.v1+json, */*"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except OSError as error:
        sys.exit(f"{url} cannot be reached: {error}. Check the network, or put uv on the PATH.")


if __name__ == "__main__":
    main()
