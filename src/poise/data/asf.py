"""ASF files: the skeleton of one subject, on which AMC and exponential-map files are posed.

>>> asf = read_asf("02.asf")
>>> asf.skeleton
Skeleton(cmu38, 38 joints)
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.data.numbers import LONGEST_NAME, number
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike, read_text
from poise.geometry.rotations import euler_to_quaternion
from poise.skeletons import CMU31, CMU38, Skeleton

_MOST_BONES = 1000  # as with BVH files: more is no person
_INCH_M = 0.0254
_ROOT = ("tx", "ty", "tz", "rx", "ry", "rz")

Block = dict[str, tuple[int, list[str]]]
"""What a file says of one thing: a keyword, its line, and the words after it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Asf:
    """A subject's bones, as a tree of joints at the bones' STARTS.

    Bones that start at one place turn each in its own way (`thorax` carries the neck and both
    clavicles). So that every joint has one rotation, each bone has a joint of its own at its
    start, though several may lie at one place, and bones that carry none another at their end.
    BVH files are made in the same way.
    """

    skeleton: Skeleton  # CMU38 for CMU's subjects
    offsets: Float[np.ndarray, "joint 3"]  # metres, y up; each joint from its parent
    axes: Float[np.ndarray, "joint 4"]  # a bone's own axes, about which its channels turn
    starts: dict[str, int]  # the joint at which a bone starts; "root" is the first
    channels: dict[str, tuple[str, ...]]  # what an AMC file says of a bone: "tx", "rz" ...
    root_axes: str  # "xyz": the root turns about x first, then y, then z
    metres: float  # of one unit of length
    degrees: bool


def read_asf(path: PathLike) -> Asf:
    """An ASF file, plain or gzipped."""
    sections = _sections(read_text(path))
    for name in ("root", "bonedata", "hierarchy"):
        if name not in sections:
            raise PoiseError(f"{path}: has no :{name}; it is not an ASF file, or cut short")
    root = _block(sections["root"])
    bones = _bones(path, sections["bonedata"])
    parents = _parents(path, sections["hierarchy"], bones)
    order = ["root", *bones]
    if set(order) == set(CMU31.joints):
        order = list(CMU31.joints)
    units = _block(sections.get("units", []))
    degrees = units.get("angle", (0, ["deg"]))[1][:1] != ["rad"]
    vectors = {name: _vector(path, name, block) for name, block in bones.items()}
    vectors["root"] = np.zeros(3)

    joints: list[tuple[str, str, np.ndarray]] = []  # name, parent's name, offset
    axes = []
    carrying = set(parents.values())
    for bone in order:
        parent = parents.get(bone, "")
        joints.append((bone, parent, vectors[parent] if parent else vectors["root"]))
        axes.append(_axes(path, bone, bones[bone], degrees) if parent else np.eye(4)[0])
        if bone not in carrying and parent:
            joints.append((f"{bone}_end", bone, vectors[bone]))
            axes.append(np.eye(4)[0])
    names = [name for name, _, _ in joints]
    starts = {bone: names.index(bone) for bone in order}
    return Asf(
        skeleton=_skeleton(path, names, [starts.get(parent, -1) for _, parent, _ in joints]),
        offsets=np.array([offset for _, _, offset in joints]) * _metres(path, units),
        axes=np.array(axes),
        starts=starts,
        channels={"root": _root_channels(path, root)}
        | {bone: _channels(path, bone, block) for bone, block in bones.items()},
        root_axes=_root_axes(path, root),
        metres=_metres(path, units),
        degrees=degrees,
    )


def asf_of(given: Asf | PathLike) -> Asf:
    """A skeleton that may have been read already."""
    return given if isinstance(given, Asf) else read_asf(given)


def _sections(text: str) -> dict[str, list[tuple[int, list[str]]]]:
    """The lines under each ":keyword", as words."""
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    lines: list[tuple[int, list[str]]] = []
    for line, row in enumerate(text.split("\n"), start=1):
        words = row.partition("#")[0].split()
        if words and words[0].startswith(":"):
            lines = sections.setdefault(words[0][1:].lower(), [])
        elif words:
            lines.append((line, words))
    return sections


def _block(lines: list[tuple[int, list[str]]]) -> Block:
    return {words[0].lower(): (line, words[1:]) for line, words in lines}


