"""The laboratories' cameras: against the published protocol, and what is said of unknown ones."""

from collections.abc import Callable

import numpy as np
import pytest

from poise.data.lab_cameras import h36m_camera, humaneva_camera, humaneva_pose
from poise.errors import PoiseError


def test_h36m_sees_the_world_as_the_protocol_does(vector: Callable[[str], tuple]) -> None:
    meta, _, given, expected = vector("lifting-protocol")
    camera = h36m_camera(meta["config"]["subject"], meta["config"]["camera"])
    assert (camera.width, camera.height) == (meta["config"]["res_w"], meta["config"]["res_h"])
    seen = camera.to_camera(given["world"])
    np.testing.assert_allclose(seen, expected["camera_space"], atol=1e-5)
    np.testing.assert_allclose(camera.to_world(seen), given["world"], atol=1e-5)
    # The protocol's projection also cuts x/z and y/z at 1, which no point here comes near.
    rays = seen[..., :2] / seen[..., 2:]
    assert np.abs(rays).max() < 0.5
    straight = rays * [camera.fx, camera.fy] + [camera.cx, camera.cy]
    for pixels, name in ((camera.project(seen), "projected"), (straight, "projected_linear")):
        normalised = pixels * 2 / camera.width - [1, camera.height / camera.width]
        np.testing.assert_allclose(normalised, expected[name], atol=1e-5)


def test_all_h36m_cameras_stand_above_the_floor_and_look_at_the_middle() -> None:
    for subject in ("S1", "S5", "S6", "S7", "S8", "S9", "S11"):
        for camera in range(4):
            found = h36m_camera(subject, camera)
            assert 1.2 < found.position[2] < 2.0
            middle = found.to_camera(np.array([0.0, 0.0, 1.0]))
            assert np.all(np.abs(found.project(middle) - 500) < 400)
    same = h36m_camera("S9", "58860488")
    np.testing.assert_array_equal(same.T_camera_world, h36m_camera("S9", 2).T_camera_world)
    assert same.lens == "h36m"


def test_humaneva_has_poses_and_takes_the_users_intrinsics() -> None:
    for camera in ("C1", "C2", "C3"):
        pose = humaneva_pose("S1", camera)
        middle = pose[:3, :3] @ [0, 0, 1.0] + pose[:3, 3]
        assert middle[2] > 2
        assert np.abs(middle[:2] / middle[2]).max() < 0.3
    K = np.array([[800.0, 0, 320], [0, 800, 240], [0, 0, 1]])
    found = humaneva_camera("S2", 0, K)
    assert (found.width, found.height, found.fx) == (640, 480, 800)
    np.testing.assert_array_equal(found.T_camera_world, humaneva_pose("S2", "C1"))


def test_unknown_cameras_are_refused_in_words(unchecked: None) -> None:
    with pytest.raises(PoiseError, match="no camera poses for subject 'S2'"):
        h36m_camera("S2", 0)
    with pytest.raises(PoiseError, match="no camera 4; known are 0 to 3, or 54138969"):
        h36m_camera("S1", 4)
    with pytest.raises(PoiseError, match="no camera 'C9'; known are 0 to 2, or C1, C2, C3"):
        humaneva_pose("S1", "C9")
    with pytest.raises(PoiseError, match="no camera -1"):
        humaneva_pose("S1", -1)
