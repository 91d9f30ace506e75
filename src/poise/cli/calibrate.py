"""`poise calibrate WEIGHTS`: how far a lifter is off goes into its file."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import tyro

from poise.cli.motion import open_motion
from poise.cli.threads import use_threads
from poise.errors import PoiseError


def calibrate(
    weights: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="WEIGHTS")],
    *,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None,
    motion: Annotated[tuple[Path, ...], tyro.conf.arg(metavar="MOTION ...")] = (Path("mocap17"),),
    threads: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None,
) -> None:
    """Find how far a lifter is off, so that what it lifts says how sure it is (Motion.sigma).

    Looks at the noisy views of the validation split, writes the file with what it found, and says
    how well that holds on the test split: errors beside what was predicted, from the surest eighth
    of all joints to the least sure.

    Example: poise calibrate runs/videopose3d/best.safetensors

    Args:
        weights: What `poise train lift` left.
        out: The file to write; without it, the weights' own.
        motion: Folders or files of motion with splits; looked for in poise's data folder too.
        threads: How many CPU threads to use; without it, all.
    """
    from poise.bench.calibrating import Calibration, CalibrationTally
    from poise.bench.calibrating import calibrate as find_errors
    from poise.bench.open_benchmark_scores import true_joints
    from poise.data import open_benchmark
    from poise.data.open_benchmark import NOISY
    from poise.lifting import Engine, load_lifter, save_lifter
    from poise.tables import table

    use_threads(threads)
    lifter = load_lifter(weights)
    library = open_benchmark.ready(open_motion(motion))
    on = {
        split: list(open_benchmark.views(library, replace(NOISY, split=split)))
        for split in ("val", "test")
    }
    if not on["val"]:
        raise PoiseError("no clip is in the split 'val'; give some subjects to it")
    lifter = replace(lifter, residuals=find_errors(Engine(lifter), on["val"]))
    engine = Engine(lifter)
    found: Calibration | None = None
    for split, views in on.items():
        tally = CalibrationTally()
        for view in views:
            if view.target is not None:
                tally.add(engine(view.keypoints), true_joints(view, lifter.gives))
        if views:
            found = tally.calibration()
            print(
                f"{split}: errors are {found.ratio:.2f} times sigma, "
                f"{100 * found.within_one:.0f} % within one, {100 * found.within_two:.0f} % within "
                f"two; rank correlation {found.correlation:.2f}"
            )
    if found is not None:
        rows = [
            (f"{1000 * sigma:.0f}", f"{1000 * error:.0f}", f"{count:,}")
            for sigma, error, count in found.bins
        ]
        print(table(rows, header=("predicted sigma, mm", "real error, mm", "joints")))
    path = out or weights
    save_lifter(path, lifter)
    print(f"{path}: written, with what was found")
