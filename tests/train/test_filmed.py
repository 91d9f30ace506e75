"""Batches by their number: the same whatever came before, and as the network will see views."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from few_clips import few_clips, lens, stroll, truth
from poise.data.filming import Filmed
from poise.data.open_benchmark import NOISY, View, views
from poise.lifting import Framing
from poise.lifting.clips import Clip
from poise.methods import method
from poise.train import Recipe, Views
from poise.train.filmed import Batch, FilmedViews, answered_frames
from tiny_lifters import Middle, MiddleConfig
from tiny_trainings import calm, people

CPU = torch.device("cpu")


def filmed(recipe: Recipe[Any], network: Any = None, **options: Any) -> FilmedViews:
    network = network or method(recipe.method).network(recipe.network)
    return FilmedViews(people(), recipe, network, device=CPU, **options)


def same(one: Batch, other: Batch) -> bool:
    return torch.equal(one.features, other.features) and torch.equal(one.target, other.target)


def test_a_batch_is_what_its_number_says_whatever_came_before() -> None:
    recipe = calm()
    there = filmed(recipe)
    first = [there.batch(step) for step in range(8)]
    for step in (7, 2, 3, 0):
        assert same(filmed(recipe).batch(step), first[step])
        assert same(there.batch(step), first[step])
    assert not any(same(first[a], first[b]) for a in range(8) for b in range(a))


def test_seeds_and_processes_see_others() -> None:
    recipe = calm()
    batches = [
        filmed(recipe).batch(0),
        filmed(replace(recipe, seed=1)).batch(0),
        *(filmed(replace(recipe, batch=8), processes=2, rank=rank).batch(0) for rank in (0, 1)),
    ]
    assert [len(batch.features) for batch in batches] == [4] * 4
    assert same(batches[0], batches[2]), "the first of several sees what one alone does"
    assert not same(batches[0], batches[1])
    assert not same(batches[2], batches[3])


def test_the_fingerprint_is_of_the_poses() -> None:
    recipe, network = calm(), method("mixste").network(calm().network)

    def fingerprint(seed: int) -> str:
        library = few_clips({"S01_T01": stroll(40, seed)}, {"S01_T01": 1}, split="train")
        return FilmedViews(library, recipe, network, device=CPU).fingerprint

    assert fingerprint(1) == fingerprint(1) != fingerprint(2)


@pytest.mark.parametrize(
    ("kind", "changes", "window", "wanted"),
    [
        ("one frame", {}, 1, slice(0, 1)),
        ("one frame", {}, 5, slice(0, 5)),
        ("sliding", {}, 9, slice(4, 5)),
        ("sliding", {}, 12, slice(4, 8)),
        ("sliding", {"causal": True}, 9, slice(8, 9)),
        ("sliding", {"causal": True}, 12, slice(8, 12)),
        ("every frame", {}, 9, slice(0, 9)),
    ],
)
def test_targets_are_of_the_frames_that_are_answered(
    kind: str, changes: dict[str, Any], window: int, wanted: slice
) -> None:
    recipe = calm(kind, window=window)
    recipe = replace(recipe, network=replace(recipe.network, **changes))
    network = method(recipe.method).network(recipe.network).eval()
    assert answered_frames(network, window) == wanted
    batch = filmed(recipe).batch(0)
    assert batch.features.shape == (4, window, 17, 6)
    assert batch.target.shape == network(batch.features).shape
    assert batch.inside.shape == batch.target.shape[:2]


def test_a_network_of_the_middle_frame() -> None:
    network: Any = Middle(MiddleConfig(features=6))
    assert answered_frames(network, 9) == slice(4, 5)
    recipe = calm(window=9)
    whole, middle = filmed(recipe).batch(3), filmed(recipe, network).batch(3)
    assert torch.equal(whole.target[:, 4:5], middle.target)
    assert torch.equal(whole.features, middle.features)


@pytest.mark.parametrize("framing", [Framing(), Framing(kind="screen", confidence=False)])
def test_it_shows_what_lifting_shows(framing: Framing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filmed by the benchmark's own cameras, each view is seen as `poise.lift` sees it."""
    network = replace(calm().network, features=framing.features)
    recipe = calm(framing=framing, network=network, views=Views(frames=30, batches=5))
    some = list(views(people(), replace(NOISY, split="train")))[:4]
    monkeypatch.setattr("poise.train.filmed.film", lambda *_, **__: as_filmed(some, 30))
    there = filmed(recipe)
    for step in range(5):
        batch = there.batch(step)
        for row, view in enumerate(some):
            start = int(there._filmed[0].result()[1][step][row])
            track = view.keypoints
            piece = replace(track, xy=track.xy[:30], score=track.score[:30], times=track.times[:30])
            seen = Clip(track=piece, framing=framing, device=CPU).see(start, start + 9)
            torch.testing.assert_close(batch.features[row], seen.features[0], rtol=1e-4, atol=1e-4)
            xyz = torch.tensor(truth(view)[start : start + 9], dtype=torch.float32)
            wanted = xyz - xyz[:, :1]
            back = seen.to_camera(batch.target[row][None])[0]
            torch.testing.assert_close(back, wanted, rtol=1e-4, atol=1e-4)


def as_filmed(some: list[View], frames: int) -> Filmed:
    def stack(values: list[np.ndarray]) -> torch.Tensor:
        return torch.tensor(np.stack(values), dtype=torch.float32)

    return Filmed(
        xy=stack([view.keypoints.xy[:frames] for view in some]),
        confidence=stack([view.keypoints.score[:frames] for view in some]),
        xyz=stack([truth(view)[:frames] for view in some]),
        focal_px=torch.tensor([lens(view).fx for view in some], dtype=torch.float32),
        image_size=torch.tensor([view.keypoints.image_size for view in some], dtype=torch.float32),
        level=torch.ones(len(some)),
        up=torch.tensor([[0.0, -1.0, 0.0]]).expand(len(some), -1),
    )


def test_what_lies_beyond_a_clip_does_not_count() -> None:
    framing = Framing(kind="screen")  # whose axes are the camera's, which stands still
    network = replace(calm().network, features=framing.features)
    recipe = calm(framing=framing, network=network, batch=64, views=Views(frames=50, batches=4))
    batches = [filmed(recipe).batch(step) for step in range(4)]
    inside = torch.cat([batch.inside for batch in batches])
    assert 0.4 < inside.float().mean() < 1
    still = torch.cat([batch.target for batch in batches]).diff(dim=1).abs().amax(dim=(2, 3)) == 0
    assert still[~inside[:, 1:] & ~inside[:, :-1]].float().mean() > 0.9, "a pose that is repeated"
    assert not still[inside[:, 1:] & inside[:, :-1]].any()
