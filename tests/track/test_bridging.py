"""Frames without the person: straight lines in time, or unknown."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poise.track.gaps import bridge


@given(holes=st.sets(st.integers(1, 28)), longest=st.floats(0, 1))
def test_straight_ways_come_back_and_the_rest_is_unknown(holes: set[int], longest: float) -> None:
    times = np.cumsum(np.random.default_rng(len(holes)).uniform(0.02, 0.1, 30))
    truth = times[:, None, None] * np.array([[3.0, -2.0], [0.0, 5.0]])
    seen = np.ones(30, bool)
    seen[list(holes)] = False
    torn = np.where(seen[:, None, None], truth, np.nan)
    xy, bridged, missing = bridge(torn, times, seen, longest)
    known = np.isfinite(xy).all(axis=(1, 2))
    np.testing.assert_allclose(xy[known], truth[known])
    marked = np.zeros(30, bool)
    for start, stop in missing:
        assert stop - start > longest
        marked |= (times >= start) & (times < stop)
    np.testing.assert_array_equal(known, ~marked)
    for start, stop in bridged:
        assert stop - start <= longest + 1e-6
        marked |= (times >= start) & (times < stop)
    np.testing.assert_array_equal(marked, ~seen)
    assert np.isnan(torn[~seen]).all()
