"""Points of marker files: whose they are, and which joint set they make."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from poise.geometry.axes import Up, z_up
from poise.motion import Motion
from poise.skeletons import SKELETONS, Skeleton

# "Bob:LKNE" as laboratories' programs write it, "person1_left_knee" as poise does where a colon
# would not be understood.
_OWNED = re.compile(r"([^:]+):(.+)|(person\d+)_(.+)")
_REGULAR = 0.05  # of a frame: how far a rounded timestamp may be off an even clock


def marker_motions(
    *,
    labels: Sequence[str],
    xyz: Float[np.ndarray, "time point 3"],
    times: Float[np.ndarray, " time"],
    fps: float,
    kind: str,
    up: Up,
    assumed: Sequence[str] = (),
) -> list[Motion]:
    """A motion for each person whose points these are; places in metres, NaN where unknown.

    Points that make a known joint set have its bones; others hang on nothing.
    """
    xyz = z_up(xyz) if up == "y" else xyz
    motions = []
    owners = _owners(labels)
    for columns in owners:
        names = _told_apart([name for name, _ in columns])
        skeleton, order = joint_set(names, kind)
        own = xyz[:, [columns[place][1] for place in order]].astype(np.float32)
        seen = np.flatnonzero(np.isfinite(own).any(axis=(1, 2)))
        # One person's frames are the file's; of several each is there for a while.
        part = slice(seen[0], seen[-1] + 1) if len(owners) > 1 and len(seen) else slice(None)
        motions.append(
            Motion(
                xyz=own[part],
                skeleton=skeleton,
                fps=fps,
                frame="world",
                placed=True,
                times=times[part],
                assumed=tuple(assumed),
            )
        )
    return motions


def joint_set(names: Sequence[str], kind: str) -> tuple[Skeleton, list[int]]:
    """The named joint set with these joints, and the place of each; else points without bones."""
    for skeleton in SKELETONS.values():
        if len(names) == len(skeleton) and set(names) == set(skeleton.joints):
            return skeleton, [names.index(joint) for joint in skeleton.joints]
    return Skeleton(kind, tuple(names), (-1,) * len(names)), list(range(len(names)))


def even_times(times: Float[np.ndarray, " time"], fps: float) -> Float[np.ndarray, " time"]:
    """The timestamps without their rounding, if they are those of this frame rate."""
    start = round(times[0] * fps) / fps
    if abs(start - times[0]) > 1e-5:
        start = times[0]
    even = start + np.arange(len(times)) / fps
    return even if np.abs(times - even).max() < _REGULAR / fps else times


def _owners(labels: Sequence[str]) -> list[list[tuple[str, int]]]:
    """(name, column) of each person's points; points without a name belong to nobody."""
    found = [_OWNED.fullmatch(label) for label in labels]
    named = [one for one, label in zip(found, labels, strict=True) if not label.startswith("*")]
    if not named or not all(named):
        return [[(label, column) for column, label in enumerate(labels)]]
    owners: dict[str, list[tuple[str, int]]] = {}
    for column, one in enumerate(found):
        if one is not None:
            owners.setdefault(one[1] or one[3], []).append((one[2] or one[4], column))
    return list(owners.values())


def _told_apart(names: Sequence[str]) -> list[str]:
    """The same names, numbered where one stands twice."""
    taken = Counter(names)
    seen: set[str] = set()
    apart = []
    for name in names:
        other, number = name, 1
        while other in seen or (number > 1 and other in taken):
            number += 1
            other = f"{name}_{number}"
        seen.add(other)
        apart.append(other)
    return apart
