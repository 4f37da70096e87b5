"""How long to wait before trying again: full jitter, so that a thousand clients do not return at once."""

from random import Random


def backoff_s(
    failures: int, rng: Random, *, base_s: float = 1.0, ceiling_s: float = 300.0
) -> float:
    """Seconds to wait after so many failures in a row: evenly between 0 and min(ceiling, base · 2ⁿ).

    Full jitter, after "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
    """
    return rng.uniform(0, min(ceiling_s, base_s * 2 ** min(failures, 30)))
