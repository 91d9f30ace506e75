"""Windows of motion at random, from clips that lie end to end in one array."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from poise.data.library import MotionLibrary
from poise.data.open_benchmark.motions import joints_of
from poise.data.open_benchmark.segments import LENGTH
from poise.errors import PoiseError


@dataclass(frozen=True, eq=False, kw_only=True)
class Windows:
    """Some windows, and a few poses of the stretch that each one is from."""

    poses: Float[Tensor, "batch time 17 3"]
    inside: Bool[Tensor, "batch time"]  # False where the first or last pose of a clip is repeated
    stage: Float[Tensor, "batch staged 17 3"] | None  # None: not asked for, or no longer than these


def poses_of(
    library: MotionLibrary,
) -> tuple[Float[Tensor, "frame 17 3"], Int[Tensor, " clip"]]:
    """The joints of all clips end to end (float32, world), and how long each clip is.

    >>> poses, lengths = poses_of(library.select(split="train"))
    """
    joints = [joints_of(library, clip).astype(np.float32) for clip in library]
    lengths = torch.tensor([len(xyz) for xyz in joints], dtype=torch.int64)
    return torch.from_numpy(np.concatenate(joints)), lengths


def windows(
    poses: Float[Tensor, "frame 17 3"],
    lengths: Int[Tensor, " clip"],
    batch: int,
    frames: int,
    generator: torch.Generator,
    staged: int = 16,
    reversed_share: float = 0.0,
) -> Windows:
    """Windows of so many frames from clips of these lengths, each frame as likely as another.

    A window may begin before its clip or end after it, so that the first and last frames are not
    rare: the first or last pose is repeated there. A clip that is no longer than the window stands
    anywhere in it, whole. The stage is `staged` poses, spread evenly over a stretch as long as a
    segment of the benchmark; windows of that length need none. `reversed_share` of the windows run
    backwards.

    >>> poses, lengths = poses_of(library)
    >>> some = windows(poses, lengths, 256, 27, generator)
    >>> batch = film(some.poses, generator, stage=some.stage)
    """
    _check(poses, lengths, batch, frames)

    def up_to(most: Tensor) -> Tensor:
        """Whole numbers from 0 to most."""
        u = torch.rand(batch, generator=generator, device=poses.device)
        return (u * (most + 1)).long()

    # Of all windows that touch a long clip, each of its frames is in `frames`; a short clip that
    # counts as so many windows, each the whole of it, is no rarer.
    touching = torch.where(lengths > frames, lengths + frames - 1, frames)
    ends = touching.cumsum(0)
    any_window = torch.randint(int(ends[-1]), (batch,), generator=generator, device=poses.device)
    clip = torch.searchsorted(ends, any_window, right=True)
    length, before = lengths[clip], (lengths.cumsum(0) - lengths)[clip]
    whole = -up_to((frames - length).clamp(min=0))
    first = torch.where(length > frames, ends[clip] - any_window - frames, whole)
    frame = first[:, None] + torch.arange(frames, device=poses.device)
    inside = (frame >= 0) & (frame < length[:, None])
    if reversed_share:
        u = torch.rand(batch, generator=generator, device=poses.device)
        backwards = (u < reversed_share)[:, None]
        frame = torch.where(backwards, frame.flip(1), frame)
        inside = torch.where(backwards, inside.flip(1), inside)
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


def _check(poses: Tensor, lengths: Tensor, batch: int, frames: int) -> None:
    if int(lengths.sum()) != len(poses):
        raise PoiseError(
            f"windows: the clips have {int(lengths.sum())} frames together, the poses {len(poses)}"
        )
    if not len(lengths) or int(lengths.min()) < 1:
        raise PoiseError("windows: every clip needs a frame, and there must be a clip")
    if batch < 1 or frames < 1:
        raise PoiseError(f"windows: {batch} windows of {frames} frames are none")
