"""The nodes of a glTF file: who hangs on whom, where they stand, and how an animation moves them.

All in the file's own axes (y up) and metres; quaternions are turned to (w, x, y, z) at once.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.data.gltf import Gltf
from poise.data.numbers import LONGEST_NAME
from poise.errors import PoiseError
from poise.geometry.rotations import matrix_to_quaternion, multiply, quaternion_to_matrix

_TARGETS = {"translation": 3, "rotation": 4, "scale": 3}


@dataclass(frozen=True, eq=False, kw_only=True)
class Nodes:
    """Some or all nodes of a file; places, turns and sizes against the parent, of some frames."""

    names: tuple[str, ...]
    parents: tuple[int, ...]  # -1: hangs on nothing
    order: tuple[int, ...]  # parents before their children
    translation: Float[np.ndarray, "*time node 3"]
    rotation: Float[np.ndarray, "*time node 4"]
    scale: Float[np.ndarray, "*time node 3"]

    def above(self, node: int) -> list[int]:
        """A node, its parent, and so on up to the top."""
        way = [node]
        while (parent := self.parents[way[-1]]) >= 0:
            way.append(parent)
        return way

    def world(
        self,
    ) -> tuple[Float[np.ndarray, "*time node 3"], Float[np.ndarray, "*time node 4"]]:
        """Where all nodes are, and how they are turned."""
        turned, linear = np.array(self.rotation), np.empty((*self.rotation.shape[:-1], 3, 3))
        places = np.array(self.translation)
        own = quaternion_to_matrix(self.rotation) * self.scale[..., None, :]
        for node in self.order:
            parent = self.parents[node]
            if parent < 0:
                linear[..., node, :, :] = own[..., node, :, :]
                continue
            arm = linear[..., parent, :, :] @ places[..., node, :, None]
            places[..., node, :] = places[..., parent, :] + arm[..., 0]
            turned[..., node, :] = multiply(turned[..., parent, :], turned[..., node, :])
            linear[..., node, :, :] = linear[..., parent, :, :] @ own[..., node, :, :]
        return places, turned

    def part(self, kept: list[int]) -> "Nodes":
        """Some of the nodes, among them the parents of all of them."""
        new = {node: place for place, node in enumerate(kept)} | {-1: -1}
        return Nodes(
            names=tuple(self.names[node] for node in kept),
            parents=tuple(new[self.parents[node]] for node in kept),
            order=tuple(new[node] for node in self.order if node in new),
            translation=self.translation[..., kept, :],
            rotation=self.rotation[..., kept, :],
            scale=self.scale[..., kept, :],
        )


def read_nodes(file: Gltf) -> Nodes:
    """All nodes of a file as they stand in it."""
    entries = [file.table("nodes", index) for index in range(len(file.tree.get("nodes", [])))]
    parents = [-1] * len(entries)
    for parent, entry in enumerate(entries):
        for child in entry.get("children", []):
            file.table("nodes", child)
            if parents[child] >= 0:
                raise PoiseError(f"node {child} hangs on two others; export it again")
            parents[child] = parent
    children: list[list[int]] = [[] for _ in entries]
    for child, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(child)
    order = [node for node, parent in enumerate(parents) if parent < 0]
    for node in order:  # grows while we walk it
        order += children[node]
    if len(order) != len(entries):
        raise PoiseError("its nodes hang on each other in a circle; export it again")
    stands = [_stand(number, entry) for number, entry in enumerate(entries)]
    translation, rotation, scale = (
        np.array([stand[part] for stand in stands]).reshape(-1, width)
        for part, width in enumerate(_TARGETS.values())
    )
    return Nodes(
        names=_names(entries),
        parents=tuple(parents),
        order=tuple(order),
        translation=translation,
        rotation=rotation,
        scale=scale,
    )


def animated(file: Gltf, nodes: Nodes, kept: list[int], animation: int) -> list[int]:
    """Which of some nodes an animation moves, in the order of its channels."""
    about = file.table("animations", animation)
    moved = (channel["target"] for channel in about["channels"])
    inside = set(kept)
    return [
        target["node"]
        for target in moved
        if target.get("path") in _TARGETS and target.get("node") in inside
    ]


def key_times(file: Gltf, kept: list[int], animation: int) -> Float[np.ndarray, " time"]:
    """When an animation has keys for some nodes, in seconds."""
    about = file.table("animations", animation)
    inside = set(kept)
    times = [
        _keys(file, about["samplers"][channel["sampler"]])
        for channel in about["channels"]
        if channel["target"].get("node") in inside and channel["target"].get("path") in _TARGETS
    ]
    if not times:
        return np.zeros(0)
    return np.unique(np.concatenate(times).round(6))


def at_times(
    file: Gltf, nodes: Nodes, kept: list[int], animation: int, times: Float[np.ndarray, " time"]
) -> Nodes:
    """Some nodes, with the parents of all of them, as an animation has them at these times."""
    about = file.table("animations", animation)
    part = nodes.part(kept)
    new = {node: place for place, node in enumerate(kept)}
    moved: dict[str, Any] = {
        name: np.repeat(getattr(part, name)[None], len(times), axis=0) for name in _TARGETS
    }
    for channel in about["channels"]:
        target = channel["target"]
        name, node = target.get("path"), target.get("node")
        if name in _TARGETS and node in new:
            sampler = about["samplers"][channel["sampler"]]
            moved[name][:, new[node]] = _sampled(file, sampler, name, times)
    moving = replace(part, **moved)
    refuse_mirrors(moving)
    return moving


def _keys(file: Gltf, sampler: dict[str, Any]) -> Float[np.ndarray, " key"]:
    keys = file.numbers(sampler["input"])[:, 0]
    if len(keys) == 0 or np.any(np.diff(keys) < 0):
        raise PoiseError("an animation's keys do not grow in time; export it again")
    return keys


def _sampled(
    file: Gltf, sampler: dict[str, Any], name: str, times: Float[np.ndarray, " time"]
) -> Float[np.ndarray, "time width"]:
    """What a sampler says at these times; before its first and after its last key it holds."""
    keys, values = _keys(file, sampler), file.numbers(sampler["output"])
    method, width = sampler.get("interpolation", "LINEAR"), _TARGETS[name]
    cubic = method == "CUBICSPLINE"
    if values.shape != (len(keys) * (3 if cubic else 1), width):
        raise PoiseError(f"an animation has {len(keys)} keys and other values; export it again")
    if name == "rotation":
        values = np.roll(values, 1, axis=1)
    spline = values.reshape(len(keys), -1, width)
    points = spline[:, 1] if cubic else spline[:, 0]
    if name == "rotation":
        points = _unit(points)
    if len(keys) == 1:
        return np.repeat(points, len(times), axis=0)
    times = np.clip(times, keys[0], keys[-1])
    before = np.clip(np.searchsorted(keys, times, side="right") - 1, 0, len(keys) - 2)
    step = keys[before + 1] - keys[before]
    share = ((times - keys[before]) / np.where(step > 0, step, 1))[:, None]
    if method == "STEP":
        return points[np.where(share[:, 0] >= 1, before + 1, before)]
    if cubic:
        mixed = _hermite(share, step[:, None], points, spline, before)
        return _unit(mixed) if name == "rotation" else mixed
    if method != "LINEAR":
        raise PoiseError(f"no way between keys is called {method!r:.30}")
    first, second = points[before], points[before + 1]
    return _slerp(first, second, share) if name == "rotation" else _mix(first, second, share)


def _hermite(
    share: np.ndarray, step: np.ndarray, points: np.ndarray, spline: np.ndarray, before: np.ndarray
) -> np.ndarray:
    """A cubic between two keys by their values and tangents, as the glTF specification has it."""
    out, into = spline[before, 2], spline[before + 1, 0]
    square, cube = share**2, share**3
    return (
        (2 * cube - 3 * square + 1) * points[before]
        + step * (cube - 2 * square + share) * out
        + (3 * square - 2 * cube) * points[before + 1]
        + step * (cube - square) * into
    )


def _mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    return first + share * (second - first)


def _slerp(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    cos = (first * second).sum(axis=-1, keepdims=True)
    second, cos = np.where(cos < 0, -second, second), np.abs(cos)
    angle = np.arccos(np.clip(cos, 0, 1))
    sin = np.where(angle > 1e-6, np.sin(angle), 1.0)
    a = np.where(angle > 1e-6, np.sin((1 - share) * angle) / sin, 1 - share)
    b = np.where(angle > 1e-6, np.sin(share * angle) / sin, share)
    return _unit(a * first + b * second)


def _unit(q: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(q, axis=-1, keepdims=True)
    if np.any(length < 1e-6):
        raise PoiseError("a rotation is all zeros, which is none; export it again")
    return q / length


def _stand(number: int, entry: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A node's place, turn and size against its parent."""
    if "matrix" in entry:
        matrix = _vector(entry["matrix"], 16).reshape(4, 4).T  # glTF writes columns
        scale = np.linalg.norm(matrix[:3, :3], axis=0)
        if np.any(scale < 1e-12) or np.linalg.det(matrix[:3, :3]) < 0:
            raise PoiseError(f"node {number} is flat or mirrored; apply its scale and export again")
        return matrix[:3, 3], matrix_to_quaternion(matrix[:3, :3] / scale), scale
    translation = _vector(entry.get("translation", (0, 0, 0)), 3)
    x, y, z, w = _vector(entry.get("rotation", (0, 0, 0, 1)), 4)
    scale = _vector(entry.get("scale", (1, 1, 1)), 3)
    return translation, _unit(np.array([w, x, y, z])), scale


def refuse_mirrors(nodes: Nodes) -> None:
    """Bones may be scaled, but not turned inside out or to nothing."""
    odd = (nodes.scale < 1e-9).any(axis=-1)
    odd = odd.any(axis=0) if odd.ndim == 2 else odd
    if odd.any():
        raise PoiseError(
            f"node {nodes.names[int(odd.argmax())]} is mirrored or scaled to nothing; apply its "
            "scale and export it again"
        )


def _vector(values: Any, width: int) -> np.ndarray:
    array = np.asarray(values)
    if array.shape != (width,) or array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise PoiseError(f"{values!r:.40} stands where {width} numbers belong")
    if np.abs(array).max() > 1e9:
        raise PoiseError(f"{np.abs(array).max():g} is no place or size of a node")
    return array.astype(np.float64)


def _names(entries: list[dict[str, Any]]) -> tuple[str, ...]:
    """Names that differ: glTF wants neither names nor that they do."""
    seen: set[str] = set()
    names = []
    for number, entry in enumerate(entries):
        name = str(entry.get("name") or f"node_{number}")[:LONGEST_NAME]
        own, further = name, 1
        while own in seen:
            further += 1
            own = f"{name}_{further}"
        seen.add(own)
        names.append(own)
    return tuple(names)
