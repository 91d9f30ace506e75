"""GLB (glTF 2.0): several people in one file, each a named skeleton in a skin, one animation.

>>> write_glb("walk.glb", [body])
>>> write_glb("skeletons.glb", bodies, figure=False)
"""

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.export.mannequin import mannequin
from poise.export.people import Person, people
from poise.files import PathLike, naming, write_aside
from poise.geometry.axes import rotations_y_up, y_up
from poise.motion import Body

_FLOAT, _UNSIGNED_BYTE, _UNSIGNED_SHORT, _UNSIGNED_INT = 5126, 5121, 5123, 5125
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_KINDS = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_COMPONENTS = {
    np.dtype(np.float32): _FLOAT,
    np.dtype(np.uint8): _UNSIGNED_BYTE,
    np.dtype(np.uint16): _UNSIGNED_SHORT,
    np.dtype(np.uint32): _UNSIGNED_INT,
}


def write_glb(path: PathLike, bodies: Sequence[Body], *, figure: bool = True) -> None:
    """Write everybody into one GLB file, y up and in metres, as glTF always is.

    `figure=False` leaves the mannequins out and keeps the skeletons. What is known beyond the
    motion (frame rate, contacts, filled gaps, what was assumed) stands in `extras`.
    """
    with naming(path):
        document, data = _Document(), people(bodies)
        for person in data.people:
            _add_person(document, person, figure)
        document.json["animations"] = [_animation(document, data.people)]
        document.json["scenes"][0]["extras"] = data.about() | {"up": "y"}
        packed = document.packed()
    with write_aside(path) as scratch:
        scratch.write_bytes(packed)


class _Document:
    """The JSON of a glTF file and its one buffer, as they grow."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "poise"},
            "scene": 0,
            "scenes": [{"name": "poise", "nodes": []}],
            "nodes": [],
            "skins": [],
            "accessors": [],
            "bufferViews": [],
        }
        self.data = bytearray()
        self._times: dict[bytes, int] = {}

    def add(self, kind: str, item: dict[str, Any]) -> int:
        """Append to one of the lists; its place there."""
        self.json.setdefault(kind, []).append(item)
        return len(self.json[kind]) - 1

    def accessor(self, array: np.ndarray, target: int | None = None, bounds: bool = False) -> int:
        """Put an array of (count, components) into the buffer."""
        self.data += b"\0" * (-len(self.data) % 4)
        view: dict[str, Any] = {
            "buffer": 0,
            "byteOffset": len(self.data),
            "byteLength": array.nbytes,
        }
        if target is not None:
            view["target"] = target
        self.data += np.ascontiguousarray(array).tobytes()
        item: dict[str, Any] = {
            "bufferView": self.add("bufferViews", view),
            "componentType": _COMPONENTS[array.dtype],
            "count": len(array),
            "type": _KINDS[array.shape[1]],
        }
        if bounds:
            # Through float32 and back, so that the JSON says exactly what the buffer holds.
            item["min"] = array.min(axis=0).tolist()
            item["max"] = array.max(axis=0).tolist()
        return self.add("accessors", item)

    def times(self, seconds: Float[np.ndarray, " time"]) -> int:
        """The accessor of these times, one for all who share them."""
        array = seconds.astype(np.float32)[:, None]
        key = array.tobytes()
        if key not in self._times:
            self._times[key] = self.accessor(array, bounds=True)
        return self._times[key]

    def packed(self) -> bytes:
        """The whole file."""
        self.data += b"\0" * (-len(self.data) % 4)
        self.json["buffers"] = [{"byteLength": len(self.data)}]
        text = json.dumps(self.json, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        length = 12 + 8 + len(text) + 8 + len(self.data)
        if length >= 2**32:
            raise PoiseError(
                "more than 4 GB, which no GLB file holds; write fewer people or frames"
            )
        return b"".join(
            [
                struct.pack("<4sII", b"glTF", 2, length),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(self.data), b"BIN\0"),
                bytes(self.data),
            ]
        )


def _add_person(document: _Document, person: Person, figure: bool) -> None:
    """Nodes of the joints in the rest pose, skin, and the mannequin's mesh."""
    rig = person.rig
    first = len(document.json["nodes"])
    places = rig.standing()
    for joint, name in enumerate(person.joints):
        parent = rig.skeleton.parents[joint]
        here = places[joint] - (places[parent] if parent >= 0 else 0)
        node: dict[str, Any] = {"name": name, "translation": _numbers(y_up(here))}
        children = [first + c for c, p in enumerate(rig.skeleton.parents) if p == joint]
        document.add("nodes", node | ({"children": children} if children else {}))
    roots = [first + joint for joint, parent in enumerate(rig.skeleton.parents) if parent < 0]
    stand = document.add(
        "nodes", {"name": person.name, "children": roots, "extras": person.about()}
    )
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(places), 1, 1))
    inverse[:, 3, :3] = -y_up(places)  # column by column, so the shift comes last
    skin = document.add(
        "skins",
        {
            "name": person.name,
            "inverseBindMatrices": document.accessor(inverse.reshape(-1, 16)),
            "skeleton": stand,
            "joints": list(range(first, first + len(places))),
        },
    )
    scene = document.json["scenes"][0]["nodes"]
    scene.append(stand)
    if figure:
        mesh = _mesh(document, person)
        # A mesh in a skin goes where its joints go: at the root of the scene, as glTF advises.
        name = f"{person.name}_figure"
        scene.append(document.add("nodes", {"name": name, "mesh": mesh, "skin": skin}))
    person.first_node = first


