"""What the fan-out benchmark found, as tables: each figure beside its ratio to the C limit of the same run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.report import Measured

LIMIT, NCHAN, PLAIN, HALLWAY = "C limit", "nginx + nchan", "Hallway, plain path", "Hallway"
OVERLOAD_MS = 500
"""A delivery that takes longer than this: the server does not hold the pace."""
DRAIN_S = 10.0
"""How long the last post of a phase may take; a server that is slower is in overload, and the rest is left undone."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """How `viewers` came in, in seconds by the clock and of the server's processor time, and what memory they hold."""

    viewers: int
    seconds: float
    cpu_s: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Took:
    """One phase of one server. `lost` deliveries, `cut` viewers; `client_busy` is the load client's share of its core."""

    deliveries: int
    frames: int
    cpu_s: float
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    lost: int
    cut: int
    bytes: int
    client_busy: float
    is_done: bool

    @property
    def cpu_us(self) -> float:
        """Processor time of one delivery, µs."""
        return self.cpu_s / max(1, self.deliveries) * 1e6

    @property
    def is_overload(self) -> bool:
        """Whether the pace was too much."""
        return not self.is_done or self.max_ms > OVERLOAD_MS


@dataclass(slots=True)
class Result:
    """One server in one run, with its phases by name."""

    name: str
    came_in: CameIn
    phases: dict[str, Took] = field(default_factory=dict)


Run = Sequence[Result]
Figure = Callable[[Result], float]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of Hallway that is to be at most (or at least) so much of what `beside` has; alone when that is None."""

    what: str
    figure: Figure
    beside: str | None
    limit: float
    at_least: bool = False

    def row(self, runs: Sequence[Run]) -> tuple[str, str, str, str]:
        """What, wanted, measured, and whether it is kept."""
        sign, unit = "≥" if self.at_least else "≤", f" × {self.beside}" if self.beside else ""
        found = middle(runs, HALLWAY, self.figure, self.beside)
        if found is None:
            return self.what, f"{sign} {self.limit:,g}{unit}", "not measured", "–"
        kept = found >= self.limit if self.at_least else found <= self.limit
        shown = f"{found:.2f}" if self.beside else f"{found:,.1f}"
        return self.what, f"{sign} {self.limit:,g}{unit}", shown, "kept" if kept else "missed"


def cpu_us(phase: str) -> Figure:
    """Processor time of a delivery in a phase, µs."""
    return lambda result: result.phases[phase].cpu_us


def p99_ms(phase: str) -> Figure:
    """Latency that 99 % of the deliveries of a phase did not exceed, ms."""
    return lambda result: result.phases[phase].p99_ms


def kb_a_viewer(result: Result) -> float:
    """Resident memory of an idle viewer, kB; the kernel's own part (about 4 kB) is not in it."""
    return result.came_in.rss_bytes / result.came_in.viewers / 1e3


def accepts_per_s(result: Result) -> float:
    """Viewers let in per second."""
    return result.came_in.viewers / result.came_in.seconds


GOALS = (
    Goal("CPU of a delivery, saturated", cpu_us("saturated"), LIMIT, 1.3),
    Goal("CPU of a delivery, saturated", cpu_us("saturated"), NCHAN, 1),
    Goal("CPU of a delivery at 50/s", cpu_us("50/s"), LIMIT, 0.4),
    Goal("p99 at 1/s", p99_ms("1/s"), LIMIT, 1.25),
    Goal("p99 at 10/s", p99_ms("10/s"), LIMIT, 1.6),
    Goal("p99 at 50/s", p99_ms("50/s"), LIMIT, 1.6),
    Goal("kB of an idle viewer", kb_a_viewer, None, 4),
    Goal("viewers let in per second", accepts_per_s, None, 2_000, at_least=True),
)


def middle(
    runs: Sequence[Run], name: str, figure: Figure, beside: str | None = None
) -> float | None:
    """The median over the runs of a server's figure, or of its ratio to that of `beside`; None without any."""
    found = []
    for run in runs:
        results = {result.name: result for result in run}
        try:
            own, other = figure(results[name]), figure(results[beside]) if beside else 1.0
        except KeyError:  # no nchan here
            continue
        found.append(own / other if other else 0.0)
    return median(found) if found else None


def tables(runs: Sequence[Run], notes: Sequence[str]) -> list[Measured]:
    """Costs, latencies, coming in, goals."""
    names = [
        name for name in (LIMIT, NCHAN, PLAIN, HALLWAY) if any(r.name == name for r in runs[0])
    ]
    return [
        _costs(runs, names),
        _latencies(runs, names),
        _coming_in(runs, names),
        _goals(runs, notes),
    ]


