"""`poise eval WEIGHTS…`: what lifters score on the open benchmark."""

import json as json_format
from pathlib import Path
from typing import Annotated, Literal

import tyro

from poise.cli.motion import open_motion
from poise.cli.progress import progress
from poise.cli.refining import Refine, chosen_refinement
from poise.cli.threads import use_threads
from poise.cli.tracks import chosen_tracks
from poise.errors import PoiseError


def evaluate(
    weights: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="WEIGHTS")],
    *,
    motion: Annotated[tuple[Path, ...], tyro.conf.arg(metavar="MOTION ...")] = (Path("mocap17"),),
    tracks: Annotated[tuple[str, ...], tyro.conf.arg(metavar="TRACK ...")] = ("gt", "noisy"),
    split: Annotated[str | None, tyro.conf.arg(metavar="SPLIT", help_behavior_hint="")] = None,
    flip: bool = True,
    agree: Literal["mean", "reprojection"] = "mean",
    refine: Refine = "none",
    refine_iterations: Annotated[
        int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")
    ] = None,
    overlap: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None,
    device: str = "auto",
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    threads: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None,
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """Score trained lifters on the open benchmark, a line for each of them and each track.

    Millimetres and percent, every frame of every view alike; MPJPE of each subject beside. Says
    whether the motion is the official pack, without which numbers do not compare with others'.
    Lifters of 16 joints (h36m16) are scored over those, and a line says so.

    Example: poise eval runs/videopose3d/best.safetensors --tracks gt noisy

    Args:
        weights: What `poise train lift` left: best.safetensors, or last.safetensors.
        motion: Folders or files of motion with splits; looked for in poise's data folder too.
        tracks: Which of gt, noisy, shift-gt, shift-noisy, and the training tracks.
        split: Score train, val or test in place of the tracks' own split.
        flip: Lift the mirror image too, and take the mean of both.
        agree: What several opinions become (of the mirror image, of D3DP's hypotheses): their
            mean, or of each joint the one nearest to its keypoint, with a root that is estimated.
        refine: uao moves what a lifter is shown until its answer fits the picture better.
        refine_iterations: Steps of that; 4 are usual.
        overlap: Frames that windows share; 0 for the published evaluation.
        device: Where to compute: cpu, cuda, cuda:1, mps, or the fastest.
        precision: What to compute in.
        threads: How many CPU threads to use; without it, all.
        json: For programs.
    """
    from poise.bench.open_benchmark_scores import Tally, table
    from poise.data import open_benchmark
    from poise.data.open_benchmark.cameras import NUMBERS
    from poise.lifting import Engine, load_lifter
    from poise.skeletons import H36M17

    use_threads(threads)
    if not weights:
        raise PoiseError("poise eval: name at least one file of weights")
    chosen = chosen_tracks(tracks, split)
    lifters = {_name(path, weights): load_lifter(path) for path in weights}
    engines = {
        name: Engine(
            lifter,
            flip=flip,
            agree=agree,
            refine=chosen_refinement(refine, refine_iterations, None),
            overlap=overlap,
            device=device,
            precision=precision,
        )
        for name, lifter in lifters.items()
    }
    library = open_benchmark.ready(open_motion(motion))
    tallies = {(name, track): Tally() for name in engines for track in chosen}
    with progress() as show:
        for track_name, track in chosen.items():
            clips = open_benchmark.clips_of(library, track)
            frames, done = sum(clip.frames for clip in clips), 0
            for view in open_benchmark.views(library, track):
                for name, engine in engines.items():
                    tallies[name, track_name].add(engine(view.keypoints), view)
                done += len(view)
                show(f"lifting {track_name}", done / (len(NUMBERS) * frames), f"{done:,} frames")
    scores = {key: tally.scores() for key, tally in tallies.items()}
    standings = {
        track.split: open_benchmark.standing(library, track.split) for track in chosen.values()
    }
    if json:
        report = {
            "motion": standings,
            "flip": flip,
            "refine": refine,
            "scores": [
                {"weights": name, "track": track, **scores[name, track].to_dict()}
                for name, track in scores
            ],
        }
        print(json_format.dumps(report, indent=2, ensure_ascii=False))
        return
    print(table({f"{name}, {track}": found for (name, track), found in scores.items()}))
    for name, lifter in lifters.items():
        if lifter.gives.joints != H36M17.joints:
            print(
                f"{name}: scored over the {len(lifter.gives)} joints of {lifter.gives.name}, which "
                f"do not compare with the {len(H36M17)} of others"
            )
    for where, standing in standings.items():
        print(f"{where}: {standing}")


def _name(path: Path, among: tuple[Path, ...]) -> str:
    """The shortest end of a path that no other one has."""
    for count in range(1, len(path.parts) + 1):
        end = Path(*path.parts[-count:])
        if sum(Path(*other.parts[-count:]) == end for other in among) == 1:
            return str(end)
    return str(path)
