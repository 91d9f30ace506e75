"""Training views on the fly: new cameras, new noise and new bodies for every batch."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from poise.data.filming.bodies import draw_lengths, mirror, reshape
from poise.data.filming.detector import LEAD, detect, draw
from poise.data.filming.placing import place
from poise.data.filming.recipe import ADVISED, FilmingRecipe
from poise.data.open_benchmark.cameras import NUMBERS
from poise.data.open_benchmark.segments import LENGTH
from poise.errors import PoiseError


@dataclass(frozen=True, eq=False, kw_only=True)
class Filmed:
    """A batch of views with their 3D; the principal point is the middle of each image."""

    xy: Float[Tensor, "batch time 17 2"]  # px
    confidence: Float[Tensor, "batch time 17"]
    xyz: Float[Tensor, "batch time 17 3"]  # m, in the camera's frame, not root-relative
    focal_px: Float[Tensor, " batch"]
    image_size: Float[Tensor, "batch 2"]  # width, height
    level: Float[Tensor, " batch"]  # of the noise; 0: exact


def film(
    poses: Float[Tensor, "batch time 17 3"],
    generator: torch.Generator,
    recipe: FilmingRecipe = ADVISED,
    stage: Float[Tensor, "batch staged 17 3"] | None = None,
) -> Filmed:
    """Film each window of motion (world, metres) with one camera of its own.

    The camera keeps the window in sight, and the poses of `stage` too: what comes before and after
    a short window decides where in the image it happens. All runs where `poses` and the generator
    are, in the precision of `poses`.

    >>> batch = film(poses, torch.Generator().manual_seed(0))
    """
    _check(poses, generator)
    device, dtype, batch, frames = poses.device, poses.dtype, *poses.shape[:2]

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, device=device, dtype=dtype)

    def between(span: tuple[float, float]) -> Tensor:
        return span[0] + (span[1] - span[0]) * uniform(batch)

    def any_of(count: int) -> Tensor:
        return torch.randint(count, (batch,), generator=generator, device=device)

    # Time goes last in here: sums over joints and products over time then run along memory.
    world = poses if stage is None else torch.cat([poses, stage], dim=1)
    world = world.permute(0, 3, 2, 1).contiguous()
    lengths = draw_lengths(generator, batch, recipe.bone_spread, dtype)
    world = reshape(world, lengths, between(recipe.body_sizes))
    world = mirror(world, uniform(batch) < recipe.mirrored_share)

    number, kind = any_of(len(NUMBERS)), any_of(len(recipe.kinds))
    cameras = place(world, uniform(batch, 8), number, kind, recipe.kinds)
    seen = cameras.see(world[..., :frames])
    exact = cameras.project(seen)

    noisy = uniform(batch) < recipe.noisy_share
    level = torch.where(noisy, between(recipe.levels), 0)
    # The detector has seen what comes before a window, but nothing before a whole segment.
    draws = draw(generator, level, frames, lead=min(LEAD, max(0, LENGTH - frames)))
    xy, confidence = detect(exact, seen[:, 2], draws, level)
    return Filmed(
        xy=xy.permute(0, 3, 2, 1).contiguous(),
        confidence=confidence.transpose(1, 2).contiguous(),
        xyz=seen.permute(0, 3, 2, 1).contiguous(),
        focal_px=cameras.focal_px,
        image_size=cameras.image_size,
        level=level,
    )


def _check(poses: Tensor, generator: torch.Generator) -> None:
    if poses.ndim != 4 or poses.shape[2:] != (17, 3):
        raise PoiseError(
            f"film: poses have shape {tuple(poses.shape)}, not (batch, time, 17, 3) on h36m17; "
            "convert them first (poise.conversions)"
        )
    if generator.device != poses.device:
        raise PoiseError(
            f"film: poses are on {poses.device} and the generator on {generator.device}; "
            "make it with torch.Generator(device=poses.device)"
        )
    if not torch.isfinite(poses.sum()):
        sample = int((~torch.isfinite(poses)).flatten(1).any(dim=1).nonzero()[0])
        raise PoiseError(
            f"film: the poses of sample {sample} are not all known (NaN); fill the gaps first"
        )