def _costs(runs: Sequence[Run], names: Sequence[str]) -> Measured:
    phases = ("1/s", "10/s", "50/s", "saturated")
    rows = [
        (
            name,
            *(_with_ratio(runs, name, cpu_us(phase), phase, "{:.1f}") for phase in phases),
            _shown(middle(runs, name, _rate), "{:,.0f}"),
            _shown(middle(runs, name, _bytes), "{:,.0f}"),
            str(sum(took.lost for took in _all(runs, name))),
        )
        for name in names
    ]
    viewers = runs[0][0].came_in.viewers
    busy = max(took.client_busy for name in names for took in _all(runs, name))
    cut = sum(took.cut for name in names for took in _all(runs, name))
    return Measured(
        f"{viewers:,} viewers, a post of 1,200 bytes: the server's CPU for one delivery, µs (× the C limit)",
        ("server", *phases, "deliveries/s, saturated", "bytes each, saturated", "lost"),
        rows,
        (
            "Saturated: two posts are always under way. Who has several posts for a viewer may send them in one frame; each "
            "still counts as one delivery. The limit is one send(2) for each post and socket. Hallway's figures hold the whole way of "
            "a post: parsed, judged, committed to disk, then sent.",
            "The kernel books the receiving side of loopback to the sender, so this is more than a network card would cost.",
            f"The load client was busy for at most {busy:.0%} of its core; {cut} viewers were cut.",
        ),
    )


def _latencies(runs: Sequence[Run], names: Sequence[str]) -> Measured:
    phases = ("1/s", "10/s", "50/s")
    rows = [(name, *(_latency(runs, name, phase) for phase in phases)) for name in names]
    return Measured(
        "From the post to the viewers, p50 / p99 / max ms (p99 × the C limit)",
        ("server", *phases),
        rows,
        (
            f"Overload: some delivery took over {OVERLOAD_MS} ms, or some were not done {DRAIN_S:.0f} s after the last post.",
        ),
    )


def _coming_in(runs: Sequence[Run], names: Sequence[str]) -> Measured:
    rows = [
        (
            name,
            _shown(middle(runs, name, accepts_per_s), "{:,.0f}"),
            _shown(
                middle(runs, name, lambda r: r.came_in.cpu_s / r.came_in.viewers * 1e6), "{:,.0f}"
            ),
            _shown(middle(runs, name, kb_a_viewer), "{:.1f}"),
        )
        for name in names
    ]
    return Measured(
        "Coming in, and waiting",
        ("server", "let in per second", "CPU each, µs", "kB resident each, idle"),
        rows,
        ("At most 128 connects are under way. Hallway sends everybody the snapshot and a pulse.",),
    )


def _goals(runs: Sequence[Run], notes: Sequence[str]) -> Measured:
    return Measured(
        "Goals of Hallway",
        ("what", "wanted", "measured", ""),
        [goal.row(runs) for goal in GOALS],
        (
            "They are set for 10,000 viewers; where the limit is in overload, its latency says little.",
            *notes,
        ),
    )


def _rate(result: Result) -> float:
    took = result.phases["saturated"]
    return took.deliveries / took.seconds


def _bytes(result: Result) -> float:
    took = result.phases["saturated"]
    return took.bytes / max(1, took.deliveries)


def _all(runs: Sequence[Run], name: str) -> list[Took]:
    return [took for run in runs for r in run if r.name == name for took in r.phases.values()]


def _latency(runs: Sequence[Run], name: str, phase: str) -> str:
    parts = [
        _shown(middle(runs, name, lambda r: r.phases[phase].p50_ms), "{:,.0f}"),
        _shown(middle(runs, name, p99_ms(phase)), "{:,.0f}"),
        _shown(middle(runs, name, lambda r: r.phases[phase].max_ms), "{:,.0f}"),
    ]
    return " / ".join(parts) + _ratio(runs, name, p99_ms(phase)) + _overload(runs, name, phase)


def _with_ratio(runs: Sequence[Run], name: str, figure: Figure, phase: str, form: str) -> str:
    shown = _shown(middle(runs, name, figure), form)
    return shown + _ratio(runs, name, figure) + _overload(runs, name, phase)


def _ratio(runs: Sequence[Run], name: str, figure: Figure) -> str:
    found = middle(runs, name, figure, LIMIT)
    return "" if name == LIMIT or found is None else f" (× {found:.2f})"


def _overload(runs: Sequence[Run], name: str, phase: str) -> str:
    took = [r.phases[phase] for run in runs for r in run if r.name == name]
    return " overload" if any(t.is_overload for t in took) else ""


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
