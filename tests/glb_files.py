"""glTF characters for tests, written plainly: bones, a skin, a box for a mesh, animations."""

import base64
import json
import struct
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation


@dataclass
class Node:
    """One node; the rotation is of SciPy, the parent a place in the list."""

    name: str
    parent: int = -1
    translation: tuple[float, ...] = (0.0, 0.0, 0.0)
    rotation: Rotation = field(default_factory=Rotation.identity)
    scale: tuple[float, ...] = (1.0, 1.0, 1.0)

    def matrix(self) -> np.ndarray:
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation.as_matrix() * np.array(self.scale)
        matrix[:3, 3] = self.translation
        return matrix


@dataclass
class Track:
    """One channel of an animation: x, y, z, w for turns."""

    node: int
    path: str
    times: Sequence[float] | np.ndarray
    values: np.ndarray
    interpolation: str = "LINEAR"


def world(nodes: list[Node]) -> np.ndarray:
    matrices: list[np.ndarray] = []
    for node in nodes:
        own = node.matrix()
        matrices.append(own if node.parent < 0 else matrices[node.parent] @ own)
    return np.array(matrices)


class Builder:
    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, values: np.ndarray, kind: str, dtype: str = "<f4", bounds: bool = False) -> int:
        array = np.ascontiguousarray(values, dtype)
        self.data += bytes(-len(self.data) % 4)
        start = len(self.data)
        self.views.append({"buffer": 0, "byteOffset": start, "byteLength": array.nbytes})
        self.data += array.tobytes()
        code = {"<f4": 5126, "<u2": 5123, "u1": 5121, "<i2": 5122}[dtype]
        about = {"bufferView": len(self.views) - 1, "componentType": code, "type": kind}
        about["count"] = len(array)
        if bounds:
            flat = array.reshape(len(array), -1)
            about |= {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}
        self.accessors.append(about)
        return len(self.accessors) - 1


def gltf(
    nodes: list[Node],
    skins: Sequence[Sequence[int]],
    tracks: Sequence[Track] = (),
    *,
    posed: list[Node] | None = None,
    mesh: bool = True,
    mesh_parent: int = -1,
) -> tuple[dict[str, Any], bytes]:
    """JSON and binary part of a character; `posed` stands in the nodes, the skin is of `nodes`."""
    build = Builder()
    shown = posed or nodes
    entries: list[dict[str, Any]] = [
        {
            "name": node.name,
            "translation": list(map(float, node.translation)),
            "rotation": node.rotation.as_quat().tolist(),
            "scale": list(map(float, node.scale)),
        }
        for node in shown
    ]
    for number, node in enumerate(shown):
        if node.parent >= 0:
            entries[node.parent].setdefault("children", []).append(number)
    tree: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "a test"},
        "scene": 0,
        "nodes": entries,
    }
    matrices = world(nodes)
    if skins:
        tree["skins"] = []
        tree["meshes"] = []
    for number, skin in enumerate(skins):
        space = matrices[mesh_parent] if mesh_parent >= 0 else np.eye(4)
        inverse = np.linalg.inv(matrices[list(skin)]) @ space
        bind = build.add(inverse.swapaxes(1, 2).reshape(-1, 16), "MAT4")
        tree["skins"].append({"joints": list(skin), "inverseBindMatrices": bind})
        if mesh:
            spots = (
                np.linalg.inv(space)
                @ np.concatenate([matrices[list(skin), :3, 3], np.ones((len(skin), 1))], axis=1)[
                    ..., None
                ]
            )
            points = spots[:, :3, 0]
            points = np.concatenate([points, points + 0.01, points - 0.01])
            bones = np.zeros((len(points), 4))
            bones[:, 0] = np.tile(np.arange(len(skin)), 3)
            weights = np.zeros((len(points), 4))
            weights[:, 0] = 1
            attributes = {
                "POSITION": build.add(points, "VEC3", bounds=True),
                "JOINTS_0": build.add(bones, "VEC4", "<u2"),
                "WEIGHTS_0": build.add(weights, "VEC4"),
            }
            tree["meshes"].append({"primitives": [{"attributes": attributes, "mode": 0}]})
            own = {"name": f"skin {number}", "mesh": len(tree["meshes"]) - 1, "skin": number}
            entries.append(own)
            if mesh_parent >= 0:
                entries[mesh_parent].setdefault("children", []).append(len(entries) - 1)
    if not tree.get("meshes"):
        tree.pop("meshes", None)
    children = {child for entry in entries for child in entry.get("children", [])}
    tree["scenes"] = [{"nodes": [n for n in range(len(entries)) if n not in children]}]
    if tracks:
        tree["animations"] = [animation(build, tracks)]
    tree["buffers"] = [{"byteLength": len(build.data)}]
    tree["bufferViews"], tree["accessors"] = build.views, build.accessors
    return tree, bytes(build.data)


