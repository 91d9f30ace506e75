"""How a network sees keypoints, and how its answer comes back into the camera's axes."""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from poise.errors import PoiseError
from poise.skeletons import Skeleton

_TORSO = ("left_hip", "right_hip", "left_shoulder", "right_shoulder")
_LEAST_WEIGHT = 0.05  # of a joint that was not seen: its place is a guess, but not far off
_TYPICAL_LOG_SIZE = -2.5  # of a person at some metres, in units of the focal length


@dataclass(frozen=True, eq=False, kw_only=True)
class Sight:
    """What is known of some clips' keypoints, without gaps."""

    xy: Float[Tensor, "batch time joint 2"]  # px
    rays: Float[Tensor, "batch time joint 2"]  # where each joint is at a depth of 1
    confidence: Float[Tensor, "batch time joint"]
    image_size: Float[Tensor, "batch 2"]  # width, height

    def pick(self, frames: Int[Tensor, "window time"]) -> "Sight":
        """Windows of one clip, a batch of them."""
        return Sight(
            xy=self.xy[0, frames],
            rays=self.rays[0, frames],
            confidence=self.confidence[0, frames],
            image_size=self.image_size.expand(len(frames), -1),
        )

    def only(self, frames: slice) -> "Sight":
        """Some frames of each clip."""
        return Sight(
            xy=self.xy[:, frames],
            rays=self.rays[:, frames],
            confidence=self.confidence[:, frames],
            image_size=self.image_size,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Seen:
    """What the network gets, and the axes that its answer will be in."""

    features: Float[Tensor, "batch time joint feature"]
    turn: Float[Tensor, "batch time 3 3"] | None  # from the camera's axes; None: those themselves
    sight: Sight | None = None  # what it was made of, for those who compare answers with it

    def pick(self, frames: Int[Tensor, "window time"]) -> "Seen":
        """Windows of one clip, a batch of them."""
        return Seen(
            features=self.features[0, frames],
            turn=None if self.turn is None else self.turn[0, frames],
            sight=None if self.sight is None else self.sight.pick(frames),
        )

    def answered(self, frames: slice) -> "Seen":
        """Those frames of every window that are answered for."""
        return Seen(
            features=self.features[:, frames],
            turn=None if self.turn is None else self.turn[:, frames],
            sight=None if self.sight is None else self.sight.only(frames),
        )

    def to_camera(self, xyz: Float[Tensor, "batch time joint 3"]) -> Tensor:
        """An answer in the camera's axes."""
        return xyz if self.turn is None else xyz @ self.turn

    def from_camera(self, xyz: Float[Tensor, "batch time joint 3"]) -> Tensor:
        """What the network should answer for these joints in the camera's axes."""
        return xyz if self.turn is None else xyz @ self.turn.mT


@dataclass(frozen=True, kw_only=True)
class Framing:
    """One of two ways to show keypoints to a network.

    screen: the image, its width from -1 to 1, as all published lifters have it. The camera plays
    no part, so the network takes it to be like those it was trained on.

    person: the rays of the camera, seen as if it looked straight at the person and was so far away
    that all people are of one size. How large the person was, and in which direction, is said
    beside. Any lens and any place in the image then look alike.
    """

    kind: Literal["screen", "person"] = "person"
    confidence: bool = True  # of the detector, as one more feature
    smoothing: int = 9  # frames over which the person's place and size are averaged; odd

    def __post_init__(self) -> None:
        if self.smoothing < 1 or self.smoothing % 2 == 0:
            raise PoiseError(
                f"framing: smoothing is an odd number of frames, not {self.smoothing}; 1 for none"
            )

    @property
    def features(self) -> int:
        """How many numbers the network gets for each joint."""
        return len(self.signs_in_mirror)

    @property
    def signs_in_mirror(self) -> tuple[float, ...]:
        """What becomes of each feature when left and right are exchanged."""
        seen = (-1.0, 1.0) + ((1.0,) if self.confidence else ())
        return seen if self.kind == "screen" else (*seen, 1.0, -1.0, 1.0)

    @property
    def reach(self) -> int:
        """How many frames before and after a frame decide how it is seen."""
        # Half the smoothing for the place; the size is smoothed too, and seen from the place.
        return self.smoothing - 1 if self.kind == "person" else 0

    def see(self, sight: Sight, skeleton: Skeleton) -> Seen:
        """Keypoints as the network gets them."""
        if self.kind == "screen":
            width, height = sight.image_size[:, None, None].unbind(-1)
            middle = torch.stack([torch.ones_like(width), height / width], dim=-1)
            flat, turn = sight.xy * (2 / width[..., None]) - middle, None
            beside: list[Tensor] = []
        else:
            flat, beside, turn = self._look_at_person(sight, skeleton)
        confidence = [sight.confidence[..., None]] if self.confidence else []
        return Seen(features=torch.cat([flat, *confidence, *beside], dim=-1), turn=turn)

    def _look_at_person(
        self, sight: Sight, skeleton: Skeleton
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        torso = [skeleton.index(joint) for joint in _TORSO]
        weight = (sight.confidence + _LEAST_WEIGHT)[..., None]  # (batch, time, joint, 1)
        middle = _mean(sight.rays[:, :, torso], weight[:, :, torso])
        middle = self._smooth(middle)  # (batch, time, 2)
        turn = look_along(middle)
        rays = F.pad(sight.rays, (0, 1), value=1.0) @ turn.mT
        flat = rays[..., :2] / rays[..., 2:].clamp(min=0.1)  # what is behind the camera stays far
        square = _mean(flat.square().sum(-1, keepdim=True), weight)  # (batch, time, 1)
        log_size = self._smooth(square.clamp(min=1e-8).log() / 2)
        person = torch.cat([log_size - _TYPICAL_LOG_SIZE, middle], dim=-1)
        beside = person[:, :, None].expand(-1, -1, flat.shape[2], -1)
        return flat * torch.exp(-log_size)[:, :, None], [beside], turn

    def _smooth(self, values: Float[Tensor, "batch time value"]) -> Tensor:
        """The mean of the frames around each frame, of fewer of them at the ends."""
        if self.smoothing == 1:
            return values
        return F.avg_pool1d(
            values.mT, self.smoothing, 1, self.smoothing // 2, count_include_pad=False
        ).mT


def look_along(rays: Float[Tensor, "*any 2"]) -> Float[Tensor, "*any 3 3"]:
    """Rotations that make these rays the optical axis, and keep the image as upright as it was."""
    z = F.normalize(F.pad(rays, (0, 1), value=1.0), dim=-1)
    down = torch.zeros_like(z)
    down[..., 1] = 1
    x = F.normalize(torch.linalg.cross(down, z), dim=-1)
    return torch.stack([x, torch.linalg.cross(z, x), z], dim=-2)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    """Over joints."""
    return (values * weight).sum(2) / weight.sum(2)
