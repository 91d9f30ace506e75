"""A plain room with a wooden floor, a wall behind the people, a softbox and some light from all
around."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter

from poise.cameras import Camera
from poise.data.rendered.extras import needed

_SOFTBOX = ((2.2, -3.2, 4.2), 1.1, 17.0)  # where it hangs, half its size, its radiance
_BEHIND_M = 3.4  # from where people are to the wall
_FLOOR_M, _BOARD_M = 20.0, 0.15


class Room:
    """What stands still: placed so that the camera looks at the wall.

    Its own axes are x to the camera's right, y away from the camera, z up.
    """

    def __init__(
        self, camera: Camera, path: Float[np.ndarray, "place 2"], rng: np.random.Generator
    ) -> None:
        low, high = path.min(axis=0), path.max(axis=0)
        self.middle = (low + high) / 2
        forward = self.middle - camera.position[:2]
        self.heading = float(np.arctan2(forward[0], forward[1]))  # 0: the camera looks along y
        along = np.array([np.sin(self.heading), np.cos(self.heading)])
        self.wall = _BEHIND_M + float(((path - self.middle) @ along).max())
        self.floor_colour, self.floor = _floor(rng)
        self.wall_colour = rng.uniform(0.35, 0.6) * rng.uniform(0.9, 1.1, 3)
        (aside, *rest), self.light_size, radiance = _SOFTBOX
        self.softbox = self.in_world(np.array([aside * rng.choice([-1.0, 1.0]), *rest]))
        self.radiance = radiance * rng.uniform(0.85, 1.1) * np.array([1.0, 0.96, 0.90])

    def in_world(self, point: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
        """A point of the room in the world."""
        sin, cos = np.sin(self.heading), np.cos(self.heading)
        east, north = self.middle
        x, y, z = point
        return np.array([east + x * cos + y * sin, north + y * cos - x * sin, z])

    def shadow(self, points: Float[np.ndarray, "point 3"]) -> Float[np.ndarray, "point 3"]:
        """Where the softbox throws the shadows of these points on the floor."""
        down = np.maximum(self.softbox[2] - points[:, 2:], 0.1)
        spot = self.softbox + (points - self.softbox) * (self.softbox[2] / down)
        return np.clip(spot, -50, 50) * [1, 1, 0]

    def lights(self) -> dict[str, Any]:
        """For Mitsuba: the softbox, and light from above and, thrown back by the floor, below."""
        mi = needed("mitsuba")
        T = mi.ScalarTransform4f
        sky = np.zeros((16, 32, 3), np.float32)
        sky[:8] = np.linspace(0.75, 0.45, 8)[:, None, None] * [1.0, 1.02, 1.06]
        sky[8:] = 0.42 * self.floor_colour
        target = self.in_world(np.array([0, 0, 0.9]))
        hung = T().look_at(origin=self.softbox.tolist(), target=target.tolist(), up=[0, 0, 1])
        return {
            "softbox": {
                "type": "rectangle",
                "to_world": hung.scale([self.light_size, self.light_size, 1]),
                "emitter": {
                    "type": "area",
                    "radiance": {"type": "rgb", "value": self.radiance.tolist()},
                },
            },
            "sky": {
                "type": "envmap",
                "bitmap": mi.Bitmap(sky),
                "to_world": T().rotate([1, 0, 0], 90),
            },
        }

    def walls(self) -> dict[str, Any]:
        """For Mitsuba: floor, wall and skirting board."""
        mi = needed("mitsuba")
        turned = (
            mi.ScalarTransform4f()
            .translate([*self.middle.tolist(), 0])
            .rotate([0, 0, 1], float(-np.rad2deg(self.heading)))
        )
        upright = turned.translate([0, self.wall, 0]).rotate([1, 0, 0], 90)
        board = turned.translate([0, self.wall - 0.02, 0.05])
        half = _FLOOR_M / 2
        wood = {"type": "bitmap", "bitmap": mi.Bitmap(self.floor), "raw": True}
        return {
            "floor": {
                "type": "rectangle",
                "to_world": turned.scale([half, half, 1]),
                "bsdf": {"type": "diffuse", "reflectance": wood},
            },
            "wall": {
                "type": "rectangle",
                "to_world": upright.scale([half, 8, 1]),
                "bsdf": _painted(self.wall_colour.tolist()),
            },
            "skirting": {
                "type": "cube",
                "to_world": board.scale([half, 0.02, 0.05]),
                "bsdf": _painted([0.7, 0.7, 0.7]),
            },
        }


def _painted(colour: list[float]) -> dict[str, Any]:
    return {"type": "diffuse", "reflectance": {"type": "rgb", "value": colour}}


def _floor(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The mean colour of a floor of boards, and its picture in linear light."""
    base = np.array([0.34, 0.22, 0.13]) * rng.uniform(0.7, 1.3) * rng.uniform(0.85, 1.15, 3)
    size = 1600
    board = round(size * _BOARD_M / _FLOOR_M)  # in pixels
    length = size // 8
    shades = rng.uniform(0.75, 1.2, (size // board + 1, 12))
    rows = np.arange(size) // board
    starts = rng.integers(0, length, size // board + 1)
    columns = (np.arange(size)[None] + starts[rows][:, None]) // length % 12
    grain = gaussian_filter(rng.normal(0, 1, (size, size)), (0.5, 6))
    tone = shades[rows[:, None], columns] * (1 + 0.25 * grain)
    tone[np.arange(size) % board == 0] *= 0.55  # the gaps
    return base, (base * tone[..., None]).clip(0.01, 0.9).astype(np.float32)
