"""Draw the pictures of exported files as Blender shows them: `make blender-pictures`.

Run with .venv's Python it makes the files, and runs itself again with Blender's, which draws them.
"""

import argparse
import math
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FRAMES = tuple(range(40, 40 + 8 * 3, 3))  # about one stride
LIFTED = tuple(range(10, 234, 28))  # of the example video: walks in, waves, squats, kicks
FACING_DEG = 55  # away from the camera's axis, to the right
APART_M = 0.95
SIZE = (1300, 340)
PIXELS_PER_M = 164
Colour = tuple[float, float, float]
LEFT, RIGHT, MIDDLE = (0.05, 0.20, 0.62), (0.78, 0.20, 0.04), (0.35, 0.36, 0.40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=Path, help="where the files lie; made if not given")
    parser.add_argument("--out", type=Path, default=HERE / "images")
    given = parser.parse_args()
    if given.files is None:
        with tempfile.TemporaryDirectory() as folder:
            make_files(Path(folder))
            python = HERE.parent / ".blender" / "bin" / "python"
            command = [python, __file__, "--files", folder, "--out", given.out]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for picture in given.out.glob("blender-*.png"):
            fewer_colours(picture)
        return
    if find_spec("bpy") is None:
        sys.exit("run this with .blender/bin/python, which `make blender` makes")
    strip(given.files / "run.glb", 0, given.out / "blender-glb.png")
    strip(given.files / "run.bvh", 1, given.out / "blender-bvh.png")
    strip(given.files / "lifted.glb", 0, given.out / "blender-lifted.png", LIFTED)


def make_files(folder: Path) -> None:
    """The same motion as GLB and as BVH, and the example video lifted."""
    from poise.data.maker import improvise
    from poise.export import export
    from poise.export.bvh import write_bvh
    from poise.export.glb import write_glb
    from poise.pipeline import lift_all

    body = improvise([0, 3], 3.0, ("run",), 30.0).body
    write_glb(folder / "run.glb", [body])
    write_bvh(folder / "run.bvh", body, unit="m")
    lifted = lift_all(HERE.parent / "examples" / "walk_wave.mp4")
    export(lifted.bodies, folder, "lifted", ["glb"])


def fewer_colours(picture: Path) -> None:
    """A third of the size; the eye sees no difference."""
    from PIL import Image

    with Image.open(picture) as image:
        image.convert("RGB").quantize(160, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            picture, optimize=True
        )


def strip(path: Path, first_frame: int, picture: Path, frames: tuple[int, ...] = FRAMES) -> None:
    """Some frames of a file side by side: its figure, or its bones where it has none."""
    import bpy
    from mathutils import Matrix, Vector

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = 30
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    else:
        bpy.ops.import_anim.bvh(filepath=str(path))
    armature = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    figures = [thing for thing in bpy.data.objects if thing.find_armature()]
    shown: list[Any] = []
    for number, frame in enumerate(frames):
        scene.frame_set(first_frame + frame)
        root = armature.matrix_world @ armature.pose.bones[0].head
        aside = Vector(((number - (len(frames) - 1) / 2) * APART_M, 0, 0))
        turn = (
            Matrix.Translation(aside) @ facing(armature) @ Matrix.Translation((-root.x, -root.y, 0))
        )
        new = [frozen(one) for one in figures] or bones(armature)
        for thing in new:
            thing.data.transform(turn)
            scene.collection.objects.link(thing)
        shown += new
    for thing in bpy.data.objects:
        thing.hide_render = thing not in shown
    studio(scene)
    scene.render.filepath = str(picture)
    bpy.ops.render.render(write_still=True)


def frozen(figure: Any) -> Any:
    """A figure as it is in this frame, for good."""
    import bpy

    graph = bpy.context.evaluated_depsgraph_get()
    posed = figure.evaluated_get(graph)
    mesh = bpy.data.meshes.new_from_object(posed, depsgraph=graph)
    mesh.transform(posed.matrix_world)
    return bpy.data.objects.new("pose", mesh)


def facing(armature: Any) -> Any:
    """The turn about the vertical that makes whoever it is face where all shall."""
    from mathutils import Matrix

    left, right = (armature.pose.bones[f"{side}_hip"].head for side in ("left", "right"))
    across = armature.matrix_world @ left - armature.matrix_world @ right
    return Matrix.Rotation(math.radians(FACING_DEG) - math.atan2(across.y, across.x), 4, "Z")


def bones(armature: Any) -> list[Any]:
    """The bones of this frame as Blender draws them, eight-sided, left blue and right orange."""
    from mathutils import Matrix

    found = []
    for bone in armature.pose.bones:
        side = bone.name.partition("_")[0]
        colour = {"left": LEFT, "right": RIGHT}.get(side, MIDDLE)
        place = armature.matrix_world @ bone.matrix
        wide = min(max(0.1 * bone.length, 0.012), 0.032)
        found.append(spindle(bone.name, bone.length, wide, place, colour))
        if bone.parent and (bone.head - bone.parent.tail).length > 0.01:
            # No bone leads here: a thin line to the joint that this one hangs on.
            way = bone.head - bone.parent.head
            turned = way.to_track_quat("Y", "Z").to_matrix().to_4x4()
            place = armature.matrix_world @ Matrix.Translation(bone.parent.head) @ turned
            found.append(spindle(bone.name, way.length, 0.006, place, MIDDLE))
    return found


def spindle(name: str, length: float, wide: float, place: Any, colour: Colour) -> Any:
    """A bone along y, thickest near its joint."""
    import bpy

    across = [(wide, 0), (0, wide), (-wide, 0), (0, -wide)]
    corners = [(0, 0, 0), *((x, 0.15 * length, z) for x, z in across), (0, length, 0)]
    faces = [(0, 1 + (i + 1) % 4, 1 + i) for i in range(4)]
    faces += [(5, 1 + i, 1 + (i + 1) % 4) for i in range(4)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], faces)
    mesh.transform(place)
    mesh.materials.append(paint(colour))
    return bpy.data.objects.new(name, mesh)


def paint(colour: Colour, rough: float = 0.6) -> Any:
    """A material of this colour."""
    import bpy

    material = bpy.data.materials.new("paint")
    material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour, 1)
    surface.inputs["Roughness"].default_value = rough
    return material


def studio(scene: Any) -> None:
    """A floor, light from above, and a camera before it; drawn by Cycles, which needs no GPU."""
    import bpy

    bpy.ops.mesh.primitive_plane_add(size=200)
    bpy.context.object.data.materials.append(paint((0.80, 0.81, 0.83), 0.9))
    scene.world = bpy.data.worlds.new("sky")
    scene.world.use_nodes = True
    sky = scene.world.node_tree.nodes["Background"].inputs
    sky["Color"].default_value, sky["Strength"].default_value = (0.92, 0.95, 1, 1), 0.7
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.data.angle = 1.6, 0.25
    sun.rotation_euler = (math.radians(40), math.radians(15), math.radians(25))
    scene.collection.objects.link(sun)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", SIZE[0] / PIXELS_PER_M
    down = math.radians(14)
    camera.location = (0, -10 * math.cos(down), 0.85 + 10 * math.sin(down))
    camera.rotation_euler = (math.pi / 2 - down, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.seed = "CPU", 48, 0
    scene.cycles.use_denoising = True
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.image_settings.color_mode = "RGB"
    scene.render.image_settings.compression = 100


if __name__ == "__main__":
    main()
