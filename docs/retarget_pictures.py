"""The picture of docs/retargeting.md: a made walk on our figure, and on a character of other make.

Three steps, as Blender's Python has no poise and ours no Blender:

    python docs/retarget_pictures.py make WORK      # poise: writes the character, retargets
    python docs/retarget_pictures.py render WORK    # bpy: moments of both, side by side
    python docs/retarget_pictures.py sheet WORK docs/images/retarget.png

The character is Anny's body (Apache-2.0 and CC0), bones, names, rest pose and all, exported as a
skinned GLB; it needs the extra `synthetic`. Rendering needs Blender as a module (bpy).
"""

import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np

FRAMES = 5


def make(work: Path) -> None:
    """The walk as an .npz, the character as a .glb, and the walk on the character."""
    from poise.data.maker import improvise
    from poise.retarget.retargeting import parts_of, retarget
    from poise.retarget.rig_files import read_rig, write_motion

    work.mkdir(parents=True, exist_ok=True)
    made = improvise([0, 12], 4.0, ("walk",), 30.0)
    body = _with_contacts(made)
    body.save(work / "walk.npz")
    (work / "character.glb").write_bytes(character())
    rig = read_rig(work / "character.glb")
    done = retarget(body, rig.rig)
    write_motion(work / "walking.glb", rig, done.body, "walk")
    for part, bones in parts_of(done.match, rig.rig.skeleton.joints).items():
        print(f"{part:16}{bones}")
    print(done.scale, done.notes)
    # Where the source's joints are, for the renderer, which has no poise.
    np.savez(
        work / "source.npz",
        xyz=body.motion.xyz,
        parents=np.array(body.motion.skeleton.parents),
        left=np.array(body.motion.skeleton.left),
        right=np.array(body.motion.skeleton.right),
        hips=np.array([body.motion.skeleton.index(f"{side}_hip") for side in ("left", "right")]),
    )


def _with_contacts(made: Any) -> Any:
    from dataclasses import replace

    from poise.motion import Contact

    times, found = made.body.motion.times, []
    for joint, down in made.contacts.items():
        edges = np.flatnonzero(np.diff(np.concatenate([[0], down.astype(int), [0]])))
        for start, stop in zip(edges[::2], edges[1::2] - 1, strict=True):
            found.append(Contact(float(times[start]), float(times[stop]), joint))
    return replace(made.body, contacts=tuple(sorted(found)))


