"""Lifters of 16 joints: filmed, trained, validated, scored and lifted with, without the nose."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from few_clips import truth
from poise import metrics
from poise.bench.open_benchmark_scores import Tally, evaluate, true_joints
from poise.cli.main import run
from poise.conversions import H36M16_TO_H36M17, H36M17_TO_H36M16, convert
from poise.data.library import MotionLibrary
from poise.data.open_benchmark import GT, NOISY, views
from poise.errors import PoiseError
from poise.lifting import Engine, Framing, bundled_lifter, load_lifter, load_published
from poise.methods import method
from poise.motion import Body, Keypoints, Motion
from poise.skeletons import H36M16, H36M17
from poise.train import RECIPES, Loss, Recipe, Views, train_lifter
from poise.train.filmed import FilmedViews
from poise.train.launching import launched
from poise.train.losses import joint_weights
from poise.train.training import Training
from tiny_lifters import tiny, wandering
from tiny_trainings import calm, people

METHODS = ("simplebaseline", "videopose3d", "semgcn", "stgcn")
SMALL: dict[str, dict[str, Any]] = {
    "simplebaseline": {"width": 16},
    "videopose3d": {"channels": 16},
    "semgcn": {"channels": 16, "layers": 1},
    "stgcn": {"channels": 8},
}
KEPT = [H36M17.index(joint) for joint in H36M16.joints]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def library() -> MotionLibrary:
    return people(5, frames=30)


def small(name: str, **changes: Any) -> Recipe[Any]:
    """The named recipe of 16 joints, with a small network and few steps."""
    whole = RECIPES[f"{name}-16"]
    network = replace(whole.network, **SMALL[name])
    few = replace(whole, network=network, steps=4, batch=8, validate=2, views=Views(frames=8))
    return replace(few, **changes)


@pytest.mark.parametrize("name", METHODS)
def test_the_named_recipes_are_of_the_published_form(name: str) -> None:
    plan = RECIPES[f"{name}-16"]
    published = method(name).presets["poseaug"]
    assert replace(plan.network, dropout=published.dropout) == published
    assert plan.framing == Framing(
        kind="screen", confidence=False, smoothing=plan.framing.smoothing
    )
    assert plan.skeleton == H36M16


@pytest.mark.parametrize("name", METHODS)
def test_it_trains_is_scored_and_lifts(name: str, library: MotionLibrary, tmp_path: Path) -> None:
    lifter = train_lifter(small(name), library, tmp_path)
    assert (lifter.takes, lifter.gives) == (H36M16, H36M16)
    best = load_lifter(tmp_path / "best.safetensors")
    assert (best.takes, best.gives) == (H36M16, H36M16)
    scores = best.about["found"]["validation"]
    assert scores["exact"]["skeleton"] == scores["noisy"]["skeleton"] == "h36m16"
    motion = Engine(best)(wandering(9))  # keypoints on h36m17
    assert motion.skeleton == H36M16
    assert np.abs(motion.xyz[:, 0]).max() == 0
    same = Engine(best)(convert(wandering(9), H36M16))
    np.testing.assert_array_equal(motion.xyz, same.xyz)


@pytest.mark.parametrize("name", ["simplebaseline", "videopose3d"])
def test_the_root_is_zero_and_nothing_is_learned_of_it(name: str) -> None:
    network = method(name).network(small(name).network).train()
    answer = network(torch.randn(4, 1, 16, 2))
    assert answer.shape == (4, 1, 16, 3)
    assert not answer[:, :, 0].any()
    assert answer[:, :, 1:].abs().min() > 0


@pytest.mark.parametrize("framing", [Framing(), Framing(kind="screen", confidence=False)])
def test_views_are_those_of_17_joints_without_the_nose(framing: Framing) -> None:
    network = replace(calm("one frame").network, features=framing.features)
    wide = calm("one frame", framing=framing, network=network)
    narrow = replace(wide, network=replace(wide.network, joints_in=16, joints=16))
    assert (wide.skeleton, narrow.skeleton) == (H36M17, H36M16)
    seen = [
        FilmedViews(people(), plan, method(plan.method).network(plan.network), device=CPU).batch(0)
        for plan in (wide, narrow)
    ]
    assert seen[1].features.shape[2] == seen[1].target.shape[2] == 16
    if framing.kind == "screen":  # the other's axes turn a little without the nose
        assert torch.equal(seen[0].features[:, :, KEPT], seen[1].features)
        assert torch.equal(seen[0].target[:, :, KEPT], seen[1].target)
    lengths = [batch.target.square().sum(-1) for batch in seen]
    torch.testing.assert_close(lengths[0][:, :, KEPT], lengths[1], rtol=1e-4, atol=1e-5)


def test_each_joint_keeps_its_weight(library: MotionLibrary, tmp_path: Path) -> None:
    assert torch.equal(joint_weights(H36M16), joint_weights()[KEPT])
    losses = []
    for loss in (Loss(), Loss(joints="mixste")):
        training = Training(
            small("semgcn", loss=loss),
            library,
            tmp_path / loss.joints,
            launched(small("semgcn"), "cpu"),
        )
        training.step()
        losses.append(training.loss())
    assert losses[1] > 1.5 * losses[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"joints_in": 16, "joints": 17}, "takes 16 and answers for 17"),
        ({"joints_in": 15, "joints": 15}, "takes 15 and answers for 15"),
        ({"joints": 1}, "takes 17 and answers for 1"),
    ],
)
def test_other_joints_are_not_filmed(changes: dict[str, Any], told: str) -> None:
    plan = calm("one frame")
    with pytest.raises(PoiseError, match=f"the 17 joints of h36m17 or the 16 .* {told}"):
        replace(plan, network=replace(plan.network, **changes))


def test_scores_are_over_the_joints_that_are_given(library: MotionLibrary) -> None:
    seen = list(views(library, GT))

    def guess(keypoints: Keypoints) -> Motion:
        rng = np.random.default_rng(len(keypoints))
        xyz = rng.normal(0, 0.3, (len(keypoints), 17, 3))
        return Motion(xyz=xyz - xyz[:, :1], skeleton=H36M17, fps=30, frame="camera", placed=False)

    def narrow(keypoints: Keypoints) -> Motion:
        return convert(guess(keypoints), H36M16)

    wide, fewer = evaluate(guess, seen), evaluate(narrow, seen)
    assert (wide.skeleton, fewer.skeleton) == ("h36m17", "h36m16")
    predicted = np.concatenate([narrow(view.keypoints).relative().xyz for view in seen])
    true = np.concatenate([H36M17_TO_H36M16.points(truth(view)) for view in seen])
    true = true - true[:, :1]
    assert fewer.mpjpe_mm == pytest.approx(1000 * metrics.mpjpe(predicted, true))
    assert fewer.mpjpe_mm != wide.mpjpe_mm
    assert true_joints(seen[0]).shape[1:] == (17, 3)
    tally = Tally()
    tally.add(guess(seen[0].keypoints), seen[0])
    with pytest.raises(PoiseError, match="is on h36m16, those before are on h36m17"):
        tally.add(narrow(seen[1].keypoints), seen[1])


def test_commands_say_over_which_joints(
    library: MotionLibrary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    library.save("moves.npz")
    train_lifter(small("semgcn"), library, tmp_path / "run")
    weights = "run/best.safetensors"
    assert run(["eval", weights, "--motion", "moves.npz", "--tracks", "gt"]) == 0
    said = capsys.readouterr().out
    assert "best.safetensors: scored over the 16 joints of h36m16, which do not compare" in said
    assert run(["eval", weights, "--motion", "moves.npz", "--tracks", "noisy", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["scores"]
    assert row["skeleton"] == "h36m16"
    wanted = evaluate(Engine(load_lifter(weights)), views(library, NOISY))
    assert row["mpjpe_mm"] == pytest.approx(wanted.mpjpe_mm, rel=1e-6)
    assert run(["calibrate", weights, "--motion", "moves.npz"]) == 0
    residuals = load_lifter(weights).residuals
    assert residuals is not None
    motion = Engine(load_lifter(weights))(wandering(9))
    assert motion.sigma is not None
    assert motion.sigma.shape == (9, 16)


class WithoutNose(nn.Module):
    """A lifter of 17 joints that is shown 16 of them, and answers for those."""

    def __init__(self, inside: Any) -> None:
        super().__init__()
        self.inside, self.frames, self.answers = inside, inside.frames, inside.answers
        self.complete = torch.tensor(H36M16_TO_H36M17.matrix, dtype=torch.float32)

    def forward(self, keypoints: Tensor) -> Tensor:
        answer: Tensor = self.inside(self.complete @ keypoints)[:, :, KEPT]
        return answer


def test_the_whole_way_goes_without_the_nose(
    library: MotionLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of bodies, a table and the report, by a lifter good enough to make a body."""
    monkeypatch.chdir(tmp_path)
    whole = bundled_lifter()
    network: Any = WithoutNose(whole.network)
    narrow = replace(whole, network=network, takes=H36M16, gives=H36M16, residuals=None)
    monkeypatch.setattr("poise.pipeline.load_lifter", lambda path: narrow)
    view = next(iter(views(library, GT)))
    view.keypoints.save("track.npz")
    words = ["--lifter", "narrow.safetensors", "--out", "out", "--to", "bvh", "csv"]
    assert run(["lift", "track.npz", *words]) == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {"report.html", "person1.npz", "track.bvh", "track.csv"}
    body = Body.load("out/person1.npz")
    assert len(body.motion) == len(view)
    assert body.motion.frame == "world"


@pytest.mark.parametrize("name", METHODS)
def test_published_ones_load(name: str, tmp_path: Path) -> None:
    config = replace(method(name).presets["poseaug"], **SMALL[name])
    torch.manual_seed(3)
    network = method(name).network(config).eval()
    state = method(name).to_published(config, network.state_dict())
    torch.save({"state_dict": state}, tmp_path / "ckpt.pth.tar")
    for given in (None, H36M16):
        lifter = load_published(tmp_path / "ckpt.pth.tar", name, takes=given, gives=given)
        assert (lifter.takes, lifter.gives) == (H36M16, H36M16)
        x = torch.randn(2, 3, 16, 2)
        assert torch.equal(lifter.network(x), network(x))


def test_a_lifter_of_17_joints_is_scored_as_before(library: MotionLibrary) -> None:
    scores = evaluate(Engine(tiny("one frame")), views(library, GT))
    assert scores.skeleton == "h36m17"