def _mesh(document: _Document, person: Person) -> int:
    surface = mannequin(person.rig)
    kind = np.uint8 if len(person.joints) <= 256 else np.uint16
    attributes = {
        "POSITION": document.accessor(
            y_up(surface.vertices).astype(np.float32), _ARRAY_BUFFER, bounds=True
        ),
        "NORMAL": document.accessor(y_up(surface.normals).astype(np.float32), _ARRAY_BUFFER),
        "JOINTS_0": document.accessor(surface.joints.astype(kind), _ARRAY_BUFFER),
        "WEIGHTS_0": document.accessor(surface.weights.astype(np.float32), _ARRAY_BUFFER),
    }
    primitives = []
    for dark, (word, colour) in enumerate(zip(("light", "dark"), person.colours, strict=True)):
        faces = surface.faces[surface.dark == bool(dark)]
        if not len(faces):
            continue
        material = {
            "name": f"{person.name}_{word}",
            "pbrMetallicRoughness": {
                "baseColorFactor": [*colour, 1.0],
                "metallicFactor": 0.0,
                "roughnessFactor": 0.6,
            },
        }
        indices = document.accessor(faces.reshape(-1, 1).astype(np.uint32), _ELEMENT_ARRAY_BUFFER)
        primitives.append(
            {
                "attributes": attributes,
                "indices": indices,
                "material": document.add("materials", material),
            }
        )
    return document.add("meshes", {"name": f"{person.name}_figure", "primitives": primitives})


def _animation(document: _Document, everybody: Sequence[Person]) -> dict[str, Any]:
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def channel(node: int, path: str, times: int, values: np.ndarray) -> None:
        output = document.accessor(values.astype(np.float32))
        samplers.append({"input": times, "output": output, "interpolation": "LINEAR"})
        target = {"node": node, "path": path}
        channels.append({"sampler": len(samplers) - 1, "target": target})

    for person in everybody:
        rig, times = person.rig, document.times(person.times)
        for joint in range(len(person.joints)):
            node = person.first_node + joint
            if joint in rig.moving:
                channel(node, "translation", times, y_up(rig.path[:, joint]))
            turns = rotations_y_up(rig.rotations[:, joint])
            channel(node, "rotation", times, np.roll(turns, -1, axis=-1))  # glTF has x, y, z, w
    return {"name": "motion", "samplers": samplers, "channels": channels}


def _numbers(values: np.ndarray) -> list[float]:
    """Numbers as the file's single precision has them, in few digits."""
    return [float(f"{x:.7g}") + 0.0 for x in values]
