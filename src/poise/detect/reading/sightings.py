"""What every reader makes of its file, people in frames; and what comes of it.

The errors here do not name the file; `read_2d` does.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from poise.detect.detections import Detections
from poise.errors import PoiseError
from poise.motion import Keypoints
from poise.skeletons import Skeleton

_LARGEST_PX = 1e6  # no image is as large; places in damaged files are
_MOST_FRAMES = 5_000_000  # a day and a half at 30 fps


@dataclass
class Sightings:
    """People in frames, in no order, before it is known how many frames a second there were."""

    skeleton: Skeleton
    frame: list[int] = field(default_factory=list)
    points: list[np.ndarray] = field(default_factory=list)  # (joint, 3): x, y, score
    person: list[int | None] = field(default_factory=list)  # an identity; None: not told
    frames: int | None = None  # of the video; None: up to the last with somebody
    image_size: tuple[int, int] | None = None

    def add(self, frame: int, points: np.ndarray, person: int | None = None) -> None:
        """One person in one frame."""
        if points.shape != (len(self.skeleton), 3):
            raise PoiseError(
                f"frame {frame}: {len(points)} joints, where others have {len(self.skeleton)}"
            )
        self.frame.append(frame)
        self.points.append(points)
        self.person.append(person)


def finish(
    seen: Sightings, fps: float | None, image_size: tuple[int, int] | None
) -> Detections | list[Keypoints]:
    """Keypoints where the file says who is who, Detections where it does not."""
    if fps is None:
        raise PoiseError("does not say how many frames a second there are; say fps")
    if not (np.isfinite(fps) and fps > 0):
        raise PoiseError(f"{fps} is not a frame rate")
    size = _agreed(image_size, seen.image_size)
    if size is None:
        raise PoiseError("does not say how large the images are; say image_size, width and height")
    if min(size) <= 0:
        raise PoiseError(f"an image size of {size[0]} x {size[1]} is not a size in pixels")
    count = max(seen.frame, default=-1) + 1 if seen.frames is None else seen.frames
    if count > _MOST_FRAMES or min(seen.frame, default=0) < 0:
        raise PoiseError(f"numbers its frames up to {count}; no video is as long")
    order = np.argsort(seen.frame, kind="stable")
    xy, score = _cleaned(np.array(seen.points).reshape(-1, len(seen.skeleton), 3)[order])
    found = Detections(
        xy=xy,
        score=score,
        frame=np.array(seen.frame, np.int64)[order],
        times=np.arange(count) / fps,
        skeleton=seen.skeleton,
        image_size=size,
        fps=float(fps),
    )
    known = [person for person in (seen.person[place] for place in order) if person is not None]
    if not known or len(known) < len(order):
        return found
    return _by_person(found, np.array(known, np.int64))


def check(
    value: Detections | Keypoints, fps: float | None, image_size: tuple[int, int] | None
) -> None:
    """Our own files say everything themselves; what the user says must agree."""
    _agreed(image_size, value.image_size)
    if fps is not None and abs(fps - value.fps) > 1e-3 * value.fps:
        raise PoiseError(f"has {value.fps:g} frames a second, not {fps:g}; leave fps out")


def triples(values: Any) -> Float[np.ndarray, "joint 3"]:
    """A flat list x, y, score, x, y, score ..."""
    array = numbers(values)
    if array.ndim != 1 or array.size == 0 or array.size % 3:
        raise PoiseError(f"keypoints of {array.size} numbers, where x, y, score of each belong")
    return array.reshape(-1, 3)


def numbers(values: Any) -> Float[np.ndarray, "..."]:
    """An array of numbers, whatever the file holds; a missing one (null) is NaN."""
    if not isinstance(values, list):
        raise PoiseError("keypoints are not a list of numbers")
    try:
        array = np.array(values)
        if array.dtype == object:  # null among them, or a number without end
            array = np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise PoiseError("keypoints are not all numbers, or some are missing") from None
    if array.dtype.kind not in "iuf":
        raise PoiseError("keypoints are not all numbers")
    return array.astype(np.float64)


def whole(value: Any, what: str) -> int:
    """A whole number such as a frame's."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**53:
        raise PoiseError(f"{what} is {str(value)[:40]!r}, not a whole number")
    return value


def _cleaned(
    points: Float[np.ndarray, "found joint 3"],
) -> tuple[Float[np.ndarray, "found joint 2"], Float[np.ndarray, "found joint"]]:
    """NaN and 0 where nothing was seen: (0, 0), or no number. Scores between 0 and 1."""
    xy, score = points[..., :2], points[..., 2]
    seen = np.isfinite(points).all(axis=-1) & (xy != 0).any(axis=-1)
    if (np.abs(xy[seen]) > _LARGEST_PX).any():
        raise PoiseError("a joint lies a million pixels off; the file is damaged")
    if (score[seen] < -1).any():
        raise PoiseError(f"a score is {score[seen].min():g}; the file is damaged")
    placed = np.where(seen[..., None], xy, np.nan).astype(np.float32)
    return placed, np.where(seen, np.clip(score, 0, 1), 0).astype(np.float32)


def _by_person(found: Detections, person: Int[np.ndarray, " found"]) -> list[Keypoints]:
    """One track for each identity, the one seen most often first, gaps NaN."""
    tracks: list[tuple[int, Keypoints]] = []
    for identity in np.unique(person):
        mine = np.flatnonzero(person == identity)
        frames = found.frame[mine]
        if (np.diff(frames) == 0).any():
            twice = int(frames[np.flatnonzero(np.diff(frames) == 0)[0]])
            raise PoiseError(f"person {identity} is twice in frame {twice}")
        first, last = int(frames[0]), int(frames[-1])
        xy = np.full((last - first + 1, *found.xy.shape[1:]), np.nan, np.float32)
        score = np.zeros(xy.shape[:2], np.float32)
        xy[frames - first], score[frames - first] = found.xy[mine], found.score[mine]
        track = Keypoints(
            xy=xy,
            score=score,
            times=found.times[first : last + 1],
            skeleton=found.skeleton,
            image_size=found.image_size,
            fps=found.fps,
        )
        tracks.append((len(mine), track))
    return [track for _, track in sorted(tracks, key=lambda one: -one[0])]


def _agreed(given: tuple[int, int] | None, found: tuple[int, int] | None) -> tuple[int, int] | None:
    if given is not None and found is not None and tuple(given) != tuple(found):
        raise PoiseError(
            f"its images are {found[0]} x {found[1]}, not {given[0]} x {given[1]}; "
            "leave image_size out"
        )
    return found if given is None else given
