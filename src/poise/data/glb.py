"""Characters and motion in glTF files: each skeleton with its animation as a Body.

>>> (body,) = read_glb("dance.glb")
>>> body.motion.skeleton.joints[:3]
('pelvis', 'lumbar', 'spine')
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.data.gltf import Gltf, read_gltf
from poise.data.gltf_nodes import (
    Nodes,
    animated,
    at_times,
    key_times,
    read_nodes,
    refuse_mirrors,
)
from poise.errors import PoiseError
from poise.files import PathLike, naming
from poise.geometry.axes import rotations_z_up, z_up
from poise.geometry.kinematics import relative
from poise.geometry.rotations import (
    conjugate,
    matrix_to_quaternion,
    multiply,
    quaternion_to_matrix,
)
from poise.motion import Body, Motion
from poise.resampling import check_rate
from poise.skeletons import Skeleton

_RATE = 30.0  # where the keys do not say one
_FASTEST = 1000.0  # frames per second; keys nearer to each other are of a damaged file
_MOST_FRAMES = 1_000_000
_POSED = 0.02  # radians by which bones may stand off the pose that the skin was made in


@dataclass(frozen=True, eq=False, kw_only=True)
class Bones:
    """A skeleton in a glTF file: its nodes, and its rest pose in the file's axes (y up), metres."""

    skeleton: Skeleton
    nodes: tuple[int, ...]  # of each joint, its number in the file
    skins: tuple[int, ...]  # those that hang on it; none if bones alone were exported
    places: Float[np.ndarray, "joint 3"]
    turns: Float[np.ndarray, "joint 4"]


def read_glb(path: PathLike, fps: float | None = None) -> list[Body]:
    """Everybody in a .glb or .gltf: a Body for each skeleton, in the order of the file.

    The frames are the file's own keys where these are evenly spaced. `fps` resamples.
    """
    if fps is not None:
        check_rate(fps)
    file = read_gltf(path)
    with naming(path):
        nodes = read_nodes(file)
        return [_body(file, nodes, bones, fps) for bones in skeletons(file, nodes)]


def skeletons(file: Gltf, nodes: Nodes) -> list[Bones]:
    """The skeletons of a file; skins that share bones (body, hair, clothes) share one."""
    groups: list[tuple[set[int], list[int]]] = []
    for index in range(len(file.tree.get("skins", []))):
        joints, skins = set(_joints(file, index)), [index]
        for group in [group for group in groups if group[0] & joints]:
            joints, skins = joints | group[0], group[1] + skins
            groups.remove(group)
        groups.append((joints, skins))
    if not groups:
        groups = [(joints, []) for joints in _moved_trees(file, nodes)]
    if not groups:
        raise PoiseError(
            "has no skin and no moving nodes, so there is no skeleton in it; export the character "
            "with its armature (skinning), or the armature's animation"
        )
    groups.sort(key=lambda group: min(group[0]))
    return [_bones(file, nodes, joints, skins) for joints, skins in groups]


def _body(file: Gltf, nodes: Nodes, bones: Bones, fps: float | None) -> Body:
    kept = nodes_with_parents(nodes, bones.nodes)
    number, assumed = _animation(file, nodes, kept)
    times = np.zeros(1) if number is None else key_times(file, kept, number)
    times, rate, told = _frames(times, fps)
    # A file without animation still says how it stands.
    moved = nodes.part(kept) if number is None else at_times(file, nodes, kept, number, times)
    places, turns = moved.world()
    if number is None:
        places, turns = places[None], turns[None]
    own = [kept.index(node) for node in bones.nodes]
    return body_of(bones, places[:, own], turns[:, own], rate, times, (*assumed, *told))


