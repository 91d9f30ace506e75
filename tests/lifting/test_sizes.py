"""Lifters that answer in parts of the picture: their people are as large as adults."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from poise.errors import PoiseError
from poise.lifting import TrainedLifter, lift_track, load_lifter, load_published, save_lifter
from poise.lifting.sizes import adult_scale
from poise.methods import method, names
from poise.skeletons import COCO17, H36M17, Skeleton
from small_networks import SMALL
from tiny_lifters import tiny, wandering


def published(name: str, folder: Path) -> TrainedLifter:
    """A small network as its publisher would save it, read back."""
    torch.manual_seed(2)
    chosen, config = method(name), replace(SMALL[name], features=3)
    network: Any = chosen.network(config)
    with torch.no_grad():
        for weight in network.parameters():
            weight += 0.1 * torch.randn_like(weight)
    state = chosen.to_published(config, network.state_dict())
    torch.save({"model_pos": state}, folder / "published.bin")
    return load_published(folder / "published.bin", name)


def test_it_is_known_whose_answers_are_in_parts_of_the_picture() -> None:
    found = {name for name in names() if method(name).published_unit == "picture"}
    assert found == {
        *("dstformer", "motionagformer", "hot+dstformer", "tpc+dstformer", "hot+motionagformer")
    }


@pytest.mark.parametrize("name", ["dstformer", "motionagformer"])
def test_their_people_get_the_size_of_adults_and_it_is_said(name: str, tmp_path: Path) -> None:
    lifter = published(name, tmp_path)
    save_lifter(tmp_path / "a.safetensors", lifter)
    again = load_lifter(tmp_path / "a.safetensors")
    assert again.unit == "picture"
    motion = lift_track(wandering(30, fps=50), lifter=again)
    assert "the size is not known: legs of 0.86 m, as adults have" in motion.assumed
    scale, _ = adult_scale(motion.xyz, H36M17)
    assert scale == pytest.approx(1, abs=1e-5)
    raw = lift_track(wandering(30, fps=50), lifter=replace(again, unit="metres"))
    ratio = np.linalg.norm(motion.xyz) / np.linalg.norm(raw.xyz)
    np.testing.assert_allclose(motion.xyz, ratio * raw.xyz, atol=1e-5)


def test_lifters_that_know_metres_are_left_alone() -> None:
    motion = lift_track(wandering(20), lifter=tiny("every frame"))
    assert not any("size" in words for words in motion.assumed)


def test_a_clip_has_one_scale_and_what_has_no_legs_is_refused() -> None:
    rng = np.random.default_rng(1)
    xyz = rng.normal(size=(7, 17, 3)).astype(np.float32)
    scale, _ = adult_scale(xyz, H36M17)
    assert adult_scale(xyz * 4, H36M17)[0] == pytest.approx(scale / 4)
    assert adult_scale(xyz, COCO17)[0] > 0
    with pytest.raises(PoiseError, match="needs legs to tell sizes by; dot has no left_ankle"):
        adult_scale(xyz[:, :1], Skeleton("dot", ("pelvis",), (-1,)))
    with pytest.raises(PoiseError, match="all joints in one place"):
        adult_scale(np.zeros((3, 17, 3), np.float32), H36M17)
