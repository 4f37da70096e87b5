"""Laws 1 to 3 of the live model: what networks say, what a crew decides, and viewers that come and go."""

import pytest
from hypothesis import settings

from tests.laws.wall_machine import WallMachine

# 60 × 50 here and in the desk's own file: six thousand steps
WallMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestTheWall = pytest.mark.slow(pytest.mark.timeout(900)(WallMachine.TestCase))