def _bones(path: PathLike, lines: list[tuple[int, list[str]]]) -> dict[str, Block]:
    bones: dict[str, Block] = {}
    block: list[tuple[int, list[str]]] | None = None
    for line, words in lines:
        match words[0].lower():
            case "begin":
                block = []
            case "end" if block is not None:
                found = _block(block)
                if len(found.get("name", (line, []))[1]) != 1:
                    raise PoiseError(f"{path}: line {line}: a bone without a name ends here")
                name = found["name"][1][0]
                if len(name) > LONGEST_NAME:
                    raise PoiseError(f"{path}: line {line}: a bone's name has {len(name)} letters")
                if name in bones or name == "root":
                    raise PoiseError(f"{path}: line {line}: a second bone is called {name}")
                bones[name], block = found, None
            case _ if block is not None:
                block.append((line, words))
            case _:
                raise PoiseError(f"{path}: line {line}: {words[0][:20]!r} is not expected here")
    if block is not None or not bones:
        raise PoiseError(f"{path}: :bonedata is cut short: a bone's 'end' is missing")
    if len(bones) > _MOST_BONES:
        raise PoiseError(f"{path}: more than {_MOST_BONES} bones; this is no person's skeleton")
    return bones


def _parents(
    path: PathLike, lines: list[tuple[int, list[str]]], bones: dict[str, Block]
) -> dict[str, str]:
    parents: dict[str, str] = {}
    for line, words in lines:
        if words[0].lower() in ("begin", "end"):
            continue
        for name in words:
            if name not in bones and name != "root":
                hint = did_you_mean(name, list(bones))
                raise PoiseError(f"{path}: line {line}: no bone is called {name[:40]!r}{hint}")
        for child in words[1:]:
            if child in parents or child == "root":
                raise PoiseError(f"{path}: line {line}: {child} hangs on two bones")
            parents[child] = words[0]
    loose = [bone for bone in bones if bone not in parents]
    if loose:
        raise PoiseError(
            f"{path}: bone {loose[0]} hangs on nothing in the :hierarchy; the file is cut short or "
            "damaged"
        )
    return parents


def _skeleton(path: PathLike, names: list[str], parents: list[int]) -> Skeleton:
    if tuple(parents) == CMU38.parents and set(CMU31.joints) < set(names):
        return CMU38
    try:
        return Skeleton("asf", tuple(names), tuple(parents))
    except PoiseError as error:
        raise PoiseError(f"{path}: {error}") from error


def _numbers(path: PathLike, block: Block, key: str, count: int, of: str) -> list[float]:
    line, words = block.get(key, (0, []))
    if len(words) < count:
        place = f"line {line}: " if line else ""
        raise PoiseError(f"{path}: {place}{of} needs '{key}' with {count} numbers")
    return [number(path, line, word) for word in words[:count]]


def _metres(path: PathLike, units: Block) -> float:
    """The files' lengths are inches divided by the length that they state: 0.45 at CMU."""
    length = _numbers(path, units, "length", 1, "units")[0] if "length" in units else 1.0
    if not 1e-4 < length < 1e4:
        raise PoiseError(f"{path}: line {units['length'][0]}: the unit of length is {length:g}")
    return _INCH_M / length


def _vector(path: PathLike, name: str, block: Block) -> np.ndarray:
    direction = _numbers(path, block, "direction", 3, f"bone {name}")
    return np.array(direction) * _numbers(path, block, "length", 1, f"bone {name}")


def _axes(path: PathLike, name: str, block: Block, degrees: bool) -> np.ndarray:
    angles = np.array(_numbers(path, block, "axis", 3, f"bone {name}"))
    line, words = block["axis"]
    order = words[3].lower() if len(words) > 3 else "xyz"
    if sorted(order) != ["x", "y", "z"]:
        raise PoiseError(f"{path}: line {line}: {words[3][:20]!r} is not an order of the axes")
    # The first axis turns first: XYZ is Rz Ry Rx.
    angles = np.deg2rad(angles) if degrees else angles
    return euler_to_quaternion(angles[::-1], order[::-1])


def _channels(path: PathLike, bone: str, block: Block) -> tuple[str, ...]:
    line, words = block.get("dof", (0, []))
    names = tuple(word.lower() for word in words)
    if len(set(names)) != len(names) or not set(names) <= {"rx", "ry", "rz"}:
        raise PoiseError(
            f"{path}: line {line}: bone {bone} moves by {' '.join(words)[:40]}; only turns are "
            "understood: rx, ry, rz, each once"
        )
    return names


def _root_channels(path: PathLike, root: Block) -> tuple[str, ...]:
    line, words = root.get("order", (0, list(_ROOT)))
    names = tuple(word.lower() for word in words)
    if sorted(names) != sorted(_ROOT):
        raise PoiseError(f"{path}: line {line}: the root's order must name each of TX to RZ once")
    for key in ("position", "orientation"):
        if key in root and any(_numbers(path, root, key, 3, "the root")):
            raise PoiseError(
                f"{path}: line {root[key][0]}: the root's {key} is not 0 0 0; skeletons that start "
                "elsewhere are not understood"
            )
    return names


def _root_axes(path: PathLike, root: Block) -> str:
    line, words = root.get("axis", (0, ["xyz"]))
    axes = words[0].lower() if words else ""
    if sorted(axes) != ["x", "y", "z"]:
        raise PoiseError(f"{path}: line {line}: the root's axis is an order such as XYZ")
    return axes
