"""The synthetic cameras: three kinds, four around each segment, drawn from the segment's name."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from poise.cameras import Camera, look_at
from poise.data.open_benchmark.draws import rng
from poise.errors import PoiseError, did_you_mean

NUMBERS = (0, 1, 2, 3)  # the cameras of a segment, one in each quarter of the circle
NEAREST = 0.8  # m: no joint comes closer to the camera
MARGIN = 0.03  # of the image, free of joints on every side
ZOOM_OUT, STEP_BACK = 0.9, 1.1
MOST_ROUNDS = 60

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class CameraKind:
    """The ranges that cameras of one kind are drawn from."""

    name: str
    distance: Range  # m, from the middle of the segment
    height: tuple[Range, Range]  # m above the floor, of even and of odd cameras
    focal: Range  # over image width
    roll_deg: float
    jitter: float  # m, how far off the middle the camera looks, per axis
    image_size: tuple[tuple[int, int], tuple[int, int]]  # of even and of odd cameras
    widest: float = 0.8  # focal length over image width: below it the camera steps back instead


_SQUARE, _WIDE = (1000, 1000), (1920, 1080)

STD = CameraKind(
    name="std",
    distance=(2.5, 8.0),
    height=((0.3, 2.5), (0.3, 2.5)),
    focal=(0.8, 2.0),
    roll_deg=3,
    jitter=0.2,
    image_size=(_SQUARE, _WIDE),
)
A = CameraKind(
    name="A",
    distance=(3.5, 5.5),
    height=((1.2, 1.8), (1.2, 1.8)),
    focal=(1.0, 1.3),
    roll_deg=1,
    jitter=0.2,
    image_size=(_SQUARE, _SQUARE),
)
B = CameraKind(
    name="B",
    distance=(2.5, 8.0),
    height=((0.3, 0.8), (2.4, 3.6)),
    focal=(0.8, 2.0),
    roll_deg=8,
    jitter=0.3,
    image_size=(_WIDE, _WIDE),
)
KINDS = {kind.name: kind for kind in (STD, A, B)}


def camera_kind(name: str) -> CameraKind:
    """One of the kinds by its name."""
    if name in KINDS:
        return KINDS[name]
    raise PoiseError(f"no kind of camera is called {name!r}{did_you_mean(name, list(KINDS))}")


def camera(
    xyz: Float[np.ndarray, "time 17 3"], segment: str, number: int, kind: CameraKind
) -> Camera:
    """The camera of this number that films a segment (its joints in the world, its id)."""
    if number not in NUMBERS:
        raise PoiseError(f"a segment has cameras 0 to 3, not {number}")
    draws = rng(f"{segment}|{kind.name}|cam{number}").random(8)
    return place(xyz.astype(np.float64), draws, number, kind)


def place(
    xyz: Float[np.ndarray, "time 17 3"],
    draws: Float[np.ndarray, "8"],
    number: int,
    kind: CameraKind,
) -> Camera:
    """The camera that eight uniforms stand for, zoomed out or moved back until it sees all."""
    around, near, up, x, y, z, turn, zoom = draws
    centre = (xyz.min(axis=(0, 1)) + xyz.max(axis=(0, 1))) / 2
    azimuth = 2 * np.pi * (number + around) / 4
    distance, focal = _between(kind.distance, near), _between(kind.focal, zoom)
    height = _between(kind.height[number % 2], up)
    target = centre + kind.jitter * (2 * np.array([x, y, z]) - 1)
    roll = np.deg2rad(kind.roll_deg * (2 * turn - 1))
    width, image_height = kind.image_size[number % 2]
    low = np.array([width, image_height]) * MARGIN
    high = np.array([width, image_height]) * (1 - MARGIN)

    for _ in range(MOST_ROUNDS):
        away = distance * np.array([np.cos(azimuth), np.sin(azimuth)])
        position = [*(centre[:2] + away), height]
        candidate = replace(
            Camera.from_focal(width, image_height, focal * width),
            T_camera_world=look_at(position, target, roll),
        )
        seen = candidate.to_camera(xyz)
        far_enough = seen[..., 2].min() > NEAREST
        if far_enough:
            pixels = candidate.project(seen)
            if np.all((pixels >= low) & (pixels <= high)):
                break
        if far_enough and focal > kind.widest:
            focal = max(kind.widest, ZOOM_OUT * focal)
        else:
            distance = STEP_BACK * distance
    return candidate


def _between(span: Range, share: float) -> float:
    low, high = span
    return low + (high - low) * share
