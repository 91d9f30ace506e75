"""Poses from poses: what the generators learn, and what they keep."""

from dataclasses import replace

import pytest
import torch

from adaptations import VIEWS, library
from poise.adapt import Augmentation
from poise.adapt.augmenting import Augmenting, Lpa, PoseAug
from poise.adapt.pool import Pool
from poise.adapt.scenes import Scenes
from poise.adapt.source import Source
from poise.methods.poseaug import bones
from poise.skeletons import H36M16, H36M17, Skeleton

CPU = torch.device("cpu")
SMALL = Augmentation(width=32, rate=1e-3)


def scenes(frames: int = 1, count: int = 64, skeleton: Skeleton = H36M16) -> Scenes:
    return Source(library(), VIEWS, skeleton, frames=frames, seed=0, device=CPU).film(0, count)


def lpa(skeleton: Skeleton = H36M16, **changes: object) -> Lpa:
    torch.manual_seed(0)
    return Lpa(replace(SMALL, **changes), skeleton, CPU)  # type: ignore[arg-type]


def taught(augmenting: Augmenting, steps: int, some: Scenes) -> list[dict[str, torch.Tensor]]:
    draw = torch.Generator().manual_seed(0)
    return [augmenting.teach(some, some, step, 0.5, draw) for step in range(steps)]


@pytest.mark.parametrize("skeleton", [H36M16, H36M17], ids=lambda s: s.name)
@pytest.mark.parametrize("frames", [1, 5])
def test_one_augmentation_holds_for_a_window(skeleton: Skeleton, frames: int) -> None:
    some = scenes(frames, 16, skeleton)
    made = lpa(skeleton).make(some, torch.Generator().manual_seed(0))
    before, after = (
        bones.lengths_and_directions(each.poses, skeleton)[0][..., 0] for each in (some, made)
    )
    assert torch.allclose(after / before, (after / before)[:, :1].expand_as(after), atol=1e-4)
    assert 0 < float((after / before - 1).abs().max()) <= 0.2 + 1e-4
    middle = frames // 2
    assert torch.allclose(made.poses[:, middle, 0], some.poses[:, middle, 0], atol=1e-5)


def test_without_rotation_the_spine_stays() -> None:
    some = scenes()
    made = lpa(rotation="none").make(some, torch.Generator().manual_seed(0))
    spine = [H36M16.index(joint) for joint in ("spine", "thorax")]
    was, now = (
        bones.lengths_and_directions(each.poses, H36M16)[1][..., [s - 1 for s in spine], :]
        for each in (some, made)
    )
    assert torch.allclose(was, now, atol=1e-5)
    turned = lpa().make(some, torch.Generator().manual_seed(0))
    assert not torch.allclose(turned.poses, made.poses, atol=0.05)


def test_the_generator_learns_to_bend_less_and_to_stand_upright() -> None:
    some, one = scenes(count=128), lpa()
    draw = torch.Generator().manual_seed(1)

    def upright() -> float:
        made = one.make(some, draw)
        axis = made.poses[:, 0, H36M16.index("thorax")] - made.poses[:, 0, 0]
        return float((axis[:, 1] < 0).float().mean())

    before = upright()
    said = taught(one, 150, some)
    first, last = (
        float(torch.stack([each["generator"] for each in part]).mean())
        for part in (said[:10], said[-10:])
    )
    assert last < first / 2
    assert upright() > max(0.9, before)
    assert {"generator", "pose_judge"} == set(said[0])
    assert {"generator"} == set(said[1]), "judges learn every other step"


def test_an_anchor_lets_rare_poses_be() -> None:
    """The same poses as real and as made cost nothing with anchors, and something without."""
    from poise.methods.poseaug.losses import made_as_real
    from poise.methods.poseda.losses import anchored

    judged = torch.tensor([[0.1, 0.4], [0.9, 1.2]])  # a rare pose, and a usual one
    assert float(anchored(judged, judged)) == 0
    assert float(anchored(judged, judged - 0.1)) == 0
    assert float(anchored(judged, judged - 0.5)) == pytest.approx(0.125)
    assert float(made_as_real(judged, judged)) > 0.1


def test_poseaug_moves_people_and_hears_the_lifter() -> None:
    heard = []

    def lift(some: Scenes, xy: torch.Tensor) -> torch.Tensor:
        heard.append(xy.requires_grad)
        return some.poses.abs().mean((1, 2))[:, :3] + 0.1 + 0 * xy.sum((1, 2, 3))[:, None]

    torch.manual_seed(0)
    one = PoseAug(SMALL, H36M16, CPU, lift)
    some = scenes()
    draw = torch.Generator().manual_seed(0)
    said = one.teach(some, some, 0, 0.0, draw)
    assert heard == [], "not during the warm-up"
    said = one.teach(some, some, 0, 0.5, draw)
    assert heard == [False, True, True]
    assert set(said) == {"generator", "pose_judge", "picture_judge"}
    made = one.make(some, draw)
    assert bool((made.poses[:, 0, 0, 2] >= 0).all())
    assert not torch.allclose(made.poses[:, 0, 0], some.poses[:, 0, 0], atol=0.1)


def test_a_pool_gives_some_of_what_came_before() -> None:
    pool, draw = Pool(), torch.Generator().manual_seed(0)
    for batch in range(4):
        came = torch.full((1024, 2), float(batch))
        assert torch.equal(pool.through(came, draw), came), "it fills first"
    given = pool.through(torch.full((1024, 2), 4.0), draw)
    old = given[:, 0] < 4
    assert 0.4 < float(old.float().mean()) < 0.6
    assert set(given[old, 0].unique().tolist()) == {0.0, 1.0, 2.0, 3.0}
    assert pool.held is not None
    assert len(pool.held) == 4096
    assert int((pool.held[:, 0] == 4).sum()) == int(old.sum())
