"""Any lifter, stopped and gone on; what is bad is said, and the lifter given in is unharmed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adaptations import adaptation, library, lifter, tracks
from poise.adapt import Adaptation, Augmentation, Progress, adapt_lifter, misfit, trained_as
from poise.adapt.source import Source
from poise.adapt.target import Target
from poise.errors import PoiseError
from poise.lifting import Engine, TrainedLifter, load_lifter
from poise.methods import names
from poise.motion import Keypoints
from poise.skeletons import COCO17, H36M17
from poise.train import Stopped, train_lifter
from poise.train.checkpoints import BEST, LAST
from tiny_lifters import tiny
from tiny_trainings import calm, same_bits

CPU = torch.device("cpu")
HOWS = ("gpa", "lpa", "gpa+lpa", "poseaug")


def adapted(given: TrainedLifter, recipe: Adaptation, folder: Path, **more: Any) -> Any:
    return adapt_lifter(given, library(), tracks()[:8], recipe, folder, device="cpu", **more)


def weights(one: TrainedLifter) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in one.module.state_dict().items()}


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("joints", [16, 17])
def test_every_way_changes_a_copy(how: Any, joints: int, tmp_path: Path) -> None:
    given = lifter(joints=joints)
    before = weights(given)
    seen: list[Progress] = []
    found = adapted(given, adaptation(how=how, tilt=how == "gpa"), tmp_path, report=seen.append)
    assert all(torch.equal(before[name], value) for name, value in weights(given).items())
    assert [now.round for now in seen] == [1, 2, 3]
    assert len(found.told) == 3
    last = load_lifter(tmp_path / LAST)
    assert any(not torch.equal(before[name], value) for name, value in weights(last).items())
    assert last.about["adaptation"]["recipe"]["how"] == how
    assert last.residuals is None
    assert found.after == min(found.before, *found.told)
    Engine(found.lifter)(tracks()[0])
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [1, 2, 3]
    learned = {"gpa": {"lifter"}, "poseaug": {"generator", "pose_judge", "picture_judge"}}
    assert learned.get(how, {"generator", "pose_judge"}) <= set(log[-1])


@pytest.mark.parametrize("name", names())
def test_any_lifter_is_adapted(name: str, tmp_path: Path) -> None:
    plan = adaptation(how="gpa+lpa", rounds=2, tilt=True)
    few = [track[:40] for track in tracks()[:3]]
    found = adapt_lifter(lifter(name), library(), few, plan, tmp_path, device="cpu")
    assert np.isfinite(found.told).all()
    before, after = weights(lifter(name)), weights(load_lifter(tmp_path / LAST))
    assert any(not torch.equal(before[key], value) for key, value in after.items())


def test_a_trained_lifter_gets_better_on_the_target(tmp_path: Path) -> None:
    """Trained on cameras A, shown B: what it answers fits the picture better afterwards."""
    recipe = replace(calm("one frame"), steps=300, batch=64)
    recipe = replace(recipe, views=replace(recipe.views, cameras=("A",), frames=8))
    recipe = replace(recipe, network=replace(recipe.network, width=48))
    train_lifter(recipe, library(), tmp_path / "source", device="cpu")
    source = load_lifter(tmp_path / "source" / LAST)
    views, loss = trained_as(source)
    assert views == recipe.views
    plan = adaptation(rounds=6, windows=512, batch=64, tilt=True, views=views, loss=loss)
    found = adapted(source, plan, tmp_path / "adapted")
    assert found.after < 0.97 * found.before
    assert found.best_round > 0
    again = load_lifter(tmp_path / "adapted" / BEST)
    assert again.about["recipe"] == source.about["recipe"], "how it was trained stays in it"
    held = Target(tracks()[:8], source).held
    assert misfit(again, held) == pytest.approx(found.after)


@pytest.mark.parametrize("how", HOWS)
def test_stopped_after_each_round_it_gives_the_same_bits(how: Any, tmp_path: Path) -> None:
    plan = adaptation(how=how, tilt=True, rounds=4)
    whole = adapted(lifter(), plan, tmp_path / "whole")

    def stop(now: Progress) -> None:
        raise KeyboardInterrupt

    for _ in range(5):
        try:
            part = adapted(lifter(), plan, tmp_path / "parts", report=stop, save_every_s=0)
        except KeyboardInterrupt:
            continue
    part = adapted(lifter(), plan, tmp_path / "parts", save_every_s=0)
    assert part.told == whole.told
    assert part.best_round == whole.best_round
    assert same_bits(tmp_path / "whole" / LAST, tmp_path / "parts" / LAST)
    assert same_bits(tmp_path / "whole" / BEST, tmp_path / "parts" / BEST)


def test_ctrl_c_saves_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    @contextmanager
    def asked() -> Any:
        yield lambda: True

    monkeypatch.setattr("poise.adapt.loop.stopping", asked)
    with pytest.raises(Stopped):
        adapted(lifter(), adaptation(), tmp_path)
    story = load_lifter(tmp_path / LAST).about["adaptation"]
    assert story["found"]["rounds"] == 1


def test_it_ends_when_nothing_gets_better(tmp_path: Path) -> None:
    found = adapted(lifter(), adaptation(rounds=40, rate=1e-12, patience=3), tmp_path)
    assert len(found.told) < 40


def test_a_folder_belongs_to_one_adaptation(tmp_path: Path) -> None:
    adapted(lifter(), adaptation(rounds=1), tmp_path)
    with pytest.raises(PoiseError, match="is of another adaptation: rate is 0.001 there"):
        adapted(lifter(), adaptation(rounds=1, rate=1e-4), tmp_path)
    other = lifter()
    with torch.no_grad():
        next(iter(other.module.parameters())).add_(1)
    with pytest.raises(PoiseError, match="is of another lifter, other motion or another target"):
        adapted(other, adaptation(rounds=1), tmp_path)


def test_nan_is_said_and_stops(tmp_path: Path) -> None:
    given = lifter()
    before = weights(given)
    plan = adaptation(how="lpa", augmentation=Augmentation(width=16, warmup=0, rate=1e30, clip=0))
    with pytest.raises(PoiseError, match=r"the loss of the \w+ is (nan|inf) in round"):
        adapted(given, plan, tmp_path)
    assert all(torch.equal(before[name], value) for name, value in weights(given).items())
    kept = load_lifter(tmp_path / BEST)
    assert all(torch.equal(before[name], value) for name, value in weights(kept).items())


def short(frames: int) -> list[Keypoints]:
    return [tracks()[0][:frames]]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "has no tracks: nobody was found"),
        (short(1), "has 1 frames in which a whole person is seen"),
        (
            [replace(t, score=np.zeros_like(t.score)) for t in tracks()[:2]],
            "nobody is seen in the target",
        ),
        (
            [replace(t, score=np.full_like(t.score, 0.1)) for t in tracks()[:2]],
            "has 0 frames in which a whole person is seen",
        ),
    ],
    ids=["none", "one frame", "nobody", "nobody for sure"],
)
def test_a_target_that_tells_nothing_is_refused(
    given: list[Keypoints], words: str, tmp_path: Path
) -> None:
    with pytest.raises(PoiseError, match=words):
        adapt_lifter(lifter(), library(), given, adaptation(), tmp_path, device="cpu")
    assert not any(tmp_path.iterdir())


def test_a_target_like_the_source_is_refused(tmp_path: Path) -> None:
    plan = adaptation()
    source = Source(library(), plan.views, H36M17, frames=1, seed=0, device=CPU)
    scenes = source.film(1, 4096)
    xy = scenes.seen()[:, 0].numpy()
    same = Keypoints(xy=xy, skeleton=lifter().takes, image_size=(1000, 1000), fps=30, camera=None)
    with pytest.raises(PoiseError, match="are seen where and as large as the source's"):
        adapt_lifter(lifter(), library(), [same], plan, tmp_path, device="cpu")
    adapt_lifter(
        lifter(), library(), [same], adaptation(how="lpa", rounds=2), tmp_path, device="cpu"
    )


def test_lifters_that_cannot_be_adapted_are_refused(tmp_path: Path) -> None:
    coco = replace(tiny("one frame"), takes=COCO17)
    with pytest.raises(PoiseError, match="takes coco17 and gives h36m17"):
        adapted(coco, adaptation(), tmp_path)
    picture = replace(tiny("one frame"), unit="picture")
    with pytest.raises(PoiseError, match="answers in parts of the picture"):
        adapted(picture, adaptation(), tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rounds": 0}, "rounds are 1 or more"),
        ({"batch": 1}, "batch 2 or more"),
        ({"windows": 4}, "windows at least a batch"),
        ({"rate": 0.0}, "rate is above 0"),
        ({"kept": 1.5}, "kept is a share"),
        ({"average": 1.0}, "average is 0 for none"),
        ({"how": "lpa", "rounds": 1}, "are the generator's warm-up"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(PoiseError, match=words):
        adaptation(**changes)