def body_of(
    bones: Bones,
    places: Float[np.ndarray, "time joint 3"],
    turns: Float[np.ndarray, "time joint 4"],
    fps: float,
    times: Float[np.ndarray, " time"],
    assumed: tuple[str, ...] = (),
) -> Body:
    """A skeleton's Body from where its joints are (y up) and how they are turned in the world."""
    skeleton = bones.skeleton
    turned = multiply(turns, np.broadcast_to(conjugate(bones.turns), turns.shape))
    world = quaternion_to_matrix(rotations_z_up(turned))
    xyz, rest = z_up(places), z_up(bones.places)
    offsets = np.zeros(xyz.shape)
    fixed = np.zeros(rest.shape)
    for parent, child in skeleton.bones:
        fixed[child] = rest[child] - rest[parent]
        arm = (xyz[:, child] - xyz[:, parent])[..., None]
        offsets[:, child] = (np.swapaxes(world[:, parent], -1, -2) @ arm)[..., 0]
    size = max(float(np.linalg.norm(fixed, axis=-1).max()), 1e-6)
    moves = [
        child
        for _, child in skeleton.bones
        if np.abs(offsets[:, child] - fixed[child]).max() > 1e-4 * size
    ]
    for child in moves:  # a file may have it stand elsewhere than at rest, yet still
        middle = np.median(offsets[:, child], axis=0)
        if np.abs(offsets[:, child] - middle).max() <= 1e-4 * size:
            fixed[child] = middle
    steady = all(np.abs(offsets[:, child] - fixed[child]).max() <= 1e-4 * size for child in moves)
    motion = Motion(
        xyz=xyz.astype(np.float32),
        skeleton=skeleton,
        fps=fps,
        frame="world",
        placed=True,
        times=times,
        assumed=assumed,
    )
    return Body(
        motion=motion,
        rotations=matrix_to_quaternion(relative(world, skeleton)).astype(np.float32),
        offsets=(fixed if steady else offsets).astype(np.float32),
        model="glb",
    )


def nodes_with_parents(nodes: Nodes, wanted: tuple[int, ...]) -> list[int]:
    """Some nodes and all that these hang on."""
    return sorted({above for node in wanted for above in nodes.above(node)})


def _joints(file: Gltf, skin: int) -> list[int]:
    joints = file.table("skins", skin)["joints"]
    for joint in joints:
        file.table("nodes", joint)
    if not joints:
        raise PoiseError(f"skin {skin} has no joints")
    return joints


def _moved_trees(file: Gltf, nodes: Nodes) -> list[set[int]]:
    """Where no skin says what a skeleton is: what the animations move, one for each top node."""
    trees: dict[int, set[int]] = {}
    everything = list(range(len(nodes.names)))
    for animation in range(len(file.tree.get("animations", []))):
        for node in animated(file, nodes, everything, animation):
            trees.setdefault(nodes.above(node)[-1], set()).add(node)
    return [joints for joints in trees.values() if len(joints) > 1]


def _bones(file: Gltf, nodes: Nodes, joints: set[int], skins: list[int]) -> Bones:
    """A skeleton from its joints: what lies between them is part of it, up to where all meet."""
    ways = [nodes.above(joint)[::-1] for joint in sorted(joints)]
    if len({way[0] for way in ways}) > 1:
        raise PoiseError(
            f"the bones of a skin ({nodes.names[min(joints)]} ...) do not hang together; parent "
            "them to one root and export again"
        )
    shared = 0
    while all(len(way) > shared and way[shared] == ways[0][shared] for way in ways):
        shared += 1
    kept = sorted({node for way in ways for node in way[shared - 1 :]})
    new = {node: place for place, node in enumerate(kept)}
    skeleton = Skeleton(
        "glb",
        tuple(nodes.names[node] for node in kept),
        tuple(new.get(nodes.parents[node], -1) for node in kept),
    )
    refuse_mirrors(nodes.part(nodes_with_parents(nodes, tuple(kept))))
    places, turns = nodes.world()
    places, turns = places[kept], turns[kept]
    bound = _bind_pose(file, nodes, skins, new, places, turns)
    if bound is not None:
        places, turns = bound
    return Bones(
        skeleton=skeleton, nodes=tuple(kept), skins=tuple(skins), places=places, turns=turns
    )