def character(centimetres: bool = False) -> bytes:
    """Anny's body as a skinned GLB, as it stands at rest: arms down, bones with axes of their own.

    `centimetres` puts it below a node of scale 0.01 that turns z up, as many exports have it.
    """
    from poise.data.rendered.anatomy import PROPORTIONS, anny, build
    from poise.data.rendered.dressing import dress
    from poise.data.rendered.people import Person

    person = Person(gender=0.9, long_hair=True)
    anatomy = build(person.phenotype, np.zeros(len(PROPORTIONS)))
    vertices, colours = dress(person, anatomy)
    body, places = anny(), anatomy.heads.double().numpy()
    points = vertices.double().numpy()
    floor = points[:, 2].min()
    points[:, 2] -= floor
    places[:, 2] -= floor
    size = 100.0 if centimetres else 1.0
    faces = body.faces.numpy()
    # Bones are turned each in its own way; any turn will do, and a fixed one is the same each time.
    turns = np.array([_turn(np.random.default_rng(bone)) for bone in range(len(places))])
    to_y_up = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    base = np.eye(4)
    base[:3, :3] = to_y_up / size
    world = np.tile(np.eye(4), (len(places), 1, 1))
    world[:, :3, :3], world[:, :3, 3] = turns, size * places
    parents = [int(parent) for parent in body.bone_parents]
    nodes: list[dict[str, Any]] = []
    for bone, parent in enumerate(parents):
        local = world[bone] if parent < 0 else np.linalg.inv(world[parent]) @ world[bone]
        nodes.append({"name": body.bone_labels[bone], "matrix": local.T.ravel().tolist()})
        if parent >= 0:
            nodes[parent].setdefault("children", []).append(bone)
    roots = [bone for bone, parent in enumerate(parents) if parent < 0]
    nodes.append({"name": "Body", "mesh": 0, "skin": 0})
    nodes.append(
        {
            "name": "Armature",
            "matrix": base.T.ravel().tolist(),
            "children": [*roots, len(nodes) - 1],
        }
    )
    weights, bones = _four_heaviest(
        body.vertex_bone_weights.double().numpy(), body.vertex_bone_indices.numpy()
    )
    parts = _Parts()
    attributes = {
        "POSITION": parts.add(size * points, "VEC3", "<f4", bounds=True),
        "NORMAL": parts.add(_normals(points, faces), "VEC3", "<f4"),
        "COLOR_0": parts.add(np.clip(colours, 0, 1), "VEC3", "<f4"),
        "JOINTS_0": parts.add(bones, "VEC4", "<u2"),
        "WEIGHTS_0": parts.add(weights, "VEC4", "<f4"),
    }
    inverse = np.linalg.inv(world).swapaxes(1, 2).reshape(-1, 16)
    tree: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "poise docs"},
        "scene": 0,
        "scenes": [{"nodes": [len(nodes) - 1]}],
        "nodes": nodes,
        "meshes": [
            {
                "primitives": [
                    {
                        "attributes": attributes,
                        "indices": parts.add(faces.reshape(-1, 1), "SCALAR", "<u2"),
                        "material": 0,
                    }
                ]
            }
        ],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}}],
        "skins": [
            {
                "joints": list(range(len(parents))),
                "inverseBindMatrices": parts.add(inverse, "MAT4", "<f4"),
            }
        ],
        "accessors": parts.accessors,
        "bufferViews": parts.views,
        "buffers": [{"byteLength": len(parts.data)}],
    }
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    data = bytes(parts.data) + bytes(-len(parts.data) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(data), b"BIN\0") + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


class _Parts:
    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, values: np.ndarray, kind: str, dtype: str, bounds: bool = False) -> int:
        array = np.ascontiguousarray(values, dtype)
        self.data += bytes(-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes}
        self.views.append(view)
        self.data += array.tobytes()
        about: dict[str, Any] = {"bufferView": len(self.views) - 1, "count": len(array)}
        about |= {"componentType": {"<f4": 5126, "<u2": 5123}[dtype], "type": kind}
        if bounds:
            about |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        self.accessors.append(about)
        return len(self.accessors) - 1


def _turn(rng: np.random.Generator) -> np.ndarray:
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.linalg.det(q)


