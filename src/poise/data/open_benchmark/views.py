"""What one camera sees of one segment, and what is true."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from poise.cameras import Camera
from poise.data.library import MotionLibrary
from poise.data.open_benchmark.cameras import NUMBERS, camera
from poise.data.open_benchmark.draws import rng
from poise.data.open_benchmark.motions import FPS, joints_of
from poise.data.open_benchmark.noise import detect, draw
from poise.data.open_benchmark.segments import Segment, segments
from poise.data.open_benchmark.tracks import Track, clips_of
from poise.motion import Keypoints, Motion
from poise.skeletons import H36M17

Subject = int | str | None


@dataclass(frozen=True, eq=False, kw_only=True)
class View:
    """A camera's 2D track of one segment, and the 3D behind it where a method may know it.

    The camera in it has intrinsics but no pose: a method may not know where it stands.
    """

    segment: str
    subject: Subject
    kind: str
    number: int
    keypoints: Keypoints
    target: Motion | None  # in the camera's frame, placed; None: unlabelled

    @property
    def id(self) -> str:
        """The view's name, unique within a track."""
        return f"{self.segment}|{self.kind}|cam{self.number}"

    def __len__(self) -> int:
        return len(self.keypoints)

    def __repr__(self) -> str:
        labelled = "" if self.target is not None else ", unlabelled"
        return f"View({self.id}, {self.keypoints!r}{labelled})"


def views(library: MotionLibrary, track: Track) -> Iterator[View]:
    """The views of a track, one after another.

    >>> for view in views(library, NOISY):
    ...     motion = lift(view.keypoints)
    """
    for clip in clips_of(library, track):
        xyz = joints_of(library, clip)
        for segment in segments(clip.key, len(xyz)):
            yield from film(xyz, segment, clip.subject, track)


def film(
    xyz: Float[np.ndarray, "time 17 3"], segment: Segment, subject: Subject, track: Track
) -> list[View]:
    """What the four cameras see of one segment of a clip (all its joints, in the world)."""
    piece = xyz[segment.first : segment.stop]
    return [_film(piece, segment.id, number, subject, track) for number in NUMBERS]


def _film(
    xyz: Float[np.ndarray, "time 17 3"], segment: str, number: int, subject: Subject, track: Track
) -> View:
    placed = camera(xyz, segment, number, track.camera_kind)
    seen = placed.to_camera(xyz)
    xy, score = placed.project(seen), np.ones(seen.shape[:2])
    if track.level is not None:
        uniforms = draw(rng(f"{segment}|{track.kind}|noise{number}"), len(xyz))
        detection = detect(xy, seen[..., 2], uniforms, track.level)
        xy, score = detection.xy, detection.confidence
    lens = replace(placed, T_camera_world=None)
    return view(segment, number, subject, track, lens, xy, score, seen)


def view(
    segment: str,
    number: int,
    subject: Subject,
    track: Track,
    lens: Camera,
    xy: Float[np.ndarray, "time 17 2"],
    score: Float[np.ndarray, "time 17"],
    xyz: Float[np.ndarray, "time 17 3"] | None,
) -> View:
    """A view from its arrays; a track without labels keeps the 3D back."""
    target = None
    if track.labelled and xyz is not None:
        target = Motion(xyz=xyz, skeleton=H36M17, fps=FPS, frame="camera", placed=True, camera=lens)
    keypoints = Keypoints(
        xy=xy,
        score=score,
        skeleton=H36M17,
        image_size=(lens.width, lens.height),
        fps=FPS,
        camera=lens,
    )
    return View(
        segment=segment,
        subject=subject,
        kind=track.kind,
        number=number,
        keypoints=keypoints,
        target=target,
    )
