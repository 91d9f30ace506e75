"""The mean of what a network says about a clip and about its mirror image."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from poise.errors import PoiseError
from poise.lifting.windows import Network
from poise.skeletons import Skeleton


def mean_with_mirror_image(
    network: Network, signs: Sequence[float], takes: Skeleton, gives: Skeleton
) -> Network:
    """A network that is asked twice in one batch; `signs` tell how features change in a mirror."""
    for skeleton in (takes, gives):
        if not skeleton.left:
            raise PoiseError(
                f"skeleton {skeleton.name}: which joints are left and which are right is not known "
                "by their names, so nothing can be mirrored; lift with flip=False"
            )
    sides_in, sides_out = list(takes.mirror), list(gives.mirror)

    def both(
        features: Float[Tensor, "batch time joint feature"],
    ) -> Float[Tensor, "batch answered joint_out 3"]:
        mirrored = features[:, :, sides_in] * features.new_tensor(signs)
        answers, turned = network(torch.cat([features, mirrored])).float().chunk(2)
        return (answers + turned[:, :, sides_out] * turned.new_tensor([-1, 1, 1])) / 2

    return both
