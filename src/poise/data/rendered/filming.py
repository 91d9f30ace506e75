"""Film: actors before a camera, written as a video with the truth beside it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from poise.cameras import Camera
from poise.data.rendered.acting import Actor
from poise.data.rendered.extras import needed
from poise.data.rendered.studio import Studio
from poise.errors import PoiseError
from poise.files import PathLike, write_aside
from poise.motion import Motion


def film(
    actors: Sequence[Actor],
    camera: Camera,
    path: PathLike,
    *,
    samples: int = 8,
    plate_samples: int = 48,
    seed: int = 0,
    crf: int = 23,
    numbered: bool = False,
    progress: Callable[[float], None] | None = None,
) -> list[Path]:
    """Write the video, and each person's true motion beside it; where those are.

    >>> film([act(motion)], camera, "walk.mp4")  # and walk.truth.npz
    [PosixPath('walk.truth.npz')]

    The clip is as long as the shortest actor's motion. `crf` is H.264's quality: 18 all but
    perfect, 28 small. With several people, or `numbered`, it is walk.person1.truth.npz and so on.
    """
    rates = {actor.truth.fps for actor in actors}
    if len(rates) != 1:
        raise PoiseError(f"actors of one film move at one frame rate, not {sorted(rates)}")
    path = Path(path)
    frames, fps = min(map(len, actors)), rates.pop()
    studio = Studio(camera, list(actors), samples=samples, plate_samples=plate_samples, seed=seed)
    av = needed("av")
    with write_aside(path) as scratch, av.open(str(scratch), "w", format="mp4") as video:
        stream = video.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = camera.width, camera.height, "yuv420p"
        # One thread, so that the same frames give the same file on every machine.
        stream.options = {"crf": str(crf), "preset": "slow", "threads": "1"}
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(studio.picture(number), format="rgb24")
            video.mux(stream.encode(picture))
            if progress is not None:
                progress((number + 1) / frames)
        video.mux(stream.encode())
    return save_truth([truth_of(actor, camera)[:frames] for actor in actors], path, numbered)


def truth_of(actor: Actor, camera: Camera) -> Motion:
    """What a perfect method would answer: the rendered body's joints, and the exact camera."""
    return replace(actor.truth, camera=camera)


def save_truth(truths: Sequence[Motion], path: Path, numbered: bool = False) -> list[Path]:
    """Beside the video: NAME.truth.npz, or NAME.person1.truth.npz and so on."""
    several = numbered or len(truths) > 1
    saved = []
    for number, truth in enumerate(truths, start=1):
        middle = f".person{number}" if several else ""
        saved.append(path.with_name(f"{path.stem}{middle}.truth.npz"))
        truth.save(saved[-1])
    return saved


def in_picture(truth: Motion, camera: Camera) -> float:
    """The share of the joints, over all frames, that lie within the image."""
    pixels = camera.project(camera.to_camera(np.asarray(truth.xyz, np.float64)))
    inside = (pixels > 0).all(axis=-1) & (pixels < [camera.width, camera.height]).all(axis=-1)
    return float(inside.mean())
