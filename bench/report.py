"""Tables of measurements: on the terminal, and between the markers of docs/performance.md."""

import os
import platform
import re
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from rich.console import Console
from rich.table import Table

LOAD = os.getloadavg()[0]
"""Above 0: others use the machine too, and the clock says less."""
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Measured:
    """One table of results, with cells as people read them, and notes on how to read it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def publish(name: str, tables: Sequence[Measured]) -> None:
    """Print the tables; with `--write` on the command line also put them into docs/performance.md."""
    console = Console(highlight=False)
    console.print(machine())
    for measured in tables:
        table = Table(*measured.columns, title=measured.title, title_justify="left")
        for row in measured.rows:
            table.add_row(*row)
        console.print(table)
        for note in measured.notes:
            console.print(f"  {note}", soft_wrap=True)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), name, tables), encoding="utf-8")
        console.print(f"Written to {PAGE}")


def written(page: str, name: str, tables: Sequence[Measured]) -> str:
    """The page with this benchmark's part replaced. ValueError when the page has no such markers."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"{PAGE} has no markers {start} … {end}")
    day = datetime.now(UTC).date().isoformat()
    head = f"`python -m bench.{name}` on {day}. {machine()}."
    parts = [start, head, *(_markdown(t) for t in tables), end]
    return pattern.sub(lambda _: "\n\n".join(parts), page)


def machine() -> str:
    """Processor, cores, kernel, Python, SQLite and load, in one line."""
    parts = (
        f"{_processor()}, {os.cpu_count()} cores",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"load average {LOAD:.1f} when it began",
    )
    return "; ".join(parts)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, ceil(len(ranked) * share) - 1)]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _markdown(measured: Measured) -> str:
    lines = [
        f"**{measured.title}**",
        "",
        "| " + " | ".join(measured.columns) + " |",
        "| " + " | ".join("---" for _ in measured.columns) + " |",
        *("| " + " | ".join(row) + " |" for row in measured.rows),
        *(f"\n{note}" for note in measured.notes),
    ]
    return "\n".join(lines)
