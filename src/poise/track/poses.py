"""Found people as the tracker looks at them: a few joints, a centre, a size, and how alike two are.

Lengths are measured in *heights*: one is about the height of the person, as the image has it.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from poise.detect.detections import Detections
from poise.skeletons import Skeleton

# The joints that tell people apart, and how far (in heights) each may be off and still be the same.
# Fingers, toes and the rest of the face only repeat what these say.
_REACH = {
    "nose": 0.06,
    "ear": 0.06,
    "shoulder": 0.06,
    "hip": 0.06,
    "elbow": 0.08,
    "knee": 0.08,
    "wrist": 0.11,
    "ankle": 0.11,
}
_TORSOS = 3.3  # lengths of the torso, middle of the shoulders to middle of the hips, in a height
_SMALLEST_PX = 4.0  # a person of fewer pixels is a point; this keeps divisions sound
_CHUNK = 20_000  # people looked at in one piece, for the memory's sake

Rows = Int[np.ndarray, "_"]
"""Of one person or fragment: which of the found people they are, frame after frame."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Poses:
    """All found people of a video, in the order of the frames."""

    xy: Float[np.ndarray, "found key 2"]  # px, of the key joints; NaN where not seen
    centre: Float[np.ndarray, "found 2"]  # px, of the torso
    size: Float[np.ndarray, " found"]  # px, one height
    score: Float[np.ndarray, " found"]
    frame: Int[np.ndarray, " found"]
    time: Float[np.ndarray, " found"]  # s
    mirror: tuple[int, ...]  # of the key joints
    reach: Float[np.ndarray, " key"]  # heights
    limbs: tuple[tuple[int, int], ...]  # bones between key joints
    row: Int[np.ndarray, " found"]  # where each stands in the detections

    def __len__(self) -> int:
        return len(self.row)

    def only(self, keep: Bool[np.ndarray, " found"]) -> "Poses":
        """Some of them."""
        fields = ("xy", "centre", "size", "score", "frame", "time", "row")
        return replace(self, **{name: getattr(self, name)[keep] for name in fields})

    def like(self, a: Int[np.ndarray, " pair"], b: Int[np.ndarray, " pair"]) -> np.ndarray:
        """How alike people are, pair by pair, 0 .. 1."""
        result = np.zeros(len(a), np.float32)
        for start in range(0, len(a), _CHUNK):
            i, j = a[start : start + _CHUNK], b[start : start + _CHUNK]
            size = np.minimum(self.size[i], self.size[j])
            result[start : start + _CHUNK] = self.likeness(self.xy[i], self.xy[j], size)
        return result

    def likeness(
        self,
        a: Float[np.ndarray, "*#n key 2"],
        b: Float[np.ndarray, "*#n key 2"],
        size: Num[np.ndarray, "*#n"],
    ) -> Float[np.ndarray, "*n"]:
        """How alike poses are, as COCO's OKS: 1 the same, 0 far off, whoever's sides are swapped.

        Each pair of a left and a right joint may be exchanged: detectors do that.
        """
        mirror = list(self.mirror)
        straight = ((a - b) ** 2).sum(axis=-1)
        crossed = ((a[..., mirror, :] - b) ** 2).sum(axis=-1)
        off = np.minimum(straight + straight[..., mirror], crossed + crossed[..., mirror]) / 2
        scale = 2 * (self.reach * np.asarray(size)[..., None]) ** 2
        seen = np.isfinite(off)
        near = np.where(seen, np.exp(-np.where(seen, off, 0) / scale), 0).sum(axis=-1)
        count = seen.sum(axis=-1)
        # Two who share but a joint or two are not alike because these fit.
        return (near / np.maximum(count, min(4, len(mirror)))).astype(np.float32)


def poses_of(found: Detections) -> Poses:
    """The detections as the tracker sees them; who has no joint at all is left out.

    Within a frame they stand by score and place, so that the detector's order does not matter.
    """
    seen = np.isfinite(found.xy).all(axis=-1)
    xy = np.where(seen[..., None], found.xy, np.nan).astype(np.float32)
    count = seen.sum(axis=1)
    score = np.where(seen, found.score, 0).sum(axis=1) / np.maximum(count, 1)
    centre, size = _centres_and_sizes(xy, found.skeleton)
    known = np.flatnonzero(count > 0)
    keys = (size[known], centre[known, 1], -score[known], found.frame[known])
    rows = known[np.lexsort(keys)]
    key = key_joints(found.skeleton)
    names = [found.skeleton.joints[joint] for joint in key]
    return Poses(
        xy=xy[rows][:, key],
        centre=centre[rows],
        size=size[rows],
        score=score[rows].astype(np.float32),
        frame=found.frame[rows],
        time=found.times[found.frame[rows]].astype(np.float64),
        mirror=tuple(key.index(found.skeleton.mirror[joint]) for joint in key),
        limbs=tuple(
            (key.index(a), key.index(b)) for a, b in found.skeleton.bones if a in key and b in key
        ),
        reach=np.array([_REACH.get(name.split("_")[-1], 0.08) for name in names], np.float32),
        row=rows,
    )


def key_joints(skeleton: Skeleton) -> list[int]:
    """The joints that tell people apart; all of a skeleton whose names say nothing."""
    chosen = [place for place, name in enumerate(skeleton.joints) if _is_key(name)]
    return chosen if len(chosen) >= 8 else list(range(len(skeleton)))


def _is_key(name: str) -> bool:
    side, _, joint = name.rpartition("_")
    return joint in _REACH and side in ("", "left", "right")


def _centres_and_sizes(
    xy: Float[np.ndarray, "found joint 2"], skeleton: Skeleton
) -> tuple[Float[np.ndarray, "found 2"], Float[np.ndarray, " found"]]:
    """The middle of the torso (of all joints where there is none), and one height, in pixels."""
    seen = np.isfinite(xy[..., 0])
    low = np.where(seen[..., None], xy, np.inf).min(axis=1)
    high = np.where(seen[..., None], xy, -np.inf).max(axis=1)
    any_seen = seen.any(axis=1)
    size = np.where(any_seen, np.hypot(*np.where(any_seen[:, None], high - low, 0).T), 0)
    total = np.where(seen[..., None], xy, 0).sum(axis=1, dtype=np.float64)
    centre = total / np.maximum(seen.sum(axis=1), 1)[:, None]
    ends = [[f"{side}_{joint}" for side in ("left", "right")] for joint in ("shoulder", "hip")]
    if all(name in skeleton.joints for pair in ends for name in pair):
        top, bottom = (xy[:, [skeleton.index(name) for name in pair]].mean(axis=1) for pair in ends)
        torso = np.hypot(*(top - bottom).T)
        whole = np.isfinite(torso)
        size = np.where(whole, np.maximum(size, _TORSOS * np.where(whole, torso, 0)), size)
        centre = np.where(whole[:, None], (top + bottom) / 2, centre)
    return centre.astype(np.float64), np.maximum(size, _SMALLEST_PX).astype(np.float64)
