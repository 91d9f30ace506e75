"""A plain studio in Mitsuba, and people who are rendered into it frame by frame.

The studio is rendered once. In each frame only the people are, and the share of light that they
take from floor and wall; both are laid over the studio's picture.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter

from poise.cameras import Camera
from poise.data.rendered.acting import Actor
from poise.data.rendered.anatomy import anny
from poise.data.rendered.denoising import calm
from poise.data.rendered.extras import needed
from poise.errors import PoiseError

Picture = Float[np.ndarray, "height width 3"]

_KEY = ((-2.2, -3.2, 4.2), 1.1, 17.0)  # where the softbox hangs, its half size, its radiance
_WALL_M = 3.6  # from the middle of the studio to the wall, away from the camera
_SHADOW_SCALE = 4  # shadows are rendered at a quarter of the resolution
_SHADOW_SAMPLES = 12


class Studio:
    """A studio with one camera.

    >>> studio = Studio(camera, [actor])
    >>> picture = studio.picture(0)
    """

    def __init__(
        self,
        camera: Camera,
        actors: list[Actor],
        *,
        samples: int = 12,
        plate_samples: int = 48,
        seed: int = 0,
        middle: tuple[float, float] | None = None,
    ) -> None:
        if camera.distorts:
            raise PoiseError("the studio's camera is a pinhole; take one without distortion")
        self.camera, self.samples = camera, samples
        self._mi = mi = needed("mitsuba")
        mi.set_variant("scalar_rgb")
        rng = np.random.default_rng([seed, 7])
        path = np.concatenate([actor.truth.root[:, :2] for actor in actors])
        spread = (path.min(axis=0) + path.max(axis=0)) / 2
        self.middle = spread if middle is None else np.array(middle)
        forward = self.middle - camera.position[:2]
        self.heading = float(np.arctan2(forward[0], forward[1]))  # 0: the camera looks along y
        self.floor_colour, floor = _floor(rng)
        self.wall_colour = rng.uniform(0.35, 0.6) * rng.uniform(0.9, 1.1, 3)
        self._lights, self._walls = self._light(), self._room(floor)
        self.recast(actors)
        empty = mi.load_dict({"type": "scene", **self._lights, **self._walls})
        path_integrator = {"type": "path", "max_depth": 3}
        whole = (0, 0, camera.width, camera.height)
        self.plate = self._render(empty, path_integrator, whole, plate_samples, seed, camera)[
            ..., :3
        ]
        self.plate = gaussian_filter(self.plate, (0.6, 0.6, 0))
        small = self._small_camera()
        whole = (0, 0, small.width, small.height)
        lit = self._render(empty, _DIRECT, whole, 4 * plate_samples, seed, small)
        self._lit = _grey(gaussian_filter(lit[..., :3], (1.5, 1.5, 0)))

    def recast(self, actors: list[Actor]) -> None:
        """Other people in the same studio, before the same camera."""
        mi, self.actors = self._mi, actors
        # A scene does not notice that a mesh moved which is in another scene as well.
        self._people_scene = mi.load_dict({"type": "scene", **self._lights, **self._people()})
        self._shadow_scene = mi.load_dict(
            {"type": "scene", **self._lights, **self._walls, **self._people()}
        )
        self._positions = [
            [
                (params, key)
                for params in [mi.traverse(scene)]
                for key in params.keys()  # noqa: SIM118 - not a dict
                if key.startswith("person") and key.endswith("vertex_positions")
            ]
            for scene in (self._people_scene, self._shadow_scene)
        ]

    def picture(self, frame: int) -> UInt8[np.ndarray, "height width 3"]:
        """One frame as sRGB."""
        return _srgb(self.linear(frame)[0])

    def linear(self, frame: int) -> tuple[Picture, Float[np.ndarray, "height width"]]:
        """One frame in linear light, and how much of each pixel is covered by people."""
        vertices = [actor.vertices(frame) for actor in self.actors]
        for scene in self._positions:
            for (params, key), mesh in zip(scene, vertices, strict=True):
                params[key] = mesh.ravel()
                params.update()
        picture = self.plate.copy()
        covered = np.zeros(picture.shape[:2], np.float32)
        window = self._window(np.concatenate(vertices), margin=4)
        if window is None:
            return picture, covered
        x, y, width, height = window
        body = self._render(self._people_scene, _BODY, window, self.samples, frame, self.camera)
        colour, alpha = calm(body)
        shade, (left, top) = self._shade(vertices, frame, covered=(alpha, window))
        part = picture[top : top + shade.shape[0], left : left + shade.shape[1]]
        part *= shade[..., None]
        part = picture[y : y + height, x : x + width]
        part *= 1 - alpha[..., None]
        part += colour
        covered[y : y + height, x : x + width] = alpha
        return picture, covered

    def _shade(
        self,
        vertices: list[np.ndarray],
        frame: int,
        covered: tuple[np.ndarray, tuple[int, int, int, int]],
    ) -> tuple[Float[np.ndarray, "height width"], tuple[int, int]]:
        """The share of light that is left where people stand in it, around them."""
        small, scale = self._small_camera(), _SHADOW_SCALE
        window = self._window(np.concatenate([*vertices, *map(self._cast, vertices)]), 60)
        assert window is not None
        x, y, width, height = (value // scale for value in window)
        width, height = max(width, 4), max(height, 4)
        width, height = min(width, small.width - x), min(height, small.height - y)
        window = (x, y, width, height)
        seen = self._render(self._shadow_scene, _DIRECT, window, _SHADOW_SAMPLES, frame, small)
        light = _grey(seen[..., :3])
        # Pixels with people in them say nothing about the floor behind.
        alpha, (left, top, w, h) = covered
        mask = np.zeros((small.height * scale + scale, small.width * scale + scale))
        mask[top : top + h, left : left + w] = alpha
        mask = mask[: small.height * scale, : small.width * scale]
        mask = mask.reshape(small.height, scale, small.width, scale).max(axis=(1, 3))
        free = (mask[y : y + height, x : x + width] < 0.004).astype(np.float64)
        ratio = free * light / np.maximum(self._lit[y : y + height, x : x + width], 1e-6)
        near, far = (
            gaussian_filter(ratio, sigma) / np.maximum(gaussian_filter(free, sigma), 1e-6)
            for sigma in (1.2, 8.0)
        )
        trust = np.clip(gaussian_filter(free, 1.2) / 0.2, 0, 1)
        blurred = np.clip(trust * near + (1 - trust) * far, 0.0, 1.02)
        edge = np.minimum.reduce(
            [
                _ramp(height, y == 0, y + height == small.height)[:, None] + np.zeros(width),
                _ramp(width, x == 0, x + width == small.width)[None, :] + np.zeros((height, 1)),
            ]
        )
        blurred = 1 + edge * (blurred - 1)
        large = _enlarge(blurred, scale)
        large = large[: self.camera.height - y * scale, : self.camera.width - x * scale]
        return large, (x * scale, y * scale)

    def _cast(self, vertices: np.ndarray) -> np.ndarray:
        """Where the key light throws the shadow of each vertex on the floor."""
        light = self._in_world(np.array(_KEY[0]))
        down = np.maximum(light[2] - vertices[:, 2:], 0.1)
        spot = light + (vertices - light) * (light[2] / down)
        return np.clip(spot, -50, 50) * [1, 1, 0]

    def _window(self, points: np.ndarray, margin: int) -> tuple[int, int, int, int] | None:
        """The part of the image that holds these points: left, top, width, height."""
        pixels = self.camera.project(self.camera.to_camera(points.astype(np.float64)))
        pixels = pixels[np.isfinite(pixels).all(axis=1)]
        if not len(pixels):
            return None
        low = np.floor(pixels.min(axis=0)) - margin
        high = np.ceil(pixels.max(axis=0)) + margin
        size = [self.camera.width, self.camera.height]
        left, top = np.clip(low, 0, size).astype(int).tolist()
        right, bottom = np.clip(high, 0, size).astype(int).tolist()
        return (left, top, right - left, bottom - top) if right > left and bottom > top else None

    def _small_camera(self) -> Camera:
        width = -(-self.camera.width // _SHADOW_SCALE)
        height = -(-self.camera.height // _SHADOW_SCALE)
        shrunk = self.camera.resized(width, height)
        f = self.camera.fx / _SHADOW_SCALE
        from dataclasses import replace

        return replace(
            shrunk,
            fx=f,
            fy=f,
            cx=self.camera.cx / _SHADOW_SCALE,
            cy=self.camera.cy / _SHADOW_SCALE,
        )

    def _render(
        self,
        scene: Any,
        integrator: dict[str, Any],
        window: tuple[int, int, int, int],
        samples: int,
        seed: int,
        camera: Camera,
    ) -> np.ndarray:
        mi = self._mi
        x, y, width, height = window
        camera_to_world = np.linalg.inv(camera.T_camera_world) @ np.diag([-1.0, -1.0, 1.0, 1.0])
        sensor = mi.load_dict(
            {
                "type": "perspective",
                "fov": float(np.rad2deg(2 * np.arctan(camera.width / 2 / camera.fx))),
                "fov_axis": "x",
                "principal_point_offset_x": camera.cx / camera.width - 0.5,
                "principal_point_offset_y": camera.cy / camera.height - 0.5,
                "near_clip": 0.05,
                "far_clip": 100.0,
                "to_world": mi.ScalarTransform4f(camera_to_world),
                "sampler": {"type": "multijitter", "sample_count": samples},
                "film": {
                    "type": "hdrfilm",
                    "width": camera.width,
                    "height": camera.height,
                    "crop_offset_x": x,
                    "crop_offset_y": y,
                    "crop_width": width,
                    "crop_height": height,
                    "pixel_format": "rgba",
                    "rfilter": {"type": "box"},
                },
            }
        )
        picture = mi.render(
            scene, sensor=sensor, integrator=mi.load_dict(integrator), spp=samples, seed=seed
        )
        return np.array(picture, dtype=np.float32)

    def _people(self) -> dict[str, Any]:
        return {f"person{number}": self._mesh(actor) for number, actor in enumerate(self.actors)}

    def _mesh(self, actor: Actor) -> Any:
        mi = self._mi
        cloth = mi.load_dict(
            {
                "type": "twosided",
                "bsdf": {
                    "type": "diffuse",
                    "reflectance": {"type": "mesh_attribute", "name": "vertex_color"},
                },
            }
        )
        properties = mi.Properties()
        properties["bsdf"] = cloth
        faces = anny().faces.numpy().astype(np.uint32)
        mesh = mi.Mesh(
            "person", len(actor.rest), len(faces), props=properties, has_vertex_normals=True
        )
        values = mi.traverse(mesh)
        values["vertex_positions"] = actor.vertices(0).ravel()
        values["faces"] = faces.ravel()
        values.update()
        mesh.add_attribute("vertex_color", 3, actor.colours.astype(np.float32).ravel())
        return mesh

    def _in_world(self, point: np.ndarray) -> np.ndarray:
        """A point of the studio, whose y points away from the camera, in the world."""
        sin, cos = np.sin(self.heading), np.cos(self.heading)
        x, y, z = point
        return np.array([x * cos + y * sin, y * cos - x * sin, z]) + [*self.middle, 0]

    def _light(self) -> dict[str, Any]:
        mi = self._mi
        T = mi.ScalarTransform4f
        place, size, radiance = _KEY
        sky = np.zeros((16, 32, 3), np.float32)
        sky[:8] = np.linspace(0.75, 0.45, 8)[:, None, None] * [1.0, 1.02, 1.06]
        sky[8:] = 0.42 * self.floor_colour  # what the floor throws back
        return {
            "key": {
                "type": "rectangle",
                "to_world": T()
                .look_at(
                    origin=self._in_world(np.array(place)).tolist(),
                    target=self._in_world(np.array([0, 0, 0.9])).tolist(),
                    up=[0, 0, 1],
                )
                .scale([size, size, 1]),
                "emitter": {
                    "type": "area",
                    "radiance": {
                        "type": "rgb",
                        "value": [radiance, 0.96 * radiance, 0.9 * radiance],
                    },
                },
            },
            "sky": {
                "type": "envmap",
                "bitmap": mi.Bitmap(sky),
                "to_world": T().rotate([1, 0, 0], 90),
            },
        }

    def _room(self, floor: np.ndarray) -> dict[str, Any]:
        mi = self._mi
        T = mi.ScalarTransform4f
        turn = (
            T()
            .translate([*self.middle.tolist(), 0])
            .rotate([0, 0, 1], float(-np.rad2deg(self.heading)))
        )
        return {
            "floor": {
                "type": "rectangle",
                "to_world": turn.scale([10, 10, 1]),
                "bsdf": {
                    "type": "diffuse",
                    "reflectance": {"type": "bitmap", "bitmap": mi.Bitmap(floor), "raw": True},
                },
            },
            "wall": {
                "type": "rectangle",
                "to_world": turn.translate([0, _WALL_M, 0]).rotate([1, 0, 0], 90).scale([10, 8, 1]),
                "bsdf": {
                    "type": "diffuse",
                    "reflectance": {"type": "rgb", "value": self.wall_colour.tolist()},
                },
            },
            "skirting": {
                "type": "cube",
                "to_world": turn.translate([0, _WALL_M - 0.02, 0.05]).scale([10, 0.02, 0.05]),
                "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.7}},
            },
        }


_DIRECT: dict[str, Any] = {"type": "direct", "emitter_samples": 2, "bsdf_samples": 0}
_BODY: dict[str, Any] = {
    "type": "aov",
    "aovs": "skin:albedo,normal:sh_normal",
    "image": {
        "type": "direct",
        "emitter_samples": 2,
        "bsdf_samples": 0,
        "hide_emitters": True,
    },
}


def _floor(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The mean colour of a floor of boards, and its picture: 20 m by 20 m, linear."""
    base = np.array([0.34, 0.22, 0.13]) * rng.uniform(0.7, 1.3) * rng.uniform(0.85, 1.15, 3)
    size, board = 1600, 12  # pixels; a board is 15 cm wide
    shades = rng.uniform(0.75, 1.2, (size // board + 1, 12))
    rows = np.arange(size) // board
    starts = rng.integers(0, size // 8, size // board + 1)
    columns = (np.arange(size)[None] + starts[rows][:, None]) // (size // 8) % 12
    tone = shades[rows[:, None], columns]
    grain = gaussian_filter(rng.normal(0, 1, (size, size)), (0.5, 6))
    tone = tone * (1 + 0.25 * grain)
    tone[np.arange(size) % board == 0] *= 0.55
    return base, (base * tone[..., None]).clip(0.01, 0.9).astype(np.float32)


def _ramp(size: int, open_low: bool, open_high: bool, width: int = 8) -> np.ndarray:
    """From 0 to 1 and back; no ramp at an end that is the image's own."""
    low = np.ones(size) if open_low else np.clip(np.arange(size) / width, 0, 1)
    high = np.ones(size) if open_high else np.clip(np.arange(size)[::-1] / width, 0, 1)
    return np.minimum(low, high)


def _enlarge(values: np.ndarray, scale: int) -> np.ndarray:
    """Each value over `scale` pixels, linear in between."""
    for axis in (0, 1):
        size = values.shape[axis]
        at = np.clip((np.arange(size * scale) + 0.5) / scale - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, size - 1)
        share = (at - low)[:, None] if axis == 0 else (at - low)[None]
        a, b = np.take(values, low, axis=axis), np.take(values, high, axis=axis)
        values = a + share * (b - a)
    return values


def _grey(picture: np.ndarray) -> np.ndarray:
    found: np.ndarray = picture.mean(axis=-1)
    return found


def _srgb(linear: Picture) -> UInt8[np.ndarray, "height width 3"]:
    found: np.ndarray = _SRGB[np.clip(linear * 4095 + 0.5, 0, 4095).astype(np.int32)]
    return found


_STEPS = np.linspace(0, 1, 4096)
_SRGB = np.rint(
    255 * np.where(_STEPS < 0.0031308, 12.92 * _STEPS, 1.055 * _STEPS ** (1 / 2.4) - 0.055)
).astype(np.uint8)
