"""BVH as we write it: read back by us and by another program, curves without jumps, refusals."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from any_bodies import REFUSED, Recipe, dancer, posed, recipes
from poise.data.bvh import read_bvh
from poise.errors import PoiseError
from poise.export.bvh import BvhUnit, write_bvh
from poise.geometry.axes import Up, y_up
from poise.motion import Body
from poise.skeletons import FIGURE27, Skeleton

METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
SECONDS_FOR_1000_FRAMES = 1.0


def worst(path: Path, body: Body, unit: BvhUnit, up: Up) -> float:
    """How far (metres) any joint stands from where it should, as our reader has it."""
    read = read_bvh(path, unit=unit, up=up)
    names = [name.replace(" ", "_") for name in body.motion.skeleton.joints]
    places = [read.motion.skeleton.index(name) for name in names]
    assert read.motion.fps == pytest.approx(body.motion.fps, rel=1e-6)
    return float(np.abs(read.motion.xyz[:, places] - body.pose()[0]).max())


@settings(max_examples=80, deadline=None)
@given(
    recipe=recipes(),
    unit=st.sampled_from(["m", "cm", "mm"]),
    up=st.sampled_from("yz"),
)
def test_any_body_comes_back(
    tmp_path_factory: pytest.TempPathFactory, recipe: Recipe, unit: BvhUnit, up: Up
) -> None:
    path = tmp_path_factory.mktemp("bvh") / "a.bvh"
    body = recipe.body()
    write_bvh(path, body, unit=unit, up=up)
    assert worst(path, body, unit, up) < 1e-5


@pytest.mark.parametrize("unit", ["m", "cm", "mm"])
@pytest.mark.parametrize("up", ["y", "z"])
def test_another_reader_puts_every_joint_where_we_do(tmp_path: Path, unit: BvhUnit, up: Up) -> None:
    pybvh = pytest.importorskip("pybvh", reason="pybvh, the independent reader, is not installed")
    body = dancer()
    write_bvh(tmp_path / "a.bvh", body, unit=unit, up=up)
    theirs = pybvh.read_bvh_file(str(tmp_path / "a.bvh"))
    places = [theirs.joint_index[name] for name in FIGURE27.joints]
    expected = body.pose()[0]
    expected = y_up(expected) if up == "y" else expected
    found = theirs.joint_positions()[:, places] * METRES[unit]
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)
    assert theirs.frame_count == len(body)
    assert 1 / theirs.frame_time == pytest.approx(30, rel=1e-6)


def test_what_stands_in_the_file(tmp_path: Path) -> None:
    write_bvh(tmp_path / "a.bvh", dancer())
    text = (tmp_path / "a.bvh").read_text()
    lines = text.splitlines()
    assert lines[:4] == ["HIERARCHY", "ROOT pelvis", "{", "\tOFFSET 0.000000 0.000000 0.000000"]
    assert "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation" in lines[4]
    assert text.count("CHANNELS 6") == 1
    assert text.count("CHANNELS 3 Zrotation Xrotation Yrotation") == len(FIGURE27) - 1
    assert "Frame Time: 0.03333333" in lines
    assert "-0.000000" not in text
    heights = np.array([line.split()[1] for line in lines[lines.index("MOTION") + 3 :]], float)
    assert 60 < np.median(heights) < 130  # the pelvis, in centimetres above the floor
    write_bvh(tmp_path / "b.bvh", dancer())
    assert (tmp_path / "b.bvh").read_bytes() == (tmp_path / "a.bvh").read_bytes()


def test_chains_end_in_bones_that_can_be_seen(tmp_path: Path) -> None:
    write_bvh(tmp_path / "a.bvh", dancer(), unit="m", up="z")
    read = read_bvh(tmp_path / "a.bvh", unit="m", up="z", end_sites=True)
    ends = {
        name.removesuffix("_end"): read.offsets[place]
        for place, name in enumerate(read.motion.skeleton.joints)
        if name.endswith("_end")
    }
    sides = [f"{side}_{part}" for side in ("left", "right") for part in ("hand", "heel", "ball")]
    assert sorted(ends) == sorted(["nose", "head", *sides])
    assert all(0.02 <= np.linalg.norm(end) <= 0.1 + 1e-6 for end in ends.values())
    # Crown up, fingers out, toes and heels level with the sole.
    assert ends["head"][2] > 0.04
    assert ends["left_hand"][0] > 0.03
    assert ends["left_ball"][1] < -0.04
    assert ends["left_ball"][2] == 0 == ends["right_heel"][2]
    assert ends["left_heel"][1] > 0.02


def test_curves_have_no_jumps_where_the_motion_has_none(tmp_path: Path) -> None:
    # Three turns about the vertical, and a fall forward through straight up.
    time_ = np.linspace(0, 1, 200)
    spin, fall = 6 * np.pi * time_, 1.2 * np.pi * time_
    zero = np.zeros_like(time_)
    turns = [
        np.stack([np.cos(spin / 2), zero, zero, np.sin(spin / 2)], axis=-1),
        np.stack([np.cos(fall / 2), np.sin(fall / 2), zero, zero], axis=-1),
    ]
    body = posed(
        Skeleton("two", ("hips", "chest"), (-1, 0)),
        np.array([[0, 0, 0], [0, 0, 0.5]]),
        np.stack(turns, axis=1),
        np.zeros((200, 3)),
        30.0,
    )
    write_bvh(tmp_path / "a.bvh", body)
    rows = (tmp_path / "a.bvh").read_text().split("Frame Time: 0.03333333\n")[1].splitlines()
    table = np.array([row.split() for row in rows], float)
    assert np.abs(np.diff(table, axis=0)).max() < 10  # degrees; a jump would be 180 or 360
    assert worst(tmp_path / "a.bvh", body, "cm", "y") < 1e-5


@pytest.mark.parametrize("reason", REFUSED)
def test_what_no_rig_holds_is_refused_in_words(
    tmp_path: Path, reason: str, unchecked: None
) -> None:
    spoil, words = REFUSED[reason]
    (tmp_path / "a.bvh").write_text("what was there")
    with pytest.raises(PoiseError, match=f"a.bvh: .*{words}"):
        write_bvh(tmp_path / "a.bvh", spoil(dancer()))
    assert (tmp_path / "a.bvh").read_text() == "what was there"
    assert [one.name for one in tmp_path.iterdir()] == ["a.bvh"]


def _renamed(body: Body, joints: tuple[str, ...]) -> Body:
    skeleton = replace(body.motion.skeleton, joints=joints)
    return replace(body, motion=replace(body.motion, skeleton=skeleton), contacts=())


def _two_roots(body: Body) -> Body:
    parents = (-1, -1, *FIGURE27.parents[2:])
    skeleton = replace(FIGURE27, parents=parents)
    return replace(body, motion=replace(body.motion, skeleton=skeleton))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_two_roots, "has 2 roots (pelvis, lumbar), but a BVH file holds one tree"),
        (
            lambda body: _renamed(body, ("a b", "a_b", *FIGURE27.joints[2:])),
            "two joints would both be called a_b",
        ),
    ],
)
def test_what_no_bvh_holds_is_refused_in_words(
    tmp_path: Path, spoil: Callable[[Body], Body], words: str
) -> None:
    with pytest.raises(PoiseError, match=re.escape(words)):
        write_bvh(tmp_path / "a.bvh", spoil(dancer()))


def test_wrong_options_are_said_in_words(tmp_path: Path, unchecked: None) -> None:
    with pytest.raises(PoiseError, match="no length unit is called 'meter'"):
        write_bvh(tmp_path / "a.bvh", dancer(), unit="meter")  # type: ignore[arg-type]
    with pytest.raises(PoiseError, match="up is 'y' or 'z', not 'x'"):
        write_bvh(tmp_path / "a.bvh", dancer(), up="x")  # type: ignore[arg-type]


@pytest.mark.budget
def test_a_thousand_frames_are_written_in_a_second(tmp_path: Path, unchecked: None) -> None:
    body = dancer(seconds=30.0)
    many = body[:1000]
    start = time.perf_counter()
    write_bvh(tmp_path / "a.bvh", many)
    spent = time.perf_counter() - start
    print(f"BVH: {len(many) / spent:,.0f} frames per second written")
    assert spent < SECONDS_FOR_1000_FRAMES * len(many) / 1000
