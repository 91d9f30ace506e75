"""PoseAug's operators and networks, and PoseDA's alignment, beyond their vectors."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poise.errors import PoiseError
from poise.methods import SCHEMES, card, described
from poise.methods.poseaug import Config, Generator, PictureJudge, PoseJudge, bones
from poise.methods.poseaug import losses as poseaug
from poise.methods.poseda import losses as poseda
from poise.methods.poseda.alignment import (
    FARTHEST,
    NEAREST,
    align,
    align_published,
    depth_by_size,
    project,
)
from poise.skeletons import H36M16, H36M17, Skeleton

BOTH = pytest.mark.parametrize("skeleton", [H36M16, H36M17], ids=lambda s: s.name)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def person(count: int, frames: int, skeleton: Skeleton, seed: int = 0) -> torch.Tensor:
    """Bones of some length, some metres away."""
    poses = bones.joined(0.3 * draw(count, frames, len(skeleton) - 1, 3, seed=seed), skeleton)
    return poses + torch.tensor([0.2, -0.1, 5.0])


@pytest.mark.parametrize("name", SCHEMES)
def test_cards_say_what_is_whose(name: str) -> None:
    scheme, text = described(name), card(name)
    assert scheme.name == name
    for words in (scheme.paper.split(",")[0], "Licence", "Reproduced", "Not reproduced", "choice"):
        assert words in text
    for result in scheme.results:
        for number in (result.mpjpe_mm, result.p_mpjpe_mm):
            assert number is None or str(number) in text, result


def test_networks_have_the_published_sizes() -> None:
    def size(network: torch.nn.Module) -> int:
        return sum(weight.numel() for weight in network.parameters())

    config = Config()
    assert size(Generator(config)) == 1_181_500
    assert size(PoseJudge(config)) == 1_076_205
    assert size(PictureJudge(config)) == 43_801


@BOTH
def test_bones_and_joints_are_two_ways_to_say_a_pose(skeleton: Skeleton) -> None:
    poses = person(3, 2, skeleton)
    again = bones.joined(bones.bone_vectors(poses, skeleton), skeleton)
    assert torch.allclose(again, poses - poses[..., :1, :], atol=1e-6)


@BOTH
def test_bending_keeps_lengths_root_and_spine(skeleton: Skeleton) -> None:
    poses = person(4, 3, skeleton)
    bent, change = bones.bend(poses, draw(4, 1, len(skeleton) - 1, 3, seed=1), skeleton)
    (was, before), (now, after) = (
        bones.lengths_and_directions(each, skeleton) for each in (poses, bent)
    )
    assert torch.allclose(was, now, atol=1e-5)
    assert torch.allclose(poses[..., 0, :], bent[..., 0, :])
    spine = [skeleton.index(joint) - 1 for joint in ("spine", "thorax")]
    assert torch.allclose(before[..., spine, :], after[..., spine, :], atol=1e-5)
    assert torch.allclose(1 - (before * after).sum(-1), change, atol=1e-5)
    rest = [bone for bone in range(len(skeleton) - 1) if bone not in spine]
    assert float(change[..., rest].mean()) > 0.1


@BOTH
def test_stretching_is_the_same_left_and_right(skeleton: Skeleton) -> None:
    poses, ratios = person(4, 1, skeleton), 0.2 * torch.tanh(draw(4, 1, bones.STRETCHES))
    longer = bones.stretch(poses, ratios, skeleton)
    (was, before), (now, after) = (
        bones.lengths_and_directions(each, skeleton) for each in (poses, longer)
    )
    factor = (now / was)[..., 0]
    other = [skeleton.mirror[joint] - 1 for joint in range(1, len(skeleton))]
    assert torch.allclose(factor, factor[..., other], atol=1e-5)
    assert torch.allclose(before, after, atol=1e-5)
    assert float((factor - 1).abs().max()) <= 0.2 + 1e-5


@given(angle=st.floats(0, 3.1), seed=st.integers(0, 99))
def test_rotations_are_rotations(angle: float, seed: int) -> None:
    axis = torch.nn.functional.normalize(draw(1, 3, seed=seed), dim=-1)
    turn = bones.rotation(angle * axis)[0]
    assert torch.allclose(turn @ turn.T, torch.eye(3), atol=1e-4)
    assert float(torch.linalg.det(turn)) == pytest.approx(1, abs=1e-4)
    assert torch.allclose(turn @ axis[0], axis[0], atol=1e-4)


def test_no_rotation_has_a_gradient() -> None:
    still = torch.zeros(1, 3, requires_grad=True)
    bones.rotation(still)[0, 0, 1].backward()
    assert still.grad is not None
    assert still.grad.isfinite().all()


@BOTH
def test_judges_see_angles_alone(skeleton: Skeleton) -> None:
    judge = PoseJudge(Config(joints=len(skeleton), width=16)).eval()
    poses = person(4, 1, skeleton)[:, 0]
    turned = poses @ bones.rotation(draw(4, 3)).mT
    assert torch.allclose(judge(poses), judge(turned), atol=1e-4)
    assert torch.allclose(judge(poses), judge(1.3 * poses + 1), atol=1e-4)
    assert judge(poses).shape == (4, 5)


def test_losses_leave_a_band_free() -> None:
    assert float(poseaug.within(torch.tensor([0.1, 0.3]), 0.2, 0.15)) == 0
    assert float(poseaug.within(torch.tensor([0.5, 0.2]), 0.2, 0.15)) == pytest.approx(0.045)
    upright = torch.eye(3)[None]
    assert float(poseda.upright(upright)) == 0
    for degrees, free in ((15, True), (25, False)):
        lean = bones.rotation(torch.deg2rad(torch.tensor([[degrees, 0.0, 0.0]])))
        assert (float(poseda.upright(lean)) == 0) == free
    about = bones.rotation(torch.tensor([[0.0, 2.0, 0.0]]))
    assert float(poseda.upright(about)) == pytest.approx(0, abs=1e-6)


def test_feedback_wants_harder_poses_but_not_too_hard() -> None:
    easy = torch.full((8, 3), 0.05)
    for factor, free in ((1.5, True), (4.0, True), (9.0, False)):
        cost = float(poseaug.feedback(easy, factor * easy, 17 * easy, done=0.0))
        assert (cost == 0) == free
    later = float(poseaug.feedback(easy, 1.5 * easy, 17 * easy, done=1.0))
    assert later > 0, "in the end 1.5 times is too little"


@BOTH
def test_an_aligned_root_is_seen_where_the_target_is(skeleton: Skeleton) -> None:
    poses = person(32, 3, skeleton)
    camera = torch.tensor([[1200.0, 1100.0, 960.0, 540.0]]).expand(32, -1)
    seen = 900 + 100 * draw(32, 3, len(skeleton), 2, seed=2)
    there, depth = align(poses, seen, camera)
    inside = (depth > NEAREST) & (depth < FARTHEST)
    assert inside.all()
    assert torch.allclose(project(there, camera)[:, 1, 0], seen[:, 1, 0], atol=1e-2)
    assert torch.allclose(there[:, 1, 0, 2], depth)
    assert torch.allclose(there - there[:, 1:2, :1], poses - poses[:, 1:2, :1], atol=1e-4)


def test_depths_are_held_in_bounds_and_no_size_is_said() -> None:
    poses = person(3, 1, H36M16)
    camera = torch.tensor([[1000.0, 1000.0, 500.0, 500.0]]).expand(3, -1)
    box = 1 + draw(1, 1, 16, 2)
    seen = torch.cat([1e-3 * box, 1e5 * box, torch.ones_like(box)])
    there, depth = align(poses, seen, camera)
    assert there[0, 0, 0, 2] == FARTHEST
    assert there[1, 0, 0, 2] == NEAREST
    assert torch.isinf(depth[2])
    assert torch.isfinite(there).all()


def test_each_has_its_own_camera_where_the_authors_take_the_first() -> None:
    poses, seen = person(4, 1, H36M16), 0.2 * draw(4, 1, 16, 2, seed=3)
    camera = torch.tensor([[f, f, 0.0, 0.0] for f in (1.0, 1.5, 2.0, 3.0)])
    ours, _ = align(poses, seen, camera)
    index = torch.arange(4)
    theirs = align_published(poses[:, 0], seen[:, 0], camera, index)
    assert torch.allclose(ours[0, 0], theirs[0], atol=1e-4)
    ratio = ours[:, 0, 0, 2] / theirs[:, 0, 2]
    assert torch.allclose(ratio, torch.tensor([1.0, 1.5, 2.0, 3.0]), atol=1e-4)
    drawn = align_published(poses[:, 0], seen[:, 0], camera)
    assert drawn.shape == (4, 16, 3)


def test_twice_as_large_is_half_as_far() -> None:
    poses, seen = person(5, 2, H36M17), 100 * draw(5, 2, 17, 2)
    focal = torch.full((5, 2), 1000.0)
    far, near = (depth_by_size(poses, scale * seen, focal) for scale in (1, 2))
    assert torch.allclose(far, 2 * near)


def test_wrong_configs_are_refused_in_words() -> None:
    with pytest.raises(PoiseError, match="18 joints; poses are of the 16 joints of h36m16"):
        Config(joints=18)
    with pytest.raises(PoiseError, match="most_stretch a share below 1"):
        Config(most_stretch=1.5)
