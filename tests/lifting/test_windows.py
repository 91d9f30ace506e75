"""Windows over time: every frame once, pieces like one pass, the published layouts, seams."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from poise.lifting.framing import Seen
from poise.lifting.published_windows import around_each_frame, training_blocks
from poise.lifting.windows import See, cross_fade, each_middle, fade_in, slide, window_starts
from poise.skeletons import H36M17

SIZES = given(
    frames=st.integers(1, 60), half=st.integers(0, 6), batch=st.integers(1, 80), data=st.data()
)


def shown(values: Tensor) -> See:
    """Frames of (time, joint, feature) as networks see them, the ends repeated."""

    def see(start: int, stop: int) -> Seen:
        return Seen(
            features=values[None, torch.arange(start, stop).clamp(0, len(values) - 1)], turn=None
        )

    return see


def random_clip(frames: int) -> Tensor:
    return torch.rand(frames, 2, 3, generator=torch.Generator().manual_seed(frames)).double()


def of_features(network: Callable[[Tensor], Tensor]) -> Callable[[Seen], Tensor]:
    return lambda seen: network(seen.features)


def by_place(windows: Tensor) -> Tensor:
    """A network that answers for every frame, and whose answer depends on all the window."""
    place = torch.linspace(-1, 1, windows.shape[1], dtype=windows.dtype)[:, None, None]
    return windows + place * windows.mean(dim=1, keepdim=True) + place


def sum_around(window: int) -> Callable[[Tensor], Tensor]:
    """A network that slides: a weighted sum of `window` frames."""
    weight = torch.linspace(1, 3, window, dtype=torch.float64) ** 2
    return lambda clip: clip.unfold(1, window, 1) @ weight


@settings(max_examples=150, deadline=None)
@SIZES
def test_sliding_in_pieces_is_one_pass(
    frames: int, half: int, batch: int, data: st.DataObject
) -> None:
    causal, window = data.draw(st.booleans()), 2 * half + 1
    clip, network = random_clip(frames), sum_around(window)
    pieces = list(slide(shown(clip), of_features(network), frames, window, batch, causal))
    whole = clip[around_each_frame(frames, window, causal)]  # (frame, window, joint, feature)
    expected = network(whole)[:, 0]
    torch.testing.assert_close(torch.cat(pieces), expected)
    assert max(map(len, pieces)) <= batch
    assert max(map(len, pieces)) - min(map(len, pieces)) <= 1


@settings(max_examples=100, deadline=None)
@SIZES
def test_middles_in_batches_are_one_window_for_each_frame(
    frames: int, half: int, batch: int, data: st.DataObject
) -> None:
    window = 2 * half + 1
    clip, network, given = random_clip(frames), sum_around(window), []

    def counted(windows: Tensor) -> Tensor:
        given.append(len(windows))
        return network(windows)

    answers = torch.cat(list(each_middle(shown(clip), of_features(counted), frames, window, batch)))
    torch.testing.assert_close(answers, network(clip[around_each_frame(frames, window)])[:, 0])
    assert max(given) <= max(1, batch // window)


def faded_one_by_one(clip: Tensor, window: int, overlap: int) -> tuple[Tensor, np.ndarray]:
    """The plain twin of `cross_fade`: the weight of every window at every frame, then a sum."""
    frames, starts = len(clip), window_starts(len(clip), window, overlap)
    weights = np.zeros((len(starts), frames))
    for number, start in enumerate(starts):
        weights[number, start : start + window] = 1
        if number:
            end = starts[number - 1] + window
            rise = fade_in(overlap).double().numpy()
            weights[number, : end - overlap], weights[number, end - overlap : end] = 0, rise
            weights[number - 1, end - overlap : end] = 1 - rise
            weights[number - 1, end:] = 0
    total = torch.zeros_like(clip)
    for start, weight in zip(starts, weights, strict=True):
        places = torch.arange(start, start + window)
        answer = by_place(clip[places.clamp(max=frames - 1)][None])[0]
        inside = places < frames
        total[places[inside]] += torch.tensor(weight)[places[inside], None, None] * answer[inside]
    return total, weights


@settings(max_examples=150, deadline=None)
@given(
    frames=st.integers(1, 60), window=st.integers(1, 13), batch=st.integers(1, 80), data=st.data()
)
def test_cross_fading_is_a_weighted_sum_of_windows(
    frames: int, window: int, batch: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, window // 2))
    clip = random_clip(frames)
    pieces = list(cross_fade(shown(clip), of_features(by_place), frames, window, overlap, batch))
    expected, weights = faded_one_by_one(clip, window, overlap)
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    torch.testing.assert_close(torch.cat(pieces), expected)


@pytest.mark.parametrize("overlap", [0, 1, 4])
def test_a_network_that_does_not_care_for_the_window_has_no_seams(overlap: int) -> None:
    clip = random_clip(50)
    pieces = list(cross_fade(shown(clip), of_features(torch.clone), 50, 9, overlap, batch=30))
    torch.testing.assert_close(torch.cat(pieces), clip)


def test_cross_fading_spreads_the_jump_at_a_seam() -> None:
    clip = torch.zeros(200, 1, 3).double()  # so that only the place in the window speaks

    def jumps(overlap: int) -> float:
        answers = torch.cat(
            list(cross_fade(shown(clip), of_features(by_place), 200, 27, overlap, 1000))
        )
        return float(answers.diff(dim=0).abs().max())

    inside = 2 / 26  # what the network itself moves from frame to frame
    assert jumps(0) == pytest.approx(2)
    assert jumps(8) < 0.2 * jumps(0) + inside
    assert jumps(13) < jumps(8) < jumps(4) < jumps(0)


def mirrored(windows: np.ndarray) -> np.ndarray:
    turned = windows[:, :, list(H36M17.mirror)].copy()
    turned[..., 0] *= -1
    return turned


def test_training_windows_are_the_published_ones(vector: Callable[[str], tuple]) -> None:
    meta, _, given, wanted = vector("lifting-protocol")
    frames = meta["config"]["window"]
    for kind in ("2d", "3d"):
        made = []
        for number in range(3):
            sequence = given[f"seq{kind}_{number}"]
            plain = sequence[training_blocks(len(sequence), frames)]
            made += [plain, mirrored(plain)]
        np.testing.assert_array_equal(np.concatenate(made), wanted[f"windows{kind}"])
    around = around_each_frame(20, frames)
    np.testing.assert_array_equal(given["seq2d_0"][around], wanted["frame_windows2d"])
    np.testing.assert_array_equal(given["seq3d_0"][:, None], wanted["frame_windows3d"])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_without_overlap_windows_are_those_of_the_published_evaluation(
    number: int, vector: Callable[[str], tuple]
) -> None:
    meta, _, given, wanted = vector("lifting-protocol")
    frames = meta["config"]["window"]
    for kind in ("2d", "3d"):
        sequence = torch.tensor(given[f"seq{kind}_{number}"])
        asked: list[Tensor] = []

        def network(windows: Tensor, asked: list[Tensor] = asked) -> Tensor:
            asked.append(windows)
            return windows[..., [0, 1, 1]]

        asking = of_features(network)
        pieces = cross_fade(shown(sequence), asking, len(sequence), frames, 0, batch=20)
        np.testing.assert_array_equal(torch.cat(list(pieces)), sequence[..., [0, 1, 1]])
        np.testing.assert_array_equal(torch.cat(asked), wanted[f"eval{kind}_{number}"])
