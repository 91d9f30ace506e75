"""Gaps in a track: straight lines in time, ends repeated, joints that were never seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.errors import PoiseError
from poise.lifting.gaps import fill


def moving(frames: int, joints: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Straight paths at irregular times, all joints seen."""
    times = np.cumsum(np.random.default_rng(frames).uniform(0.01, 0.1, frames))
    speed = np.arange(2 * joints).reshape(joints, 2) - 2.0
    return times[:, None, None] * speed + 5, np.ones((frames, joints)), times


@settings(max_examples=50, deadline=None)
@given(frames=st.integers(3, 30), data=st.data())
def test_straight_paths_come_back(frames: int, data: st.DataObject) -> None:
    points, score, times = moving(frames)
    holes = data.draw(st.sets(st.tuples(st.integers(1, frames - 2), st.integers(0, 2))))
    torn = points.copy()
    for frame, joint in holes:
        torn[frame, joint] = np.nan
        score[frame, joint] = 0
    np.testing.assert_allclose(fill(torn, score, times), points, atol=1e-9)


def test_the_ends_are_repeated() -> None:
    points, score, times = moving(6)
    torn = points.copy()
    torn[:2, 0] = torn[4:, 0] = np.nan
    filled = fill(torn, score, times)
    np.testing.assert_array_equal(filled[:2, 0], points[[2, 2], 0])
    np.testing.assert_array_equal(filled[4:, 0], points[[3, 3], 0])
    np.testing.assert_array_equal(filled[:, 1:], points[:, 1:])


def test_a_joint_that_was_never_seen_is_in_the_middle_of_the_surer_ones() -> None:
    points, score, times = moving(4)
    points[:, 1] = np.nan
    score[:, 1] = 0
    np.testing.assert_allclose(fill(points, score, times)[:, 1], points[:, [0, 2]].mean(axis=1))
    score[:, 0] = 0.001
    filled = fill(points, score, times)[:, 1]
    assert np.all(abs(filled - points[:, 2]) < 0.1 * abs(points[:, 0] - points[:, 2]))


def test_one_coordinate_alone_is_not_seen() -> None:
    points, score, times = moving(3)
    torn = points.copy()
    torn[1, 1, 0] = np.nan
    np.testing.assert_allclose(fill(torn, score, times), points, atol=1e-9)


def test_nothing_to_fill_costs_nothing_and_nothing_seen_is_said() -> None:
    points, score, times = moving(3)
    assert fill(points, score, times) is points
    with pytest.raises(PoiseError, match="no joint is seen in any frame"):
        fill(np.full_like(points, np.nan), 0 * score, times)
