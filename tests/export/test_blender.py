"""What we write, opened in Blender without a hand's turn: every joint where the body says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from any_bodies import dancer
from blender import blender_python, imported_by_blender
from poise.export.bvh import write_bvh
from poise.export.glb import write_glb
from poise.export.rest_pose import in_rest_pose
from poise.export.usd import write_usd
from poise.motion import Body

WITHIN_M = 1e-3  # asked for; single precision gives a hundredth of that
FRAMES = 20


def walker() -> Body:
    """A second person, who comes five frames later."""
    body = dancer(2, "walk")
    return replace(body, motion=replace(body.motion, times=body.motion.times + 5 / 30))


def files(folder: Path, first: Body, second: Body) -> dict[str, dict[str, Any]]:
    """Every kind of file, and how Blender is asked to open it; frames are told from 0 on."""
    write_bvh(folder / "cm.bvh", first)
    write_bvh(folder / "m.bvh", first, unit="m")
    write_bvh(folder / "z.bvh", first, unit="m", up="z")
    write_bvh(folder / "a-pose.bvh", in_rest_pose(first, "A"), unit="m")
    write_glb(folder / "two.glb", [first, second])
    write_glb(folder / "bones.glb", [first], figure=False)
    write_glb(folder / "a-pose.glb", [in_rest_pose(first, "A")])
    for up in ("y", "z"):
        write_usd(folder / f"{up}.usda", [first, second], up=up)
    write_usd(folder / "packed.usdz", [first, second])
    rate = {"update_scene_fps": True}
    bvh: dict[str, dict[str, Any]] = {
        "cm.bvh": rate | {"global_scale": 0.01},
        "m.bvh": rate,
        "z.bvh": rate | {"axis_forward": "Y", "axis_up": "Z"},
        "a-pose.bvh": rate,
    }
    others = ("two.glb", "bones.glb", "a-pose.glb", "y.usda", "z.usda", "packed.usdz")
    # The glTF and USD importers leave the scene's rate alone: it is set before. Their first frame
    # is 0, that of BVH files 1.
    return {name: {"options": options, "starts": 1} for name, options in bvh.items()} | {
        name: {"scene_fps": 30, "starts": 0} for name in others
    }


def test_every_joint_stands_in_blender_where_the_body_says(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core, which packs the .usdz, is not installed")
    blender_python()
    people = (dancer(0, "dance"), walker())
    frames = np.linspace(0, len(people[0]) - 1, FRAMES).round().astype(int)
    jobs = files(tmp_path, *people)
    for name, job in jobs.items():
        job["path"] = str(tmp_path / name)
        job["frames"] = [int(frame) + job["starts"] for frame in frames]
    found = imported_by_blender(tmp_path, jobs)
    assert list(found) == list(jobs)
    for name, there in found.items():
        assert there["fps"] == pytest.approx(30, rel=1e-6), name
        several = name in ("two.glb", "y.usda", "z.usda", "packed.usdz")
        last = max(len(people[0]) - 1, len(people[1]) + 4 if several else 0)
        first = jobs[name]["starts"]
        assert there["keys"] == [first, first + last], name
        assert len(there["heads"]) == (2 if several else 1), name
        # Without a figure and in BVH files there are only bones.
        with_figure = not name.endswith(".bvh") and name != "bones.glb"
        assert len(there["figures"]) == (len(there["heads"]) if with_figure else 0), name
        for number, (body, bones) in enumerate(zip(people, there["heads"].values(), strict=False)):
            mark = f"person_{number + 1}_" if number else ""
            joints = body.motion.skeleton.joints
            # Joints at chain ends are bones too, and nothing else has become one.
            assert set(bones) == {f"{mark}{joint}" for joint in joints}, name
            got = np.array([bones[f"{mark}{joint}"] for joint in joints]).transpose(1, 0, 2)
            shown = np.clip(frames - 5 * number, 0, len(body) - 1)
            # x, y and z as they are: no axis is turned by hand.
            worst = np.linalg.norm(got - body.motion.xyz[shown], axis=-1).max()
            assert worst < WITHIN_M, f"{name}: {1000 * worst:.3f} mm"
        figures = there["figures"].values()
        for number, (body, (low, high)) in enumerate(zip(people, figures, strict=False)):
            last_pose = body.motion.xyz[min(frames[-1] - 5 * number, len(body) - 1)]
            np.testing.assert_allclose(low, last_pose.min(axis=0), atol=0.2, err_msg=name)
            np.testing.assert_allclose(high, last_pose.max(axis=0), atol=0.2, err_msg=name)
    assert {"contacts", "bridged", "assumed"} <= set(found["two.glb"]["told"])
