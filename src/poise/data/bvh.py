"""BVH motion files, from any program: joint positions in the world and joint rotations.

>>> body = read_bvh("walk.bvh")
>>> body.motion.assumed
('1 file unit is 1 cm: ...', 'y is up: ...')
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from poise.data.bvh_guesses import METRES, RootPlace, Unit, guess_unit, place_root
from poise.data.bvh_header import BvhHeader, BvhJoint, frame_rate, parse_header
from poise.data.numbers import count_words, rows
from poise.data.posing import posed_body, turns
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike, read_text
from poise.geometry.axes import Up, z_up
from poise.motion import Body
from poise.skeletons import Skeleton


def read_bvh(
    path: PathLike,
    *,
    unit: Unit | None = None,
    up: Up = "y",
    root: RootPlace | None = None,
    native_fps: float | None = None,
    end_sites: bool = False,
) -> Body:
    """A BVH file, plain or gzipped; what it does not say is guessed and told in `assumed`.

    `root` says whether its position channels are added to its OFFSET or replace it, `native_fps`
    stands in place of the file's frame time, and `end_sites` makes joints of them (`Head_end`).
    """
    if unit is not None and unit not in METRES:
        raise PoiseError(f"no length unit is called {unit!r}{did_you_mean(unit, list(METRES))}")
    if up not in ("y", "z"):
        raise PoiseError(f"up is 'y' or 'z', not {up!r}")
    if root not in ("added", "absolute", None):
        raise PoiseError(f"root is 'added' or 'absolute', not {root!r}")
    text = read_text(path)
    header = parse_header(path, text)
    table = rows(path, text, header.channels, "one for each channel", header.start)
    fps, assumed = frame_rate(path, header, native_fps)
    assumed += _count_frames(path, header, len(table))
    names, renamed = _names(header.joints)
    offsets, path_of_root = _places(header.joints, table)
    if unit is None:
        unit, why = guess_unit(header.joints, offsets)
        assumed.append(why)
    if up == "y":
        assumed.append("y is up: BVH files do not say")

    kept = [i for i, joint in enumerate(header.joints) if end_sites or not joint.end_site]
    new = {old: i for i, old in enumerate(kept)} | {-1: -1}
    skeleton = Skeleton(
        "bvh",
        tuple(names[i] for i in kept),
        tuple(new[header.joints[i].parent] for i in kept),
    )
    body = posed_body(
        rotations=turns(np.deg2rad(table), list(_turns(header.joints)))[:, kept],
        offsets=offsets[..., kept, :] * METRES[unit],
        path=path_of_root * METRES[unit],
        skeleton=skeleton,
        fps=fps,
        model="bvh",
        up=up,
        assumed=tuple(assumed + renamed),
    )
    first = header.joints[0]
    added = [axis in {name[0] for name in first.channels if "pos" in name} for axis in "XYZ"]
    offset = np.where(added, first.offset, 0.0) * METRES[unit]
    return place_root(body, z_up(offset) if up == "y" else offset, root)


def bvh_length(path: PathLike) -> tuple[int, float]:
    """How many frames a file has and how many per second, without making its motion."""
    text = read_text(path)
    header = parse_header(path, text)
    return count_words(text, header.start) // header.channels, frame_rate(path, header)[0]


def _count_frames(path: PathLike, header: BvhHeader, found: int) -> list[str]:
    place = f"{path}: line {header.frames_line}: 'Frames:' says {header.frames}"
    if found == 0:
        raise PoiseError(f"{path}: holds no frames; export it again")
    if found < header.frames:
        raise PoiseError(
            f"{place}, but the file ends after frame {found}; fetch or export it again, or write "
            f"'Frames: {found}' there to use what is left"
        )
    if found > header.frames:  # written by hand, or by a program that streams and cannot know
        return [f"all {found} frames are meant, though 'Frames:' says {header.frames}"]
    return []


def _names(joints: Sequence[BvhJoint]) -> tuple[list[str], list[str]]:
    """Names that differ, and what was renamed for that, in words."""
    taken = Counter(joint.name for joint in joints)
    seen: set[str] = set()
    names, renamed = [], []
    for joint in joints:
        name, number = joint.name, 1
        while name in seen or (number > 1 and name in taken):
            number += 1
            name = f"{joint.name}_{number}"
        if name != joint.name and not joint.end_site:
            renamed.append(f"a further joint called {joint.name} is {name} here")
        seen.add(name)
        names.append(name)
    return names, renamed


def _turns(joints: Sequence[BvhJoint]) -> Iterator[tuple[str, list[int]]]:
    """Each joint's axes in order, and the columns with its angles."""
    column = 0
    for joint in joints:
        names = [channel[0].lower() if "rot" in channel else "" for channel in joint.channels]
        yield "".join(names), [column + i for i, axis in enumerate(names) if axis]
        column += len(names)


def _places(
    joints: Sequence[BvhJoint], table: Float[np.ndarray, "time channel"]
) -> tuple[Float[np.ndarray, "*time joint 3"], Float[np.ndarray, "time 3"]]:
    """Every joint's offset from its parent (of each frame only where one changes), the root's path.

    The root's position channels are added to its OFFSET here; those of other joints replace it.
    """
    offsets = np.array([joint.offset for joint in joints])
    moved: dict[int, np.ndarray] = {}
    column = 0
    for index, joint in enumerate(joints):
        for name in joint.channels:
            if "position" in name:
                axis = "XYZ".index(name[0])
                path = moved.setdefault(index, np.tile(offsets[index], (len(table), 1)))
                path[:, axis] = table[:, column] + (path[:, axis] if index == 0 else 0)
            column += 1
    root = moved.pop(0, np.tile(offsets[0], (len(table), 1)))
    offsets[0] = 0
    for index, path in moved.items():
        offsets[index] = np.median(path, axis=0)
    # Many programs write positions for all joints, that stay at one place up to rounding.
    changing = {
        index: path
        for index, path in moved.items()
        if np.abs(path - offsets[index]).max() > 1e-4 * np.abs(offsets[index]).max()
    }
    if changing:
        offsets = np.repeat(offsets[None], len(table), axis=0)
        for index, path in changing.items():
            offsets[:, index] = path
    return offsets, root
