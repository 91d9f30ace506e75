"""The target: 2D tracks without any 3D, as the lifter that is adapted takes them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.adapt.tilting import Response, ups
from poise.errors import PoiseError
from poise.lifting.clips import all_rays
from poise.lifting.preparing import as_taken
from poise.lifting.trained import TrainedLifter
from poise.motion import Keypoints

LEAST_FRAMES = 30  # with a whole person in them: fewer say nothing of how people stand
_SEEN = 0.2  # of a joint's score: below it the place is a guess, and so is how large the person is
_LEAST_SIZE = 1e-3  # of a person, as a share of half the picture's width
_HELD_SHARE, _MOST_HELD = 0.15, 4000  # frames that nothing is learnt from: they tell how it goes


@dataclass(frozen=True, eq=False, kw_only=True)
class Sightings:
    """Where some people of the target are seen, window by window, and by which cameras."""

    xy: Float[Tensor, "batch time joint 2"]  # px, as a camera without distortion would have it
    camera: Float[Tensor, "batch 4"]  # fx, fy, cx, cy, px
    image_size: Float[Tensor, "batch 2"]
    up: Float[Tensor, "batch 3"] | None  # as people seem to stand; 0 where nobody does


class Target:
    """People to learn the places and sizes of, and others to see how well it goes.

    >>> target = Target(tracks, lifter)
    """

    def __init__(self, tracks: Sequence[Keypoints], lifter: TrainedLifter) -> None:
        taken, self.assumed = _taken(tracks, lifter)
        learnt, self.held = _held_out(taken)
        self._learnt, self._frames = learnt, lifter.network.frames
        self.up: Tensor | None = None  # of each track, once somebody has looked
        xy, usable = (np.concatenate(part) for part in zip(*map(_flat, learnt), strict=True))
        lengths = [len(track) for track in learnt]
        starts = _window_starts(usable, lengths, self._frames)
        self.windows, whole = len(starts), int(usable.sum())
        if whole < LEAST_FRAMES or not self.windows:
            raise PoiseError(
                f"the target has {whole} frames in which a whole person is seen (every joint with "
                f"a score of {_SEEN} or more), in windows of {self._frames} frames "
                f"{self.windows}; at least {LEAST_FRAMES} frames are needed to adapt to"
            )
        self._starts, self._xy = torch.from_numpy(starts), torch.from_numpy(xy.astype(np.float32))
        self._track = torch.from_numpy(np.repeat(np.arange(len(learnt)), lengths))
        self._camera, self._size = (
            torch.tensor(values, dtype=torch.float32)
            for values in ([_camera(t) for t in learnt], [t.image_size for t in learnt])
        )
        self.fingerprint = hashlib.sha256(
            b"".join(np.ascontiguousarray(t.xy).tobytes() for t in taken)
        ).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Target({self.windows:,} windows of {self._frames} frames)"

    def draw(self, count: int, generator: torch.Generator) -> Sightings:
        """So many windows at random."""
        device = generator.device
        some = torch.randint(self.windows, (count,), generator=generator, device=device).cpu()
        start = self._starts[some]
        track = self._track[start]
        frames = start[:, None] + torch.arange(self._frames)
        return Sightings(
            xy=self._xy[frames].to(device),
            camera=self._camera[track].to(device),
            image_size=self._size[track].to(device),
            up=None if self.up is None else self.up[track].to(device),
        )

    def look(self, lifter: TrainedLifter, undo: Response) -> None:
        """Find anew how people stand before each track's camera, by how this lifter sees them."""
        self.up = ups(lifter, self._learnt, undo)


def _taken(
    tracks: Sequence[Keypoints], lifter: TrainedLifter
) -> tuple[list[Keypoints], tuple[str, ...]]:
    """The tracks on the lifter's joints, at its rate, with cameras; what was assumed, once each."""
    if not tracks:
        raise PoiseError("the target has no tracks: nobody was found in it")
    taken: list[Keypoints] = []
    assumed: dict[str, None] = {}
    for track in tracks:
        if not (track.score > 0).any():
            continue  # nobody is seen in it
        found, words = as_taken(track, lifter, placed=True)
        taken.append(found)
        assumed |= dict.fromkeys(words)
    if not taken:
        raise PoiseError("nobody is seen in the target: no joint has a score above 0")
    return taken, tuple(assumed)


def _held_out(tracks: list[Keypoints]) -> tuple[list[Keypoints], list[Keypoints]]:
    """Tracks to learn from and others to judge by; of a single one, its end is the other."""
    if len(tracks) == 1:
        (track,) = tracks
        cut = max(1, round(len(track) * (1 - _HELD_SHARE)))
        return [track[:cut]], [track[cut:]] if cut < len(track) else []
    frames = sum(len(track) for track in tracks)
    wanted = min(_MOST_HELD, _HELD_SHARE * frames)
    every = max(2, round(frames / wanted))
    held = tracks[every // 2 :: every] or tracks[-1:]
    chosen = {id(track) for track in held}
    return [track for track in tracks if id(track) not in chosen], held


def _flat(
    track: Keypoints,
) -> tuple[Float[np.ndarray, "time joint 2"], Bool[np.ndarray, " time"]]:
    """Pixels without distortion, and the frames in which a whole person is seen."""
    camera = track.camera
    assert camera is not None
    fx, fy, cx, cy = _camera(track)
    xy = all_rays(camera, track.xy) * np.array([fx, fy]) + np.array([cx, cy])
    known = np.isfinite(xy).all(axis=(1, 2)) & (track.score >= _SEEN).all(axis=1)
    side = np.ptp(np.nan_to_num(xy), axis=1).mean(axis=1)
    return xy, known & (2 * side / camera.width >= _LEAST_SIZE)


def _camera(track: Keypoints) -> tuple[float, float, float, float]:
    assert track.camera is not None
    return track.camera.fx, track.camera.fy, track.camera.cx, track.camera.cy


def _window_starts(
    usable: Bool[np.ndarray, " frame"], lengths: list[int], window: int
) -> np.ndarray:
    """Where windows begin that are within one track, and usable throughout."""
    ends = np.repeat(np.cumsum(lengths), lengths)
    frames = np.arange(len(usable))
    so_far = np.concatenate([[0], np.cumsum(usable)])
    last = np.minimum(frames + window, len(usable))
    whole = so_far[last] - so_far[frames] == window
    return np.flatnonzero(whole & (frames + window <= ends))
