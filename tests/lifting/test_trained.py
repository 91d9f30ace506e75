"""Trained lifters and their files: the same bits back, and what is wrong in words."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from poise.errors import PoiseError
from poise.lifting import Framing, TrainedLifter, lift_track, load_lifter, save_lifter
from poise.lifting.tensor_files import load_tensors
from poise.lifting.trained import TRAINING
from poise.methods import method
from poise.skeletons import COCO17, H36M16
from small_networks import SMALL
from tiny_lifters import CONFIGS, PERSON, SCREEN, tiny, wandering


@pytest.mark.parametrize("framing", [SCREEN, PERSON], ids=["screen", "person"])
@pytest.mark.parametrize("kind", CONFIGS)
def test_a_saved_lifter_answers_the_same_bits(kind: str, framing: Framing, tmp_path: Path) -> None:
    lifter = replace(tiny(kind, framing, fps=50), about={"recipe": "tiny"})
    path = tmp_path / "tiny.safetensors"
    save_lifter(path, lifter)
    back = load_lifter(path)
    assert repr(back) == repr(lifter)
    assert (back.config, back.framing, back.fps, back.about) == (
        lifter.config,
        framing,
        50,
        {"recipe": "tiny"},
    )
    track = wandering(12)
    expected = lift_track(track, lifter=lifter).xyz
    np.testing.assert_array_equal(lift_track(track, lifter=back).xyz, expected)
    np.testing.assert_array_equal(lift_track(track, lifter=path).xyz, expected)


def test_what_a_checkpoint_has_besides_is_passed_over(tmp_path: Path) -> None:
    lifter = tiny("one frame")
    more = {f"{TRAINING}step": torch.tensor(7)}
    save_lifter(tmp_path / "last.safetensors", lifter, more)
    load_lifter(tmp_path / "last.safetensors")


def test_the_same_lifter_is_the_same_file(tmp_path: Path) -> None:
    save_lifter(tmp_path / "a.safetensors", tiny("sliding"))
    save_lifter(tmp_path / "b.safetensors", tiny("sliding"))
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def changed(lifter: TrainedLifter, path: Path, change: Callable[[dict, dict], None]) -> Path:
    """The lifter's file after `change` of its description and its tensors."""
    save_lifter(path, lifter)
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["poise"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(about, tensors)
    save_file(tensors, path, metadata={"poise": json.dumps(about)})
    return path


def wider(about: dict, tensors: dict) -> None:
    about["config"]["width"] = 32


def misspelt(about: dict, tensors: dict) -> None:
    about["config"]["widht"] = about["config"].pop("width")


def text_for_a_number(about: dict, tensors: dict) -> None:
    about["config"]["width"] = "wide"


def other_method(about: dict, tensors: dict) -> None:
    about["method"] = "simplebasline"


def without_a_tensor(about: dict, tensors: dict) -> None:
    del tensors["network.last.bias"]


def with_one_more(about: dict, tensors: dict) -> None:
    tensors["network.extra.weight"] = torch.zeros(3)


def other_framing(about: dict, tensors: dict) -> None:
    about["framing"] = {"kind": "person", "confidence": True, "smoothing": 9}


def misspelt_framing(about: dict, tensors: dict) -> None:
    about["framing"]["smothing"] = about["framing"].pop("smoothing")


def no_description(about: dict, tensors: dict) -> None:
    about.clear()


def other_kind(about: dict, tensors: dict) -> None:
    about["schema"] = "smoother/1"


def without_fps(about: dict, tensors: dict) -> None:
    del about["fps"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (wider, r"network\.\S+|\S+ has shape .* but a network of this config has .*"),
        (misspelt, "no field 'widht'; did you mean 'width'"),
        (text_for_a_number, "Expected `int`, got `str`"),
        (other_method, "no method is called 'simplebasline'; did you mean 'simplebaseline'"),
        (without_a_tensor, "lacks the weights last.bias"),
        (with_one_more, "a network of this config does not know: extra.weight"),
        (other_framing, "takes 2 features of each joint, but the framing .person. makes 6"),
        (misspelt_framing, "no field 'smothing'; did you mean 'smoothing'"),
        (no_description, "was not written by poise"),
        (other_kind, "holds smoother/1, where lifter/1 is expected"),
        (without_fps, "lacks 'fps'|fps"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_wrong_with_a_file_is_said(
    change: Callable[[dict, dict], None], words: str, tmp_path: Path
) -> None:
    path = changed(tiny("one frame"), tmp_path / "bad.safetensors", change)
    with pytest.raises(PoiseError, match=words) as refused:
        load_lifter(path)
    assert str(refused.value).startswith(f"{path}: ")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_half_a_file_is_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    save_lifter(path, tiny("sliding"))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(PoiseError, match=r"half\.safetensors: not a \.safetensors file, or a dam"):
        load_lifter(path)


def test_files_that_are_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="nowhere.safetensors"):
        load_lifter(tmp_path / "nowhere.safetensors")
    with pytest.raises(PoiseError, match=str(tmp_path)):
        load_lifter(tmp_path)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(3)}, foreign)
    with pytest.raises(PoiseError, match="was not written by poise"):
        load_lifter(foreign)
    (tmp_path / "text.safetensors").write_text("not tensors at all")
    with pytest.raises(PoiseError, match="not a .safetensors file"):
        load_tensors(tmp_path / "text.safetensors", "lifter/1")


def test_a_failed_save_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.safetensors"
    save_lifter(path, tiny("sliding"))
    before = path.read_bytes()
    unwritable: Any = replace(tiny("one frame"), about={"recipe": object()})
    with pytest.raises(TypeError):
        save_lifter(path, unwritable)
    assert path.read_bytes() == before


def test_a_network_must_fit_its_framing() -> None:
    with pytest.raises(PoiseError, match="takes 2 features of each joint"):
        replace(tiny("sliding", SCREEN), framing=PERSON)


def test_a_lifter_says_what_it_is() -> None:
    text = repr(replace(tiny("every frame", fps=50), takes=H36M16))
    assert "mixste" in text
    assert "9 frames at 50 fps" in text
    assert "h36m16 to h36m17, screen" in text


def test_a_lifter_is_shown_the_skeleton_that_it_was_made_for() -> None:
    config = SMALL["ktpformer"]
    network = method("ktpformer").network(config)
    with pytest.raises(PoiseError, match="ktpformer was made for a skeleton with the parents"):
        TrainedLifter(
            method="ktpformer",
            config=config,
            network=network,
            framing=Framing(kind="screen", confidence=False),
            fps=30,
            takes=COCO17,
        )
