"""A studio in Mitsuba, and people who are rendered into it frame by frame.

The room is rendered once, with all its light. In each frame only the people are, and the share of
light that they take from floor and wall; both are laid over the picture of the room.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter

from poise.cameras import Camera
from poise.data.rendered.acting import Actor
from poise.data.rendered.anatomy import anny
from poise.data.rendered.denoising import calm
from poise.data.rendered.extras import needed
from poise.data.rendered.room import Room
from poise.errors import PoiseError

Picture = Float[np.ndarray, "height width 3"]
Window = tuple[int, int, int, int]
"""A part of an image: left, top, width, height."""

_DIRECT: dict[str, Any] = {"type": "direct", "emitter_samples": 2, "bsdf_samples": 0}
_PEOPLE: dict[str, Any] = {
    "type": "aov",
    "aovs": "skin:albedo,normal:sh_normal",
    "image": {**_DIRECT, "hide_emitters": True},
}
_PLATE: dict[str, Any] = {"type": "path", "max_depth": 3}
_SHADOW_SCALE = 4  # shadows are rendered at a quarter of the resolution
_SHADOW_SAMPLES, _LIGHT_SAMPLES = 16, 120
_NOISE = 0.05  # of the light, that so few samples leave


class Studio:
    """A room with one camera.

    >>> studio = Studio(camera, [actor])
    >>> picture = studio.picture(0)

    `samples` are rays for each pixel of a person, `plate_samples` for each of the empty room.
    The seed chooses floor and wall; `around` are places of the floor to build the room around,
    where that is not where the actors go.
    """

    def __init__(
        self,
        camera: Camera,
        actors: Sequence[Actor],
        *,
        samples: int = 8,
        plate_samples: int = 48,
        seed: int = 0,
        around: Float[np.ndarray, "place 2"] | None = None,
    ) -> None:
        if camera.distorts:
            raise PoiseError("the studio's camera is a pinhole; take one without distortion")
        self._mi = mi = needed("mitsuba")
        mi.set_variant("scalar_rgb")
        self.camera, self.samples = camera, samples
        if around is None:
            around = np.concatenate([actor.truth.root[:, :2] for actor in actors])
        self.room = Room(camera, around, np.random.default_rng([seed, 7]))
        self._lights, self._walls = self.room.lights(), self.room.walls()
        self.recast(actors)
        empty = mi.load_dict({"type": "scene", **self._lights, **self._walls})
        plate = self._render(empty, _PLATE, _whole(camera), plate_samples, seed, camera)
        self._plate = gaussian_filter(plate[..., :3], (0.6, 0.6, 0))
        self._small = _shrunk(camera)
        light = self._render(empty, _DIRECT, _whole(self._small), _LIGHT_SAMPLES, seed, self._small)
        self._light = gaussian_filter(light[..., :3].mean(axis=-1), 1.5)

    def recast(self, actors: Sequence[Actor]) -> None:
        """Other people in the same room, before the same camera."""
        mi, self.actors = self._mi, actors
        # A scene does not notice that a mesh moved which is in another scene as well.
        self._people = mi.load_dict({"type": "scene", **self._lights, **self._meshes()})
        self._all = mi.load_dict({"type": "scene", **self._lights, **self._walls, **self._meshes()})
        self._params = [mi.traverse(scene) for scene in (self._people, self._all)]

    def picture(self, frame: int) -> UInt8[np.ndarray, "height width 3"]:
        """One frame, in sRGB."""
        return _srgb(self.render(frame)[0])

    def render(self, frame: int) -> tuple[Picture, Float[np.ndarray, "height width"]]:
        """One frame in linear light, and how much of each pixel people cover."""
        vertices = [actor.vertices(frame) for actor in self.actors]
        for params in self._params:
            for number, posed in enumerate(vertices):
                params[f"person{number}.vertex_positions"] = posed.ravel()
            params.update()
        picture = self._plate.copy()
        covered = np.zeros(picture.shape[:2], np.float32)
        window = self._window(np.concatenate(vertices), margin=4)
        if window is None:
            return picture, covered
        rendered = self._render(self._people, _PEOPLE, window, self.samples, frame, self.camera)
        colour, alpha = calm(rendered)
        covered[_slices(window)] = alpha
        self._throw_shadows(picture, vertices, covered, frame)
        part = picture[_slices(window)]
        part *= 1 - alpha[..., None]
        part += colour
        return picture, covered

    def _throw_shadows(
        self,
        picture: Picture,
        vertices: list[np.ndarray],
        covered: Float[np.ndarray, "height width"],
        frame: int,
    ) -> None:
        """Take the light from floor and wall that people stand in."""
        small, scale = self._small, _SHADOW_SCALE
        reach = [*vertices, *(self.room.shadow(posed) for posed in vertices)]
        seen = self._window(np.concatenate(reach), margin=60)
        assert seen is not None
        x, y, width, height = (value // scale for value in seen)
        width, height = min(max(width, 4), small.width - x), min(max(height, 4), small.height - y)
        window = (x, y, width, height)
        rendered = self._render(self._all, _DIRECT, window, _SHADOW_SAMPLES, frame, small)
        # Pixels with people in them say nothing about the floor behind: their neighbours do.
        free = np.zeros((small.height * scale, small.width * scale), np.float32)
        free[: covered.shape[0], : covered.shape[1]] = covered
        free = free.reshape(small.height, scale, small.width, scale).max(axis=(1, 3))
        free = (free[_slices(window)] < 0.004).astype(np.float32)
        usual = np.maximum(self._light[_slices(window)], 1e-6)
        left = free * rendered[..., :3].mean(axis=-1) / usual
        near, far = (
            gaussian_filter(left, sigma) / np.maximum(gaussian_filter(free, sigma), 1e-6)
            for sigma in (1.6, 8.0)
        )
        trust = np.clip(gaussian_filter(free, 1.2) / 0.2, 0, 1)
        missing = 1 - np.clip(trust * near + (1 - trust) * far, 0.0, 1.0)
        missing = np.maximum(missing - _NOISE, 0.0) / (1 - _NOISE)
        missing *= _ramp(height, y == 0, y + height == small.height)[:, None]
        missing *= _ramp(width, x == 0, x + width == small.width)
        part = picture[y * scale :, x * scale :]
        large = _enlarged(1 - missing, scale)[: part.shape[0], : part.shape[1]]
        part[: large.shape[0], : large.shape[1]] *= large[..., None]

    def _window(self, points: np.ndarray, margin: int) -> Window | None:
        """The part of the image that holds these points, if any of it does."""
        pixels = self.camera.project(self.camera.to_camera(points.astype(np.float64)))
        pixels = pixels[np.isfinite(pixels).all(axis=1)]
        if not len(pixels):
            return None
        size = [self.camera.width, self.camera.height]
        low = np.clip(np.floor(pixels.min(axis=0)) - margin, 0, size)
        high = np.clip(np.ceil(pixels.max(axis=0)) + margin, 0, size)
        left, top, width, height = (int(value) for value in (*low, *(high - low)))
        return (left, top, width, height) if width > 0 and height > 0 else None

    def _render(
        self,
        scene: Any,
        integrator: dict[str, Any],
        window: Window,
        samples: int,
        seed: int,
        camera: Camera,
    ) -> Float[np.ndarray, "height width channel"]:
        mi = self._mi
        x, y, width, height = window
        placed = np.linalg.inv(np.asarray(camera.T_camera_world))
        sensor = {
            "type": "perspective",
            "fov": float(np.rad2deg(2 * np.arctan(camera.width / 2 / camera.fx))),
            "fov_axis": "x",
            "principal_point_offset_x": camera.cx / camera.width - 0.5,
            "principal_point_offset_y": camera.cy / camera.height - 0.5,
            "near_clip": 0.05,
            "far_clip": 100.0,
            # Mitsuba's camera has x to the left and y up.
            "to_world": mi.ScalarTransform4f(placed @ np.diag([-1.0, -1.0, 1.0, 1.0])),
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
        picture = mi.render(
            scene,
            sensor=mi.load_dict(sensor),
            integrator=mi.load_dict(integrator),
            spp=samples,
            seed=seed,
        )
        return np.array(picture, dtype=np.float32)

    def _meshes(self) -> dict[str, Any]:
        return {f"person{number}": self._mesh(actor) for number, actor in enumerate(self.actors)}

    def _mesh(self, actor: Actor) -> Any:
        mi = self._mi
        colour = {"type": "mesh_attribute", "name": "vertex_color"}
        cloth = {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": colour}}
        properties = mi.Properties()
        properties["bsdf"] = mi.load_dict(cloth)
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


def _whole(camera: Camera) -> Window:
    return 0, 0, camera.width, camera.height


def _shrunk(camera: Camera) -> Camera:
    """The camera whose pixels are `_SHADOW_SCALE` wide; the last ones may hang over."""
    scale = _SHADOW_SCALE
    return replace(
        camera,
        width=-(-camera.width // scale),
        height=-(-camera.height // scale),
        fx=camera.fx / scale,
        fy=camera.fy / scale,
        cx=camera.cx / scale,
        cy=camera.cy / scale,
    )


def _slices(window: Window) -> tuple[slice, slice]:
    x, y, width, height = window
    return slice(y, y + height), slice(x, x + width)


def _ramp(size: int, open_low: bool, open_high: bool, width: int = 8) -> Float[np.ndarray, " size"]:
    """From 0 to 1 and back; no ramp at an end that is the image's own."""
    rise = np.clip(np.arange(size) / width, 0, 1)
    low, high = (np.ones(size) if is_open else rise for is_open in (open_low, open_high))
    return np.minimum(low, high[::-1])


def _enlarged(values: Float[np.ndarray, "h w"], scale: int) -> Float[np.ndarray, "height width"]:
    """Each value over `scale` pixels, linear in between."""
    for axis in (0, 1):
        size = values.shape[axis]
        at = np.clip((np.arange(size * scale) + 0.5) / scale - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        share = (at - low)[:, None] if axis == 0 else at - low
        first = values.take(low, axis=axis)
        values = first + share * (values.take(np.minimum(low + 1, size - 1), axis=axis) - first)
    return values


def _srgb(linear: Picture) -> UInt8[np.ndarray, "height width 3"]:
    found: np.ndarray = _SRGB[np.clip(linear * 4095 + 0.5, 0, 4095).astype(np.int32)]
    return found


_STEPS = np.linspace(0, 1, 4096)
_SRGB = np.rint(
    255 * np.where(_STEPS < 0.0031308, 12.92 * _STEPS, 1.055 * _STEPS ** (1 / 2.4) - 0.055)
).astype(np.uint8)
