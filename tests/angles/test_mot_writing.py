"""OpenSim's .mot files: read back, and laid out with the joints of OpenSim's own models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from poise.angles import joint_angles
from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.export.mot import Model, write_mot
from poise.motion import Body
from poise.skeletons import FIGURE27
from posed_bodies import posed

Columns = dict[str, np.ndarray]

# Ground of OpenSim: x forward, y up, z to the right.
INTO_GROUND = np.array([[0, -1, 0], [0, 0, 1], [-1, 0, 0]])


def read_mot(path: Path) -> tuple[dict[str, str], Columns]:
    lines = path.read_text().splitlines()
    end = lines.index("endheader")
    assert lines[0] == "Coordinates"
    about = dict(line.split("=", 1) for line in lines[1:end] if "=" in line)
    names = lines[end + 1].split("\t")
    rows = np.array([[float(cell) for cell in line.split("\t")] for line in lines[end + 2 :]])
    return about, dict(zip(names, rows.T, strict=True))


def turn(columns: Columns, *parts: tuple[str, tuple[int, int, int]]) -> Rotation:
    """Turns about moving axes, one after the other, as an OpenSim joint has them."""
    R = Rotation.identity(len(columns["time"]))
    for name, axis in parts:
        R = R * Rotation.from_rotvec(np.deg2rad(columns[name])[:, None] * np.array(axis))
    return R


def directions(columns: Columns, model: Model) -> dict[tuple[str, str], np.ndarray]:
    """Where the bones of the model point, from the axes of its joints."""
    x, y, z = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    down = np.array([0.0, -1.0, 0.0])
    pelvis = turn(columns, ("pelvis_tilt", z), ("pelvis_list", x), ("pelvis_rotation", y))
    back = [("lumbar_extension", z), ("lumbar_bending", x), ("lumbar_rotation", y)]
    torso = pelvis * turn(columns, *back)
    found = {("spine", "thorax"): torso.apply([0, 1, 0])}
    knee = (0, 0, -1) if model == "rajagopal2016" else z
    for side, s, sign in (("left", "l", -1), ("right", "r", 1)):
        out, turned = (sign, 0, 0), (0, sign, 0)
        hip = [(f"hip_flexion_{s}", z), (f"hip_adduction_{s}", out), (f"hip_rotation_{s}", turned)]
        thigh = pelvis * turn(columns, *hip)
        found[f"{side}_hip", f"{side}_knee"] = thigh.apply(down)
        shank = thigh * turn(columns, (f"knee_angle_{s}", knee))
        found[f"{side}_knee", f"{side}_ankle"] = shank.apply(down)
        if model == "gait2392":
            continue
        arm = [(f"arm_flex_{s}", z), (f"arm_add_{s}", out), (f"arm_rot_{s}", turned)]
        upper = torso * turn(columns, *arm)
        found[f"{side}_shoulder", f"{side}_elbow"] = upper.apply(down)
        fore = upper * turn(columns, (f"elbow_flex_{s}", z))
        found[f"{side}_elbow", f"{side}_wrist"] = fore.apply(down)
        # The hand of the model has its palm to the front where all coordinates are 0.
        hand = [(f"pro_sup_{s}", turned), (f"wrist_flex_{s}", z), (f"wrist_dev_{s}", out)]
        found[f"{side}_wrist", f"{side}_hand"] = (fore * turn(columns, *hand)).apply(down)
    return found


@pytest.mark.parametrize("model", ["rajagopal2016", "gait2392"])
def test_opensims_joints_put_the_bones_where_they_are(tmp_path: Path, model: Model) -> None:
    body = improvise([4, 2], 8.0, ("dance", "wave", "kick", "lunge")).body
    write_mot(tmp_path / "a.mot", body, model=model)
    about, columns = read_mot(tmp_path / "a.mot")
    assert about["inDegrees"] == "yes"
    assert int(about["nRows"]) == len(body)
    assert int(about["nColumns"]) == len(columns)
    assert ("arm_flex_r" in columns) == (model == "rajagopal2016")
    np.testing.assert_allclose(columns["time"], body.motion.times, atol=1e-8)
    xyz, world = body.pose()
    ground = xyz @ INTO_GROUND.T
    for (parent, child), found in directions(columns, model).items():
        at, end = FIGURE27.index(parent), FIGURE27.index(child)
        bone = ground[:, end] - ground[:, at]
        if parent == "spine":  # the bone to the neck is not quite upright in the thorax
            bone = world[:, at, :, 2] @ INTO_GROUND.T
        bone /= np.linalg.norm(bone, axis=-1, keepdims=True)
        np.testing.assert_allclose(found, bone, atol=2e-4, err_msg=child)
    place = np.stack([columns[f"pelvis_t{axis}"] for axis in "xyz"], -1)
    np.testing.assert_allclose(place, ground[:, 0], atol=1e-5)


def test_pelvis_and_hands_turn_with_opensims_too(tmp_path: Path) -> None:
    pose = {
        "pelvis": np.array([15.0, -10.0, 70.0]),
        "right_wrist": np.array([0.0, -30.0, -20.0]),
        "left_wrist": np.array([0.0, 40.0, 15.0]),
        "left_elbow": np.array([0.0, 0.0, -60.0]),
    }
    body = posed(pose)
    write_mot(tmp_path / "a.mot", body)
    _, columns = read_mot(tmp_path / "a.mot")
    xyz, _ = body.pose()
    for side in ("left", "right"):
        bone = xyz[0, FIGURE27.index(f"{side}_hand")] - xyz[0, FIGURE27.index(f"{side}_wrist")]
        found = directions(columns, "rajagopal2016")[f"{side}_wrist", f"{side}_hand"][0]
        np.testing.assert_allclose(found, INTO_GROUND @ bone / np.linalg.norm(bone), atol=1e-6)
    table = joint_angles(body)
    assert columns["wrist_flex_r"][0] == pytest.approx(table["wrist_flexion_r"][0], abs=1e-6)
    assert columns["pro_sup_r"][0] == pytest.approx(90)


def test_where_conventions_agree_so_do_the_numbers(tmp_path: Path) -> None:
    body = improvise([0, 1], 4.0, ("walk",)).body
    signs: dict[Model, int] = {"rajagopal2016": 1, "gait2392": -1}
    for model, sign in signs.items():
        write_mot(tmp_path / "a.mot", body, model=model)
        _, columns = read_mot(tmp_path / "a.mot")
        table = joint_angles(body)
        for coordinate, angle in (
            ("hip_flexion_l", table["hip_flexion_l"]),
            ("hip_adduction_r", table["hip_adduction_r"]),
            ("ankle_angle_r", table["ankle_dorsiflexion_r"]),
            ("knee_angle_r", sign * table["knee_flexion_r"]),
            ("lumbar_extension", -table["trunk_flexion"]),
        ):
            np.testing.assert_allclose(columns[coordinate], angle, atol=1e-7, err_msg=coordinate)


def test_the_same_body_makes_the_same_bytes_and_gaps_are_noted(tmp_path: Path) -> None:
    body = replace(improvise([0, 1], 2.0, ("walk",)).body, bridged=((0.5, 0.75),))
    for name in ("a.mot", "b.mot"):
        write_mot(tmp_path / name, body)
    text = (tmp_path / "a.mot").read_text()
    assert text == (tmp_path / "b.mot").read_text()
    assert "nobody was seen: 0.500 to 0.750 s" in text.partition("endheader")[0]


def test_what_a_mot_cannot_hold_is_refused_in_words(tmp_path: Path) -> None:
    body = improvise([0, 1], 2.0, ("walk",)).body
    rotations = body.rotations.copy()
    rotations[6:9] = np.nan
    gone = replace(body, rotations=rotations)
    with pytest.raises(PoiseError, match=r"in 3 of \d+ frames, the first at 0.20 s, nobody"):
        write_mot(tmp_path / "a.mot", gone)
    seen: Body = replace(body, motion=replace(body.motion, frame="camera"))
    with pytest.raises(PoiseError, match="not placed in a world"):
        write_mot(tmp_path / "a.mot", seen)
    assert not list(tmp_path.iterdir())
