"""Weights of one window length, made to serve another."""

from typing import Any

import pytest
import torch

from poise.errors import PoiseError
from poise.lifting import Framing, TrainedLifter, lift_track, stretched
from poise.lifting.stretching import _between_frames
from poise.methods import METHODS, method
from small_networks import SMALL
from tiny_lifters import wandering

SCREEN = Framing(kind="screen", confidence=False)
STRETCHED = [name for name in METHODS if method(name).stretches]


def lifter(name: str) -> TrainedLifter:
    torch.manual_seed(3)
    network: Any = method(name).network(SMALL[name]).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight += 0.1 * torch.randn_like(weight)
    return TrainedLifter(method=name, config=SMALL[name], network=network, framing=SCREEN, fps=30)


def test_those_that_stretch_are_known() -> None:
    assert set(STRETCHED) >= {"mixste", "ktpformer", "dstformer", "motionagformer"}


@pytest.mark.parametrize("name", STRETCHED)
def test_a_stretched_lifter_lifts_and_the_same_length_is_the_same(name: str) -> None:
    own = lifter(name)
    for frames in (5, 14):
        other = stretched(own, frames)
        assert other.network.frames == other.config.frames == frames
        assert other.about["stretched_from_frames"] == 9
        assert lift_track(wandering(20), lifter=other).xyz.shape == (20, 17, 3)
    same = stretched(own, 9)
    for key, tensor in own.module.state_dict().items():
        torch.testing.assert_close(same.module.state_dict()[key], tensor)


def test_places_are_interpolated_between_the_ends() -> None:
    own = lifter("ktpformer")
    position = own.module.state_dict()["pairs.frame_position"]
    found = stretched(own, 17).module.state_dict()["pairs.frame_position"]
    torch.testing.assert_close(found[:, ::2], position)
    torch.testing.assert_close(found[:, 1::2], (position[:, 1:] + position[:, :-1]) / 2)


def test_what_frames_so_far_apart_say_to_each_other_stays() -> None:
    places = torch.arange(7)
    apart = (places[:, None] - places).float()
    for frames in (4, 12):
        found = _between_frames(apart, frames)
        places_now = torch.arange(frames)
        wanted = (places_now[:, None] - places_now).float()
        wanted[wanted.abs() > 6] = 0  # nothing is known of frames farther apart
        torch.testing.assert_close(found, wanted)


def test_what_cannot_be_stretched_is_refused_in_words() -> None:
    with pytest.raises(PoiseError, match="convformer is made for windows of 9 frames.*mixste"):
        stretched(lifter("convformer"), 5)
    with pytest.raises(PoiseError, match="a window of 0 frames has none"):
        stretched(lifter("mixste"), 0)
