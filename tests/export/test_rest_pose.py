"""Another rest pose: joints stay, arms of the rig go down, doubts turn along, and back again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from any_bodies import Recipe, dancer
from poise.errors import PoiseError
from poise.export.bvh import write_bvh
from poise.export.mannequin import mannequin
from poise.export.rest_pose import in_rest_pose
from poise.export.rig_ready import rig_of
from poise.geometry.rotations import quaternion_to_matrix, vector_to_matrix
from poise.motion import Body
from poise.skeletons import FIGURE27


def doubtful() -> Body:
    body = dancer(1, "dance")
    rng = np.random.default_rng(0)
    sigma = rng.uniform(0.01, 0.2, (*body.rotations.shape[:2], 3)).astype(np.float32)
    return replace(body, rotation_sigma=sigma)


def test_joints_stand_where_they_stood() -> None:
    body = doubtful()
    relaxed = in_rest_pose(body, "A")
    np.testing.assert_allclose(relaxed.pose()[0], body.pose()[0], atol=2e-6, rtol=0)
    np.testing.assert_array_equal(relaxed.motion.xyz, body.motion.xyz)
    assert not np.allclose(relaxed.rotations, body.rotations)
    assert relaxed.contacts == body.contacts


@pytest.mark.parametrize(("side", "outward"), [("left", 1), ("right", -1)])
def test_arms_rest_half_way_down_and_the_rest_stays(side: str, outward: int) -> None:
    relaxed = in_rest_pose(doubtful(), "A")
    for part in ("elbow", "wrist", "hand"):
        bone = relaxed.offsets[FIGURE27.index(f"{side}_{part}")]
        expected = np.array([outward, 0, -1]) / np.sqrt(2)
        np.testing.assert_allclose(bone / np.linalg.norm(bone), expected, atol=1e-6)
    same = [joint for joint, name in enumerate(FIGURE27.joints) if "_" not in name]
    np.testing.assert_array_equal(relaxed.offsets[same], doubtful().offsets[same])
    shoulder = FIGURE27.index(f"{side}_shoulder")
    np.testing.assert_array_equal(relaxed.offsets[shoulder], doubtful().offsets[shoulder])


def test_there_and_back_is_the_same_body() -> None:
    body = doubtful()
    assert in_rest_pose(body, "T") is body
    back = in_rest_pose(in_rest_pose(body, "A"), "T")
    agreement = np.abs((back.rotations * body.rotations).sum(axis=-1))
    np.testing.assert_allclose(agreement, 1, atol=1e-6)
    np.testing.assert_allclose(back.offsets, body.offsets, atol=1e-6)


def test_doubts_turn_with_the_axes_they_are_about() -> None:
    # Drawn rotations of the T rig, moved to the A rig, spread as its sigma says.
    body = doubtful()[:1]
    relaxed = in_rest_pose(body, "A")
    joint = FIGURE27.index("left_elbow")
    assert body.rotation_sigma is not None
    assert relaxed.rotation_sigma is not None
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(20_000, 3)) * body.rotation_sigma[0, joint] * 0.01
    L = quaternion_to_matrix(body.rotations[0, joint].astype(float))
    M = quaternion_to_matrix(relaxed.rotations[0, joint].astype(float))
    # M = P L Q' with the same turn P = Q of parent and joint in the middle of an arm.
    turn = np.array([np.cos(np.pi / 8), 0, np.sin(np.pi / 8), 0])
    Q = quaternion_to_matrix(turn)
    np.testing.assert_allclose(Q @ L @ Q.T, M, atol=1e-6)
    deltas = M.T @ (Q @ L @ vector_to_matrix(draws) @ Q.T)
    vectors = np.stack([deltas[:, 2, 1], deltas[:, 0, 2], deltas[:, 1, 0]], axis=-1) * 100
    np.testing.assert_allclose(vectors.std(axis=0), relaxed.rotation_sigma[0, joint], rtol=0.03)
    legs = FIGURE27.index("left_knee")
    np.testing.assert_allclose(
        relaxed.rotation_sigma[:, legs], body.rotation_sigma[:, legs], rtol=1e-6
    )


def test_a_figure_fits_the_relaxed_rig_and_a_file_holds_it(tmp_path: Path) -> None:
    relaxed = in_rest_pose(doubtful(), "A")
    surface = mannequin(rig_of(relaxed))
    assert np.ptp(surface.vertices[:, 0]) < 0.8 * np.ptp(
        mannequin(rig_of(doubtful())).vertices[:, 0]
    )
    write_bvh(tmp_path / "a.bvh", relaxed)
    assert (tmp_path / "a.bvh").stat().st_size > 10_000


def test_other_trees_and_words_are_refused(unchecked: None) -> None:
    with pytest.raises(PoiseError, match="'T' or 'A', not 'I'"):
        in_rest_pose(doubtful(), "I")  # type: ignore[arg-type]
    other = Recipe((-1, 0, 1, 1), 2, 30.0, False, -1, 1).body()
    with pytest.raises(PoiseError, match="skeleton any is not the figure's tree"):
        in_rest_pose(other, "A")
