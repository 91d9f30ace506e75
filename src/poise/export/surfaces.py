"""Closed surfaces drawn through rings, and which joints carry their vertices."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

_SIDES = 16  # vertices around a ring
_CAP = 4  # rings that round an end off


@dataclass(frozen=True, eq=False)
class Surface:
    """Vertices in the rest pose (z up, metres), triangles, up to four joints for each vertex."""

    vertices: Float[np.ndarray, "vertex 3"]
    normals: Float[np.ndarray, "vertex 3"]
    faces: Int[np.ndarray, "face 3"]
    joints: Int[np.ndarray, "vertex 4"]
    weights: Float[np.ndarray, "vertex 4"]  # they add up to one
    dark: Bool[np.ndarray, " face"]  # which of the two materials


def together(parts: Sequence[Surface]) -> Surface:
    """Several surfaces as one, light faces before dark ones."""
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([part.faces + at for part, at in zip(parts, starts, strict=False)])
    dark = np.concatenate([part.dark for part in parts])
    order = np.argsort(dark, kind="stable")

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return Surface(
        joined("vertices"),
        joined("normals"),
        faces[order],
        joined("joints"),
        joined("weights"),
        dark[order],
    )


def lofted(
    centres: Float[np.ndarray, "ring 3"],
    sideways: Float[np.ndarray, "3"],
    forward: Float[np.ndarray, "3"],
    reach: Float[np.ndarray, "ring 3"],
    *,
    square: float = 2.0,
    sides: int = _SIDES,
) -> tuple[Float[np.ndarray, "vertex 3"], Int[np.ndarray, "face 3"]]:
    """The surface through rings about these centres, its ends closed by a point.

    `reach` is how far each ring goes to both sides, forward and backward. `square` is 2 for an
    ellipse, and more for a shape with corners that are rounded.
    """
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    cos, sin = np.cos(angle), np.sin(angle)
    x = np.sign(cos) * np.abs(cos) ** (2 / square)
    y = np.sign(sin) * np.abs(sin) ** (2 / square)
    along = np.where(y > 0, reach[:, 1:2], reach[:, 2:3]) * y
    rings = centres[:, None] + (reach[:, :1] * x)[..., None] * sideways + along[..., None] * forward
    count = len(centres)
    vertices = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(axis=1)])
    ring, side = np.meshgrid(np.arange(count - 1), np.arange(sides), indexing="ij")
    a, b = ring * sides + side, ring * sides + (side + 1) % sides
    strips = np.stack([a, b, b + sides, a, b + sides, a + sides], axis=-1).reshape(-1, 3)
    first, last = np.arange(sides), (count - 1) * sides + np.arange(sides)
    ends = [
        np.stack([np.roll(first, -1), first, np.full(sides, count * sides)], axis=-1),
        np.stack([last, np.roll(last, -1), np.full(sides, count * sides + 1)], axis=-1),
    ]
    faces = np.concatenate([strips, *ends])
    a_, b_, c_ = (vertices[faces[:, i]] - vertices.mean(axis=0) for i in range(3))
    if (np.cross(a_, b_) * c_).sum() < 0:  # seen from outside, triangles run counter-clockwise
        faces = faces[:, ::-1]
    return vertices, np.ascontiguousarray(faces)


def limb(
    start: Float[np.ndarray, "3"],
    end: Float[np.ndarray, "3"],
    forward: Float[np.ndarray, "3"],
    keys: Sequence[tuple[float, float, float, float]],
    *,
    rings: int = 16,
    square: float = 2.0,
    sides: int = _SIDES,
    cap: float = 1.0,
) -> tuple[Float[np.ndarray, "vertex 3"], Int[np.ndarray, "face 3"]]:
    """A surface around a straight line, its ends rounded; `cap` 1 is half a ball, 0 flat.

    `keys` say at which share of the way it reaches how far (metres): to both sides, forward,
    backward. `forward` is taken at a right angle to the line.
    """
    along = end - start
    length = float(np.linalg.norm(along))
    axis = along / max(length, 1e-9)
    forward = forward - axis * (forward @ axis)
    forward /= np.linalg.norm(forward)
    table = smooth(np.array(keys, np.float64), rings)
    place, reach = table[:, 0] * length, table[:, 1:]
    round_ = np.linspace(np.pi / 2, 0, _CAP, endpoint=False)  # from the pole to the first ring
    low, high = (cap * reach[i].mean() for i in (0, -1))
    place = np.concatenate(
        [place[0] - low * np.sin(round_), place, place[-1] + high * np.sin(round_[::-1])]
    )
    shrink = np.maximum(np.cos(round_), 0.02)[:, None]
    reach = np.concatenate([reach[0] * shrink, reach, reach[-1] * shrink[::-1]])
    centres = start + place[:, None] * axis
    return lofted(centres, np.cross(axis, forward), forward, reach, square=square, sides=sides)


def smooth(keys: Float[np.ndarray, "key column"], rings: int) -> Float[np.ndarray, "ring column"]:
    """A table with more rows, evenly spaced in its first column."""
    from scipy.interpolate import PchipInterpolator  # never beyond its keys, so no bulges

    at = np.linspace(keys[0, 0], keys[-1, 0], rings)
    return np.column_stack([at, PchipInterpolator(keys[:, 0], keys[:, 1:])(at)])


def chain_weights(
    place: Float[np.ndarray, " vertex"], stations: Sequence[tuple[float, float]]
) -> Float[np.ndarray, "vertex joint"]:
    """How much each joint of a chain carries what lies at `place` along it.

    A station is where a joint takes over from the one before, and over how long a stretch.
    """
    taken = [np.ones_like(place)]
    for at, stretch in stations[1:]:
        share = np.clip((place - at) / max(stretch, 1e-9) + 0.5, 0, 1)
        taken.append(np.minimum(taken[-1], share * share * (3 - 2 * share)))
    taken.append(np.zeros_like(place))
    return np.stack([a - b for a, b in pairwise(taken)], axis=-1)


def skinned(
    vertices: Float[np.ndarray, "vertex 3"],
    faces: Int[np.ndarray, "face 3"],
    joints: Sequence[int],
    weights: Float[np.ndarray, "vertex joint"],
    *,
    dark: bool = False,
) -> Surface:
    """The surface with smooth normals and its four strongest joints for each vertex."""
    normals = np.zeros_like(vertices)
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    for corner in range(3):
        np.add.at(normals, faces[:, corner], np.cross(b - a, c - a))
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    four = np.argsort(-weights, axis=-1, kind="stable")[:, :4]
    strongest = np.take_along_axis(weights, four, axis=-1)
    named = np.array(joints)[four]
    pad = ((0, 0), (0, 4 - strongest.shape[1]))
    strongest, named = np.pad(strongest, pad), np.pad(named, pad)
    strongest = strongest / strongest.sum(axis=-1, keepdims=True)
    named = np.where(strongest > 0, named, 0)  # who carries nothing has no name either
    return Surface(vertices, normals, faces, named, strongest, np.full(len(faces), dark))
