"""Everybody in one world: lifted motions and their 2D tracks become paths over one floor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from poise.cameras import Camera, rigid
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.refine.contacts import ankles, resting
from poise.refine.ground import Ground, Person, find_ground, footfalls
from poise.refine.root_path import ray_error, root_path
from poise.refine.stature import stature
from poise.refine.upright import CAMERA_UP, standing

_SIZE_KNOWN = 0.01  # of a height that was given, as a logarithm: shoes, and what bones tell of it
_SIZE_UNKNOWN = 0.06  # adults differ by 4 %, and a lifter knows the sizes that it was trained on


@dataclass(frozen=True, eq=False, kw_only=True)
class _Track:
    """One person with all that is found on the way."""

    motion: Motion
    xyz: Float[np.ndarray, "time joint 3"]  # root-relative, in double precision
    path: Float[np.ndarray, "time 3"]
    contact: Float[np.ndarray, "time feet"]


def place(
    motions: Sequence[Motion],
    tracks: Sequence[Keypoints],
    *,
    camera: Camera | None = None,
    heights_m: Sequence[float | None] | None = None,
) -> list[Motion]:
    """The motions in one world, z up, with everybody on one floor at z = 0.

    >>> placed = place([lift(track) for track in tracks], tracks, camera=phone)

    motions: as a lifter answers: root-relative, in the camera's axes; smoothed is better.
    tracks: their keypoints, at the same timestamps.
    camera: one fixed camera for the clip; by default that of the tracks, or an assumed one.
    heights_m: how tall each person is, where that is known.

    The world's origin is on the floor below the camera, and y is where the camera looks. What
    had to be assumed is in each motion's `assumed`.
    """
    heights = list(heights_m) if heights_m is not None else [None] * len(motions)
    _check(motions, tracks, heights)
    if not motions:
        return []
    camera, assumed = _camera_of(tracks, camera)
    people = [
        _in_camera(motion, track, camera, height)
        for motion, track, height in zip(motions, tracks, heights, strict=True)
    ]
    ground = find_ground(
        [
            _witness(person, track, height, others=len(people) > 1)
            for person, track, height in zip(people, tracks, heights, strict=True)
        ]
    )
    camera = camera.at(_pose(ground))
    common = (*assumed, *_in_words(ground), "the camera does not move")
    return [
        _in_world(person, size, camera, (*common, _size_in_words(height, size, len(people))))
        for person, size, height in zip(people, ground.sizes, heights, strict=True)
    ]


def _in_camera(motion: Motion, track: Keypoints, camera: Camera, height: float | None) -> _Track:
    """The person before the camera: first as seen, then with feet that stand."""
    xyz = motion.xyz.astype(np.float64)
    if height is not None:
        xyz *= _factor(height, stature(xyz, motion.skeleton))
    rays = camera.rays(track.xy.astype(np.float64))
    score = track.score.astype(np.float64)
    error = ray_error(camera.fx, max(track.image_size))
    path = root_path(xyz, rays, score, motion.times, error)
    feet = ankles(motion.skeleton)
    stands = standing(xyz, score, motion.skeleton, motion.fps)
    up = CAMERA_UP if stands is None else stands.up
    for _ in range(2):
        sure = score[:, list(feet)]
        contact = resting(xyz[:, list(feet)] + path[:, None], sure, motion.times, up)
        path = root_path(xyz, rays, score, motion.times, error, feet, contact)
    return _Track(motion=motion, xyz=xyz, path=path, contact=contact)


def _witness(person: _Track, track: Keypoints, height: float | None, others: bool) -> Person:
    """What the person says about the floor; a size can only be corrected beside others."""
    motion, feet = person.motion, ankles(person.motion.skeleton)
    places = person.xyz[:, list(feet)] + person.path[:, None]
    falls, weight = footfalls(places, person.contact, motion.times)
    score = np.where(np.isfinite(person.path[:, :1]), track.score, 0).astype(np.float64)
    return Person(
        standing=standing(person.xyz, score, motion.skeleton, motion.fps),
        falls=falls,
        weight=weight,
        log_size=_SIZE_UNKNOWN if others and height is None else _SIZE_KNOWN,
    )


def _pose(ground: Ground) -> Float[np.ndarray, "4 4"]:
    """T_camera_world: the origin on the floor below the camera, y where it looks."""
    up = ground.up
    ahead = np.array([0.0, 0.0, 1.0]) - up[2] * up
    if np.linalg.norm(ahead) < 1e-6:  # straight down or up: y is the top of the picture
        ahead = CAMERA_UP - (CAMERA_UP @ up) * up
    ahead = ahead / np.linalg.norm(ahead)
    world = np.stack([np.cross(ahead, up), ahead, up], axis=1)  # the world's axes, seen
    return rigid(world, -ground.height * up)


def _in_world(person: _Track, size: float, camera: Camera, assumed: tuple[str, ...]) -> Motion:
    motion = person.motion
    xyz = camera.to_world(size * (person.xyz + person.path[:, None]))
    sigma = None if motion.sigma is None else motion.sigma * size
    return replace(
        motion,
        xyz=xyz.astype(motion.xyz.dtype),
        sigma=sigma,
        frame="world",
        placed=True,
        camera=camera,
        assumed=tuple(dict.fromkeys((*motion.assumed, *assumed))),
    )


def _camera_of(tracks: Sequence[Keypoints], camera: Camera | None) -> tuple[Camera, list[str]]:
    """The camera of all tracks, and what was assumed for it."""
    size = tracks[0].image_size
    camera = camera or next((track.camera for track in tracks if track.camera), None)
    if camera is None:
        camera = Camera.assumed(*size)
        return camera, [f"the camera is not known: a focal length of {camera.fx:g} px"]
    if (camera.width, camera.height) != size:
        raise PoiseError(
            f"the camera takes {camera.width} x {camera.height} images, the tracks are of "
            f"{size[0]} x {size[1]}; camera.resized({size[0]}, {size[1]}) fits"
        )
    return camera, []


def _in_words(ground: Ground) -> list[str]:
    upright = f"up is known to about {ground.uncertain_deg:.0f} degrees"
    if not ground.stood:
        upright += ": nobody stands upright, so the camera is taken to be held nearly level"
    words = [upright]
    if not ground.found:
        words.append(f"no foot stands: the camera is taken to be {ground.height:.1f} m up")
    return words


def _size_in_words(height: float | None, size: float, people: int) -> str:
    if height is not None:
        return f"a height of {height:g} m"
    if people > 1:
        return f"the lifter's own idea of size, times {size:.2f} to stand on the common floor"
    return "the lifter's own idea of the person's size"


def _factor(height: float, estimated: float) -> float:
    if not (np.isfinite(estimated) and estimated > 0):
        return 1.0
    return height / estimated


def _check(
    motions: Sequence[Motion], tracks: Sequence[Keypoints], heights: Sequence[float | None]
) -> None:
    if not len(motions) == len(tracks) == len(heights):
        raise PoiseError(
            f"{len(motions)} motions, {len(tracks)} tracks and {len(heights)} heights: "
            "one of each for every person is needed"
        )
    for number, (motion, track, height) in enumerate(zip(motions, tracks, heights, strict=True)):
        if motion.frame != "camera" or motion.placed:
            raise PoiseError(
                f"person {number}: {motion!r} cannot be placed; a root-relative motion in the "
                "camera's frame is needed, as lift gives it"
            )
        if motion.skeleton.joints != track.skeleton.joints:
            raise PoiseError(
                f"person {number}: the motion is on {motion.skeleton.name}, the track on "
                f"{track.skeleton.name}; convert the track first"
            )
        if len(motion) != len(track) or not np.allclose(motion.times, track.times, atol=1e-4):
            raise PoiseError(f"person {number}: motion and track have different timestamps")
        if track.image_size != tracks[0].image_size:
            raise PoiseError(f"person {number}: the track is of images of another size")
        if height is not None and not 0.3 < height < 3:
            raise PoiseError(f"person {number}: a height of {height:g} m is not a person's")
