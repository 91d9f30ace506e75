"""Windows before cameras, and where alignment puts them."""

import numpy as np
import pytest
import torch

from adaptations import VIEWS, library, lifter, tracks
from poise.adapt.aligning import aligned, between, tilted
from poise.adapt.likeness import unlikeness
from poise.adapt.scenes import Scenes, pairs
from poise.adapt.source import Source
from poise.adapt.target import Target
from poise.adapt.tilting import Response, any_up, direction, response, tilts
from poise.data.filming import FilmingRecipe
from poise.lifting import Framing
from poise.skeletons import H36M16, H36M17, Skeleton

CPU = torch.device("cpu")
SCREEN = Framing(kind="screen", confidence=False)


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def scenes(frames: int = 1, count: int = 64, skeleton: Skeleton = H36M17) -> Scenes:
    source = Source(library(), VIEWS, skeleton, frames=frames, seed=0, device=CPU)
    return source.film(0, count)


def target(name: str = "simplebaseline") -> Target:
    return Target(tracks(), lifter(name))


def test_rounds_are_the_same_whatever_came_before() -> None:
    source = Source(library(), VIEWS, H36M17, frames=1, seed=0, device=CPU)
    third = source.film(2, 8).poses
    assert torch.equal(third, source.film(2, 8).poses)
    assert not torch.equal(third, source.film(1, 8).poses)


def test_up_is_up() -> None:
    """People of the source walk upright: from the feet to the neck is about the world's up."""
    some = scenes()
    feet = some.poses[:, 0, [H36M17.index("left_ankle"), H36M17.index("right_ankle")]].mean(1)
    axis = some.poses[:, 0, H36M17.index("thorax")] - feet
    axis = axis / axis.norm(dim=1, keepdim=True)
    assert float((axis * some.up).sum(1).min()) > 0.9


def test_aligned_people_are_where_people_of_the_target_are() -> None:
    some, there = scenes(count=512), aligned(scenes(count=512), target(), draw())
    sightings = target().draw(4096, draw(1))
    assert 400 < len(there) <= 512
    roots = there.seen()[:, 0, 0]
    for axis in (0, 1):  # the same distribution of places, not that of the source
        of_target = sightings.xy[:, 0, 0, axis].std()
        assert float(roots[:, axis].std() / of_target) == pytest.approx(1, abs=0.2)
    assert bool(there.in_sight().all())
    size = (there.on_screen().amax(2) - there.on_screen().amin(2)).mean()
    on_screen = 2 * sightings.xy / sightings.image_size[:, None, None, :1]
    wanted = (on_screen.amax(2) - on_screen.amin(2)).mean()
    assert float(size / wanted) == pytest.approx(1, abs=0.1)
    shapes = [each.poses - each.poses[:, :, :1] for each in (some, there)]
    assert torch.allclose(shapes[0].std(), shapes[1].std(), rtol=0.1), "poses do not change"


def test_a_window_moves_as_a_whole() -> None:
    some = scenes(frames=9)
    there = aligned(some, target("videopose3d"), draw())
    walked = [each.poses[:, :, 0].diff(dim=1).norm(dim=-1) for each in (some, there)]
    assert walked[1].shape[1] == 8
    # Who was left out is not there, so the sets are compared.
    assert set(walked[1].flatten().mul(1e4).round().int().tolist()) <= {
        near + step
        for near in walked[0].flatten().mul(1e4).round().int().tolist()
        for step in (-1, 0, 1)
    }


def test_tilting_turns_about_the_root_until_this_is_up() -> None:
    some = scenes(frames=3)
    up = any_up(len(some), draw())
    there = tilted(some, up)
    assert torch.allclose(there.poses[:, 1, 0], some.poses[:, 1, 0], atol=1e-5)
    was, now = (
        (each.poses[:, :, 1:] - each.poses[:, :, :1]).norm(dim=-1) for each in (some, there)
    )
    assert torch.allclose(was, now, atol=1e-5)
    turn = between(some.up, up)
    assert torch.allclose(torch.einsum("bij,bj->bi", turn, some.up), up, atol=1e-5)
    assert torch.allclose(turn @ turn.mT, torch.eye(3).expand_as(turn), atol=1e-5)


def test_tilts_are_read_and_made_alike() -> None:
    pitch, roll = torch.tensor([0.0, 0.5, -0.3]), torch.tensor([0.0, 0.1, -0.2])
    up = direction(pitch, roll)
    assert torch.allclose(up[0], torch.tensor([0.0, -1.0, 0.0]))
    back = tilts(up)
    assert torch.allclose(back[0], pitch, atol=1e-6)
    assert torch.allclose(back[1], roll, atol=1e-6)
    assert up[1, 2] < 0, "a camera that looks down has up towards itself"


def test_what_a_lifter_makes_of_tilts_is_found_and_undone() -> None:
    """A lifter that says half of every pitch, and two degrees more."""
    some = tilted(scenes(count=512), any_up(512, draw()))
    pitch, roll = tilts(some.up)
    said = tilted(some, direction(0.5 * pitch + 0.035, roll))
    # The person's own axis is not exactly up, so slopes are near.
    found = response(said.poses.flatten(0, 1), some.poses.flatten(0, 1), H36M17)
    assert found.pitch[0] == pytest.approx(0.5, abs=0.05)
    assert found.roll[0] == pytest.approx(1.0, abs=0.1)
    undone = Response(pitch=(0.5, 0.035)).undone(direction(0.5 * pitch + 0.035, roll).numpy())
    assert np.allclose(undone, some.up.numpy(), atol=1e-4)


def test_pairs_of_sixteen_joints_are_those_of_seventeen_without_the_nose() -> None:
    kept = [H36M17.index(joint) for joint in H36M16.joints]
    exact = FilmingRecipe(noisy_share=0)
    wide = pairs(scenes(), SCREEN, H36M17, exact, draw())
    narrow = pairs(scenes(skeleton=H36M16), SCREEN, H36M16, exact, draw())
    assert torch.allclose(narrow.features, wide.features[:, :, kept], atol=1e-6)
    assert torch.allclose(narrow.target, wide.target[:, :, kept])
    assert float(narrow.target[:, :, 0].abs().max()) == 0
    noisy = pairs(scenes(), SCREEN, H36M17, FilmingRecipe(noisy_share=1), draw())
    assert not torch.allclose(noisy.features, wide.features, atol=1e-3)
    assert torch.equal(noisy.target, wide.target)


def test_what_is_behind_a_camera_or_beyond_its_picture_is_not_in_sight() -> None:
    some = scenes(count=4)
    assert bool(some.in_sight().all())
    poses = some.poses.clone()
    poses[0, ..., 2] -= 100
    poses[1, ..., 0] += 100
    seen = Scenes(
        poses=poses,
        camera=some.camera,
        image_size=some.image_size,
        inside=some.inside,
        up=some.up,
    )
    assert seen.in_sight().tolist() == [False, False, True, True]
    assert torch.isfinite(seen.seen()).all()


def test_likeness_is_zero_for_the_same_and_one_for_what_never_meets() -> None:
    one = scenes(count=256).on_screen()[:, 0]
    assert unlikeness(one, one) == 0
    assert unlikeness(one, one + 5) == 1
    assert 0.3 < unlikeness(one, 2 * one) < 1
