"""Makes sure that there is nginx with nchan for the fan-out benchmark: installed when root, else unpacked beside the project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("nginx", "libnginx-mod-nchan")
MODULE = "usr/lib/nginx/modules/ngx_nchan_module.so"
PLACE = Path(".tools/nchan")


def main() -> None:
    """Bring what is missing; say in one sentence what to do when that fails. The service of nginx is not started."""
    if any((root / MODULE).exists() for root in (Path("/"), PLACE)):
        return
    if not shutil.which("apt-get"):
        sys.exit("nginx with nchan comes from Debian; elsewhere the benchmark goes without it.")
    done = _install() if os.geteuid() == 0 else _unpack()
    if not done:
        sys.exit(
            f"nginx with nchan cannot be brought here: install the packages {' and '.join(PACKAGES)}."
        )


def _install() -> bool:
    # without this, Debian starts nginx on port 80 of this machine
    environment = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    return _run("apt-get", "update", "-qq") and _run(
        "apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES, **environment
    )


def _unpack() -> bool:
    PLACE.mkdir(parents=True, exist_ok=True)
    if not _run("apt-get", "download", "-qq", *PACKAGES, folder=PLACE):
        return False
    packed = list(PLACE.glob("*.deb"))
    done = all(_run("dpkg", "-x", str(deb), str(PLACE)) for deb in packed)
    for deb in packed:
        deb.unlink()
    return done


def _run(*command: str, folder: Path = Path(), **environment: str) -> bool:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, stdout=sys.stderr, check=False
    )
    return done.returncode == 0


if __name__ == "__main__":
    main()
