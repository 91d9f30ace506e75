"""Which frames stay: the token pruning cluster (density peaks), and the strategies beside it.

All give `index`, for each clip the places of the frames that stay, in their order. A `centre` is
always among them.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

Tokens = Float[Tensor, "batch frame feature"]
Scores = Float[Tensor, "batch frame"]
Index = Int[Tensor, "batch kept"]
Centre = Int[Tensor, " batch"]

_NEIGHBOURS = 2  # whose distance says how dense it is around a frame; it is its own nearest
_NOISE = 1e-6  # times a draw from 0 to 1


def peaks(tokens: Tokens, noise: Float[Tensor, "_ frame"], *, by_product: bool = False) -> Scores:
    """How much each frame is the middle of a cluster: dense around it, and far from denser ones.

    In a smooth film two frames are often each other's nearest, so as dense as each other. The noise
    (draws from 0 to 1) makes one of them the denser, so that the other can be left out.

    by_product: distances by a matrix product, as the publisher has them for more than 25 frames;
        its rounding is as large as the noise, so that which frame wins is a matter of the machine.
    """
    distance = _distance(tokens, by_product)
    nearest = distance.topk(_NEIGHBOURS, largest=False).values
    density = torch.exp(-nearest.square().mean(-1)) + _NOISE * noise
    denser = density[:, None, :] > density[:, :, None]
    farthest = distance.amax((1, 2), keepdim=True)
    return torch.where(denser, distance, farthest).amin(-1) * density


def motion(keypoints: Float[Tensor, "batch frame joint feature"]) -> Scores:
    """How far the keypoints moved since the frame before; the first frame counts as the second."""
    steps = torch.linalg.vector_norm(keypoints[..., :2].diff(dim=1), dim=-1).mean(-1)
    return torch.cat([steps[:, :1], steps], dim=1)


def best(scores: Scores, keep: int, centre: Centre | None) -> Index:
    """The frames with the highest scores."""
    return ranked(scores, keep, centre).sort(dim=1).values


def ranked(scores: Scores, keep: int, centre: Centre | None) -> Index:
    """The same, the best one first; a centre is the best of all."""
    if centre is not None:
        scores = scores.scatter(1, centre[:, None], torch.inf)
    return scores.topk(keep, dim=1).indices


def spread_out(
    batch: int, frames: int, keep: int, centre: Centre | None, device: torch.device
) -> Index:
    """Frames at equal distances, both ends among them."""
    even = torch.linspace(0, frames - 1, keep, device=device).round().long().expand(batch, keep)
    if centre is None:
        return even
    nearest = (even - centre[:, None]).abs().argmin(dim=1, keepdim=True)
    return even.scatter(1, nearest, centre[:, None])


def clusters(tokens: Tokens, ranked: Index) -> Int[Tensor, "batch frame"]:
    """To which of the kept frames each frame is nearest: published, and used by nothing."""
    distance = _distance(tokens)
    to_kept = distance.gather(1, ranked[:, :, None].expand(-1, -1, distance.shape[2]))
    own = torch.arange(ranked.shape[1], device=ranked.device).expand_as(ranked)
    return to_kept.argmin(dim=1).scatter(1, ranked, own)


def _distance(tokens: Tokens, by_product: bool = False) -> Float[Tensor, "batch frame frame"]:
    tokens, size = tokens.float(), tokens.shape[-1] ** 0.5
    if by_product:
        return torch.cdist(tokens, tokens) / size
    if tokens.device.type == "mps":  # which has no float64
        exact = "donot_use_mm_for_euclid_dist"
        return torch.cdist(tokens, tokens, compute_mode=exact) / size
    # A product in float64 is as good as differences, and ten times as fast.
    exact_tokens = tokens.double() - tokens.double().mean(1, keepdim=True)
    square = exact_tokens.square().sum(-1)
    apart = square[:, :, None] + square[:, None] - 2 * exact_tokens @ exact_tokens.mT
    own = torch.eye(apart.shape[1], dtype=torch.bool, device=apart.device)
    return (apart.masked_fill(own, 0).clamp(min=0).sqrt() / size).float()
