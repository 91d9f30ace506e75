"""Runs inside Blender (see tests/blender.py): imports files and says where their bones are.

    python in_blender.py jobs.json

A job is a file, what is set before (the scene's rate), options of the importer, and scene frames.
"""

import json
import sys
from pathlib import Path

import bpy

IMPORTERS = {
    ".bvh": lambda: bpy.ops.import_anim.bvh,
    ".glb": lambda: bpy.ops.import_scene.gltf,
    ".usda": lambda: bpy.ops.wm.usd_import,
    ".usdc": lambda: bpy.ops.wm.usd_import,
    ".usdz": lambda: bpy.ops.wm.usd_import,
}


def imported(job: dict) -> dict:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    if "scene_fps" in job:
        scene.render.fps = job["scene_fps"]
    IMPORTERS[Path(job["path"]).suffix]()(filepath=job["path"], **job.get("options", {}))
    armatures = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    heads: dict = {one.name: {bone.name: [] for bone in one.pose.bones} for one in armatures}
    for frame in job["frames"]:
        scene.frame_set(int(frame), subframe=frame - int(frame))
        for one in armatures:
            for bone in one.pose.bones:
                heads[one.name][bone.name].append(list(one.matrix_world @ bone.head))
    keys = [action.frame_range[:] for action in bpy.data.actions]
    meshes = [one for one in bpy.data.objects if one.type == "MESH" and one.find_armature()]
    return {
        "heads": heads,
        "fps": scene.render.fps / scene.render.fps_base,
        "scene_frames": [scene.frame_start, scene.frame_end],
        "keys": [min((k[0] for k in keys), default=0), max((k[1] for k in keys), default=0)],
        "figures": {one.name: _bounds(one) for one in meshes},
        "told": sorted({key for one in armatures for key, _ in one.items()}),
    }


def _bounds(thing: bpy.types.Object) -> list:
    """The box around a mesh as its armature has moved it, in the last frame."""
    moved = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    points = [moved.matrix_world @ vertex.co for vertex in moved.data.vertices]
    return [
        [min(p[i] for p in points) for i in range(3)],
        [max(p[i] for p in points) for i in range(3)],
    ]


if __name__ == "__main__":
    jobs = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps({name: imported(job) for name, job in jobs.items()}))
