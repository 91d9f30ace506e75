"""UAO as a refiner of any lifter: what the network is shown moves until its answer fits better.

The network stays as it is. Beside the published procedure (poise.methods.uao.optimising) nothing
has to be known that a video does not tell: where the root is follows from the pose and its
keypoints in each step, and how sure a joint is from the network, where it says so, or from how far
its opinions are apart. All lengths are in parts of the person, however large they are seen.

Keypoints move by steps of Adam, the same for every frame, so how a clip is cut does not matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.errors import PoiseError
from poise.lifting.agreeing import standing
from poise.lifting.framing import Seen
from poise.lifting.mirroring import BothSides, Opinions
from poise.methods.uao.optimising import safe_norm

_NEAREST = 0.1  # m before the camera: what comes nearer has no place in the picture
_LEAST_SEEN = 4  # joints with a keypoint, so that a pose can be off its rays at all
_LEAST_SCALE = 0.01  # m: no joint is surer than this

Scale = Callable[[Float[Tensor, "batch answered opinion joint 3"]], Float[Tensor, "b a joint"]]
"""How far off (m) joints are expected to be, by how far opinions are apart."""


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """How much a lifter's answers may follow the picture.

    iterations: steps of Adam. milliseconds: for a whole clip; when they are over, no further step
    is begun, and the answer depends on the machine.
    """

    iterations: int = 4
    milliseconds: float | None = None
    rate: float = 1e-2  # about as far as a keypoint moves in a step, in parts of the person
    hold: float = 0.004  # what it weighs to stay where the network had it, unsure joints less

    def __post_init__(self) -> None:
        if self.iterations < 0 or not self.rate > 0 or not self.hold >= 0:
            raise PoiseError(
                "refine: iterations and hold are 0 or more, and the rate is above 0, not "
                f"{self.iterations}, {self.hold:g} and {self.rate:g}"
            )
        if self.milliseconds is not None and not self.milliseconds > 0:
            raise PoiseError(f"refine: {self.milliseconds} ms are no time; give more than 0")


class Refined(NamedTuple):
    """Opinions that went nearer to the picture."""

    opinions: Opinions
    first: Float[Tensor, "batch answered opinion joint 3"]  # poses before
    left: Bool[Tensor, "batch answered"]  # frames that stay as they were: nothing is known of them


def refine(
    ask: BothSides,
    seen: Seen,
    answered: slice,
    joints: tuple[list[int], list[int]],
    scale: Scale,
    how: Refinement,
    goes_on: Callable[[], bool],
    root: Float[Tensor, "batch answered 3"] | None = None,
) -> Refined:
    """A batch of windows.

    joints: those of the answer that have keypoints, and which ones. goes_on: whether there is time
    for another step. root: where it is, if somebody knows.
    """
    with torch.no_grad():
        first = ask(seen.features)
    picture = _Picture.of(seen.answered(answered), *joints, root)
    known = picture.known(first.poses)
    own = _scale(first, scale)
    assert seen.sight is not None
    unit = _radius(seen.features[..., :2], seen.sight.confidence)[..., None, None]
    both = torch.stack([seen.features, ask.mirrored(seen.features)])
    moved = torch.zeros_like(both[..., :2], requires_grad=True)
    optimiser = torch.optim.Adam([moved], lr=how.rate)

    def shown() -> tuple[Tensor, Tensor]:
        xy = both[..., :2] + moved * unit
        first_side, other_side = torch.cat([xy, both[..., 2:]], dim=-1)
        return first_side, other_side

    for _ in range(how.iterations):
        if not known.any() or not goes_on():
            break
        with torch.enable_grad():
            now = ask(*shown())
            if now.log_scale is not None:
                own = _scale(now, scale)
            away = safe_norm(now.poses - first.poses) / own[:, :, None]
            off = picture.off(now.poses)
            loss = how.hold * away.mean(dim=(-1, -2)) + off.mean(dim=(-1, -2))
            (slope,) = torch.autograd.grad(torch.where(known, loss, 0.0).sum(), moved)
        moved.grad = torch.nan_to_num(slope, 0.0, 0.0, 0.0)
        optimiser.step()
    with torch.no_grad():
        last = ask(*shown())
    fine = known & torch.isfinite(last.poses).all(dim=-1).all(dim=-1).all(dim=-1)
    poses = torch.where(fine[:, :, None, None, None], last.poses, first.poses)
    log_scale = last.log_scale
    if log_scale is not None and first.log_scale is not None:
        log_scale = torch.where(fine[..., None], log_scale, first.log_scale)
    return Refined(Opinions(poses, log_scale), first.poses, ~fine)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Picture:
    """What was seen in the frames that are answered for, by joints of the answer."""

    turn: Float[Tensor, "batch answered 3 3"] | None
    rays: Float[Tensor, "batch answered seen 2"]
    sure: Float[Tensor, "batch answered seen"]
    size: Float[Tensor, "batch answered"]  # the person's, at a depth of 1
    joints: list[int]  # of the answer
    root: Float[Tensor, "batch answered 3"] | None  # None: where it is has to be found

    @classmethod
    def of(
        cls, seen: Seen, given: list[int], taken: list[int], root: Tensor | None = None
    ) -> "_Picture":
        """Of frames that are answered for; `given` are joints of the answer, `taken` keypoints."""
        assert seen.sight is not None
        rays, sure = seen.sight.rays[:, :, taken], seen.sight.confidence[:, :, taken]
        size = _radius(rays, sure)
        return cls(turn=seen.turn, rays=rays, sure=sure, size=size, joints=given, root=root)

    def known(self, poses: Tensor) -> Bool[Tensor, "batch answered"]:
        """Frames in which a pose can be held against the picture."""
        enough = (self.sure > 0).sum(dim=-1) >= _LEAST_SEEN
        placed = self._placed(poses)
        before = (placed[..., 2] > _NEAREST).all(dim=-1).all(dim=-1)
        finite = torch.isfinite(placed).all(dim=-1).all(dim=-1).all(dim=-1)
        return enough & before & finite & (self.size > 0)

    def off(self, poses: Tensor) -> Float[Tensor, "batch answered opinion seen"]:
        """How far joints are from where they were seen, in parts of the person."""
        placed = self._placed(poses)
        there = placed[..., :2] / placed[..., 2:].clamp(min=_NEAREST)
        off = safe_norm(there - self.rays[:, :, None]) / self.size[:, :, None, None].clamp(min=1e-6)
        return off * self.sure[:, :, None]

    def _placed(self, poses: Tensor) -> Float[Tensor, "batch answered opinion seen 3"]:
        """In front of the camera, where they fit their rays best."""
        poses = poses[..., self.joints, :] - poses[..., :1, :]
        if self.turn is not None:
            poses = poses @ self.turn[:, :, None]
        if self.root is not None:
            return poses + self.root[:, :, None, None]
        mean = poses.detach().mean(dim=2).flatten(0, 1)
        root = standing(mean, self.rays.flatten(0, 1), self.sure.flatten(0, 1))
        return poses + root.reshape(*poses.shape[:2], 1, 1, 3)


def _scale(opinions: Opinions, scale: Scale) -> Float[Tensor, "batch answered joint"]:
    """How far off each joint may be, by the network itself or by its opinions."""
    if opinions.log_scale is not None:
        return opinions.log_scale.detach().exp().clamp(min=_LEAST_SCALE)
    return scale(opinions.poses.detach()).clamp(min=_LEAST_SCALE)


def _radius(
    points: Float[Tensor, "batch time joint 2"], sure: Float[Tensor, "batch time joint"]
) -> Float[Tensor, "batch time"]:
    """The root mean square distance of points from their middle, of those that were seen."""
    weight = (sure > 0).to(points)[..., None]
    count = weight.sum(dim=2, keepdim=True).clamp(min=1)
    middle = (points * weight).sum(dim=2, keepdim=True) / count
    square = ((points - middle).square() * weight).sum(dim=(2, 3)) / count[..., 0, 0]
    return square.sqrt()
