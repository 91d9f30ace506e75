"""`poise train lift RECIPE`: a lifter from motion."""

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from poise.cli.motion import open_motion
from poise.cli.progress import progress
from poise.cli.threads import use_threads
from poise.cli.usage import Command, OneOf


def _names() -> list[str]:
    from poise.train.recipes import RECIPES

    return list(RECIPES)


def _command(name: str) -> Command:
    """The command of one recipe: its fields are options."""
    from poise.methods import method
    from poise.train.recipe import recipe_of
    from poise.train.recipes import recipe as named

    chosen = named(name)
    kind = recipe_of(method(chosen.method).config)

    def command(
        # Which fields there are is only known here, where the network is.
        recipe: Annotated[kind, tyro.conf.arg(name="")] = chosen,  # type: ignore[valid-type]
        *,
        motion: Annotated[tuple[Path, ...], tyro.conf.arg(metavar="MOTION ...")] = (
            Path("mocap17"),
        ),
        out: Annotated[Path, tyro.conf.arg(metavar="FOLDER")] = Path("runs") / name,
        device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
        threads: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None,
        save_every: Annotated[float, tyro.conf.arg(metavar="SECONDS")] = 120,
        tensorboard: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    ) -> None:
        """Train a lifter on motion; every field of the recipe is an option.

        Leaves best.safetensors (for use), last.safetensors and log.jsonl in the folder. The same
        command again goes on where it was stopped, or killed, and gives the same bits.

        Args:
            recipe: The recipe.
            motion: Folders or files of motion with splits; looked for in poise's data folder too.
            out: Where to leave what comes out.
            device: Where to compute; several GPUs or processes: start it with torchrun.
            threads: How many CPU threads to use; without it, all.
            save_every: Time between two saves of last.safetensors.
            tensorboard: Write for TensorBoard too (pip install 'poise[tensorboard]').
        """
        _train(recipe, motion, out, device, threads, save_every, tensorboard)

    return command


train_lift = OneOf("recipe", _names, _command)


def _train(
    recipe: Any,
    motion: tuple[Path, ...],
    folder: Path,
    device: Literal["auto", "cpu", "cuda", "mps"],
    threads: int | None,
    save_every_s: float,
    tensorboard: bool,
) -> None:
    from poise.data import open_benchmark
    from poise.train import Progress, Stopped, train_lifter
    from poise.train.checkpoints import BEST, LAST
    from poise.train.launching import is_first

    use_threads(threads)
    library = open_benchmark.ready(open_motion(motion))
    trained = False
    with progress() as show:

        def report(now: Progress) -> None:
            nonlocal trained
            trained = True
            left = f"{now.seconds_left // 60:.0f}:{now.seconds_left % 60:02.0f}"
            amount = f"step {now.step:,} of {now.steps:,}, loss {now.loss:.4f}"
            rates = f"{now.samples_per_s:,.0f} windows/s, {left} left"
            show(f"training {recipe.method}", now.step / now.steps, f"{amount}, {rates}")

        try:
            done = train_lifter(
                recipe,
                library,
                folder,
                device=device,
                save_every_s=save_every_s,
                tensorboard=tensorboard,
                report=report,
            )
        except Stopped:
            if is_first():
                print(f"stopped; all is saved in {folder}, the same command goes on from there")
            raise
    if not is_first():
        return
    if not trained:
        print(f"all {recipe.steps:,} steps were done before; nothing was left to train")
    for name, what in ((BEST, "the best of the validations"), (LAST, "after the last step")):
        if (folder / name).exists():
            print(f"{folder / name}: {what}")
    print(done)
