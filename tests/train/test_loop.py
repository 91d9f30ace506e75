"""The loop: what it trains and leaves behind, and what becomes of all that goes wrong."""

import errno
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn

from poise.data.library import MotionLibrary
from poise.errors import PoiseError
from poise.lifting import load_lifter
from poise.methods import method
from poise.train import Loss, Optimiser, Progress, Recipe, Stopped, Views, train_lifter
from poise.train.checkpoints import BEST, LAST
from poise.train.filmed import FilmedViews, seed_of
from poise.train.losses import total
from poise.train.optimising import optimiser_of
from poise.train.schedule import rate
from tiny_trainings import calm, log_without_rates, people, recipe, same_bits, shortened, tensors

KINDS = ("one frame", "sliding", "every frame")


@pytest.fixture(scope="module")
def library() -> MotionLibrary:
    return people()


def stop_at(step: int, how: Callable[[], Any]) -> Callable[[Progress], None]:
    def report(now: Progress) -> None:
        if now.step == step:
            how()

    return report


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def plain_training(recipe: Recipe[Any], library: MotionLibrary) -> tuple[nn.Module, nn.Module]:
    """The slow twin: the network and its average after all steps."""
    torch.manual_seed(seed_of(recipe.seed))
    network, average = (method(recipe.method).network(recipe.network) for _ in range(2))
    optimiser = optimiser_of(recipe, network)
    views = FilmedViews(library, recipe, average, device=torch.device("cpu"))
    average.load_state_dict(network.state_dict())
    network.train()
    for step in range(recipe.steps):
        batch = views.batch(step)
        for group in optimiser.param_groups:
            group["lr"] = rate(recipe, step)
        optimiser.zero_grad()
        total(recipe.loss, network(batch.features), batch.target, batch.inside).backward()
        if recipe.optimiser.clip:
            # In the optimiser's order: the last bits of a norm depend on it.
            weights = [weight for group in optimiser.param_groups for weight in group["params"]]
            nn.utils.clip_grad_norm_(weights, recipe.optimiser.clip)
        optimiser.step()
        keep = min(recipe.average, (step + 1) / (step + 11))
        own = network.state_dict()
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.copy_(keep * value + (1 - keep) * own[name])
            else:
                value.copy_(own[name])
    return network, average


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("average", [0.9, 0.0])
def test_it_does_what_its_plain_twin_does(
    kind: str, average: float, library: MotionLibrary, tmp_path: Path
) -> None:
    plan = calm(kind, average=average, steps=8, optimiser=Optimiser(rate=1e-3, clip=0.05))
    network, mean = plain_training(plan, library)
    if not average:
        mean = network
    train_lifter(plan, library, tmp_path)
    kept = tensors(tmp_path / LAST)
    for name, value in network.state_dict().items():
        assert torch.equal(kept[f"training.n.{name}"], value), name
    for name, value in mean.state_dict().items():
        torch.testing.assert_close(kept[f"network.{name}"], value, rtol=1e-5, atol=1e-6)


def test_the_loss_falls_and_the_best_is_kept(library: MotionLibrary, tmp_path: Path) -> None:
    seen: list[Progress] = []
    lifter = train_lifter(
        calm("sliding", steps=150, batch=16, validate=50),
        library,
        tmp_path,
        report=seen.append,
    )
    losses = [now.loss for now in seen]
    assert len(losses) == 150
    assert sum(losses[-20:]) < 0.7 * sum(losses[:20])
    assert all(now.samples_per_s > 0 for now in seen)
    assert seen[-1].seconds_left == 0
    written = log_without_rates(tmp_path)
    assert [line["step"] for line in written] == [50, 50, 100, 100, 150, 150]
    assert written[0]["loss"] == pytest.approx(sum(losses[:50]) / 50, rel=1e-4)
    scores = [line["validation_mpjpe_mm"] for line in written[1::2]]
    best = load_lifter(tmp_path / BEST)
    assert best.about["found"]["validation_mpjpe_mm"] == min(scores)
    assert list(best.about["found"]["validation"]["exact"]["subjects"]) == ["0"]
    assert best.about["recipe"]["method"] == "videopose3d"
    last = load_lifter(tmp_path / LAST)
    assert all(
        torch.equal(a, b)
        for a, b in zip(last.module.parameters(), lifter.module.parameters(), strict=True)
    )
    assert {path.name for path in tmp_path.iterdir()} == {LAST, BEST, "log.jsonl"}


