"""GLB files as pygltflib reads them, posed plainly; and the Khronos validator, where it is."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

HERE = Path(__file__).parent
_TYPES = {5126: np.float32, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32}
_WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Gltf:
    """One file."""

    def __init__(self, path: Path) -> None:
        import pygltflib

        self.file = pygltflib.GLTF2.load_binary(str(path))
        self.blob = self.file.binary_blob()
        self.names = [node.name for node in self.file.nodes]
        self.parents = [-1] * len(self.names)
        for place, node in enumerate(self.file.nodes):
            for child in node.children or []:
                self.parents[child] = place

    def array(self, accessor: int) -> np.ndarray:
        item = self.file.accessors[accessor]
        view = self.file.bufferViews[item.bufferView]
        width = _WIDTHS[item.type]
        flat = np.frombuffer(
            self.blob,
            _TYPES[item.componentType],
            item.count * width,
            (view.byteOffset or 0) + (item.byteOffset or 0),
        )
        return flat.reshape(item.count, width)

    def world(self, seconds: float | None = None) -> np.ndarray:
        """The matrix of every node at a time, slerped between keys; None: as the nodes rest."""
        places = [np.array(node.translation or (0, 0, 0), float) for node in self.file.nodes]
        turns = [Rotation.from_quat(node.rotation or (0, 0, 0, 1)) for node in self.file.nodes]
        if seconds is not None:
            for channel in self.file.animations[0].channels:
                sampler = self.file.animations[0].samplers[channel.sampler]
                times = self.array(sampler.input)[:, 0].astype(float)
                values = self.array(sampler.output).astype(float)
                at = float(np.clip(seconds, times[0], times[-1]))
                node = channel.target.node
                if channel.target.path == "translation":
                    places[node] = np.array([np.interp(at, times, column) for column in values.T])
                elif len(times) == 1:
                    turns[node] = Rotation.from_quat(values[0])
                else:
                    turns[node] = Slerp(times, Rotation.from_quat(values))(at)
        found: list[np.ndarray | None] = [None] * len(self.names)

        def matrix(node: int) -> np.ndarray:
            if (known := found[node]) is not None:
                return known
            local = np.eye(4)
            local[:3, :3], local[:3, 3] = turns[node].as_matrix(), places[node]
            parent = self.parents[node]
            found[node] = result = local if parent < 0 else matrix(parent) @ local
            return result

        return np.stack([matrix(node) for node in range(len(self.names))])

    def skinned(self, skin: int, seconds: float | None = None) -> np.ndarray:
        """Where the vertices of a skin's mesh are."""
        about = self.file.skins[skin]
        node = next(node for node in self.file.nodes if node.skin == skin)
        attributes = self.file.meshes[node.mesh].primitives[0].attributes
        inverse = self.array(about.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
        carry = self.world(seconds)[about.joints] @ inverse
        joints, weights = self.array(attributes.JOINTS_0), self.array(attributes.WEIGHTS_0)
        blended = (carry[joints] * weights[..., None, None]).sum(axis=1)
        points = self.array(attributes.POSITION)
        return np.einsum("vij,vj->vi", blended[:, :3, :3], points) + blended[:, :3, 3]


def validated(path: Path) -> dict:
    """What the Khronos validator says of a file."""
    module = (
        Path(os.environ.get("POISE_GLTF_VALIDATOR", ""))
        if "POISE_GLTF_VALIDATOR" in (os.environ)
        else HERE.parent / ".node" / "node_modules" / "gltf-validator"
    )
    if shutil.which("node") is None or not module.exists():
        pytest.skip("the Khronos glTF validator is not here: 'make validator' fetches it (npm)")
    script = (
        "const v = require(process.argv[1]), fs = require('fs');"
        "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2])))"
        ".then(r => console.log(JSON.stringify(r.issues)));"
    )
    told = subprocess.run(
        ["node", "-e", script, str(module), str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(told.stdout)
