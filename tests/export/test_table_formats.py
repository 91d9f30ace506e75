"""TRC, C3D, CSV and JSON: written and read back to the format's precision, and read by others."""

import csv
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import c3d
import ezc3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.data import load_people, read_c3d, read_csv, read_trc
from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.export.c3d import write_c3d
from poise.export.csv_table import write_csv
from poise.export.json_file import write_json
from poise.export.targets import Unit
from poise.export.trc import write_trc
from poise.geometry.axes import Up, y_up
from poise.motion import Body, Contact, Motion
from poise.skeletons import FIGURE27, H36M17, Skeleton

WALK = improvise([3], 2.0, ("walk",), 30.0).body

units = st.sampled_from(["m", "cm", "mm"])
ups = st.sampled_from(["y", "z"])


# Frame rate, seed, share of unknown joints; of each person the frames and the first frame.
groups = st.tuples(
    st.sampled_from([24.0, 25.0, 29.97, 30.0, 60.0, 120.0, 240.0]),
    st.integers(0, 2**16),
    st.sampled_from([0.0, 0.3]),
    st.lists(st.tuples(st.integers(2, 9), st.integers(0, 5)), min_size=1, max_size=3),
)
Group = tuple[float, int, float, list[tuple[int, int]]]


def group_of(plan: Group) -> list[Motion]:
    """People on one clock, each from some frame on, with unknown joints."""
    fps, seed, share, spans = plan
    rng = np.random.default_rng(seed)
    people = []
    for number, (frames, begin) in enumerate(spans):
        xyz = rng.uniform(-5, 5, (frames, 17, 3)).astype(np.float32)
        unknown = rng.random((frames, 17)) < share
        unknown[[0, -1], 0] = False  # who begins and ends unseen is cut to what is seen
        xyz[unknown] = np.nan
        sigma = rng.uniform(0, 0.2, (frames, 17)).astype(np.float32)
        sigma[unknown] = np.nan
        times = ((begin if number else 0) + np.arange(frames)) / fps
        people.append(
            Motion(
                xyz=xyz,
                skeleton=H36M17,
                fps=fps,
                frame="world",
                placed=True,
                sigma=sigma,
                times=times,
            )
        )
    return people


def same(read: Sequence[Motion], written: Sequence[Motion], atol: float) -> None:
    assert len(read) == len(written)
    for one, other in zip(read, written, strict=True):
        assert one.skeleton == other.skeleton
        assert one.fps == pytest.approx(other.fps, rel=1e-7)
        np.testing.assert_allclose(one.times, other.times, atol=1e-6)
        np.testing.assert_allclose(one.xyz, other.xyz, atol=atol)


