"""A video's picture with everybody's skeleton on it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8

from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.report.badges import stamp
from poise.report.presence import known
from poise.report.skeleton_strokes import figure, wire
from poise.report.strokes import paint

_OFF_BY = 0.75  # frames; a picture farther than that from a track's nearest frame is not part of it
_STEADY_SECONDS = 1.0  # how long the thickness of the lines takes to follow the person's size
_FAR = 10  # pictures; joints farther out are not drawn
_RIM = 0.006  # the soft edge around the lines, as a share of the person's size
_RIM_PX = 1.2  # and what it has anyway
_WIRE = 0.0009  # half the thickness of the reprojection
_WIRE_COLOR = (255, 255, 255)


class Overlay:
    """Draws everybody into the pictures of a video, each at its time.

    >>> overlay = Overlay(tracks, motions)
    >>> drawn = overlay.draw(frame, time_s=1.25)

    A motion, where one is given, is drawn as thin lines where its camera sees it: what the 3D says
    about the picture. Pictures may have another size than those that the tracks are about.
    """

    def __init__(
        self, people: Sequence[Keypoints], motions: Sequence[Motion | None] | None = None
    ) -> None:
        self._people = list(people)
        self._motions = [None] * len(self._people) if motions is None else list(motions)
        if len(self._motions) != len(self._people):
            raise PoiseError(
                f"Overlay: {len(self._people)} people, but {len(self._motions)} motions"
            )
        self._sizes = [_sizes(track) for track in self._people]

    def draw(
        self, rgb: UInt8[np.ndarray, "height width 3"], time_s: float
    ) -> UInt8[np.ndarray, "height width 3"]:
        """The picture with everybody who is there at this time; the given one stays as it is."""
        picture = np.array(rgb, order="C")
        times = [np.interp(time_s, track.times, sizes) for track, sizes in self._tracks()]
        for person in np.argsort(times, kind="stable"):  # who is larger is nearer
            self._draw_person(picture, int(person), time_s, float(times[person]))
        return picture

    def _tracks(self) -> list[tuple[Keypoints, Float[np.ndarray, " time"]]]:
        return list(zip(self._people, self._sizes, strict=True))

    def _draw_person(
        self, picture: UInt8[np.ndarray, "height width 3"], person: int, time_s: float, size: float
    ) -> None:
        height, width = picture.shape[:2]
        track, motion = self._people[person], self._motions[person]
        scale = np.array([width, height]) / track.image_size
        size *= float(scale.mean())
        rim = _RIM * size + _RIM_PX
        frame = frame_at(track, time_s)
        if frame is not None:
            xy = _within_reach(track.xy[frame] * scale, width, height)
            paint(picture, figure(track.skeleton, xy, track.score[frame], size), rim)
        if motion is not None:
            seen = _reprojected(motion, time_s)
            if seen is not None:
                seen = _within_reach(seen * [width, height], width, height)
                thin = wire(motion.skeleton, seen, _WIRE_COLOR, _WIRE * size + 0.5)
                paint(picture, thin, rim / 2)
        if frame is not None:
            stamp(picture, person, track.skeleton, xy, size)


def frame_at(track: Keypoints | Motion, time_s: float) -> int | None:
    """The frame of a track that is shown at this time; none before it begins or after its end."""
    after = int(np.searchsorted(track.times, time_s))
    near = [frame for frame in (after - 1, after) if 0 <= frame < len(track)]
    nearest = min(near, key=lambda frame: abs(float(track.times[frame]) - time_s))
    off = abs(float(track.times[nearest]) - time_s)
    return nearest if off <= _OFF_BY / track.fps else None


def _reprojected(motion: Motion, time_s: float) -> Float[np.ndarray, "joint 2"] | None:
    """Where the camera sees the joints, in shares of the picture's width and height."""
    camera, frame = motion.camera, frame_at(motion, time_s)
    if camera is None or not motion.placed or frame is None:
        return None
    xyz = motion.xyz[frame]
    if motion.frame == "world":
        if camera.T_camera_world is None:
            return None
        xyz = camera.to_camera(xyz)
    return camera.project(xyz) / [camera.width, camera.height]


def _within_reach(
    xy: Float[np.ndarray, "joint 2"], width: int, height: int
) -> Float[np.ndarray, "joint 2"]:
    """Without joints that are so far out that no line to them says anything about the picture."""
    far = np.abs(xy - [width / 2, height / 2]) > _FAR * max(width, height)
    return np.where(far.any(axis=-1, keepdims=True), np.nan, xy)


def _sizes(track: Keypoints) -> Float[np.ndarray, " time"]:
    """How large the person is in each frame, in pixels: steady, and known in every frame."""
    joints = np.moveaxis(track.xy, 1, 0).astype(np.float64)  # min and max are fast along time
    here = known(joints)[..., None]
    low = np.where(here, joints, np.inf).min(axis=0)
    high = np.where(here, joints, -np.inf).max(axis=0)
    there = here[..., 0].any(axis=0)
    if not there.any():
        return np.zeros(len(track))
    size = np.hypot(*(high[there] - low[there]).T)
    size = np.minimum(size, np.hypot(*track.image_size))  # much of a near person is outside
    frames = np.arange(len(track))
    size = np.interp(frames, frames[there], size)
    half = min(round(_STEADY_SECONDS * track.fps / 2), len(track) - 1)
    total = np.cumsum(np.concatenate([[0.0], np.pad(size, half, mode="edge")]))
    return (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)
