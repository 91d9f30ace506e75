"""`poise adapt`: a lifter for your own camera, from 2D alone."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import tyro

from poise.cli.motion import open_motion
from poise.cli.progress import progress
from poise.cli.threads import use_threads
from poise.errors import PoiseError

UNCHANGED = 1  # the exit status when nothing was better than the lifter that was given


def adapt(
    *,
    target: Annotated[tuple[str, ...], tyro.conf.arg(metavar="TARGET ...")],
    lifter: Annotated[Path | None, tyro.conf.arg(metavar="WEIGHTS", help_behavior_hint="")] = None,
    motion: Annotated[tuple[Path, ...], tyro.conf.arg(metavar="MOTION ...")] = (Path("mocap17"),),
    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER")] = Path("runs") / "adapted",
    how: Literal["gpa", "lpa", "gpa+lpa", "poseaug"] = "gpa",
    tilt: bool = True,
    rounds: Annotated[int, tyro.conf.arg(metavar="N")] = 30,
    windows: Annotated[int, tyro.conf.arg(metavar="N")] = 8192,
    batch: Annotated[int, tyro.conf.arg(metavar="N")] = 256,
    rate: Annotated[float, tyro.conf.arg(metavar="RATE")] = 1e-3,
    kept: Annotated[float, tyro.conf.arg(metavar="SHARE")] = 0.25,
    anchor: bool = True,
    rotation: Annotated[
        Literal["soft_yaw", "free", "none"] | None, tyro.conf.arg(help_behavior_hint="")
    ] = None,
    patience: Annotated[int, tyro.conf.arg(metavar="N")] = 10,
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0,
    fov: Annotated[float | None, tyro.conf.arg(metavar="DEGREES", help_behavior_hint="")] = None,
    focal: Annotated[float | None, tyro.conf.arg(metavar="PIXELS", help_behavior_hint="")] = None,
    fps: Annotated[float | None, tyro.conf.arg(metavar="FPS", help_behavior_hint="")] = None,
    size: Annotated[
        tuple[int, int] | None, tyro.conf.arg(metavar="WIDTH HEIGHT", help_behavior_hint="")
    ] = None,
    detector: Annotated[str, tyro.conf.arg(metavar="NAME")] = "blazepose",
    device: str = "auto",
    threads: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None,
) -> int:
    """Adapt a lifter to your own videos (PoseDA): 2D of them is enough, nobody labels anything.

    Leaves in the folder: best.safetensors (the adapted lifter, for poise lift --lifter),
    last.safetensors and log.jsonl. The same command again goes on where it was stopped. The lifter
    that is given stays as it is; if nothing is better by the measure without labels, the best is
    that lifter, and the exit status is 1.

    Example: poise adapt --target my_videos/ --out runs/mine

    Args:
        target: Videos, files of 2D keypoints, folders of either, or shift-target.
        lifter: What `poise train lift` left; without it, the weights that come with poise.
        motion: Folders or files of motion with 3D, to learn from; looked for in poise's data
            folder too. Best that which the lifter was trained on.
        out: Where to leave what comes out.
        how: gpa puts people of the motion where those of the target are seen; lpa makes other
            poses of theirs; poseaug is PoseAug, which does not look at the target.
        tilt: With gpa: tilt people too, as those of the target seem to stand. Not in the paper.
        rounds: How often the motion is filmed anew.
        windows: Of the motion, in a round.
        batch: Windows in a step.
        rate: Of learning, in the first round.
        kept: Share of the aligned windows that stay as they are, so that the source is kept.
        anchor: With lpa: judge each pose by the one that it was made of.
        rotation: With lpa: how people are turned; without it, not if they are tilted as the
            target's are, else about the vertical with some tilt (soft_yaw).
        patience: Rounds that bring nothing before it ends; 0 for all rounds.
        seed: Of all that chance decides.
        fov: The target's horizontal field of view, where files do not say it; else it is guessed.
        focal: The same as a focal length in pixels.
        fps: The frame rate of 2D keypoints that do not say it.
        size: The image size of 2D keypoints that do not say it.
        detector: blazepose, or rtmpose (an extra, which fetches its models).
        device: Where to compute: cpu, cuda, cuda:1, mps, or the fastest.
        threads: How many CPU threads to use; without it, all.
    """
    from poise.adapt import Adaptation, Augmentation, Progress, adapt_lifter, trained_as
    from poise.cli.targets import Reading, tracks_of
    from poise.data import open_benchmark
    from poise.lifting import bundled_lifter, load_lifter
    from poise.pipeline import Way
    from poise.train import Stopped

    use_threads(threads)
    if not target:
        raise PoiseError("poise adapt: --target names no video, no keypoints and no folder")
    given = bundled_lifter() if lifter is None else load_lifter(lifter)
    if rotation is None:
        rotation = "none" if tilt and "gpa" in how else "soft_yaw"
    views, loss = trained_as(given)
    recipe = Adaptation(
        views=views,
        loss=loss,
        how=how,
        tilt=tilt,
        rounds=rounds,
        windows=windows,
        batch=batch,
        rate=rate,
        kept=kept,
        augmentation=Augmentation(anchor=anchor, rotation=rotation),
        patience=patience,
        seed=seed,
    )
    library = open_benchmark.ready(open_motion(motion))
    way = Way(
        detector=detector,
        fov_deg=fov,
        focal_px=focal,
        fps=fps,
        image_size=size,
        workers=threads,
    )
    with progress() as show:
        reading = Reading(library=library, way=way, lifter=given, folder=out, show=show)
        tracks, assumed = tracks_of(target, reading)

        def report(now: Progress) -> None:
            amount = f"misfit {100 * now.misfit:.2f} %, {100 * now.before:.2f} % before"
            show(f"round {now.round} of {now.rounds}", now.round / now.rounds, amount)

        try:
            adapted = adapt_lifter(
                given, library, tracks, recipe, out, device=device, report=report
            )
        except Stopped:
            print(f"stopped; all is saved in {out}, the same command goes on from there")
            raise
    for words in (*assumed, *adapted.assumed):
        print(f"poise: {words}", file=sys.stderr)
    count = f"{len(tracks)} tracks" if len(tracks) > 1 else "one track"
    print(
        f"on {count}, a part held out: misfit {100 * adapted.before:.2f} % "
        f"of a person before, {100 * adapted.after:.2f} % after round {adapted.best_round} of "
        f"{len(adapted.told)}"
    )
    print(out / "best.safetensors")
    if adapted.best_round == 0:
        print(
            "nothing was better than the lifter that was given, so it is that one", file=sys.stderr
        )
        return UNCHANGED
    return 0
