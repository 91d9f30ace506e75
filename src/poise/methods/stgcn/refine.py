"""The second stage of Cai et al.: between the network's pose and the one that its depths imply.

The published stage is given the true depth of the root, which nobody has who lifts; so nothing
here lifts with it. It is for those who want to compare with the published numbers.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from poise.methods.naming import State, renamed

Poses = Float[Tensor, "batch joint 3"]

_NAMES = {"post_refine.0": "widen", "post_refine.3": "narrow"}


class PostRefinement(nn.Module):
    """How much of either pose each joint's x and y are; the depth stays the network's."""

    def __init__(self, joints: int = 17, hidden: int = 1024) -> None:
        super().__init__()
        self.widen = nn.Linear(2 * joints * 3, hidden)
        self.dropout = nn.Dropout(0.5)
        self.narrow = nn.Linear(hidden, 2 * joints)

    def forward(self, pose: Poses, implied: Poses) -> Poses:
        both = torch.cat([pose, implied], dim=-1).flatten(1)  # joint by joint
        share = self.narrow(self.dropout(self.widen(both).relu())).sigmoid().unflatten(1, (-1, 2))
        xy = share * pose[..., :2] + (1 - share) * implied[..., :2]
        return torch.cat([xy, pose[..., 2:]], dim=-1)

    @staticmethod
    def from_published(state: State) -> "PostRefinement":
        """With the publisher's weights, ready to answer."""
        hidden, inputs = state["post_refine.0.weight"].shape
        head = PostRefinement(inputs // 6, hidden)
        head.load_state_dict(renamed(state, _NAMES))
        return head.eval()


def implied_pose(
    pose: Poses,
    keypoints: Float[Tensor, "batch joint 2"],
    root_depth: Float[Tensor, " batch"],
    focal: Float[Tensor, "batch 2"],
    centre: Float[Tensor, "batch 2"],
) -> Poses:
    """The pose that projects onto the keypoints, at the network's depths and a known root depth.

    Keypoints, focal lengths and centres share a unit: pixels, or parts of the screen.
    """
    depth = pose[..., 2] + root_depth[:, None]
    depth = torch.cat([root_depth[:, None], depth[:, 1:]], dim=1)
    xy = (keypoints - centre[:, None]) * depth[..., None] / focal[:, None]
    placed = torch.cat([xy, depth[..., None]], dim=-1)
    return placed - placed[:, :1]
