"""The type is as large as the last row needs, within what a wall can show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.room import LARGEST, SMALLEST, scale_for


@pytest.mark.parametrize(
    ("distance_m", "height_m", "scale"),
    # the table of ISO 9241-3 at 20 arc-minutes, by 44 px: 35, 43, 52 and 57 px at 1080
    [(20, 5, 35 / 44), (20, 4, 43 / 44), (20, 3.3, 52 / 44), (20, 3, 57 / 44)],
)
def test_a_room_gets_the_scale_of_the_table(
    distance_m: float, height_m: float, scale: float
) -> None:
    assert scale_for(distance_m, height_m) == pytest.approx(scale, abs=0.02)


@given(
    st.floats(min_value=0.1, max_value=200),
    st.floats(min_value=0.1, max_value=50),
    st.floats(min_value=1, max_value=3),
)
def test_farther_away_the_type_is_never_smaller(
    distance_m: float, height_m: float, times: float
) -> None:
    near, far = scale_for(distance_m, height_m), scale_for(distance_m * times, height_m)
    assert SMALLEST <= near <= far <= LARGEST
