"""A character in a glTF file as a rig: the same file is written again with one more animation."""

import base64
import json
import struct
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.data.glb import Bones, skeletons
from poise.data.gltf import BIN_CHUNK, FLOAT, JSON_CHUNK, MAGIC, Gltf, beside, read_gltf
from poise.data.gltf_nodes import Nodes, read_nodes
from poise.errors import PoiseError
from poise.files import PathLike, naming, read_bytes, write_aside
from poise.geometry.axes import rotations_y_up, rotations_z_up, y_up, z_up
from poise.geometry.rotations import conjugate, matrix_to_quaternion, multiply, quaternion_to_matrix
from poise.motion import Body
from poise.retarget.matching import Mapped, match
from poise.retarget.rig import Rig

_STILL = 1e-6  # what changes by less has one key


@dataclass(frozen=True, eq=False, kw_only=True)
class GlbRig:
    """The rig, and the file that it came from."""

    rig: Rig
    file: Gltf
    nodes: Nodes
    bones: Bones


def read_glb_rig(path: PathLike, own: Mapped | None = None) -> GlbRig:
    """The character of a glTF file; of several the one with the most bones recognised."""
    file = read_gltf(path)
    with naming(path):
        nodes = read_nodes(file)
        found, told = _best(skeletons(file, nodes), own)
        if not found.skins:
            told.append("the file has no skin: its bones move, no mesh does")
        rig = Rig(
            skeleton=found.skeleton,
            places=z_up(found.places),
            turns=quaternion_to_matrix(rotations_z_up(found.turns)),
            floor=_floor(file, nodes, found),
            assumed=tuple(told),
        )
    return GlbRig(rig=rig, file=file, nodes=nodes, bones=found)


def write_glb_motion(
    path: PathLike, rig: GlbRig, body: Body, name: str = "poise", *, replace: bool = False
) -> None:
    """The character's file with the motion of a body on its rig as a further animation.

    All else in it stays as it is. `replace` leaves the animations out that it has.
    """
    with naming(rig.file.path):  # what is odd in the rig's file may show only here
        data = _with_motion(Path(path), rig, body, name, replace)
    with write_aside(path) as scratch:
        scratch.write_bytes(data)


def _with_motion(path: Path, rig: GlbRig, body: Body, name: str, replace: bool) -> bytes:
    """The bytes of the new file."""
    tree = deepcopy(rig.file.tree)
    extra = _Extra(tree)
    animation = _animation(rig, body, tree, extra)
    old = [] if replace else tree.get("animations", [])
    taken = {str(one.get("name")) for one in old}
    own, further = name, 1
    while own in taken:
        further += 1
        own = f"{name}_{further}"
    about: dict[str, Any] = {"name": own} | animation
    if body.bridged:
        about["extras"] = {"bridged": [list(span) for span in body.bridged]}
    tree["animations"] = [*old, about]
    return _assembled(path, rig.file, tree, bytes(extra.data))


