"""`poise data make`: motion without recordings."""

from pathlib import Path
from typing import Annotated

import tyro

from poise.cli.progress import progress
from poise.errors import PoiseError
from poise.tables import table


def make(
    out: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT.npz")],
    *,
    seconds: float = 600.0,
    seed: int = 0,
    actions: Annotated[
        tuple[str, ...],
        tyro.conf.arg(metavar="ACTION ...", help_behavior_hint="(default: everything they can)"),
    ] = (),
) -> None:
    """Make motion that nobody recorded, to train on: the same seed gives the same file.

    Example: poise data make moves.npz --seconds 60 --actions walk run

    Args:
        out: The file to write; poise.data.MotionLibrary.open reads it.
        seconds: How much to make, in all, at least: what is begun is ended.
        seed: Another number gives other people and other motion.
        actions: What they do, quoted where it has spaces. With the whole body: stand, walk,
            walk backward, sidestep, turn, stairs, run, jump, hop, squat, lunge, kick, balance,
            bend, dance, sit on a chair, kneel, on all fours, on the floor. With the arms,
            meanwhile: swing along, wave, reach, throw, punch, hands at rest, stretch, dance arms,
            work, carry, clap, swing a club.
    """
    if out.suffix != ".npz":
        raise PoiseError(f"{out}: a library is written as .npz; call it {out.stem}.npz")
    from poise.data import maker
    from poise.data.describing import actions_of

    with progress() as show:
        library = maker.make(
            seconds,
            seed,
            actions,
            progress=lambda share: show("making motion", share, f"{share * seconds:.0f} s"),
        )
    library.save(out)
    rows = [(name, told["clips"], told["seconds"]) for name, told in actions_of(library).items()]
    print(table(rows, header=("action", "clips", "seconds of such clips")))
    print(f"{len(library)} clips, {library.seconds:.1f} s, in {out}")
