"""Who is who: from all that was found in a video to one track for each person.

>>> for person in follow(detections):
...     print(person.keypoints, person.swaps_repaired, person.bridged, person.missing)
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from poise.detect.detections import Detections
from poise.errors import PoiseError
from poise.motion import Keypoints
from poise.track.doubts import cut
from poise.track.duplicates import same_person, without_duplicates
from poise.track.gaps import Span, bridge
from poise.track.joining import give_back, join
from poise.track.linking import link
from poise.track.poses import Poses, poses_of
from poise.track.swaps import exchanged


@dataclass(frozen=True, eq=False, kw_only=True)
class Tracked:
    """One person from first to last sighting, and what had to be done to their track."""

    keypoints: Keypoints  # confidence 0: guessed where there are numbers, unknown where NaN
    swaps_repaired: int  # stretches of frames in which left and right were exchanged back
    bridged: tuple[Span, ...]  # (start, stop) s, not found, filled with straight lines
    missing: tuple[Span, ...]  # (start, stop) s, not found for longer, NaN


def follow(
    detections: Detections,
    *,
    least_seconds: float = 0.5,
    least_score: float = 0.25,
    longest_absence: float = 5.0,
    longest_bridge: float = 0.5,
) -> list[Tracked]:
    """Everybody in a video, the one who is seen longest and largest first; may be empty.

    Who is seen for less than `least_seconds` in all, or with a mean score under `least_score`, is
    taken for a mistake of the detector. Who comes back after `longest_absence` seconds is somebody
    new. Gaps up to `longest_bridge` seconds are filled.
    """
    if least_seconds < 0 or longest_absence < 0 or longest_bridge < 0:
        raise PoiseError("track: seconds cannot be negative")
    poses = poses_of(detections)
    poses = poses.only(without_duplicates(poses))
    pieces = cut(poses, link(poses))
    rows = give_back(poses, join(poses, pieces.sure, longest_absence), pieces.doubtful)
    rows = [mine for mine in rows if _is_somebody(detections, poses, mine, least_score)]
    rows = same_person(poses, rows)
    rows = [mine for mine in rows if len(mine) / detections.fps >= least_seconds]
    rows.sort(key=lambda mine: (-_prominence(poses, mine), int(mine[0])))
    return [_tracked(detections, poses, mine, longest_bridge) for mine in rows]


def people(
    detections: Detections, *, least_seconds: float = 0.5, longest_absence: float = 5.0
) -> list[Keypoints]:
    """The tracks alone of everybody that `follow` finds.

    >>> tracks = people(detections)
    """
    found = follow(detections, least_seconds=least_seconds, longest_absence=longest_absence)
    return [person.keypoints for person in found]


def _is_somebody(
    detections: Detections, poses: Poses, rows: Int[np.ndarray, " row"], least_score: float
) -> bool:
    return bool(poses.score[rows].mean() >= least_score)


def _prominence(poses: Poses, rows: Int[np.ndarray, " row"]) -> float:
    return float(poses.size[rows].sum())


def _tracked(
    detections: Detections, poses: Poses, rows: Int[np.ndarray, " row"], longest_bridge: float
) -> Tracked:
    """One person's arrays, from the first frame they are in to the last."""
    first, last = int(poses.frame[rows[0]]), int(poses.frame[rows[-1]])
    place, source = poses.frame[rows] - first, poses.row[rows]
    joints = len(detections.skeleton)
    xy = np.full((last - first + 1, joints, 2), np.nan, _float_of(detections.xy))
    score = np.zeros(xy.shape[:2], xy.dtype)
    xy[place] = detections.xy[source]
    score[place] = np.clip(np.nan_to_num(detections.score[source]), 0, 1)
    times = detections.times[first : last + 1].astype(np.float64)
    size = float(np.median(poses.size[rows]))
    wrong = exchanged(xy, score, times, size, detections.skeleton)
    mirror = list(detections.skeleton.mirror)
    xy = np.where(wrong[..., None], xy[:, mirror], xy)
    score = np.where(wrong, score[:, mirror], score)
    seen = np.zeros(len(xy), bool)
    seen[place] = True
    xy, bridged, missing = bridge(xy, times, seen, longest_bridge)
    track = Keypoints(
        xy=xy,
        score=np.where(seen[:, None], score, 0),
        times=times,
        skeleton=detections.skeleton,
        image_size=detections.image_size,
        fps=detections.fps,
        camera=detections.camera,
    )
    return Tracked(
        keypoints=track,
        swaps_repaired=_runs(np.asarray(wrong.any(axis=1))),
        bridged=bridged,
        missing=missing,
    )


def _runs(flags: Bool[np.ndarray, " time"]) -> int:
    """How many stretches of true there are."""
    return int(np.count_nonzero(np.diff(flags.astype(np.int8), prepend=0) == 1))


def _float_of(array: np.ndarray) -> np.dtype:
    return array.dtype if array.dtype in (np.float32, np.float64) else np.dtype(np.float32)
