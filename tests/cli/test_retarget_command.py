"""`poise retarget` as users call it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glb_files import Node, gltf, write_glb
from poise.cli.main import run
from poise.data.glb import read_glb
from poise.motion import Body
from rigs_of_others import rig_of, walk


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a walk and a character."""
    monkeypatch.chdir(tmp_path)
    walk(2.0).save(tmp_path / "walk.npz")
    rig = rig_of("mixamo", walk(2.0))
    nodes = []
    for joint in rig.skeleton.order:  # the tests' rigs have parents before their children
        parent = rig.skeleton.parents[joint]
        place = rig.places[joint] - (rig.places[parent] if parent >= 0 else 0)
        x, y, z = place.tolist()
        above = rig.skeleton.order.index(parent) if parent >= 0 else -1
        nodes.append(Node(rig.skeleton.joints[joint], above, (x, z, -y)))
    nodes.append(Node("Cape", 1, (0.0, 0.0, -0.2)))
    write_glb(tmp_path / "hero.glb", *gltf(nodes, [range(len(nodes))]))
    return tmp_path


def test_a_walk_is_carried_over_and_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["retarget", "walk.npz", "--rig", "hero.glb"]) == 0
    shown = capsys.readouterr().out
    assert "left_hip        mixamorig:LeftUpLeg\n" in shown
    assert "1 further bones keep their rest pose" in shown
    assert "wrote walk-hero.glb" in shown
    (body,) = read_glb(here / "walk-hero.glb")
    assert len(body) == len(walk(2.0))


def test_what_is_recognised_is_shown_before_anything_is_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["retarget", "walk.npz", "--rig", "hero.glb", "--dry-run"]) == 0
    assert "neck            mixamorig:Neck" in capsys.readouterr().out
    assert sorted(path.name for path in here.iterdir()) == ["hero.glb", "walk.npz"]


def test_a_map_of_ones_own(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "map.json").write_text(json.dumps({"mixamorig:Head": None, "Cape": "head"}))
    words = ["retarget", "walk.npz", "--rig", "hero.glb", "--map", "map.json", "--dry-run"]
    assert run(words) == 0
    assert "head            Cape\n" in capsys.readouterr().out
    (here / "map.json").write_text('{"Cap": null}')
    assert run(words) == 2
    assert "'Cap', which the rig has not; did you mean 'Cape'?" in capsys.readouterr().err


def test_what_is_read_is_not_written_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (here / "hero.glb").read_bytes()
    words = ["retarget", "walk.npz", "--rig", "hero.glb", "--out", "hero.glb"]
    assert run(words) == 2
    assert "hero.glb: is what is read; give the new file another name" in capsys.readouterr().err
    assert (here / "hero.glb").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["gone.npz", "--rig", "hero.glb"], "gone.npz: cannot read: no such file"),
        (["walk.npz", "--rig", "gone.glb"], "gone.glb: cannot read: no such file"),
        (["walk.npz", "--rig", "walk.npz"], "walk.npz: neither a glTF character"),
        (["walk.npz", "--rig", "hero.glb", "--out", "a.fbx"], "a.fbx: the rig is of another"),
        (["joints.npz", "--rig", "hero.glb"], "joints.npz: holds joint positions without rot"),
    ],
)
def test_what_is_wrong_is_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    walk(2.0).motion.save(here / "joints.npz")
    assert run(["retarget", *words]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_where_nobody_was_seen_the_motion_is_bridged_and_the_file_says_so(here: Path) -> None:
    body = walk(2.0)
    xyz, rotations = np.array(body.motion.xyz), np.array(body.rotations)
    xyz[40:60], rotations[40:60] = np.nan, np.nan
    gone: Body = replace(body, motion=replace(body.motion, xyz=xyz), rotations=rotations)
    gone.save(here / "gone.npz")
    assert run(["retarget", "gone.npz", "--rig", "hero.glb", "--out", "out.glb"]) == 0
    data = (here / "out.glb").read_bytes()
    tree = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    ((start, stop),) = tree["animations"][0]["extras"]["bridged"]
    assert start == pytest.approx(40 / 30, abs=0.04)
    assert stop == pytest.approx(59 / 30, abs=0.04)
    assert np.isfinite(read_glb(here / "out.glb")[0].motion.xyz).all()
