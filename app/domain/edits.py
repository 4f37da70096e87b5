"""Edits to a text that take its spans along."""

from bisect import bisect_right
from collections.abc import Iterable

from app.domain.post import Span

Edit = tuple[int, int, str]
"""Start, end and what stands there afterwards; a text's edits are sorted and apart."""


def applied(text: str, spans: list[Span], edits: list[Edit]) -> tuple[str, list[Span]]:
    """`text` after `edits`, and `spans` moved to where their text is now."""
    if not edits:
        return text, spans
    parts: list[str] = []
    done = 0
    for start, end, new in edits:
        parts += (text[done:start], new)
        done = end
    parts.append(text[done:])
    return "".join(parts), _moved(spans, edits)


def _moved(spans: list[Span], edits: list[Edit]) -> list[Span]:
    ends = [end for _, end, _ in edits]
    shifts = [0]
    for start, end, new in edits:
        shifts.append(shifts[-1] + len(new) - (end - start))

    def moved(position: int) -> int:
        """Monotone, so spans stay apart: inside an edit is the end of what replaced it."""
        nth = bisect_right(ends, position)
        if nth < len(edits) and edits[nth][0] < position:
            return edits[nth][0] + shifts[nth] + len(edits[nth][2])
        return position + shifts[nth]

    return [
        span.model_copy(update={"start": start, "end": end})
        for span in spans
        if (start := moved(span.start)) < (end := moved(span.end))
    ]


def clipped(spans: Iterable[Span], length: int) -> list[Span]:
    """`spans` of a text that was cut to `length`; half a picture is none."""
    return [
        span if span.end <= length else span.model_copy(update={"end": length})
        for span in spans
        if span.end <= length or (span.start < length and span.kind != "emoji")
    ]
