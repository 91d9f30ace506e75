"""The three values that flow through the house: Keypoints, Motion, Body.

Each is one person, frozen, checked where it is made, and saves itself as one .npz without pickles.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float

from poise.cameras import Camera
from poise.checking import (
    check_time,
    expect,
    numbers,
    other_sides,
    part_of,
    points,
    shape_of,
    store,
)
from poise.errors import PoiseError
from poise.files import PathLike, load_npz, naming, save_npz
from poise.geometry.kinematics import forward
from poise.geometry.rotations import quaternion_to_matrix
from poise.skeletons import Skeleton

_TYPED = 1e-3  # seconds: by so much may times that somebody typed be rounded
_AT_ORIGIN = 1e-4  # metres: where a root is that is said to be at the origin
_FOUND_LATER: Any = None  # __post_init__ makes an array of it, so that readers never meet a None

Frame = Literal["camera", "world"]
"""camera: x right, y down, z forward. world: right-handed, z up. Both in metres."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Keypoints:
    """One person's 2D track: where each joint is in the image, and how sure the detector was.

    >>> track = Keypoints(xy=xy, skeleton=COCO17, image_size=(1920, 1080), fps=30)
    """

    xy: Float[np.ndarray, "time joint 2"]  # pixels; NaN where the joint was not seen
    skeleton: Skeleton
    image_size: tuple[int, int]  # width, height
    fps: float
    score: Float[np.ndarray, "time joint"] = _FOUND_LATER  # 0 guessed or not seen .. 1 sure
    times: Float[np.ndarray, " time"] = _FOUND_LATER  # seconds
    camera: Camera | None = None

    def __post_init__(self) -> None:
        xy = points(self, "xy", 2)
        seen = np.isfinite(xy).all(axis=-1)
        score = numbers("Keypoints", "score", seen if self.score is None else self.score)
        expect("Keypoints", "score", score, xy.shape[:2])
        if not np.all((score >= 0) & (score <= 1)):
            raise PoiseError("Keypoints: score must lie between 0 and 1")
        store(self, "score", numbers("Keypoints", "score", np.where(seen, score, 0)))
        width, height = (int(pixels) for pixels in self.image_size)
        object.__setattr__(self, "image_size", (width, height))
        if width <= 0 or height <= 0:
            raise PoiseError(f"Keypoints: image size {width} x {height} is not a size in pixels")
        if self.camera is not None and (self.camera.width, self.camera.height) != (width, height):
            raise PoiseError(
                f"Keypoints: the camera takes {self.camera.width} x {self.camera.height} images, "
                f"the track is of {width} x {height}; camera.resized({width}, {height}) fits"
            )
        check_time(self)

    def __len__(self) -> int:
        return len(self.xy)

    def __repr__(self) -> str:
        width, height = self.image_size
        return (
            f"Keypoints({shape_of(self.xy)} px, {self.skeleton.name}, {self.fps:g} fps, "
            f"image {width}x{height}{', camera known' if self.camera else ''})"
        )

    def __getitem__(self, frames: slice) -> "Keypoints":
        part = part_of(self, frames)
        return replace(self, xy=self.xy[frames], score=self.score[frames], **part)

    def mirrored(self) -> "Keypoints":
        """The track in the mirror image, left and right exchanged; twice gives the track back."""
        other = other_sides(self.skeleton)
        xy = self.xy[:, other] * np.array([-1, 1], self.xy.dtype)
        camera = None if self.camera is None else self.camera.mirrored()
        shift = np.array([self.image_size[0], 0], self.xy.dtype)
        return replace(self, xy=xy + shift, score=self.score[:, other], camera=camera)

    def save(self, path: PathLike) -> None:
        """Write one .npz; `Keypoints.load` reads it back."""
        arrays = {"xy": self.xy, "score": self.score, "times": self.times}
        save_npz(
            path, _schema(self), _about(self) | {"image_size": list(self.image_size)}, **arrays
        )

    @classmethod
    def load(cls, path: PathLike) -> "Keypoints":
        """Read what `save` wrote."""
        about, arrays = load_npz(path, _schema(cls))
        with naming(path):
            return cls(**_fields(about, arrays), image_size=tuple(about["image_size"]))


