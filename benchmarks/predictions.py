"""Pictures of what a trained lifter says, over the truth: where it errs is seen in one look.

    python benchmarks/predictions.py runs/videopose3d/best.safetensors --out pictures

Draws views of the open benchmark's test split, evenly spread over all of them or the worst ones,
from the side of the camera that the lifter never sees: errors of depth show there.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import tyro

from poise import metrics
from poise.data import MotionLibrary
from poise.data.open_benchmark import View, ready, track, views
from poise.lifting import Engine
from poise.motion import Motion
from poise.render import contact_sheet


@dataclass(frozen=True)
class Look:
    """Which views to draw."""

    weights: Annotated[Path, tyro.conf.Positional]
    motion: Path = Path("mocap17")
    track: str = "noisy"
    rows: int = 6
    worst: bool = False  # those with the largest error
    out: Path = Path("pictures")


def main(look: Look) -> None:
    library = ready(MotionLibrary.open(look.motion))
    engine = Engine(look.weights)
    done = [(view, engine(view.keypoints)) for view in views(library, track(look.track))]
    if look.worst:
        done.sort(key=lambda pair: -_error(*pair))
        chosen = done[: look.rows]
    else:
        chosen = done[:: max(1, len(done) // look.rows)][: look.rows]
    predicted, true = {}, {}
    for view, motion in chosen:
        label = f"{view.id}, subject {view.subject}: {_error(view, motion):.0f} mm"
        predicted[label], true[label] = replace(motion, camera=None), _truth(view)
    name = f"{look.weights.parent.name}-{look.track}{'-worst' if look.worst else ''}"
    for side in ("front", "side"):
        path = look.out / f"{name}-{side}.png"
        contact_sheet(predicted, path, beneath=true, view=side, columns=10, cell=150)
        print(path)


def _truth(view: View) -> Motion:
    assert view.target is not None
    return view.target.relative()


def _error(view: View, motion: Motion) -> float:
    return 1000 * metrics.mpjpe(motion.xyz, _truth(view).xyz)


if __name__ == "__main__":
    main(tyro.cli(Look))