@pytest.mark.parametrize("kind", KINDS)
def test_stopped_and_gone_on_gives_the_same_bits(
    kind: str, library: MotionLibrary, tmp_path: Path
) -> None:
    plan = recipe(kind, steps=60, optimiser=Optimiser(rate=1e-3, amsgrad=True), validate=25)
    plan = replace(plan, batch=3, window=None if kind == "every frame" else 11)
    train_lifter(plan, library, tmp_path / "whole")
    for step in (7, 30, 51):
        with pytest.raises(Stopped):
            train_lifter(plan, library, tmp_path / "parts", report=stop_at(step, interrupt))
        assert load_lifter(tmp_path / "parts" / LAST).about["training"]["step"] == step
    train_lifter(plan, library, tmp_path / "parts")
    assert same_bits(tmp_path / "whole" / LAST, tmp_path / "parts" / LAST)
    assert same_bits(tmp_path / "whole" / BEST, tmp_path / "parts" / BEST)
    assert log_without_rates(tmp_path / "whole") == log_without_rates(tmp_path / "parts")


def test_other_seeds_give_other_weights(library: MotionLibrary, tmp_path: Path) -> None:
    for seed in (0, 1):
        train_lifter(calm(steps=2, seed=seed), library, tmp_path / str(seed))
    assert not same_bits(tmp_path / "0" / LAST, tmp_path / "1" / LAST)


def test_what_is_finished_is_left_alone(library: MotionLibrary, tmp_path: Path) -> None:
    plan = recipe(steps=6)
    first = train_lifter(plan, library, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    seen: list[Progress] = []
    again = train_lifter(plan, library, tmp_path, report=seen.append)
    assert seen == []
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.module.parameters(), again.module.parameters(), strict=True)
    )


def test_a_second_interrupt_does_not_wait(library: MotionLibrary, tmp_path: Path) -> None:
    def twice() -> None:
        interrupt()
        interrupt()

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt) as stop:
        train_lifter(calm(), library, tmp_path, report=stop_at(3, twice))
    assert not isinstance(stop.value, Stopped), "nothing was saved, and nothing says so"
    assert not (tmp_path / LAST).exists()
    assert signal.getsignal(signal.SIGINT) is before


def test_it_trains_in_a_thread(library: MotionLibrary, tmp_path: Path) -> None:
    thread = threading.Thread(target=train_lifter, args=(calm(steps=2), library, tmp_path))
    thread.start()
    thread.join()
    assert (tmp_path / LAST).exists()