def _bind_pose(
    file: Gltf,
    nodes: Nodes,
    skins: list[int],
    new: dict[int, int],
    places: Float[np.ndarray, "joint 3"],
    turns: Float[np.ndarray, "joint 4"],
) -> tuple[Float[np.ndarray, "joint 3"], Float[np.ndarray, "joint 4"]] | None:
    """The pose that the skins were made in, if the nodes stand in another one.

    Some programs leave a frame of the animation in the nodes. None where the nodes are as bound.
    """
    places, turns = places.copy(), turns.copy()
    known: set[int] = set()
    off = 0.0
    for skin in skins:
        about = file.table("skins", skin)
        joints = about["joints"]
        if "inverseBindMatrices" not in about:
            continue
        inverse = file.numbers(about["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2)
        if len(inverse) < len(joints):
            raise PoiseError(f"skin {skin} has fewer bind matrices than joints; export it again")
        if np.any(np.abs(np.linalg.det(inverse[:, :3, :3])) < 1e-30):
            raise PoiseError(f"skin {skin} has a bind matrix that is flat; export it again")
        bound = np.linalg.inv(inverse)
        first = min(joints, key=lambda joint: len(nodes.above(joint)))
        bound = _lay(file, nodes, skin, first, bound[joints.index(first)]) @ bound
        for joint, matrix in zip(joints, bound, strict=False):
            if joint not in known:
                known.add(joint)
                turn = matrix_to_quaternion(matrix[:3, :3] / _size(matrix))
                off = max(off, 2 * np.arccos(min(1.0, abs(float(turn @ turns[new[joint]])))))
                places[new[joint]], turns[new[joint]] = matrix[:3, 3], turn
    return (places, turns) if off > _POSED else None


def _lay(
    file: Gltf, nodes: Nodes, skin: int, first: int, bound: Float[np.ndarray, "4 4"]
) -> Float[np.ndarray, "4 4"]:
    """From the space of a skin's bind matrices, which is its mesh's own, to the file's.

    Most programs mean the place of the mesh's node, though the specification ignores it, some
    the file's own space; where neither brings the first bone near its node, that bone is laid on.
    """
    places, turns = nodes.world()
    scales = [np.cbrt(np.prod(nodes.scale[above])) for above in nodes.above(first)]
    wanted = _matrix(places[first], turns[first], float(np.prod(scales)))
    meshes = [node for node, entry in enumerate(file.tree["nodes"]) if entry.get("skin") == skin]
    spaces = [np.eye(4)]
    for node in meshes[:1]:
        scales = [np.cbrt(np.prod(nodes.scale[above])) for above in nodes.above(node)]
        spaces.insert(0, _matrix(places[node], turns[node], float(np.prod(scales))))
    for space in spaces:
        laid = space @ bound
        cos = (np.trace(laid[:3, :3].T @ wanted[:3, :3]) / _size(laid) / _size(wanted) - 1) / 2
        if cos > 0.5 and abs(np.log(_size(laid) / _size(wanted))) < 0.1:
            return space
    return wanted @ np.linalg.inv(bound)


def _matrix(
    place: Float[np.ndarray, "3"], turn: Float[np.ndarray, "4"], size: float
) -> Float[np.ndarray, "4 4"]:
    matrix = np.eye(4)
    matrix[:3, :3] = size * quaternion_to_matrix(turn)
    matrix[:3, 3] = place
    return matrix


def _size(matrix: Float[np.ndarray, "4 4"]) -> float:
    return float(np.cbrt(abs(np.linalg.det(matrix[:3, :3]))))


def _animation(file: Gltf, nodes: Nodes, kept: list[int]) -> tuple[int | None, list[str]]:
    """The first animation that moves the skeleton, and what is to be told of the choice."""
    count = len(file.tree.get("animations", []))
    moving = [number for number in range(count) if animated(file, nodes, kept, number)]
    if not moving:
        return None, ["no animation moves the skeleton: one frame, as it stands"]
    if len(moving) == 1:
        return moving[0], []
    name = file.table("animations", moving[0]).get("name", "")
    return moving[0], [f"the first of {len(moving)} animations{f': {name}' if name else ''}"]


def _frames(
    keys: Float[np.ndarray, " key"], fps: float | None
) -> tuple[Float[np.ndarray, " time"], float, list[str]]:
    """When there are frames, how many a second, and what is to be told."""
    if len(keys) < 2:
        return (keys if len(keys) else np.zeros(1)), fps or _RATE, []
    span = float(keys[-1] - keys[0])
    own = (len(keys) - 1) / span
    own = float(round(own)) if abs(own / max(round(own), 1) - 1) < 1e-3 else own
    even = np.abs(keys - (keys[0] + np.arange(len(keys)) / own)).max() < 0.02 / own
    told = []
    if fps is None and even and own <= _FASTEST:
        return keys[0] + np.arange(len(keys)) / own, own, []
    if fps is None:
        fps = _RATE
        told = [f"{fps:g} frames per second: the keys are not evenly spaced"]
    count = int(np.floor(span * fps + 1e-6)) + 1
    if count > _MOST_FRAMES:
        raise PoiseError(f"its animation is {span:g} s long; the keys are damaged")
    return keys[0] + np.arange(count) / fps, fps, told
