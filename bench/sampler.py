"""Where a process spends its time: a sample for every few ms of processor time, user and kernel, of all its threads."""

import dis
import signal
from collections import Counter
from functools import cache
from types import CodeType, FrameType

EVERY_S = 0.001
"""Of processor time. The kernel's own clock ticks every 1 to 4 ms, so there are fewer samples."""
OUTSIDE = "between callbacks: uvloop in C, and the kernel"
LOOP = ("asyncio.runners", "uvloop")
"""Modules whose frames lie under every callback: a sample there is none of ours."""

Place = tuple[str, str]
"""Module and function."""


class Sampler:
    """Samples the main thread's innermost Python function. Time in C counts for the function that called it.

    A signal that came while C code ran between two Python functions is seen at the start of the next one: such samples
    go to the caller, which for a callback is the event loop. Start and stop it in the main thread.
    """

    def __init__(self) -> None:
        self._seen: Counter[tuple[CodeType, Place, int, Place]] = Counter()

    def start(self) -> None:
        """Sample from now on."""
        self._seen.clear()
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def stop(self) -> list[tuple[str, int]]:
        """Functions with their samples, most first."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        found: Counter[str] = Counter()
        for (code, place, at, caller), count in self._seen.items():
            found[_name(caller if at <= _begins(code) else place)] += count
        return found.most_common()

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        if frame is not None:
            self._seen[frame.f_code, _place(frame), frame.f_lasti, _place(frame.f_back)] += 1


def _place(frame: FrameType | None) -> Place:
    return (frame.f_globals.get("__name__", ""), frame.f_code.co_qualname) if frame else ("", "")


def _name(place: Place) -> str:
    module, function = place
    return OUTSIDE if not module or module.startswith(LOOP) else f"{module}.{function}"


@cache
def _begins(code: CodeType) -> int:
    """Offset of the instruction at which signals are seen on entry."""
    resumes = (i.offset for i in dis.get_instructions(code) if i.opname == "RESUME")
    return next(resumes, 0)