@dataclass(frozen=True, eq=False, kw_only=True)
class Motion:
    """One person's 3D track, in metres.

    >>> motion = poise.load("walk.bvh")
    >>> motion.xyz[0, motion.skeleton.index("Head")]
    """

    xyz: Float[np.ndarray, "time joint 3"]  # NaN where a joint is unknown
    skeleton: Skeleton
    fps: float
    frame: Frame
    placed: bool  # True: the root's path is part of xyz; False: the root sits at the origin
    sigma: Float[np.ndarray, "time joint"] | None = None  # standard deviation, m; None: not known
    times: Float[np.ndarray, " time"] = _FOUND_LATER  # seconds
    camera: Camera | None = None
    assumed: tuple[str, ...] = ()  # what was not known and had to be taken as given, in words

    def __post_init__(self) -> None:
        xyz = points(self, "xyz", 3)
        if self.frame not in ("camera", "world"):
            raise PoiseError(f"Motion: frame is 'camera' or 'world', not {self.frame!r}")
        if self.sigma is not None:
            store(self, "sigma", numbers("Motion", "sigma", self.sigma))
            expect("Motion", "sigma", self.sigma, xyz.shape[:2])
            if np.any(self.sigma < 0):
                raise PoiseError("Motion: sigma is a standard deviation and cannot be negative")
        object.__setattr__(self, "placed", bool(self.placed))
        if not self.placed and np.any(np.abs(self.root) > _AT_ORIGIN):
            raise PoiseError(
                "Motion: without its path (placed=False) a motion has its root at the origin; "
                "subtract the root first"
            )
        check_time(self)

    def __len__(self) -> int:
        return len(self.xyz)

    def __repr__(self) -> str:
        return (
            f"Motion({shape_of(self.xyz)} m, {self.skeleton.name}, {self.fps:g} fps, {self.frame} "
            f"frame, {'placed' if self.placed else 'root-relative'}"
            f"{', with sigma' if self.sigma is not None else ''})"
        )

    def __getitem__(self, frames: slice) -> "Motion":
        sigma = None if self.sigma is None else self.sigma[frames]
        return replace(self, xyz=self.xyz[frames], sigma=sigma, **part_of(self, frames))

    @property
    def root(self) -> Float[np.ndarray, "time 3"]:
        """The root's path; all zeros where it is not known (`placed` is False)."""
        return self.skeleton.root_of(self.xyz)

    def relative(self) -> "Motion":
        """The same motion with the root at the origin in every frame."""
        return replace(self, xyz=self.xyz - self.root[:, None], placed=False)

    def mirrored(self) -> "Motion":
        """The motion in a mirror: left and right exchanged; twice gives the motion back."""
        other = other_sides(self.skeleton)
        flip = np.array([-1, 1, 1], self.xyz.dtype)
        sigma = None if self.sigma is None else self.sigma[:, other]
        return replace(self, xyz=self.xyz[:, other] * flip, sigma=sigma, camera=None)

    def to_camera(self, camera: Camera) -> "Motion":
        """The motion as this camera sees it (from the world frame, of a placed motion)."""
        if self.frame != "world" or not self.placed:
            raise PoiseError("only a motion placed in the world can be moved into a camera's frame")
        return replace(self, xyz=camera.to_camera(self.xyz), frame="camera", camera=camera)

    def to_world(self) -> "Motion":
        """The motion in the world, if its camera's pose is known."""
        if self.frame == "world":
            return self
        if self.camera is None or not self.placed:
            raise PoiseError(
                "to place a motion in the world, its root and its camera must be known"
            )
        return replace(self, xyz=self.camera.to_world(self.xyz), frame="world")

    def save(self, path: PathLike) -> None:
        """Write one .npz; `Motion.load` reads it back."""
        save_npz(path, _schema(self), _about(self) | _motion_about(self), **_motion_arrays(self))

    @classmethod
    def load(cls, path: PathLike) -> "Motion":
        """Read what `save` wrote."""
        about, arrays = load_npz(path, _schema(cls))
        with naming(path):
            return cls(**_fields(about, arrays), **_motion_fields(about))


@dataclass(frozen=True, order=True)
class Contact:
    """A joint that stands on the floor, from when to when."""

    start: float  # seconds, as in the motion's timestamps
    stop: float
    joint: str

    def __post_init__(self) -> None:
        if not self.start <= self.stop:
            raise PoiseError(
                f"{self.joint}: a contact from {self.start} s to {self.stop} s is none"
            )

    def covers(self, times: Float[np.ndarray, " time"]) -> Bool[np.ndarray, " time"]:
        """Which frames it holds, its first and its last among them."""
        return (times >= self.start - _TYPED) & (times <= self.stop + _TYPED)