def _four_heaviest(weights: np.ndarray, bones: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(-weights, axis=1)[:, :4]
    four = np.take_along_axis(weights, order, axis=1)
    kept = np.where(four > 0, np.take_along_axis(bones, order, axis=1), 0)
    return four / four.sum(axis=1, keepdims=True), kept


def _normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    found = np.zeros_like(points)
    for corner in range(3):
        np.add.at(found, faces[:, corner], across)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.where(length > 0, found / np.maximum(length, 1e-12), [0.0, 0.0, 1.0])


def render(work: Path) -> None:
    """The source's stick figure and the character side by side, at a few moments."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    scene.world.color = (0.85, 0.85, 0.83)
    scene.view_settings.view_transform = "Standard"
    scene.render.fps = 30  # first: the importer puts the keys on the scene's frames
    bpy.ops.import_scene.gltf(filepath=str(work / "walking.glb"))
    source = np.load(work / "source.npz")
    xyz = source["xyz"]
    picked = np.linspace(0.22, 0.94, FRAMES) * (len(xyz) - 1)
    for frame in picked.round().astype(int):
        # Keys count from 0 s, which glTF's importer puts at frame 0.
        scene.frame_set(int(frame))
        _shoot(bpy, scene, source, xyz[frame], work / f"shot-{frame:04}.png")


def sheet(work: Path, out: Path) -> None:
    """The moments in a row."""
    from PIL import Image

    shots = [Image.open(path).convert("RGB") for path in sorted(work.glob("shot-*.png"))]
    width, height = shots[0].size
    row = Image.new("RGB", (width * len(shots), height))
    for place, shot in enumerate(shots):
        row.paste(shot, (place * width, 0))
    row.quantize(128).save(out, optimize=True)
    print(out, out.stat().st_size)


def _shoot(bpy: Any, scene: Any, source: Any, joints: np.ndarray, path: Path) -> None:
    """One moment: the source a step to the side of the character, seen from the front and side."""
    for item in [item for item in bpy.data.objects if item.name.startswith("source")]:
        bpy.data.objects.remove(item, do_unlink=True)
    left, right = joints[source["hips"]]
    across = (left - right) * [1, 1, 0] / np.linalg.norm((left - right)[:2])
    before = np.cross(across, [0, 0, 1])
    seen_from = 4.8 * across + 4.2 * before + [0, 0, 1.2]
    aside = 1.1 * np.cross(seen_from, [0, 0, 1]) / np.linalg.norm(seen_from[:2])
    for child, parent in enumerate(source["parents"]):
        if parent >= 0:
            colour = (0.15, 0.3, 0.8, 1) if child in source["left"] else (0.8, 0.25, 0.15, 1)
            middle = child not in source["left"] and child not in source["right"]
            colour = (0.3, 0.3, 0.3, 1) if middle else colour
            _rod(bpy, joints[parent] + aside, joints[child] + aside, colour)
    middle = np.array([*joints[0][:2], 0.9]) + aside / 2
    camera = scene.camera
    if camera is None:
        camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
        scene.collection.objects.link(camera)
        scene.camera = camera
        floor = bpy.data.meshes.new("floor")
        corners = [(-30, -30, 0), (30, -30, 0), (30, 30, 0), (-30, 30, 0)]
        floor.from_pydata(corners, [], [(0, 1, 2, 3)])
        _paint(floor, (1.0, 1.0, 0.98, 1))
        plane = bpy.data.objects.new("floor", floor)
        scene.collection.objects.link(plane)
    camera.data.type = "ORTHO"
    camera.data.ortho_scale = 2.35
    camera.location = middle + seen_from
    import mathutils

    look = -mathutils.Vector(seen_from)
    camera.rotation_euler = look.to_track_quat("-Z", "Y").to_euler()
    shading = scene.display.shading
    scene.render.engine = "BLENDER_WORKBENCH"
    shading.light, shading.color_type = "STUDIO", "VERTEX"
    shading.show_shadows, shading.show_cavity = True, True
    scene.render.resolution_x, scene.render.resolution_y = 440, 440
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def _rod(bpy: Any, start: np.ndarray, stop: np.ndarray, colour: tuple[float, ...]) -> None:
    import mathutils

    way = mathutils.Vector(stop - start)
    bpy.ops.mesh.primitive_cylinder_add(
        radius=0.02, depth=max(way.length, 1e-3), location=(start + stop) / 2
    )
    rod = bpy.context.object
    rod.name = "source"
    rod.rotation_euler = way.to_track_quat("Z", "Y").to_euler()
    _paint(rod.data, colour)


def _paint(mesh: Any, colour: tuple[float, ...]) -> None:
    layer = mesh.color_attributes.new("Color", "FLOAT_COLOR", "POINT")
    layer.data.foreach_set("color", np.tile(np.array(colour, np.float32), len(mesh.vertices)))


if __name__ == "__main__":
    step, folder = sys.argv[1], Path(sys.argv[2])
    if step == "make":
        make(folder)
    elif step == "render":
        render(folder)
    else:
        sheet(folder, Path(sys.argv[3]))
