"""What a network says about a clip, and beside it what it says about the clip's mirror image.

Those are two opinions. An ensemble of networks has more, and so has a network with hypotheses, such
as a diffusion. All are kept to the end, since how far they are apart tells how good their mean is.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from poise.errors import PoiseError
from poise.methods.contract import Doubts, LooksTwice
from poise.skeletons import Skeleton

Features = Float[Tensor, "batch time joint feature"]

Networks = Sequence[Callable[[Tensor], Tensor]]
"""One, or some that answer alike: an ensemble."""


class Opinions(NamedTuple):
    """About the clip itself, in the axes that it was shown in."""

    poses: Float[Tensor, "batch answered opinion joint_out 3"]
    log_scale: Float[Tensor, "batch answered joint_out"] | None  # of a network that doubts


class OneSide:
    """Asks networks about what they are shown, and nothing else: one opinion each."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def __call__(self, features: Features) -> Opinions:
        """What they say."""
        said = [_asked(network, features) for network in self._networks]
        return _together([Opinions(poses[:, :, None], scale) for poses, scale in said])


class BothSides:
    """Asks networks twice in one batch; `signs` tell how features change in a mirror."""

    def __init__(
        self, networks: Networks, signs: Sequence[float], takes: Skeleton, gives: Skeleton
    ) -> None:
        for skeleton in (takes, gives):
            if not skeleton.left:
                raise PoiseError(
                    f"skeleton {skeleton.name}: which joints are left and which are right is not "
                    "known by their names, so nothing can be mirrored; lift with flip=False"
                )
        self._networks = networks
        self._signs, self._in, self._out = signs, list(takes.mirror), list(gives.mirror)

    def mirrored(self, features: Features) -> Features:
        """The mirror image of what networks are shown."""
        return features[:, :, self._in] * features.new_tensor(self._signs)

    def turn_back(self, poses: Float[Tensor, "*any joint 3"]) -> Float[Tensor, "*any joint 3"]:
        """Poses of the mirror image as those of the clip."""
        return poses[..., self._out, :] * poses.new_tensor([-1, 1, 1])

    def __call__(self, features: Features, mirrored: Features | None = None) -> Opinions:
        """What they say of both; `mirrored`: if not the plain mirror image."""
        mirrored = self.mirrored(features) if mirrored is None else mirrored
        return _together([self._of_one(each, features, mirrored) for each in self._networks])

    def _of_one(self, network: Any, features: Features, mirrored: Features) -> Opinions:
        if isinstance(network, LooksTwice):
            return Opinions(network.look_twice(features, mirrored, self.turn_back).float(), None)
        poses, scale = _asked(network, torch.cat([features, mirrored]))
        answers, turned = poses.chunk(2)
        if scale is not None:
            own, other = scale.chunk(2)
            scale = (own + other[..., self._out]) / 2
        return Opinions(torch.stack([answers, self.turn_back(turned)], dim=2), scale)


def _asked(network: Any, features: Features) -> tuple[Tensor, Tensor | None]:
    """What it says, and if it doubts, how much."""
    if isinstance(network, Doubts):
        poses, scale = network.with_doubt(features)
        return poses.float(), scale.float()
    return network(features).float(), None


def _together(said: Sequence[Opinions]) -> Opinions:
    """All opinions, and the mean of what their networks doubt."""
    scales = [each.log_scale for each in said if each.log_scale is not None]
    poses = torch.cat([each.poses for each in said], dim=2)
    return Opinions(poses, torch.stack(scales).mean(dim=0) if scales else None)
