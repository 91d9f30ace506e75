"""What a network says about a clip, and beside it what it says about the clip's mirror image.

Those are two opinions; a network that takes both at once may have more, such as the hypotheses of a
diffusion. All are kept to the end, since how far they are apart tells how good their mean is.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from poise.errors import PoiseError
from poise.lifting.windows import Network
from poise.methods import LooksTwice
from poise.skeletons import Skeleton


def with_mirror_image(
    network: Network, signs: Sequence[float], takes: Skeleton, gives: Skeleton
) -> Network:
    """A network that is asked twice in one batch; `signs` tell how features change in a mirror.

    All opinions are of the clip itself, and lie one after the other on the joint axis: see
    poise.lifting.agreeing.
    """
    for skeleton in (takes, gives):
        if not skeleton.left:
            raise PoiseError(
                f"skeleton {skeleton.name}: which joints are left and which are right is not known "
                "by their names, so nothing can be mirrored; lift with flip=False"
            )
    asked: Any = network
    sides_in, sides_out = list(takes.mirror), list(gives.mirror)

    def turn_back(poses: Float[Tensor, "*any joint 3"]) -> Float[Tensor, "*any joint 3"]:
        return poses[..., sides_out, :] * poses.new_tensor([-1, 1, 1])

    def all_opinions(
        features: Float[Tensor, "batch time joint feature"],
    ) -> Float[Tensor, "batch answered opinion_joint_out 3"]:
        mirrored = features[:, :, sides_in] * features.new_tensor(signs)
        if isinstance(asked, LooksTwice):
            return asked.look_twice(features, mirrored, turn_back).float().flatten(2, 3)
        answers, turned = network(torch.cat([features, mirrored])).float().chunk(2)
        return torch.cat([answers, turn_back(turned)], dim=2)

    return all_opinions