class _Extra:
    """Numbers that are appended to a file, with what its JSON has to say of them."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = tree.setdefault("bufferViews", [])
        self.accessors: list[dict[str, Any]] = tree.setdefault("accessors", [])

    def add(self, values: Float[np.ndarray, "count width"], bounds: bool = False) -> int:
        numbers = np.ascontiguousarray(values, "<f4")
        # Which buffer it will be, and where in it, is known when the file is written.
        view = {"buffer": -1, "byteOffset": len(self.data), "byteLength": numbers.nbytes}
        self.data += numbers.tobytes()
        kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[numbers.shape[1]]
        about: dict[str, Any] = {
            "bufferView": len(self.views),
            "componentType": FLOAT,
            "count": len(numbers),
            "type": kind,
        }
        if bounds:  # asked for of times
            about |= {"min": numbers.min(axis=0).tolist(), "max": numbers.max(axis=0).tolist()}
        self.views.append(view)
        self.accessors.append(about)
        return len(self.accessors) - 1


def _animation(
    rig: GlbRig, body: Body, tree: dict[str, Any], extra: _Extra
) -> dict[str, list[dict[str, Any]]]:
    """Channels and samplers: a turn for every bone, a place for those that leave their own."""
    places, turns = _local(rig, body)
    entries = tree["nodes"]
    all_times = extra.add((body.motion.times - body.motion.times[0])[:, None], bounds=True)
    first_time = extra.add(np.zeros((1, 1)), bounds=True)
    channels, samplers = [], []
    for joint, node in enumerate(rig.bones.nodes):
        tracks = {"rotation": np.roll(turns[:, joint], -1, axis=-1)}
        stood = rig.nodes.translation[node]
        if np.abs(places[:, joint] - stood).max() > 1e-5 * max(float(np.abs(stood).max()), 0.01):
            tracks["translation"] = places[:, joint]
        entry = entries[node]
        if "matrix" in entry:  # an animated node has no matrix
            del entry["matrix"]
            entry["translation"] = rig.nodes.translation[node].tolist()
            entry["rotation"] = np.roll(rig.nodes.rotation[node], -1).tolist()
            entry["scale"] = rig.nodes.scale[node].tolist()
        for what, track in tracks.items():
            still = np.ptp(track, axis=0).max() < _STILL
            samplers.append(
                {
                    "input": first_time if still else all_times,
                    "interpolation": "LINEAR",
                    "output": extra.add(track[:1] if still else track),
                }
            )
            target = {"node": node, "path": what}
            channels.append({"sampler": len(samplers) - 1, "target": target})
    return {"channels": channels, "samplers": samplers}


def _local(
    rig: GlbRig, body: Body
) -> tuple[Float[np.ndarray, "time joint 3"], Float[np.ndarray, "time joint 4"]]:
    """Every bone's place and turn against its parent, in the file's axes and sizes."""
    xyz, turned = body.pose()
    # Against the parent's axes there is no up: the rest pose brings the bones' own axes in.
    world = matrix_to_quaternion(turned @ rig.rig.turns)
    skeleton, nodes = rig.rig.skeleton, rig.nodes
    rest_places, rest_turns = nodes.world()
    places, turns = np.empty_like(xyz), np.empty_like(world)
    for joint, node in enumerate(rig.bones.nodes):
        parent, above = skeleton.parents[joint], nodes.parents[node]
        size = float(np.prod([np.cbrt(np.prod(nodes.scale[n])) for n in nodes.above(node)[1:]]))
        if parent >= 0:
            base, start = world[:, parent], xyz[:, parent]
        elif above >= 0:
            base = rotations_z_up(rest_turns[above])[None]
            start = z_up(rest_places[above])[None]
        else:
            base, start = np.array([[1.0, 0, 0, 0]]), np.zeros((1, 3))
        back = conjugate(np.broadcast_to(base, world[:, joint].shape))
        arm = (xyz[:, joint] - start)[..., None]
        places[:, joint] = (quaternion_to_matrix(back) @ arm)[..., 0] / size
        turns[:, joint] = multiply(back, world[:, joint])
    # z up came in on both sides of a bone's turn; the file's axes have y up.
    return y_up(places), _steady(rotations_y_up(turns))


def _steady(q: Float[np.ndarray, "time joint 4"]) -> Float[np.ndarray, "time joint 4"]:
    """Signs without jumps, so that what lies between two keys is the short way."""
    flips = np.sign((q[1:] * q[:-1]).sum(axis=-1))
    signs = np.cumprod(np.where(flips < 0, -1, 1), axis=0)
    steady = q.copy()
    steady[1:] *= signs[..., None]
    return steady / np.linalg.norm(steady, axis=-1, keepdims=True)


def _best(found: list[Bones], own: Mapped | None) -> tuple[Bones, list[str]]:
    """The skeleton of which most is recognised."""
    scores: list[int] = []
    errors: list[PoiseError] = []
    for bones in found:
        rig = Rig(
            skeleton=bones.skeleton,
            places=z_up(bones.places),
            turns=quaternion_to_matrix(rotations_z_up(bones.turns)),
        )
        # The map of a user speaks of one character; the others are judged by their names.
        mine = own if own and set(own) <= set(bones.skeleton.joints) else None
        try:
            scores.append(len(match(rig, own if len(found) == 1 else mine).joints()))
        except PoiseError as error:
            scores.append(0)
            errors.append(error)
    if not any(scores):
        raise errors[0]
    best = int(np.argmax(scores))
    if len(found) == 1:
        return found[best], []
    root = found[best].skeleton
    return found[best], [
        f"of {len(found)} skeletons the one below {root.joints[root.order[0]]} is taken: most of "
        "its bones are recognised"
    ]


def _floor(file: Gltf, nodes: Nodes, bones: Bones) -> float | None:
    """The height of the lowest point of the character's skin in the pose that it was made in."""
    lowest = []
    rest = dict(zip(bones.nodes, range(len(bones.nodes)), strict=True))
    for entry in file.tree.get("nodes", []):
        if entry.get("skin") not in bones.skins or "mesh" not in entry:
            continue
        about = file.table("skins", entry["skin"])
        if "inverseBindMatrices" not in about:
            continue
        # At rest every joint moves the skin alike: the first tells how.
        inverse = file.numbers(about["inverseBindMatrices"])[0].reshape(4, 4).T
        joint = about["joints"][0]
        R = quaternion_to_matrix(bones.turns[rest[joint]])
        size = float(np.prod([np.cbrt(np.prod(nodes.scale[n])) for n in nodes.above(joint)]))
        for primitive in file.table("meshes", entry["mesh"])["primitives"]:
            box = file.table("accessors", primitive["attributes"]["POSITION"])
            if "min" in box and "max" in box:
                ends = np.array([box["min"], box["max"]], float)
                corners = np.stack(np.meshgrid(*ends.T), -1).reshape(-1, 3)
                placed = corners @ inverse[:3, :3].T + inverse[:3, 3]
                world = size * placed @ R.T + bones.places[rest[joint]]
                lowest.append(float(world[:, 1].min()))
    return min(lowest) if lowest else None


