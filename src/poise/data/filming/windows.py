"""Windows of motion at random, from clips that lie end to end in one array."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from poise.data.library import Clip, MotionLibrary
from poise.data.open_benchmark.motions import joints_of
from poise.data.open_benchmark.segments import LENGTH
from poise.errors import PoiseError


@dataclass(frozen=True, eq=False, kw_only=True)
class Windows:
    """Some windows, and a few poses of the stretch that each one is from."""

    poses: Float[Tensor, "batch time 17 3"]
    inside: Bool[Tensor, "batch time"]  # False where an end of a short clip is repeated
    stage: Float[Tensor, "batch staged 17 3"] | None  # None: the window is the whole stretch


def poses_of(
    library: MotionLibrary, clips: Iterable[Clip]
) -> tuple[Float[Tensor, "frame 17 3"], Int[Tensor, " clip"]]:
    """The joints of these clips end to end (float32, world), and how long each clip is.

    >>> poses, lengths = poses_of(library, clips_of(library, SHIFT_SOURCE))
    """
    joints = [joints_of(library, clip).astype(np.float32) for clip in clips]
    lengths = torch.tensor([len(xyz) for xyz in joints], dtype=torch.int64)
    return torch.from_numpy(np.concatenate(joints)), lengths


def windows(
    poses: Float[Tensor, "frame 17 3"],
    lengths: Int[Tensor, " clip"],
    batch: int,
    frames: int,
    generator: torch.Generator,
    staged: int = 16,
) -> Windows:
    """Windows of so many frames from clips of these lengths, each frame about as likely.

    A clip that is too short stands anywhere in its window, its first and last pose repeated. The
    stage is spread evenly over a stretch as long as a segment of the benchmark.

    >>> some = windows(poses, lengths, 256, 27, generator)
    >>> batch = film(some.poses, generator, stage=some.stage)
    """
    if int(lengths.sum()) != len(poses):
        raise PoiseError(
            f"windows: the clips have {int(lengths.sum())} frames together, the poses {len(poses)}"
        )

    def up_to(most: Tensor) -> Tensor:
        """Whole numbers from 0 to most."""
        u = torch.rand(batch, generator=generator, device=poses.device)
        return (u * (most + 1)).long()

    ends = lengths.cumsum(0)
    any_frame = torch.randint(len(poses), (batch,), generator=generator, device=poses.device)
    clip = torch.searchsorted(ends, any_frame, right=True)
    length, before = lengths[clip], (ends - lengths)[clip]
    spare = length - frames  # negative: the clip is shorter than the window
    first = torch.where(spare >= 0, up_to(spare.clamp(min=0)), -up_to((-spare).clamp(min=0)))
    frame = first[:, None] + torch.arange(frames, device=poses.device)
    inside = (frame >= 0) & (frame < length[:, None])
    kept = before[:, None] + frame.clamp(min=0).minimum(length[:, None] - 1)

    stage = None
    if staged and frames < LENGTH:
        stretch = length.clamp(max=LENGTH)
        latest = first.clamp(min=0).minimum(length - stretch)
        earliest = (first + frames - stretch).clamp(min=0).minimum(latest)
        start = earliest + up_to(latest - earliest)
        share = torch.linspace(0, 1, staged, device=poses.device)
        within = (share * (stretch - 1)[:, None]).round().long()
        stage = poses[(before + start)[:, None] + within]
    return Windows(poses=poses[kept], inside=inside, stage=stage)
