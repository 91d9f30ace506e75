"""Files of the targets, opened in Blender: the names of the program, every joint in its place."""

from pathlib import Path

import numpy as np

from blender import blender_python, imported_by_blender
from poise.data.maker import improvise
from poise.export import TARGETS, export
from poise.skeletons import FIGURE27

FILES = {
    "blender": ("walk.glb", {}, 0),
    "unity": ("unity/walk.glb", {}, 0),
    "unreal": ("unreal/walk.glb", {}, 0),
    "blender's bvh": ("walk.bvh", {}, 1),
    "mixamo": ("mixamo/walk.bvh", {"global_scale": 0.01}, 1),
}


def test_every_bone_of_a_target_is_there_and_in_its_place(tmp_path: Path) -> None:
    blender_python()
    body = improvise([5], 2.0, ("dance",), 30.0).body
    export([body], tmp_path, "walk", ["blender"])
    for program in ("unity", "unreal", "mixamo"):
        export([body], tmp_path / program, "walk", [program])
    frames = [0, 10, 25, len(body) - 1]
    found = imported_by_blender(
        tmp_path,
        {
            program: {
                "path": str(tmp_path / path),
                "options": options,
                "frames": [frame + first for frame in frames],
                "scene_fps": 30,
            }
            for program, (path, options, first) in FILES.items()
        },
    )
    for program, there in found.items():
        names = TARGETS[program.partition("'")[0]].names
        (bones,) = there["heads"].values()
        assert set(bones) == {name for name in names.values() if name}, program
        for joint, name in names.items():
            if name is not None:
                want = body.motion.xyz[frames, FIGURE27.index(joint)]
                np.testing.assert_allclose(bones[name], want, atol=1e-3, err_msg=program)
        for low, high in there["figures"].values():
            last = body.motion.xyz[-1]
            np.testing.assert_allclose(low, last.min(axis=0), atol=0.2, err_msg=program)
            np.testing.assert_allclose(high, last.max(axis=0), atol=0.2, err_msg=program)
