"""Several opinions become one answer, and how far they are apart."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.lifting import Engine, TrainedLifter
from poise.lifting.agreeing import apart, nearest_in_picture, standing
from poise.motion import Keypoints
from poise.skeletons import H36M17
from tiny_lifters import SCREEN, tiny, wandering


def people(frames: int = 5) -> tuple[Tensor, Tensor, Tensor]:
    """Root-relative poses, where they stand, and the rays that their joints are seen on."""
    torch.manual_seed(4)
    poses = torch.randn(frames, 17, 3) * 0.3
    places = torch.tensor([0.4, -0.2, 4.0]) + 0.1 * torch.randn(frames, 3)
    seen = poses + places[:, None]
    return poses, places, seen[..., :2] / seen[..., 2:]


def test_two_opinions_are_apart_by_their_distance() -> None:
    one, other = torch.randn(2, 6, 17, 3)
    both = torch.stack([one, other], dim=1)
    torch.testing.assert_close(apart(both), (one - other).norm(dim=-1))
    assert apart(torch.stack([one, one, one], dim=1)).max() < 1e-6


def test_a_person_stands_where_the_rays_meet_the_joints() -> None:
    poses, places, rays = people()
    torch.testing.assert_close(standing(poses, rays, torch.ones(5, 17)), places, atol=1e-3, rtol=0)
    rays[:, 3] += 0.5  # a joint that the detector is not sure of does not pull
    sure = torch.ones(5, 17)
    sure[:, 3] = 0
    off = (standing(poses, rays, sure) - places).norm(dim=-1)
    assert off.max() < 0.05
    assert (standing(poses, rays, torch.ones(5, 17)) - places).norm(dim=-1).min() > 2 * off.max()


def test_of_each_joint_the_opinion_nearest_to_its_keypoint_is_taken() -> None:
    poses, _, rays = people()
    wrong = poses.clone()
    wrong[:, ::2, 0] += 0.05
    other = poses.clone()
    other[:, 1::2, 1] -= 0.05
    found = nearest_in_picture(torch.stack([wrong, other], dim=1), rays, torch.ones(5, 17))
    torch.testing.assert_close(found, poses)
    unsure = torch.ones(5, 17)
    unsure[:, 4] = 0
    found = nearest_in_picture(torch.stack([wrong, other], dim=1), rays, unsure)
    torch.testing.assert_close(found[:, 4], ((wrong + other) / 2)[:, 4])


class Guesses(nn.Module):
    """Knows the truth and a lie about each joint, and says which only by where they are."""

    answers = "every frame"
    frames = 9

    def __init__(self, truth: Tensor) -> None:
        super().__init__()
        self.truth = nn.Parameter(truth)

    def forward(self, keypoints: Tensor) -> Tensor:
        return self.truth.expand(len(keypoints), -1, -1, -1)

    def look_twice(self, keypoints: Tensor, mirrored: Tensor, turn_back: Any) -> Tensor:
        # Up or down in turns: all alike, the lie would be a person who stands elsewhere.
        sign = 1 - 2 * (torch.arange(17) // 2 % 2)[:, None]
        lie = self.truth + sign * torch.tensor([0.0, 0.06, 0.0])
        even = torch.arange(17) % 2 == 0
        one = torch.where(even[:, None], self.truth, lie)
        other = torch.where(even[:, None], lie, self.truth)
        both = torch.stack([one, other], dim=1)  # (time, opinion, joint, 3)
        return both.expand(len(keypoints), -1, -1, -1, -1)


def test_the_engine_takes_what_agrees_with_the_picture() -> None:
    poses, places, rays = people(9)
    poses = poses - poses[:, :1]
    seen = poses + places[:, None]
    rays = seen[..., :2] / seen[..., 2:]
    focal = 640.0  # what is assumed of a picture 640 px wide
    xy = (rays * focal + torch.tensor([320.0, 240.0])).detach().numpy()
    track = Keypoints(xy=xy, score=np.ones((9, 17)), skeleton=H36M17, image_size=(640, 480), fps=30)
    network: Any = Guesses(poses)
    lifter = replace(tiny("every frame"), network=network, method="guesses")
    mean = Engine(lifter)(track).xyz
    near = Engine(lifter, agree="reprojection")(track).xyz
    truth = poses.numpy()
    assert np.abs(near - truth).max() < 1e-3
    assert np.abs(mean - truth).max() > 0.02
    _, evidence = Engine(lifter, agree="reprojection").with_evidence(track)
    assert evidence.disagreement is not None
    np.testing.assert_allclose(evidence.disagreement, 0.06, atol=1e-5)


def test_what_cannot_agree_is_refused_in_words(unchecked: None) -> None:
    lifter: TrainedLifter = tiny("every frame", SCREEN)
    with pytest.raises(PoiseError, match="agree by none called 'median'; did you mean 'mean'"):
        Engine(lifter, agree="median")  # type: ignore[arg-type]
    with pytest.raises(PoiseError, match="one opinion: agree needs flip=True"):
        Engine(lifter, agree="reprojection", flip=False)
    assert Engine(lifter, agree="reprojection")(wandering(20)).xyz.shape == (20, 17, 3)