@dataclass(frozen=True, eq=False, kw_only=True)
class Body:
    """A motion with the rotation of every joint: what a mesh, a rig or a BVH needs.

    The rest pose has all rotations at identity: each joint stands at its parent plus its offset,
    and the bones' axes are those of the frame the motion lives in. The root's offset is zero: its
    path is the motion's.
    """

    motion: Motion
    rotations: Float[np.ndarray, "time joint 4"]  # wxyz, relative to the parent
    offsets: Float[np.ndarray, "*time joint 3"]  # metres; of each frame only if bones change length
    model: str  # the body model, or the kind of file the rig came from
    shape: Float[np.ndarray, " betas"] = field(default_factory=lambda: np.zeros(0, np.float32))
    # Standard deviation of each rotation, radians about the joint's own x, y, z; None: not known.
    rotation_sigma: Float[np.ndarray, "time joint 3"] | None = None
    contacts: tuple[Contact, ...] = ()
    bridged: tuple[
        tuple[float, float], ...
    ] = ()  # from when to when (s) nobody was seen: filled in

    def __post_init__(self) -> None:
        time, joints = self.motion.xyz.shape[:2]
        for name in ("rotations", "offsets", "shape"):
            store(self, name, numbers("Body", name, getattr(self, name)))
        expect("Body", "rotations", self.rotations, (time, joints, 4))
        if self.offsets.shape != (time, joints, 3):
            expect("Body", "offsets", self.offsets, (joints, 3))
        if self.rotation_sigma is not None:
            store(self, "rotation_sigma", numbers("Body", "rotation_sigma", self.rotation_sigma))
            expect("Body", "rotation_sigma", self.rotation_sigma, (time, joints, 3))
        for contact in self.contacts:
            self.motion.skeleton.index(contact.joint)
        lengths = np.linalg.norm(self.rotations, axis=-1)
        if np.any(np.abs(lengths[np.isfinite(lengths)] - 1) > 1e-3):
            raise PoiseError("Body: rotations are not unit quaternions (w, x, y, z)")

    def __len__(self) -> int:
        return len(self.motion)

    def __repr__(self) -> str:
        return f"Body({self.model}, {self.motion!r})"

    def __getitem__(self, frames: slice) -> "Body":
        sigma = self.rotation_sigma
        return replace(
            self,
            motion=self.motion[frames],
            rotations=self.rotations[frames],
            offsets=self.offsets[frames] if self.offsets.ndim == 3 else self.offsets,
            rotation_sigma=None if sigma is None else sigma[frames],
        )

    def mirrored(self) -> "Body":
        """The body in a mirror: left and right exchanged; twice gives the body back."""
        other = other_sides(self.motion.skeleton)
        turns = self.rotations[:, other] * np.array([1, 1, -1, -1], self.rotations.dtype)
        offsets = self.offsets[..., other, :] * np.array([-1, 1, 1], self.offsets.dtype)
        names = self.motion.skeleton.joints
        swapped = {name: names[place] for name, place in zip(names, other, strict=True)}
        contacts = (replace(one, joint=swapped[one.joint]) for one in self.contacts)
        sigma = self.rotation_sigma
        return replace(
            self,
            motion=self.motion.mirrored(),
            rotations=turns,
            offsets=offsets,
            rotation_sigma=None if sigma is None else sigma[:, other],
            contacts=tuple(sorted(contacts)),
        )

    def pose(
        self,
    ) -> tuple[Float[np.ndarray, "time joint 3"], Float[np.ndarray, "time joint 3 3"]]:
        """Forward kinematics: where every joint is and how it is turned in the motion's frame."""
        time, joints = self.rotations.shape[:2]
        offsets = np.broadcast_to(self.offsets, (time, joints, 3)).astype(np.float64)
        root = self.motion.skeleton.order[0]
        offsets[:, root] = self.motion.xyz[:, root]
        rotations = quaternion_to_matrix(self.rotations.astype(np.float64))
        return forward(rotations, offsets, self.motion.skeleton)

    def save(self, path: PathLike) -> None:
        """Write one .npz; `Body.load` reads it back."""
        about = _about(self.motion) | _motion_about(self.motion) | {"model": self.model}
        about["contacts"] = [[one.start, one.stop, one.joint] for one in self.contacts]
        about["bridged"] = [list(span) for span in self.bridged]
        own = {name: getattr(self, name) for name in ("rotations", "offsets", "shape")}
        if self.rotation_sigma is not None:
            own["rotation_sigma"] = self.rotation_sigma
        save_npz(path, _schema(self), about, **_motion_arrays(self.motion), **own)

    @classmethod
    def load(cls, path: PathLike) -> "Body":
        """Read what `save` wrote."""
        about, arrays = load_npz(path, _schema(cls))
        with naming(path):
            own = {name: arrays.pop(name) for name in ("rotations", "offsets", "shape")}
            if "rotation_sigma" in arrays:
                own["rotation_sigma"] = arrays.pop("rotation_sigma")
            motion = Motion(**_fields(about, arrays), **_motion_fields(about))
            return cls(
                motion=motion,
                model=about["model"],
                contacts=tuple(Contact(*one) for one in about.get("contacts", ())),
                bridged=tuple((start, stop) for start, stop in about.get("bridged", ())),
                **own,
            )


def _schema(value: object) -> str:
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__name__}/1"


def _about(value: Keypoints | Motion) -> dict[str, Any]:
    return {
        "skeleton": value.skeleton.to_dict(),
        "fps": value.fps,
        "camera": value.camera.to_dict() if value.camera else None,
    }


def _fields(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    camera = about["camera"]
    return {
        "skeleton": Skeleton.from_dict(about["skeleton"]),
        "fps": float(about["fps"]),
        "camera": Camera.from_dict(camera) if camera else None,
        **arrays,
    }


def _motion_about(motion: Motion) -> dict[str, Any]:
    return {"frame": motion.frame, "placed": motion.placed, "assumed": list(motion.assumed)}


def _motion_fields(about: dict[str, Any]) -> dict[str, Any]:
    return {
        "frame": about["frame"],
        "placed": bool(about["placed"]),
        "assumed": tuple(about["assumed"]),
    }


def _motion_arrays(motion: Motion) -> dict[str, np.ndarray]:
    sigma = {} if motion.sigma is None else {"sigma": motion.sigma}
    return {"xyz": motion.xyz, "times": motion.times} | sigma