def _assembled(path: Path, file: Gltf, tree: dict[str, Any], data: bytes) -> bytes:
    """The file with `data` behind its own: in its binary part, or as a buffer in the JSON."""
    binary = path.suffix.lower() != ".gltf"
    buffers: list[dict[str, Any]] = tree.setdefault("buffers", [])
    within = bool(buffers) and "uri" not in buffers[0] and file.buffers[0] is not None
    chunk: bytes | None = None
    if binary and (within or not buffers):
        before = (file.buffers[0] or b"")[: buffers[0]["byteLength"]] if buffers else b""
        start = -(-len(before) // 4) * 4
        chunk = before + bytes(start - len(before)) + data
        if not buffers:
            buffers.append({})
        buffers[0]["byteLength"] = len(chunk)
        number = 0
    else:
        if within:  # the binary part of a .glb has no place in a .gltf
            buffers[0]["uri"] = _as_uri(file.buffers[0] or b"")
        buffers.append({"uri": _as_uri(data), "byteLength": len(data)})
        start, number = 0, len(buffers) - 1
    for view in tree["bufferViews"]:
        if view["buffer"] == -1:
            view |= {"buffer": number, "byteOffset": view["byteOffset"] + start}
    if path.resolve().parent != file.path.resolve().parent:
        _bring_along(file.path, tree)
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()
    return _packed(text, chunk) if binary else text


def _packed(text: bytes, chunk: bytes | None) -> bytes:
    text += b" " * (-len(text) % 4)
    parts = struct.pack("<I4s", len(text), JSON_CHUNK) + text
    if chunk is not None:
        chunk += bytes(-len(chunk) % 4)
        parts += struct.pack("<I4s", len(chunk), BIN_CHUNK) + chunk
    return MAGIC + struct.pack("<II", 2, 12 + len(parts)) + parts


def _bring_along(path: Path, tree: dict[str, Any]) -> None:
    """What lies beside the rig's file goes into the new one, which lies elsewhere."""
    kinds = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
    for entry in (*tree.get("buffers", []), *tree.get("images", [])):
        uri = entry.get("uri", "data:")
        if not uri.startswith("data:"):
            suffix = Path(uri).suffix.lower()
            kind = kinds.get(suffix, "application/octet-stream")
            entry["uri"] = _as_uri(read_bytes(beside(path, uri)), kind)


def _as_uri(data: bytes, kind: str = "application/octet-stream") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
