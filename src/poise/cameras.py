"""The camera: from the world to pixels and back.

Camera frame: x right, y down, z forward. World: right-handed, z up, metres. Pixels: (0, 0) is the
corner of the top left pixel, x to the right, y down.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.files import PathLike, cannot_read

_FLOATS = ("fx", "fy", "cx", "cy")
_FULL_FRAME_DIAGONAL_MM = float(np.hypot(36, 24))  # the film that "35 mm equivalent" compares with


@dataclass(frozen=True, eq=False, kw_only=True)
class Camera:
    """A pinhole camera with lens distortion, and its place in the world where that is known.

    >>> phone = Camera.from_field_of_view(1920, 1080, horizontal_deg=66)
    >>> pixels = phone.project(xyz_in_camera_frame)
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    radial: tuple[float, ...] = ()  # k1, k2, k3: factors of r^2, r^4, r^6
    tangential: tuple[float, float] = (0.0, 0.0)  # p1, p2
    # Human3.6M's own script pairs p1 with x and p2 with y, without OpenCV's factors of two.
    lens: Literal["opencv", "h36m"] = "opencv"
    T_camera_world: Float[np.ndarray, "4 4"] | None = None  # rigid; None: the pose is not known

    def __post_init__(self) -> None:
        for name, kind in (("width", int), ("height", int), *((n, float) for n in _FLOATS)):
            object.__setattr__(self, name, kind(getattr(self, name)))
        for name in ("radial", "tangential"):
            object.__setattr__(self, name, tuple(float(k) for k in getattr(self, name)))
        if self.lens not in ("opencv", "h36m"):
            raise PoiseError(f"Camera: lens is 'opencv' or 'h36m', not {self.lens!r}")
        if self.width <= 0 or self.height <= 0:
            raise PoiseError(f"Camera: image size {self.width} x {self.height} is not a size")
        if not (self.fx > 0 and self.fy > 0 and np.isfinite([self.fx, self.fy]).all()):
            raise PoiseError(f"Camera: focal length {self.fx}, {self.fy} px must be positive")
        if not np.isfinite([self.cx, self.cy, *self.radial, *self.tangential]).all():
            raise PoiseError("Camera: the principal point and the lens must be finite numbers")
        if len(self.radial) > 3:
            raise PoiseError(f"Camera: {len(self.radial)} radial factors; at most 3 are known")
        if self.T_camera_world is not None:
            object.__setattr__(self, "T_camera_world", _rigid(self.T_camera_world))

    def __repr__(self) -> str:
        lens = f", {self.lens} distortion" if self.distorts else ""
        pose = "" if self.T_camera_world is None else ", placed in the world"
        return f"Camera({self.width}x{self.height}, f {self.fx:.1f} {self.fy:.1f} px{lens}{pose})"

    @staticmethod
    def from_intrinsics(
        matrix: Float[np.ndarray, "3 3"], width: int, height: int, **more: Any
    ) -> "Camera":
        """From the 3 x 3 matrix K of a calibration; `more` are further fields."""
        k = np.asarray(matrix, dtype=np.float64)
        if k.shape != (3, 3):
            raise PoiseError(f"Camera: intrinsics have shape {k.shape}, not (3, 3)")
        if abs(k[0, 1]) > 1e-6 * abs(k[0, 0]):
            raise PoiseError(f"Camera: a skew of {k[0, 1]:g} is not supported; pixels are upright")
        return Camera(
            width=width,
            height=height,
            fx=float(k[0, 0]),
            fy=float(k[1, 1]),
            cx=float(k[0, 2]),
            cy=float(k[1, 2]),
            **more,
        )

    @staticmethod
    def from_focal(width: int, height: int, focal_px: float, **more: Any) -> "Camera":
        """One focal length in pixels, the principal point in the middle of the image."""
        return Camera(
            width=width,
            height=height,
            fx=float(focal_px),
            fy=float(focal_px),
            cx=width / 2,
            cy=height / 2,
            **more,
        )

    @staticmethod
    def assumed(width: int, height: int) -> "Camera":
        """What a camera that nothing is known of is taken to be: a phone's or a photographer's."""
        return Camera.from_focal(width, height, focal_px=max(width, height))

    @staticmethod
    def from_field_of_view(
        width: int,
        height: int,
        *,
        horizontal_deg: float | None = None,
        vertical_deg: float | None = None,
        diagonal_deg: float | None = None,
    ) -> "Camera":
        """From exactly one angle of view."""
        spans = (
            (horizontal_deg, float(width)),
            (vertical_deg, float(height)),
            (diagonal_deg, float(np.hypot(width, height))),
        )
        given = [(angle, span) for angle, span in spans if angle is not None]
        if len(given) != 1:
            raise PoiseError("Camera: give one of horizontal_deg, vertical_deg and diagonal_deg")
        angle, span = given[0]
        if not 0 < angle < 180:
            raise PoiseError(
                f"Camera: a field of view of {angle:g} degrees is not between 0 and 180"
            )
        return Camera.from_focal(width, height, span / 2 / np.tan(np.deg2rad(angle) / 2))

    @staticmethod
    def from_focal_35mm(width: int, height: int, focal_mm: float) -> "Camera":
        """From the "35 mm equivalent" focal length, by the diagonal as EXIF defines it."""
        if not (np.isfinite(focal_mm) and focal_mm > 0):
            raise PoiseError(f"Camera: a 35 mm focal length of {focal_mm:g} mm is not positive")
        diagonal = float(np.hypot(width, height))
        return Camera.from_focal(width, height, focal_mm * diagonal / _FULL_FRAME_DIAGONAL_MM)

    @staticmethod
    def from_photo(path: PathLike) -> "Camera | None":
        """From a photo's EXIF data, turned as the photo is shown; None if it does not say."""
        from PIL import ExifTags, Image, UnidentifiedImageError

        try:
            with Image.open(path) as photo:
                exif, (width, height) = photo.getexif(), photo.size
        except UnidentifiedImageError as error:
            raise PoiseError(f"{path}: not an image, or a damaged one") from error
        except OSError as error:
            raise cannot_read(path, error) from error
        if exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8):  # lies on its side
            width, height = height, width
        focal = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.FocalLengthIn35mmFilm)
        return Camera.from_focal_35mm(width, height, float(focal)) if focal else None

    @property
    def distorts(self) -> bool:
        """Whether the lens bends straight lines."""
        return any(self.radial) or any(self.tangential)

    @property
    def intrinsics(self) -> Float[np.ndarray, "3 3"]:
        """The matrix K."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]])

    @property
    def position(self) -> Float[np.ndarray, "3"]:
        """Where the camera stands in the world."""
        T = self._pose()
        return -T[:3, :3].T @ T[:3, 3]

    def at(self, T_camera_world: Float[np.ndarray, "4 4"]) -> "Camera":
        """The same camera in another place."""
        return replace(self, T_camera_world=T_camera_world)

    def resized(self, width: int, height: int) -> "Camera":
        """The camera of the same view at another resolution."""
        sx, sy = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=self.cx * sx,
            cy=self.cy * sy,
        )

    def mirrored(self) -> "Camera":
        """The camera that sees the mirror image of the view; its place in the world is dropped."""
        p1, p2 = self.tangential
        turned = (-p1, p2) if self.lens == "h36m" else (p1, -p2)
        return replace(self, cx=self.width - self.cx, tangential=turned, T_camera_world=None)

    def to_camera(self, xyz: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
        """World points in the camera's frame."""
        T = self._pose()
        return (xyz @ T[:3, :3].T + T[:3, 3]).astype(_float_of(xyz))

    def to_world(self, xyz: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
        """Points of the camera's frame in the world."""
        T = self._pose()
        return ((xyz - T[:3, 3]) @ T[:3, :3]).astype(_float_of(xyz))

    def project(self, xyz: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
        """Pixels of points in the camera's frame; NaN for what the camera cannot see.

        That is what is not in front of it, or so far aside that the lens model folds over.
        """
        depth = np.where(xyz[..., 2:] > 0, xyz[..., 2:], np.nan)
        rays = xyz[..., :2] / depth
        if np.isfinite(self._fold):
            rays = np.where((rays**2).sum(axis=-1, keepdims=True) < self._fold, rays, np.nan)
        pixels = self._distort(rays) * [self.fx, self.fy] + [self.cx, self.cy]
        return pixels.astype(_float_of(xyz))

    def rays(self, pixels: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n 2"]:
        """The direction (x/z, y/z) that each pixel looks in, the lens undone.

        NaN where no direction leads to the pixel: beyond the edge of what the lens can show.
        """
        bent = (np.asarray(pixels, np.float64) - [self.cx, self.cy]) / [self.fx, self.fy]
        if not self.distorts:
            return bent.astype(_float_of(pixels))
        rays, step = bent.copy(), 1e-6
        for _ in range(50):  # Newton's method, two unknowns for each pixel
            here = self._distort(rays)
            away = [(self._distort(rays + h) - here) / step for h in step * np.eye(2)]
            jacobian = np.stack(away, axis=-1)
            with np.errstate(all="ignore"):
                a, b, c, d = (jacobian[..., i, j] for i in (0, 1) for j in (0, 1))
                u, v = np.moveaxis(bent - here, -1, 0)
                move = (
                    np.stack([d * u - b * v, a * v - c * u], axis=-1) / (a * d - b * c)[..., None]
                )
                rays = rays + np.clip(move, -0.5, 0.5)
            if not np.any(np.abs(move) > 1e-13):
                break
        with np.errstate(all="ignore"):
            missed = np.linalg.norm(self._distort(rays) - bent, axis=-1, keepdims=True)
            found = (missed < 1e-8) & ((rays**2).sum(axis=-1, keepdims=True) < self._fold)
        return np.where(found, rays, np.nan).astype(_float_of(pixels))

    def to_dict(self) -> dict[str, Any]:
        """What a file needs to know; `from_dict` reads it back."""
        T = self.T_camera_world
        return {
            "width": self.width,
            "height": self.height,
            "fx": self.fx,
            "fy": self.fy,
            "cx": self.cx,
            "cy": self.cy,
            "radial": list(self.radial),
            "tangential": list(self.tangential),
            "lens": self.lens,
            "T_camera_world": None if T is None else T.tolist(),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Camera":
        """The camera that `to_dict` described."""
        try:
            p1, p2 = data["tangential"]
            T = data["T_camera_world"]
            return Camera(
                width=int(data["width"]),
                height=int(data["height"]),
                fx=float(data["fx"]),
                fy=float(data["fy"]),
                cx=float(data["cx"]),
                cy=float(data["cy"]),
                radial=tuple(float(k) for k in data["radial"]),
                tangential=(float(p1), float(p2)),
                lens=data["lens"],
                T_camera_world=None if T is None else np.array(T, dtype=np.float64),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PoiseError(f"not the description of a camera: {error!r}") from error

    @cached_property
    def _fold(self) -> float:
        """The square of the ray from which on the lens would bend outer points inwards."""
        k1, k2, k3 = (*self.radial, 0.0, 0.0, 0.0)[:3]
        turns = np.roots([7 * k3, 5 * k2, 3 * k1, 1.0])  # of r (1 + k1 r^2 + ...), over r^2
        ahead = turns.real[(np.abs(turns.imag) < 1e-9) & (turns.real > 0)]
        return float(ahead.min()) if len(ahead) else np.inf

    def _pose(self) -> Float[np.ndarray, "4 4"]:
        if self.T_camera_world is None:
            raise PoiseError("this camera's place in the world is not known (T_camera_world)")
        return self.T_camera_world

    def _distort(self, rays: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n 2"]:
        if not self.distorts:
            return rays
        p = np.array(self.tangential)
        r2 = (rays**2).sum(axis=-1, keepdims=True)
        powers = zip(self.radial, (r2, r2**2, r2**3), strict=False)
        radial = 1 + sum(k * power for k, power in powers)
        if self.lens == "h36m":
            return rays * (radial + rays @ p[:, None]) + p * r2
        x, y = rays[..., :1], rays[..., 1:]
        p1, p2 = p
        bend = np.concatenate(
            [2 * p1 * x * y + p2 * (r2 + 2 * x**2), p1 * (r2 + 2 * y**2) + 2 * p2 * x * y], axis=-1
        )
        return rays * radial + bend


def rigid(
    rotation: Float[np.ndarray, "3 3"], translation: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "4 4"]:
    """The transform x -> rotation x + translation, as a matrix."""
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = rotation, translation
    return T


def look_at(
    position: Sequence[float] | np.ndarray,
    target: Sequence[float] | np.ndarray,
    roll: float = 0.0,
) -> Float[np.ndarray, "4 4"]:
    """T_camera_world of a camera at `position` that looks at `target`, turned by `roll` (rad)."""
    position, target = np.asarray(position, np.float64), np.asarray(target, np.float64)
    z = target - position
    if np.linalg.norm(z) < 1e-9:
        raise PoiseError("look_at: the camera stands where it looks; move one of the two points")
    x = np.cross(z, [0.0, 0.0, 1.0])
    if np.linalg.norm(x) < 1e-9:
        raise PoiseError("look_at: a camera that looks straight up or down has no upright roll")
    z, x = z / np.linalg.norm(z), x / np.linalg.norm(x)
    y = np.cross(z, x)
    sin, cos = np.sin(roll), np.cos(roll)
    R = np.stack([cos * x + sin * y, cos * y - sin * x, z])
    return rigid(R, -R @ position)


def _rigid(matrix: Any) -> np.ndarray:
    T = np.array(matrix, dtype=np.float64)
    if T.shape != (4, 4) or not np.isfinite(T).all():
        raise PoiseError(
            f"Camera: T_camera_world has shape {T.shape}, not (4, 4), or is not finite"
        )
    R = T[:3, :3]
    if np.abs(R @ R.T - np.eye(3)).max() > 1e-5 or np.linalg.det(R) < 0:
        raise PoiseError("Camera: T_camera_world is not a rotation and a shift")
    T.flags.writeable = False
    return T


def _float_of(array: np.ndarray) -> np.dtype:
    return np.result_type(array.dtype, np.float32)