def spoil(monkeypatch: pytest.MonkeyPatch, step: int, value: float) -> None:
    """From a step on, targets are no numbers."""
    real = FilmedViews.batch

    def batch(self: FilmedViews, number: int) -> Any:
        found = real(self, number)
        return found if number < step else replace(found, target=found.target * value)

    monkeypatch.setattr(FilmedViews, "batch", batch)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_keeps_the_last_good_state(
    value: float, library: MotionLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = recipe(steps=60)
    with pytest.raises(Stopped):
        train_lifter(plan, library, tmp_path, report=stop_at(10, interrupt))
    spoil(monkeypatch, 14, value)
    with pytest.raises(PoiseError) as error:
        train_lifter(plan, library, tmp_path, save_every_s=0)
    assert "the loss is" in str(error.value)
    assert f"at step 15; {tmp_path / LAST} keeps the last good state" in str(error.value)
    assert "optimiser.rate" in str(error.value)
    assert load_lifter(tmp_path / LAST).about["training"]["step"] == 14
    assert all(torch.isfinite(value).all() for value in tensors(tmp_path / LAST).values())


def test_a_first_loss_that_is_no_number(
    library: MotionLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, 0, float("nan"))
    with pytest.raises(PoiseError, match="the loss is nan at step 1; nothing was saved"):
        train_lifter(calm(), library, tmp_path)


def test_weights_that_are_no_numbers_are_never_saved(
    library: MotionLibrary, tmp_path: Path
) -> None:
    """The loss of a step is finite, and the step goes too far."""
    plan = calm(optimiser=Optimiser(rate=1e30, clip=0.0), average=0.0)
    with pytest.raises(PoiseError, match="is not finite after step 1;|the loss is") as error:
        train_lifter(plan, library, tmp_path, save_every_s=0)
    assert "A lower learning rate" in str(error.value)
    assert not (tmp_path / LAST).exists() or all(
        torch.isfinite(value).all() for value in tensors(tmp_path / LAST).values()
    )


def test_a_full_disk_keeps_the_last_good_state(
    library: MotionLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = recipe(steps=40)
    with pytest.raises(Stopped):
        train_lifter(plan, library, tmp_path, report=stop_at(10, interrupt))
    before = (tmp_path / LAST).read_bytes()

    def full(_tensors: Any, path: Any, **_: Any) -> None:
        Path(path).write_bytes(b"half of it")
        # As safetensors says it on a full disk (seen on a small tmpfs).
        raise safetensors.SafetensorError(
            f"Error while serializing: I/O error: No space left on device (os error {errno.ENOSPC})"
        )

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(PoiseError, match=r"last.safetensors: cannot write: the disk is full"):
        train_lifter(plan, library, tmp_path, save_every_s=0)
    assert (tmp_path / LAST).read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {LAST, BEST, "log.jsonl"}
    monkeypatch.undo()
    train_lifter(plan, library, tmp_path)
    train_lifter(plan, library, tmp_path / "whole")
    assert same_bits(tmp_path / LAST, tmp_path / "whole" / LAST)


def test_a_damaged_checkpoint_is_named(library: MotionLibrary, tmp_path: Path) -> None:
    train_lifter(calm(steps=2), library, tmp_path)
    whole = (tmp_path / LAST).read_bytes()
    (tmp_path / LAST).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PoiseError, match=r"last.safetensors: not a .safetensors file, or a damage"):
        train_lifter(calm(steps=2), library, tmp_path)


def test_the_best_weights_are_nothing_to_go_on_from(library: MotionLibrary, tmp_path: Path) -> None:
    train_lifter(recipe(steps=6), library, tmp_path)
    (tmp_path / BEST).replace(tmp_path / LAST)
    with pytest.raises(PoiseError, match=r"last.safetensors: damaged: it lacks 'training'"):
        train_lifter(recipe(steps=6), library, tmp_path)


def test_a_folder_is_for_one_training(library: MotionLibrary, tmp_path: Path) -> None:
    plan = calm(steps=4)
    train_lifter(plan, library, tmp_path)
    before = (tmp_path / LAST).read_bytes()
    with pytest.raises(PoiseError) as error:
        train_lifter(replace(plan, batch=8), library, tmp_path)
    said = f"{tmp_path} holds a training by another recipe: batch is 4 there and 8 here; choose"
    assert said in str(error.value)
    with pytest.raises(PoiseError, match="holds a training on other motion; choose another folder"):
        train_lifter(plan, people(3), tmp_path)
    assert (tmp_path / LAST).read_bytes() == before


def test_validation_needs_a_clip(library: MotionLibrary, tmp_path: Path) -> None:
    unsplit = library.select(split="train")
    with pytest.raises(PoiseError, match="no clip is in the split 'val'.*with validate=0"):
        train_lifter(recipe(), unsplit, tmp_path)
    assert list(tmp_path.iterdir()) == []
    train_lifter(recipe(validate=0, steps=1), unsplit, tmp_path)
    assert not (tmp_path / BEST).exists()
    with pytest.raises(PoiseError, match="no clip has split 'train'"):
        train_lifter(recipe(), library.select(split="test"), tmp_path / "other")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (recipe("one frame", batch=1), "simplebaseline has batch norms, .* set batch to 2 or more"),
        (recipe(window=12), "mixste takes windows of exactly 9 frames, not 12; leave window out"),
        (
            recipe(loss=Loss(likelihood=True)),
            "loss.likelihood needs a network that says how far off it may be, and mixste does not",
        ),
        (
            shortened("uao", loss=Loss()),
            "uao says how far off it may be, which it learns from loss.likelihood only; set it",
        ),
        (recipe(precision="16-mixed"), "16-mixed needs a GPU; bf16-mixed works on CPUs too"),
    ],
)
def test_what_only_the_network_knows(
    plan: Recipe[Any], said: str, library: MotionLibrary, tmp_path: Path
) -> None:
    with pytest.raises(PoiseError, match=said):
        train_lifter(plan, library, tmp_path, device="cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_device_that_is_not_here(library: MotionLibrary, tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="device 'cuda' cannot be used here"):
        train_lifter(recipe(), library, tmp_path, device="cuda")


def test_half_precision_trains_single_weights(library: MotionLibrary, tmp_path: Path) -> None:
    plan = calm(precision="bf16-mixed", steps=30, batch=16)
    seen: list[float] = []
    train_lifter(plan, library, tmp_path / "half", report=lambda now: seen.append(now.loss))
    assert sum(seen[-5:]) < sum(seen[:5])
    kept = tensors(tmp_path / "half" / LAST)
    assert {value.dtype for value in kept.values()} == {torch.float32}
    train_lifter(replace(plan, precision="32-true"), library, tmp_path / "single")
    assert not same_bits(tmp_path / "half" / LAST, tmp_path / "single" / LAST)


def test_only_what_multiplies_features_decays() -> None:
    plan = calm(optimiser=Optimiser(rate=1e-3, decay=0.1))
    network = method(plan.method).network(plan.network)
    names = {id(weight): name for name, weight in network.named_parameters()}
    decay = {
        names[id(weight)]: group["weight_decay"]
        for group in optimiser_of(plan, network).param_groups
        for weight in group["params"]
    }
    assert decay.keys() == set(names.values()), "every weight is in one group"
    assert decay["to_tokens.weight"] == decay["pairs.spatial.0.mlp.widen.weight"] == 0.1
    still = ("frame_position", "joint_position", "spatial_norm.weight")
    assert {decay[f"pairs.{name}"] for name in still} | {decay["to_tokens.bias"]} == {0.0}


def test_the_loss_times_itself_trains_otherwise(library: MotionLibrary, tmp_path: Path) -> None:
    plan = calm(steps=3, optimiser=Optimiser(rate=1e-3, clip=0.0))
    train_lifter(plan, library, tmp_path / "plain")
    train_lifter(replace(plan, loss=Loss(times_itself=True)), library, tmp_path / "times")
    assert not same_bits(tmp_path / "plain" / LAST, tmp_path / "times" / LAST)


def test_many_batches_from_each_view_are_as_good_as_one(
    library: MotionLibrary, tmp_path: Path
) -> None:
    """Stopped between two filmings, it films the same again."""
    plan = recipe(steps=10, views=Views(frames=15, batches=7), validate=0)
    train_lifter(plan, library, tmp_path / "whole")
    with pytest.raises(Stopped):
        train_lifter(plan, library, tmp_path / "parts", report=stop_at(5, interrupt))
    train_lifter(plan, library, tmp_path / "parts")
    assert same_bits(tmp_path / "whole" / LAST, tmp_path / "parts" / LAST)
