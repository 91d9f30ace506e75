"""What a network is shown of people before cameras, and what it should answer."""

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from poise.lifting.framing import Framing, Sight
from poise.skeletons import Skeleton


@dataclass(frozen=True, eq=False, kw_only=True)
class Batch:
    """What the network gets, and what it should answer."""

    features: Float[Tensor, "batch time joint feature"]
    target: Float[Tensor, "batch answered joint 3"]
    inside: Bool[Tensor, "batch answered"]  # False: before or after its clip, which counts nothing


def show(
    framing: Framing,
    skeleton: Skeleton,
    *,
    xy: Float[Tensor, "batch time joint 2"],
    confidence: Float[Tensor, "batch time joint"],
    xyz: Float[Tensor, "batch time joint 3"],
    camera: Float[Tensor, "batch 4"],
    image_size: Float[Tensor, "batch 2"],
) -> tuple[Float[Tensor, "batch time joint feature"], Float[Tensor, "batch time joint 3"]]:
    """Features and targets of people (in the camera's frame, the first joint the root) in pixels.

    The camera is fx, fy, cx, cy in pixels.
    """
    focal, centre = camera[:, None, None].split(2, dim=-1)
    sight = Sight(xy=xy, rays=(xy - centre) / focal, confidence=confidence, image_size=image_size)
    seen = framing.see(sight, skeleton)
    return seen.features, seen.from_camera(xyz - xyz[:, :, :1])
