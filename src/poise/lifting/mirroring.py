"""What a network says about a clip, and beside it what it says about the clip's mirror image."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from poise.errors import PoiseError
from poise.lifting.windows import Network
from poise.skeletons import Skeleton


def with_mirror_image(
    network: Network, signs: Sequence[float], takes: Skeleton, gives: Skeleton
) -> Network:
    """A network that is asked twice in one batch; `signs` tell how features change in a mirror.

    Both answers are for the clip itself and lie one after the other on the joint axis: their mean
    is the better answer, their difference tells how good it is.
    """
    for skeleton in (takes, gives):
        if not skeleton.left:
            raise PoiseError(
                f"skeleton {skeleton.name}: which joints are left and which are right is not known "
                "by their names, so nothing can be mirrored; lift with flip=False"
            )
    sides_in, sides_out = list(takes.mirror), list(gives.mirror)

    def both(
        features: Float[Tensor, "batch time joint feature"],
    ) -> Float[Tensor, "batch answered twice_joint_out 3"]:
        mirrored = features[:, :, sides_in] * features.new_tensor(signs)
        answers, turned = network(torch.cat([features, mirrored])).float().chunk(2)
        return torch.cat([answers, turned[:, :, sides_out] * turned.new_tensor([-1, 1, 1])], dim=2)

    return both
