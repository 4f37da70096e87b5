"""How large the type on a wall must be, for the last row to read it."""

from math import radians, tan

ARC_MINUTES = 20
"""What a capital letter should fill of the eye's view (ISO 9241-3: 16 at least, 20 to 22 preferred)."""
CAP_HEIGHT = 0.73
"""Of Inter, in em; measured in Chromium."""
BODY_PX = 44
"""Of the wall at scale 1, on a picture 1080 px high."""
SMALLEST, LARGEST = 0.5, 1.4
"""Below, a lobby screen gets no better; above, hardly a post fits. What the largest cannot reach is too far away."""


def scale_for(distance_m: float, height_m: float) -> float:
    """The wall's scale for a last row `distance_m` away from a picture `height_m` high, both in metres."""
    letter = distance_m * tan(radians(ARC_MINUTES / 60))
    body_px = 1080 * letter / height_m / CAP_HEIGHT
    return round(min(LARGEST, max(SMALLEST, body_px / BODY_PX)), 2)
