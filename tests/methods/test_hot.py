"""The hourglass: which frames stay, how the others come back, and around what it goes."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from poise.errors import PoiseError
from poise.methods import method
from poise.methods.contract import Method
from poise.methods.convformer import Config as ConvFormer
from poise.methods.hot import Config, Hourglass, selection
from poise.methods.hot.recovering import between
from poise.methods.ktpformer import Config as KTPFormer
from poise.methods.mixste import Config as MixSTE

INSIDE = MixSTE(frames=9, channels=16, depth=4, heads=2, drop_path=0.0, positions=0.5)
ONE_CUT = Config(lifter=INSIDE, layers=(2,), tokens=(3,))


def hourglass(config: Config[Any] = ONE_CUT, **changes: Any) -> Hourglass:
    torch.manual_seed(1)
    network = method("hot+mixste").network(replace(config, **changes))
    assert isinstance(network, Hourglass)
    with torch.no_grad():
        for weight in network.parameters():  # tables of places that begin at zero are to matter
            weight.add_(0.1 * torch.randn_like(weight))
    return network.eval()


def clips(batch: int = 2, frames: int = 9, seed: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, frames, 17, 2, generator=generator).cumsum(1) * 0.3


def plain_peaks(tokens: Tensor, noise: Tensor) -> Tensor:
    """Density peaks, frame by frame, as the paper describes them."""
    found = torch.zeros(tokens.shape[:2])
    for clip, frames in enumerate(tokens):
        distance = torch.stack([(frames - one).norm(dim=-1) for one in frames])
        distance = distance / frames.shape[-1] ** 0.5
        density = [
            torch.exp(-(row.sort().values[:2] ** 2).sum() / 2) + 1e-6 * noise[clip, place]
            for place, row in enumerate(distance)
        ]
        for place, row in enumerate(distance):
            denser = [row[other] for other in range(len(row)) if density[other] > density[place]]
            nearest = min(denser) if denser else distance.max()
            found[clip, place] = nearest * density[place]
    return found


def test_peaks_are_those_of_the_plain_twin() -> None:
    tokens, noise = clips().flatten(2), torch.rand(2, 9)
    torch.testing.assert_close(selection.peaks(tokens, noise), plain_peaks(tokens, noise))


def test_the_noise_decides_between_frames_that_are_each_others_nearest() -> None:
    tokens = torch.tensor([0.0, 0.1, 5.0, 5.1, 9.0, 9.1])[None, :, None]
    first = torch.tensor([[1.0, 0, 1, 0, 1, 0]])
    for noise, kept in ((first, [0, 2, 4]), (1 - first, [1, 3, 5])):
        found = selection.best(selection.peaks(tokens, noise), 3, None)
        assert found.tolist() == [kept]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.data())
def test_any_number_of_frames_can_be_kept_and_the_middle_one_always(frames: int, data: Any) -> None:
    keep = data.draw(st.integers(1, frames))
    centre = torch.tensor([data.draw(st.integers(0, frames - 1)) for _ in range(2)])
    scores = torch.rand(2, frames)
    for index in (
        selection.best(scores, keep, centre),
        selection.spread_out(2, frames, keep, centre, scores.device),
    ):
        assert index.shape == (2, keep)
        assert all(len(set(row)) == keep and row == sorted(row) for row in index.tolist())
        assert all(place in row for place, row in zip(centre.tolist(), index.tolist(), strict=True))
    even = selection.spread_out(2, frames, keep, None, scores.device)[0]
    assert even[0] == 0
    assert keep == 1 or even[-1] == frames - 1


def test_motion_keeps_the_frames_in_which_much_moves() -> None:
    xy = torch.zeros(1, 6, 17, 3)
    xy[0, 3:, :, 0] += 1.0  # a jump between frames 2 and 3
    xy[0, 5:, :, 1] -= 0.5
    xy[..., 2] = torch.rand(1, 6, 17)  # confidence is no movement
    assert selection.best(selection.motion(xy), 2, None).tolist() == [[3, 5]]


def test_attention_keeps_those_that_are_looked_at() -> None:
    network = hourglass(prune="attention")
    x = clips()
    _, kept, _ = network.pruned(x)
    inside: Any = network.lifter
    tokens = inside.embed(x)
    tokens = inside.blocks[0](tokens)
    pairs = inside.pairs  # the second pair up to where frames attend
    spatial = pairs.spatial_norm(pairs.spatial[1](tokens.flatten(0, 1))).unflatten(0, (2, 9))
    rows = spatial.transpose(1, 2).flatten(0, 1)
    block = pairs.temporal[1]
    query, key, _ = (
        block.attention.qkv(block.norm1(rows)).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4)
    )
    weights = (query @ key.mT / 8**0.5).softmax(-1)  # (row, head, who looks, who is looked at)
    wanted = weights.mean((1, 2)).unflatten(0, (2, 17)).mean(1)
    assert torch.equal(kept, wanted.topk(3).indices.sort().values)


def test_poses_between_kept_frames_are_on_the_line_or_the_nearer_ones() -> None:
    poses = torch.tensor([10.0, 20, 50])[None, :, None, None].expand(1, 3, 17, 3)
    index = torch.tensor([[1, 3, 6]])
    line = between(poses, index, 8)[0, :, 0, 0]
    torch.testing.assert_close(line, torch.tensor([10.0, 10, 15, 20, 30, 40, 50, 50]))
    near = between(poses, index, 8, nearest=True)[0, :, 0, 0]
    assert near.tolist() == [10, 10, 10, 20, 20, 50, 50, 50]
    assert torch.equal(between(poses[:, :1], index[:, :1], 4), poses[:, :1].expand(1, 4, 17, 3))


def test_keeping_all_and_interpolating_is_the_lifter_itself() -> None:
    network = hourglass(tokens=(9,), prune="uniform", recover="linear")
    torch.testing.assert_close(network(clips()), network.lifter(clips()))


@pytest.mark.parametrize("prune", ["cluster", "attention", "motion", "uniform"])
@pytest.mark.parametrize("recover", ["attention", "linear", "nearest", "none"])
@pytest.mark.parametrize("cuts", [((2,), (3,)), ((1, 2, 3), (7, 5, 2))])
def test_every_strategy_answers_alike_twice_and_for_each_clip_alone(
    prune: Any, recover: Any, cuts: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    network = hourglass(layers=cuts[0], tokens=cuts[1], prune=prune, recover=recover)
    x = clips(3)
    answer = network(x)
    assert answer.shape == (3, 1 if recover == "none" else 9, 17, 3)
    assert torch.equal(answer, network(x))
    torch.testing.assert_close(network(x[1:2]), answer[1:2], atol=1e-5, rtol=0)
    assert answer.isfinite().all()
    if recover == "none":
        _, kept, _ = network.pruned(x)
        assert (kept == 4).any(dim=1).all()


def test_what_is_learned_are_the_frames_that_are_kept() -> None:
    network = hourglass(recover="none").train()
    target, inside = torch.randn(2, 9, 17, 3), torch.rand(2, 9) > 0.3
    lesson = network.learn(clips(), target, inside)
    assert network.learns == "every frame"
    assert lesson.predicted.shape == lesson.target.shape == (2, 3, 17, 3)
    for clip in range(2):
        places = [
            next(place for place in range(9) if torch.equal(target[clip, place], one))
            for one in lesson.target[clip]
        ]
        assert places == sorted(places)
        assert 4 in places
        assert torch.equal(lesson.inside[clip], inside[clip, places])
    assert network.learn(clips(), target, inside).target is not target
    whole = hourglass().learn(clips(), target, inside)
    assert whole.target is target


def test_noise_is_fresh_in_training_only() -> None:
    still = clips(8) * 1e-3  # so alike that the noise decides
    network = hourglass()
    kept = network.pruned(still)[1]
    assert torch.equal(kept, network.pruned(still)[1])
    network.train()
    assert any(not torch.equal(kept, network.pruned(still)[1]) for _ in range(5))


def test_the_mirror_image_keeps_the_same_frames_where_only_the_middle_counts() -> None:
    def turn_back(poses: Tensor) -> Tensor:
        return poses * torch.tensor([-1.0, 1, 1])

    x, mirrored = clips(), 9 * clips(seed=5)
    network = hourglass(recover="none")
    cuts = network.pruned(x)[2]
    one, other = network.look_twice(x, mirrored, turn_back).unbind(2)
    assert torch.equal(one, network(x))
    assert torch.equal(other, turn_back(network(mirrored, index=cuts)))
    assert not torch.equal(network(mirrored, index=cuts), network(mirrored))
    network = hourglass()
    one, other = network.look_twice(x, mirrored, turn_back).unbind(2)
    torch.testing.assert_close(one, network(x))
    torch.testing.assert_close(other, turn_back(network(mirrored)))


def test_a_window_of_another_length_is_refused() -> None:
    with pytest.raises(PoiseError, match="windows of 9 frames, not 8"):
        hourglass()(clips(frames=8))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tokens": (10,)}, "of 9 frames 10 cannot be kept"),
        ({"tokens": (0,)}, "of 9 frames 0 cannot be kept"),
        ({"layers": (1, 2), "tokens": (3, 5)}, "of 3 frames 5 cannot be kept"),
        ({"layers": (4,)}, "has 4 blocks, so frames can be left out before block 1 to 3, not 4"),
        ({"layers": (0,)}, "before block 1 to 3, not 0"),
        ({"layers": (2, 1), "tokens": (5, 3)}, "layers rise, as 1,3,5 do; not 1 after 2"),
        ({"layers": (1, 2)}, "one for one; here are 2 and 1"),
        ({"layers": (), "tokens": ()}, "here are 0 and 0"),
    ],
)
def test_impossible_cuts_are_refused_when_the_config_is_made(changes: Any, words: str) -> None:
    with pytest.raises(PoiseError, match=words):
        replace(ONE_CUT, **changes)


def test_where_nothing_can_be_recovered_or_told_it_is_said() -> None:
    convformer = ConvFormer(frames=9, channels=8, spatial_depth=2)
    with pytest.raises(PoiseError, match="answers for the middle frame only.*set recover to none"):
        Config(lifter=convformer, layers=(2,), tokens=(3,))
    early = Config(lifter=convformer, layers=(1,), tokens=(3,), recover="none", prune="attention")
    with pytest.raises(PoiseError, match="before block 1 of this lifter frames do not attend"):
        method("hot+convformer").network(early)
    later = replace(early, layers=(3,))
    network = method("hot+convformer").network(later).eval()
    assert network(clips()).shape == (2, 1, 17, 3)


def test_it_goes_around_lifters_of_tokens_only() -> None:
    with pytest.raises(PoiseError, match="videopose3d is no token lifter"):
        method("hot+videopose3d")
    with pytest.raises(PoiseError, match="no method is called 'mixstee'; did you mean 'mixste'"):
        method("hot+mixstee")
    with pytest.raises(PoiseError, match="no method is called 'warm.mixste'"):
        method("warm+mixste")


def test_published_weights_load_around_their_lifter() -> None:
    for name, inside in (
        ("hot+mixste", INSIDE),
        ("hot+ktpformer", KTPFormer(frames=9, channels=16)),
    ):
        chosen: Method = method(name)
        config = Config(lifter=inside, layers=(1,), tokens=(3,))
        state = chosen.to_published(config, chosen.network(config).state_dict())
        assert state["pos_embed_token"].shape == (1, 3, 16)
        found, ours = chosen.from_published(state, layers=(1,), heads=inside.heads)
        assert (found.tokens, found.recover, found.lifter.frames) == ((3,), "attention", 9)
        chosen.network(found).load_state_dict(ours)
        with pytest.raises(PoiseError, match=r"'x_token' has the shape .*; the weights of another"):
            chosen.from_published(
                state | {"x_token": torch.zeros(1, 8, 16)}, layers=(1,), heads=inside.heads
            )


def test_a_published_file_without_hourglass_weights_is_of_the_middle_frame() -> None:
    inside, chosen = method("mixste"), method("tpc+mixste")
    config = MixSTE(frames=81, channels=16, depth=8)
    state = inside.to_published(config, inside.network(config).state_dict())
    found, _ = chosen.from_published(state)
    assert (found.layers, found.tokens, found.recover) == ((7,), (61,), "none")
    with pytest.raises(PoiseError, match="shapes do not say layers; say before which blocks"):
        method("tpc+ktpformer").from_published(
            method("ktpformer").to_published(
                KTPFormer(frames=9, channels=16),
                method("ktpformer").network(KTPFormer(frames=9, channels=16)).state_dict(),
            )
        )