@settings(max_examples=40, deadline=None)
@given(plan=groups, unit=units, up=ups)
def test_trc_comes_back(
    tmp_path_factory: pytest.TempPathFactory, plan: Group, unit: Unit, up: Up
) -> None:
    people = group_of(plan)
    path = tmp_path_factory.mktemp("trc") / "a.trc"
    write_trc(path, people, unit=unit, up=up)
    same(read_trc(path, up=up), people, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(plan=groups, unit=units, up=ups)
def test_c3d_comes_back(
    tmp_path_factory: pytest.TempPathFactory, plan: Group, unit: Unit, up: Up
) -> None:
    people = group_of(plan)
    path = tmp_path_factory.mktemp("c3d") / "a.c3d"
    write_c3d(path, people, unit=unit, up=up)
    same(read_c3d(path), people, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(plan=groups, unit=units, up=ups)
def test_csv_comes_back_with_sigma(
    tmp_path_factory: pytest.TempPathFactory, plan: Group, unit: Unit, up: Up
) -> None:
    people = group_of(plan)
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, people, unit=unit, up=up)
    read = read_csv(path)
    same(read, people, atol=1e-6)
    for one, other in zip(read, people, strict=True):
        assert one.sigma is not None
        assert other.sigma is not None
        np.testing.assert_allclose(one.sigma, other.sigma, atol=1e-6)


def hidden(body: Body) -> Body:
    """With a joint that is unknown for a while, and one that always is."""
    xyz = body.motion.xyz.copy()
    xyz[5:9, FIGURE27.index("skull")] = np.nan
    xyz[:, FIGURE27.index("right_hand")] = np.nan
    return replace(body, motion=replace(body.motion, xyz=xyz))


@pytest.mark.parametrize("up", ["y", "z"])
def test_two_other_libraries_read_the_c3d(tmp_path: Path, up: Up) -> None:
    body = hidden(WALK)
    write_c3d(tmp_path / "a.c3d", [body, body[10:]], up=up)
    expected = (y_up(body.motion.xyz) if up == "y" else body.motion.xyz) * 1000

    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    points, about = file["data"]["points"], file["parameters"]["POINT"]
    assert about["LABELS"]["value"][:1] == ["person1:pelvis"]
    assert about["LABELS"]["value"][-1:] == ["person2:right_ball"]
    assert about["UNITS"]["value"] == ["mm"]
    assert about["RATE"]["value"][0] == 30
    assert about["Y_SCREEN"]["value"] == ["+Y" if up == "y" else "+Z"]
    assert about["FRAMES"]["value"][0] == len(body)
    np.testing.assert_allclose(points[:3, :27].transpose(2, 1, 0), expected, rtol=1e-6)
    np.testing.assert_allclose(points[:3, 27:, 10:].transpose(2, 1, 0), expected[10:], rtol=1e-6)
    residuals = file["data"]["meta_points"]["residuals"][0]
    assert np.array_equal(residuals[:27].T == -1, np.isnan(expected[..., 0]))
    assert (residuals[27:, :10] == -1).all()
    assert file["parameters"]["SUBJECTS"]["NAMES"]["value"] == ["person1", "person2"]

    with (tmp_path / "a.c3d").open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no analog data
        reader = c3d.Reader(stream)
        assert [label.strip() for label in reader.point_labels[:2]] == [
            "person1:pelvis",
            "person1:lumbar",
        ]
        frames = np.array([points for _, points, _ in reader.read_frames()])
    np.testing.assert_allclose(
        np.where(frames[:, :27, 3:4] < 0, np.nan, frames[:, :27, :3]), expected, rtol=1e-6
    )


def test_steps_are_events(tmp_path: Path) -> None:
    contacts = (
        Contact(0.2, 0.6, "left_heel"),
        Contact(0.4, 0.8, "left_ball"),
        Contact(0.0, 0.5, "right_ball"),  # the clip begins within it
        Contact(0.3, 0.4, "left_wrist"),  # a hand is no foot
    )
    write_c3d(tmp_path / "a.c3d", [replace(WALK, contacts=contacts)])
    event = ezc3d.c3d(str(tmp_path / "a.c3d"))["parameters"]["EVENT"]
    assert event["LABELS"]["value"] == ["Foot Strike", "Foot Off", "Foot Off"]
    assert event["CONTEXTS"]["value"] == ["Left", "Right", "Left"]
    minutes, seconds = event["TIMES"]["value"]
    assert minutes.tolist() == [0, 0, 0]
    np.testing.assert_allclose(seconds, [0.2, 0.5, 0.8], rtol=1e-6)


def test_more_frames_and_labels_than_their_numbers_count_to(tmp_path: Path) -> None:
    xyz = np.zeros((66_000, 2, 3), np.float32)
    xyz[:, 0, 0] = np.arange(66_000) * 1e-4
    pair = Skeleton("pair", ("a", "b"), (-1, 0))
    long = Motion(xyz=xyz, skeleton=pair, fps=240, frame="world", placed=True)
    write_c3d(tmp_path / "long.c3d", [long])
    assert ezc3d.c3d(str(tmp_path / "long.c3d"))["data"]["points"].shape == (4, 2, 66_000)
    np.testing.assert_allclose(read_c3d(tmp_path / "long.c3d")[0].xyz, xyz, atol=1e-6)
    with (tmp_path / "long.c3d").open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert c3d.Reader(stream).last_frame == 66_000
    crowd = [WALK[:3]] * 12
    write_c3d(tmp_path / "crowd.c3d", crowd)
    assert len(load_people(tmp_path / "crowd.c3d")) == 12
    labels = ezc3d.c3d(str(tmp_path / "crowd.c3d"))["parameters"]["POINT"]
    assert len(labels["LABELS"]["value"]) == 255
    assert labels["LABELS2"]["value"][-1] == "person12:right_ball"


def test_a_late_beginning_is_kept(tmp_path: Path) -> None:
    late = WALK[30:]
    write_c3d(tmp_path / "a.c3d", [late])
    write_trc(tmp_path / "a.trc", [late])
    for name in ("a.c3d", "a.trc"):
        np.testing.assert_allclose(
            load_people(tmp_path / name)[0].times,  # type: ignore[union-attr]
            late.motion.times,
        )


def test_the_trc_is_what_opensim_expects(tmp_path: Path) -> None:
    write_trc(tmp_path / "walk.trc", [hidden(WALK)])
    lines = (tmp_path / "walk.trc").read_text().split("\n")
    frames = len(WALK)
    assert lines[0].split("\t") == ["PathFileType", "4", "(X/Y/Z)", "walk.trc"]
    assert lines[2].split("\t") == ["30", "30", str(frames), "27", "mm", "30", "1", str(frames)]
    names = lines[3].split("\t")
    assert names[:2] == ["Frame#", "Time"]
    assert [name for name in names[2:] if name] == list(FIGURE27.joints)
    assert lines[4].split("\t")[2:8] == ["X1", "Y1", "Z1", "X2", "Y2", "Z2"]
    assert lines[5] == ""
    assert {len(line.split("\t")) for line in (lines[3], lines[4], *lines[6:-1])} == {2 + 3 * 27}
    skull = 2 + 3 * FIGURE27.index("skull")
    assert lines[6 + 5].split("\t")[skull : skull + 3] == ["", "", ""]
    # The pelvis is about as high as a leg is long, along y.
    assert 700 < float(lines[6].split("\t")[3]) < 1200


def test_the_table_is_read_by_anything(tmp_path: Path) -> None:
    body = hidden(WALK)
    write_csv(tmp_path / "a.csv", [body, body])
    with (tmp_path / "a.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * len(body)
    assert list(rows[0])[:5] == ["person", "time_s", "pelvis_x_m", "pelvis_y_m", "pelvis_z_up_m"]
    assert rows[6]["skull_x_m"] == ""
    assert (rows[0]["person"], rows[-1]["person"]) == ("1", "2")
    heights = [float(row["pelvis_z_up_m"]) for row in rows[: len(body)]]
    np.testing.assert_allclose(heights, body.motion.xyz[:, 0, 2], atol=1e-6)


def test_a_motion_in_its_cameras_frame_is_said_to_be(tmp_path: Path) -> None:
    seen = replace(WALK.motion.relative(), frame="camera")
    write_csv(tmp_path / "a.csv", [seen])
    (read,) = read_csv(tmp_path / "a.csv")
    assert (read.frame, read.placed) == ("camera", False)
    np.testing.assert_allclose(read.xyz, seen.xyz, atol=1e-6)
    for write, name in ((write_trc, "a.trc"), (write_c3d, "a.c3d")):
        with pytest.raises(PoiseError, match=f"{name}: the motion lives in its camera's frame"):
            write(tmp_path / name, [seen])
        assert not (tmp_path / name).exists()


def test_json_has_everything(tmp_path: Path) -> None:
    sigma = np.full(WALK.motion.xyz.shape[:2], 0.02)
    spread = np.full((*WALK.rotations.shape[:2], 3), 0.1)
    body = replace(
        hidden(WALK),
        contacts=(Contact(0.1, 0.4, "left_heel"),),
        bridged=((0.5, 0.6),),
        rotation_sigma=spread,
    )
    body = replace(body, motion=replace(body.motion, sigma=sigma, assumed=("a guess",)))
    write_json(tmp_path / "a.json", [body, WALK.motion])
    told = json.loads((tmp_path / "a.json").read_text())
    assert told["units"]["length"] == "m"
    assert told["axes"] == {"world": "right-handed, z up"}
    one, two = told["people"]
    assert Skeleton.from_dict(one["skeleton"]) == FIGURE27
    assert one["fps"] == 30
    xyz = np.array(one["xyz"], float)  # None becomes NaN
    np.testing.assert_allclose(xyz, body.motion.xyz, atol=1e-6)
    np.testing.assert_allclose(one["rotations"], body.rotations, atol=1e-6)
    np.testing.assert_allclose(one["offsets"], body.offsets, atol=1e-6)
    np.testing.assert_allclose(one["sigma"], sigma)
    np.testing.assert_allclose(one["rotation_sigma"], spread)
    assert one["contacts"] == [{"joint": "left_heel", "start": 0.1, "stop": 0.4}]
    assert one["bridged"] == [[0.5, 0.6]]
    assert one["assumed"] == ["a guess"]
    assert "rotations" not in two


Writer = Callable[[Path, Sequence[Body | Motion]], None]
WRITERS: list[tuple[str, Writer]] = [
    ("a.trc", write_trc),
    ("a.c3d", write_c3d),
    ("a.csv", write_csv),
    ("a.json", write_json),
]


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_the_same_motion_gives_the_same_bytes_and_one_frame_is_enough(
    tmp_path: Path, name: str, write: Writer
) -> None:
    write(tmp_path / name, [hidden(WALK)])
    (tmp_path / "again").mkdir()
    write(tmp_path / "again" / name, [hidden(WALK)])
    assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    write(tmp_path / name, [WALK[:1]])
    if not name.endswith(".json"):
        (read,) = load_people(tmp_path / name)
        np.testing.assert_allclose(read.xyz, WALK.motion.xyz[:1], atol=1e-6)  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_nobody_is_refused(tmp_path: Path, name: str, write: Writer) -> None:
    with pytest.raises(PoiseError, match="there is nobody to write"):
        write(tmp_path / name, [])
    assert list(tmp_path.iterdir()) == []


def test_names_that_collide_or_do_not_fit_are_refused(tmp_path: Path) -> None:
    def named(first: str, second: str) -> Motion:
        pair = Skeleton("pair", (first, second), (-1, 0))
        return Motion(xyz=np.ones((2, 2, 3)), skeleton=pair, fps=30, frame="world", placed=True)

    with pytest.raises(PoiseError, match="two joints would be called left_knee in a TRC file"):
        write_trc(tmp_path / "a.trc", [named("left knee", "left_knee")])
    with pytest.raises(PoiseError, match="a name in a C3D file has at most 255 bytes"):
        write_c3d(tmp_path / "a.c3d", [named("x" * 256, "y")])
    with pytest.raises(PoiseError, match="a name in a CSV has no commas"):
        write_csv(tmp_path / "a.csv", [named("left,knee", "y")])
    with pytest.raises(PoiseError, match="person 2 has other joints"):
        write_csv(tmp_path / "a.csv", [named("a", "b"), WALK])
    with pytest.raises(PoiseError, match="person 2: the frames do not fall on one even clock"):
        write_trc(tmp_path / "a.trc", [WALK, improvise([3], 1.0, ("walk",), 25.0).body])
    assert list(tmp_path.iterdir()) == []


def test_wrong_units_and_axes_are_said(tmp_path: Path, unchecked: None) -> None:
    for write, name in ((write_trc, "a.trc"), (write_c3d, "a.c3d"), (write_csv, "a.csv")):
        with pytest.raises(PoiseError, match="no length unit is called 'metre'"):
            write(tmp_path / name, [WALK], unit="metre")  # type: ignore[arg-type]
        with pytest.raises(PoiseError, match="up is 'y' or 'z', not 'x'"):
            write(tmp_path / name, [WALK], up="x")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
