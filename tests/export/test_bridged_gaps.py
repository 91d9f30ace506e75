"""Unknown frames filled, and said; known ones untouched."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.export.gaps import bridged, has_gaps
from poise.motion import Body

WALK = improvise([3], 3.0, ("walk",), 30.0).body


def with_hole(body: Body, frames: slice, joints: slice = slice(None)) -> Body:
    """The body with nothing known of these joints in these frames."""
    xyz, rotations = body.motion.xyz.copy(), body.rotations.copy()
    xyz[frames, joints], rotations[frames, joints] = np.nan, np.nan
    return replace(body, motion=replace(body.motion, xyz=xyz), rotations=rotations)


@settings(max_examples=30, deadline=None)
@given(start=st.integers(0, 60), length=st.integers(1, 25))
def test_a_gap_is_filled_within_the_known_and_said(start: int, length: int) -> None:
    hole = slice(start, start + length)
    whole = bridged(with_hole(WALK, hole))
    assert not has_gaps(whole)
    known = np.delete(np.arange(len(WALK)), np.arange(len(WALK))[hole])
    np.testing.assert_array_equal(whole.motion.xyz[known], WALK.motion.xyz[known])
    np.testing.assert_array_equal(whole.rotations[known], WALK.rotations[known])
    np.testing.assert_allclose(np.linalg.norm(whole.rotations, axis=-1), 1, atol=1e-5)
    # The bones keep their lengths: the joints stand where the rotations say.
    np.testing.assert_allclose(whole.pose()[0], whole.motion.xyz, atol=1e-4)
    path = whole.motion.xyz[hole, 0]
    edges = WALK.motion.xyz[[max(start - 1, 0), min(start + length, len(WALK) - 1)], 0]
    if start > 0:
        assert (path >= edges.min(axis=0) - 1e-5).all()
        assert (path <= edges.max(axis=0) + 1e-5).all()
    assert whole.bridged == (
        (
            pytest.approx(WALK.motion.times[start]),
            pytest.approx(WALK.motion.times[min(start + length, len(WALK) - 1)]),
        ),
    )


def test_halfway_through_a_gap_a_joint_is_turned_halfway() -> None:
    frames = slice(20, 29)
    whole = bridged(with_hole(WALK, frames))
    a, middle, b = (whole.rotations[frame].astype(float) for frame in (19, 24, 29))
    to_a, to_b = (np.abs((middle * end).sum(axis=-1)).clip(0, 1) for end in (a, b))
    np.testing.assert_allclose(np.arccos(to_a), np.arccos(to_b), atol=2e-3)


def test_at_the_ends_the_pose_is_held() -> None:
    whole = bridged(with_hole(with_hole(WALK, slice(0, 5)), slice(80, None)))
    np.testing.assert_allclose(whole.motion.xyz[0], WALK.motion.xyz[5], atol=1e-5)
    np.testing.assert_allclose(whole.motion.xyz[-1], WALK.motion.xyz[79], atol=1e-5)
    assert len(whole.bridged) == 2


def test_a_limb_that_was_never_seen_rests_and_that_is_said() -> None:
    arm = WALK.motion.skeleton.index("left_wrist")
    whole = bridged(with_hole(WALK, slice(None), slice(arm, arm + 2)))
    assert not has_gaps(whole)
    assert whole.bridged == ()
    assert "left_wrist is not known in any frame: it rests" in whole.motion.assumed
    np.testing.assert_array_equal(whole.rotations[:, arm], [[1, 0, 0, 0]] * len(WALK))


def test_what_is_whole_stays_what_it_is_and_nothing_cannot_be_bridged() -> None:
    assert bridged(WALK) is WALK
    assert bridged(WALK.motion) is WALK.motion
    nobody = with_hole(WALK, slice(None))
    with pytest.raises(PoiseError, match="nothing to bridge"):
        bridged(nobody)
    with pytest.raises(PoiseError, match="nothing to bridge"):
        bridged(nobody.motion)
    unknown = WALK.offsets.copy()
    unknown[4] = np.nan
    with pytest.raises(PoiseError, match="length of the bone to skull is not known"):
        bridged(with_hole(replace(WALK, offsets=unknown), slice(3, 5)))


def test_a_motion_without_rotations_is_bridged_joint_by_joint() -> None:
    holed = with_hole(WALK, slice(10, 20), slice(4, 6)).motion
    whole = bridged(holed)
    assert not np.isnan(whole.xyz).any()
    np.testing.assert_array_equal(whole.xyz[:, :4], WALK.motion.xyz[:, :4])
    assert whole.assumed[-1] == "filled in from 0.333 to 0.667 s"
    never = with_hole(WALK, slice(None), slice(4, 5)).motion
    assert np.isnan(bridged(never).xyz[:, 4]).all()
