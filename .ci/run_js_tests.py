"""Runs the tests of the pages' modules on the Node that ships inside the Playwright wheel."""

import subprocess
import sys
from pathlib import Path

from playwright._impl._driver import compute_driver_executable


def main() -> None:
    """All of tests/js; the exit code is Node's."""
    node = compute_driver_executable()[0]
    tests = sorted(str(p) for p in Path("tests/js").glob("*.mjs"))
    if not tests:
        sys.exit("There are no tests in tests/js.")
    sys.exit(
        subprocess.run([node, "--test", "--test-reporter=dot", *tests], check=False).returncode
    )


if __name__ == "__main__":
    main()