def animation(build: Builder, tracks: Sequence[Track], name: str = "first") -> dict[str, Any]:
    samplers, channels = [], []
    for number, track in enumerate(tracks):
        times = build.add(np.array(track.times)[:, None], "SCALAR", bounds=True)
        values = np.asarray(track.values)
        kind = {3: "VEC3", 4: "VEC4"}[values.shape[-1]]
        output = build.add(values.reshape(-1, values.shape[-1]), kind)
        samplers.append({"input": times, "output": output, "interpolation": track.interpolation})
        channels.append({"sampler": number, "target": {"node": track.node, "path": track.path}})
    return {"name": name, "samplers": samplers, "channels": channels}


def glb_bytes(tree: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    data += bytes(-len(data) % 4)
    parts = struct.pack("<I4s", len(text), b"JSON") + text
    parts += struct.pack("<I4s", len(data), b"BIN\0") + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(parts)) + parts


def gltf_text(tree: dict[str, Any], data: bytes, uri: str | None = None) -> str:
    uri = uri or "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    return json.dumps(tree | {"buffers": [{"byteLength": len(data), "uri": uri}]})


def write_glb(path: Path, tree: dict[str, Any], data: bytes) -> Path:
    path.write_bytes(glb_bytes(tree, data))
    return path


def damaged_glb(tree: dict[str, Any], data: bytes, rng: np.random.Generator) -> bytes:
    """A file with some bytes, letters or values exchanged, whose lengths still fit."""
    tree = deepcopy(tree)
    binary = bytearray(data)
    text = bytearray(json.dumps(tree).encode())
    for _ in range(int(rng.integers(1, 4))):
        kind = rng.integers(3)
        if kind == 0:
            binary[int(rng.integers(len(binary)))] = int(rng.integers(256))
        elif kind == 1:
            text[int(rng.integers(len(text)))] = int(rng.choice(list(b'0123456789-.{}[],"e')))
        else:
            _exchange(tree, rng)
            text = bytearray(json.dumps(tree).encode())
    text += b" " * (-len(text) % 4)
    whole = glb_bytes({}, bytes(binary))
    head = 12 + 8 + 4  # of the empty JSON "{}  "
    chunks = len(text).to_bytes(4, "little") + b"JSON" + bytes(text) + whole[head:]
    return b"glTF" + (2).to_bytes(4, "little") + (12 + len(chunks)).to_bytes(4, "little") + chunks


def _exchange(tree: Any, rng: np.random.Generator) -> None:
    """One value somewhere in a JSON becomes another of any kind."""
    others: list[Any] = [None, -1, 0, 3, 10**12, 1e300, "x", [], {}, [1, 2], True, 0.5]
    at = tree
    for _ in range(20):
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return
        key = keys[int(rng.integers(len(keys)))]
        if not isinstance(at[key], dict | list) or rng.random() < 0.15:
            at[key] = others[int(rng.integers(len(others)))]
            return
        at = at[key]
