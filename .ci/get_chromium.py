"""Makes sure that there is a Chromium for the tests: the one that is there, Debian's when root, else Playwright's own."""

import os
import shutil
import subprocess
import sys

PACKAGES = ("chromium", "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji")


def main() -> None:
    """Install what is missing; say in one sentence what to do when that fails."""
    if shutil.which("chromium"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        done = _run("apt-get", "update", "-qq") and _run(
            "apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES
        )
    else:
        done = _run(sys.executable, "-m", "playwright", "install", "chromium")
    if not done:
        sys.exit(
            "Chromium cannot be installed here: install the package chromium, then run this again."
        )


def _run(*command: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode == 0


if __name__ == "__main__":
    main()
