"""ST-GCN: its parts and windows, PoseAug's form of 16 joints, and the second stage's geometry."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from poise.bench.counting import flops_per_frame
from poise.errors import PoiseError
from poise.methods import method
from poise.methods.stgcn import STGCN, Config
from poise.methods.stgcn.model import PARTS
from poise.methods.stgcn.refine import PostRefinement, implied_pose
from poise.skeletons import H36M16, H36M17


def network(**fields: Any) -> STGCN:
    torch.manual_seed(2)
    made = STGCN(Config(channels=8, **fields)).eval()
    with torch.no_grad():
        for weight in made.parameters():  # what begins at zero hides what stands behind it
            weight.add_(0.1 * torch.randn_like(weight))
    return made


def test_the_parts_are_the_published_ones() -> None:
    published = [[11, 12, 13], [14, 15, 16], [4, 5, 6], [1, 2, 3], [0, 7, 8, 9, 10]]
    assert published == PARTS


def test_the_first_norm_has_the_published_epsilon() -> None:
    norms = [m for m in network().modules() if isinstance(m, torch.nn.BatchNorm1d)]
    assert [norm.eps for norm in norms if norm.eps != 1e-5] == [0.1]
    assert norms[0].num_features == 34


def test_seven_frames_cost_what_they_should() -> None:
    config = replace(method("stgcn").presets["3"], frames=7)
    assert flops_per_frame(method("stgcn"), config) / 1e9 == pytest.approx(0.584, abs=1e-3)


def test_one_rate_may_stand_for_all() -> None:
    def rates(dropout: float | None) -> set[float]:
        made = network(dropout=dropout)
        drops = {m.p for m in made.modules() if isinstance(m, torch.nn.Dropout)}
        return drops | {unit.dropout for unit in made.graphs.joint_units}  # type: ignore[misc]

    assert rates(None) == {0.05, 0.1, 0.25}
    assert rates(0.0) == {0.0}


def test_a_frame_is_a_clip_of_one() -> None:
    made, clip = network(), torch.randn(2, 5, 17, 2)
    alone = torch.stack([made(clip[:, frame, None])[:, 0] for frame in range(5)], dim=1)
    torch.testing.assert_close(made(clip), alone, atol=1e-6, rtol=0)


def test_the_middle_frame_is_one_of_all() -> None:
    every, middle = network(frames=5, answers="every frame"), network(frames=5)
    window = torch.randn(2, 5, 17, 2)
    assert torch.equal(every(window)[:, 2:3], middle(window))
    target, inside = torch.randn(2, 5, 17, 3), torch.ones(2, 5, dtype=torch.bool)
    assert torch.equal(middle.learn(window, target, inside).predicted, every(window))
    with pytest.raises(PoiseError, match="windows of 5 frames, not 7"):
        middle(torch.randn(2, 7, 17, 2))


def test_16_joints_are_17_with_a_nose_between_thorax_and_head() -> None:
    small, whole = network(joints=16), network()
    whole.load_state_dict(small.state_dict())
    keypoints = torch.randn(1, 1, 16, 2)  # a batch of one, which the published wrapper cannot
    thorax, head = (H36M16.index(joint) for joint in ("thorax", "head"))
    nose = (keypoints[:, :, thorax] + keypoints[:, :, head]) / 2
    nine = H36M17.index("nose")
    more = torch.cat([keypoints[:, :, :nine], nose[:, :, None], keypoints[:, :, nine:]], dim=2)
    answer = whole(more)
    wanted = torch.cat([answer[:, :, :nine], answer[:, :, nine + 1 :]], dim=2)
    torch.testing.assert_close(small(keypoints), wanted, atol=1e-6, rtol=0)
    chosen = method("stgcn")
    state = chosen.to_published(small.config, small.state_dict())
    assert all(name.startswith("stgcn.") for name in state)
    assert chosen.from_published(state)[0] == small.config


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"joints": 15}, "joints are 17 .* or 16 .*, not 15"),
        ({"frames": 4}, "frames are an odd number, not 4"),
        ({"channels": 0}, "at least one channel, not 0"),
        ({"answers": "all"}, "answers for the 'middle frame' or 'every frame', not 'all'"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], said: str, unchecked: None) -> None:
    with pytest.raises(PoiseError, match=said):
        Config(**fields)


def test_a_pose_at_its_true_depth_is_implied_by_its_own_picture() -> None:
    torch.manual_seed(4)
    pose = 0.3 * torch.randn(3, 17, 3)
    pose = pose - pose[:, :1]
    root = torch.tensor([[0.2, -0.4, 4.0], [1.0, 0.1, 3.0], [-0.5, 0.3, 6.0]])
    focal, centre = torch.tensor([[2.3, 2.2]] * 3), torch.tensor([[0.02, -0.01]] * 3)
    placed = pose + root[:, None]
    keypoints = focal[:, None] * placed[..., :2] / placed[..., 2:] + centre[:, None]
    found = implied_pose(pose, keypoints, root[:, 2], focal, centre)
    torch.testing.assert_close(found, pose, atol=1e-5, rtol=0)
    # Whatever the network says of x and y: only its depths count.
    other = torch.cat([torch.zeros(3, 17, 2), pose[..., 2:]], dim=-1)
    torch.testing.assert_close(
        implied_pose(other, keypoints, root[:, 2], focal, centre), pose, atol=1e-5, rtol=0
    )


def test_the_second_stage_answers_between_both_poses() -> None:
    torch.manual_seed(5)
    head = PostRefinement().eval()
    pose, implied = torch.randn(6, 17, 3), torch.randn(6, 17, 3)
    answer = head(pose, implied)
    assert torch.equal(answer[..., 2], pose[..., 2])
    low, high = torch.minimum(pose, implied)[..., :2], torch.maximum(pose, implied)[..., :2]
    assert ((low <= answer[..., :2]) & (answer[..., :2] <= high)).all()
    torch.testing.assert_close(head(pose, pose), pose)
    weights = sum(weight.numel() for weight in head.parameters())
    assert weights == 140_322
