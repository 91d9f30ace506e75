"""One track as a network sees it, any span of frames at a time."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from poise.cameras import Camera
from poise.errors import PoiseError
from poise.lifting.framing import Framing, Seen, Sight
from poise.lifting.gaps import fill
from poise.lifting.steadying import STEADIED, steadied
from poise.motion import Keypoints

_AT_ONCE = 4096  # frames whose rays are found together


@dataclass(frozen=True, eq=False, kw_only=True)
class Clip:
    """A track without gaps; nothing but its rays is kept as long as it is."""

    track: Keypoints
    framing: Framing
    device: torch.device
    compared: bool = False  # whether answers will be held against what was seen

    def __len__(self) -> int:
        return len(self.track)

    def see(self, start: int, stop: int) -> Seen:
        """Frames `start` to `stop`; beyond the clip its first or last frame is repeated."""
        reach = max(self.framing.reach, STEADIED if self.compared else 0)
        low, high = max(0, start - reach), min(len(self), stop + reach)
        sight = self._sight(low, high)
        seen = self.framing.see(sight, self.track.skeleton)
        if self.compared:
            seen = replace(seen, sight=steadied(sight))
        frames = torch.arange(start, stop, device=self.device).clamp(0, len(self) - 1) - low
        return seen.pick(frames[None])

    def _sight(self, start: int, stop: int) -> Sight:
        track, rays = self._track_and_rays
        xy = self._tensor(track.xy[start:stop])
        return Sight(
            xy=xy,
            rays=torch.zeros_like(xy) if rays is None else self._tensor(rays[start:stop]),
            confidence=self._tensor(track.score[start:stop]),
            image_size=self._tensor(np.array(track.image_size)),
        )

    @cached_property
    def _track_and_rays(self) -> tuple[Keypoints, Float[np.ndarray, "time joint 2"] | None]:
        """Rays only where they are looked at; what the lens cannot show was not seen."""
        track = self.track
        if self.framing.kind == "screen" and not self.compared:
            return track, None
        rays = all_rays(track.camera or assumed_camera(track), track.xy)
        lost = np.isnan(rays).any(axis=-1)
        if not lost.any():
            return track, rays
        if lost.all():
            raise PoiseError(
                f"no keypoint of this track can be seen through its lens, {track.camera!r}; "
                "is it the camera of this track?"
            )
        score = np.where(lost, 0, track.score)
        return replace(track, score=score), fill(rays, score, track.times)

    def _tensor(self, values: np.ndarray) -> Float[Tensor, "1 ..."]:
        return torch.tensor(values, dtype=torch.float32, device=self.device)[None]


def assumed_camera(track: Keypoints) -> Camera:
    """The camera that a track without one is taken to be seen by."""
    return Camera.assumed(*track.image_size)


def all_rays(
    camera: Camera, xy: Float[np.ndarray, "time joint 2"]
) -> Float[np.ndarray, "time joint 2"]:
    """Where each keypoint is at a depth of 1, in single precision."""
    rays = np.empty(xy.shape, np.float32)
    for start in range(0, len(xy), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        rays[part] = camera.rays(xy[part])
    return rays
