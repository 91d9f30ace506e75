"""glTF 2.0 files, binary or not: their nodes, their buffers, and the numbers in them.

>>> file = read_gltf("character.glb")
>>> file.tree["nodes"][0]["name"]
'Armature'
"""

import base64
import binascii
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from jaxtyping import Float

from poise.data.numbers import LARGEST
from poise.errors import PoiseError
from poise.files import PathLike, naming, read_bytes

MAGIC = b"glTF"
JSON_CHUNK, BIN_CHUNK = b"JSON", b"BIN\0"
FLOAT = 5126  # glTF's word for single precision
_TYPES: dict[int, tuple[str, float]] = {  # component type: how it is stored, what it is divided by
    5120: ("i1", 127.0),
    5121: ("u1", 255.0),
    5122: ("<i2", 32767.0),
    5123: ("<u2", 65535.0),
    5125: ("<u4", 1.0),
    FLOAT: ("<f4", 1.0),
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_MOST_NODES = 100_000  # whole scenes have thousands; a damaged or hostile file any number


@dataclass(frozen=True, eq=False)
class Gltf:
    """A file's JSON, and the bytes of its buffers."""

    path: Path
    tree: dict[str, Any]
    buffers: tuple[bytes | None, ...]  # None: compressed by an extension, so not needed to be here

    def numbers(self, accessor: int) -> Float[np.ndarray, "count width"]:
        """The rows of an accessor; whole numbers that stand for fractions are made fractions."""
        about = self.table("accessors", accessor)
        kind, largest = _TYPES[about["componentType"]]
        width, count = _WIDTHS[about["type"]], _count(about["count"])
        if "bufferView" in about:
            rows = self._rows(about, kind, count, width)
        else:
            if "sparse" not in about and count > _MOST_NODES:
                raise PoiseError(f"accessor {accessor} has {count} rows and no data")
            rows = np.zeros((count, width), kind)
        if "sparse" in about:
            rows = self._sparse(about["sparse"], rows, kind, width)
        values = rows.astype(np.float64)
        if about.get("normalized"):
            values = np.maximum(values / largest, -1.0)
        if not np.all(np.abs(values) <= LARGEST):  # NaN as well
            raise PoiseError(
                f"accessor {accessor} holds numbers that are no places or turns; the file is "
                "damaged: export it again"
            )
        return values

    def table(self, name: str, index: Any) -> dict[str, Any]:
        """One entry of a list at the top of the file, such as the third of its accessors."""
        entries = self.tree.get(name, [])
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(entries):
            raise PoiseError(f"speaks of number {index!r:.20} of {len(entries)} {name}")
        entry = entries[index]
        if not isinstance(entry, dict):
            raise PoiseError(f"{name}: number {index} is no table")
        return entry

    def _rows(self, about: dict[str, Any], kind: str, count: int, width: int) -> np.ndarray:
        view = self.table("bufferViews", about["bufferView"])
        if "EXT_meshopt_compression" in view.get("extensions", {}):
            raise PoiseError(
                "its numbers are compressed (EXT_meshopt_compression); export it again without"
            )
        self.table("buffers", view["buffer"])
        data = self.buffers[view["buffer"]]
        if data is None:
            raise PoiseError(f"buffer {view['buffer']} has no data")
        size = np.dtype(kind).itemsize * width
        stride = _count(view.get("byteStride", size))
        first = _count(view.get("byteOffset", 0)) + _count(about.get("byteOffset", 0))
        last = first + max(count - 1, 0) * stride + (size if count else 0)
        if last > len(data) or stride < size:
            raise PoiseError("is cut short: its numbers reach beyond its data; export it again")
        if count == 0:
            return np.zeros((0, width), kind)
        strided = np.ndarray((count, size), "u1", data, first, (stride, 1))
        return np.ascontiguousarray(strided).view(kind)

    def _sparse(self, sparse: dict[str, Any], rows: np.ndarray, kind: str, width: int) -> Any:
        count = _count(sparse["count"])
        indices, values = sparse["indices"], sparse["values"]
        places = self._rows(indices, _TYPES[indices["componentType"]][0], count, 1)[:, 0]
        rows = rows.copy()
        rows[places] = self._rows(values, kind, count, width)
        return rows


def read_gltf(path: PathLike) -> Gltf:
    """A .glb, or a .gltf with its buffers in it or in files beside it."""
    path = Path(path)
    data = read_bytes(path)
    if not data.strip():
        raise PoiseError(f"{path}: is empty; fetch or export it again")
    tree, binary = _chunks(path, data) if data[:4] == MAGIC else (_tree(path, data), None)
    with naming(path):
        version = str(tree.get("asset", {}).get("version", "none"))
        if not version.startswith("2."):
            raise PoiseError(f"is of glTF version {version[:20]}, where 2.0 is expected")
        if len(tree.get("nodes", [])) > _MOST_NODES:
            raise PoiseError(f"has more than {_MOST_NODES} nodes; this is no character")
        buffers = tuple(
            _buffer(path, number, about, binary if number == 0 else None)
            for number, about in enumerate(tree.get("buffers", []))
        )
    return Gltf(path, tree, buffers)


def _chunks(path: Path, data: bytes) -> tuple[dict[str, Any], bytes | None]:
    if len(data) < 20:
        raise PoiseError(f"{path}: is cut short; fetch or export it again")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise PoiseError(f"{path}: is of glTF version {version}, where 2 is expected")
    if length > len(data):
        raise PoiseError(
            f"{path}: says it has {length} bytes and has {len(data)}: it is cut short; fetch or "
            "export it again"
        )
    found: dict[bytes, bytes] = {}
    start = 12
    while start + 8 <= length:
        size, kind = struct.unpack_from("<I4s", data, start)
        if start + 8 + size > length:
            raise PoiseError(f"{path}: a part of it is cut short; fetch or export it again")
        found.setdefault(kind, data[start + 8 : start + 8 + size])
        start += 8 + size
    if JSON_CHUNK not in found:
        raise PoiseError(f"{path}: has no JSON part; fetch or export it again")
    return _tree(path, found[JSON_CHUNK]), found.get(BIN_CHUNK)


def _tree(path: Path, data: bytes) -> dict[str, Any]:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PoiseError(
            f"{path}: not a glTF file, or a damaged one: its JSON cannot be read"
        ) from error
    if not isinstance(tree, dict) or "asset" not in tree:
        raise PoiseError(f"{path}: not a glTF file: its JSON has no asset")
    return tree


def _buffer(path: Path, number: int, about: dict[str, Any], binary: bytes | None) -> bytes | None:
    size, uri = _count(about["byteLength"]), about.get("uri")
    if uri is None:
        data = binary
    elif uri.startswith("data:"):
        try:
            data = base64.b64decode(uri.partition(",")[2], validate=True)
        except (binascii.Error, ValueError) as error:
            raise PoiseError(f"buffer {number} is no base64; export it again") from error
    else:
        data = read_bytes(beside(path, uri))
    if data is not None and len(data) < size:
        raise PoiseError(
            f"buffer {number} is cut short: {len(data)} of {size} bytes; export it again"
        )
    return data


def beside(path: Path, uri: str) -> Path:
    """The file that a glTF file names: in its own folder or below, nowhere else."""
    name = unquote(uri)
    if "://" in name or Path(name).is_absolute() or ".." in Path(name).parts or "\0" in name:
        raise PoiseError(
            f"{path}: its data are elsewhere ({name[:80]!r}); put them beside it, or export it as "
            "one .glb"
        )
    return path.parent / name


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise PoiseError(f"{value!r:.20} stands where a count of bytes or rows belongs")
    return value
