"""Training views on the fly: new cameras, new noise and new bodies for every batch."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from poise.data.filming.bodies import draw_lengths, exchange_arms, mirror, scale_bones
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
    up: Float[Tensor, "batch 3"]  # the world's, in the camera's frame

    @property
    def camera(self) -> Float[Tensor, "batch 4"]:
        """fx, fy, cx, cy of each, px."""
        focal = self.focal_px[:, None].expand(-1, 2)
        return torch.cat([focal, self.image_size / 2], dim=1)


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

    >>> poses = windows(*poses_of(library), 16, 27, generator).poses
    >>> batch = film(poses, torch.Generator().manual_seed(0))
    """
    _check(poses, generator)
    if stage is not None:
        stage = _checked_stage(stage, poses)
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
    if recipe.exchanged_share:
        world = exchange_arms(world, uniform(batch) < recipe.exchanged_share)
    lengths = draw_lengths(generator, batch, recipe.bone_spread, dtype)
    world = scale_bones(world, lengths, between(recipe.body_sizes))
    world = mirror(world, uniform(batch) < recipe.mirrored_share)

    number, kind = any_of(len(NUMBERS)), any_of(len(recipe.kinds))
    cameras = place(world, uniform(batch, 8), number, kind, recipe.kinds)
    seen = cameras.see(world[..., :frames])
    exact = cameras.project(seen)

    xy, confidence, level = detected(exact, seen[:, 2], generator, recipe)
    return Filmed(
        xy=xy.permute(0, 3, 2, 1).contiguous(),
        confidence=confidence.transpose(1, 2).contiguous(),
        xyz=seen.permute(0, 3, 2, 1).contiguous(),
        focal_px=cameras.focal_px,
        image_size=cameras.image_size,
        level=level,
        up=cameras.rotation[:, :, 2],
    )


def detected(
    exact: Float[Tensor, "batch 2 17 time"],
    depth: Float[Tensor, "batch 17 time"],
    generator: torch.Generator,
    recipe: FilmingRecipe,
) -> tuple[
    Float[Tensor, "batch 2 17 time"], Float[Tensor, "batch 17 time"], Float[Tensor, " batch"]
]:
    """What the recipe's detector says of what there is to see: pixels, confidence, its noise."""
    batch, frames = len(exact), exact.shape[-1]

    def uniform() -> Tensor:
        return torch.rand(batch, generator=generator, device=exact.device, dtype=exact.dtype)

    noisy, (least, most) = uniform() < recipe.noisy_share, recipe.levels
    level = torch.where(noisy, least + (most - least) * uniform(), 0)
    # The detector has seen what comes before a window, but nothing before a whole segment.
    draws = draw(generator, level, frames, lead=min(LEAD, max(0, LENGTH - frames)))
    return *detect(exact, depth, draws, level), level


def _check(poses: Tensor, generator: torch.Generator) -> None:
    if poses.ndim != 4 or poses.shape[2:] != (17, 3):
        raise PoiseError(
            f"film: poses have shape {tuple(poses.shape)}, not (batch, time, 17, 3) on h36m17; "
            "convert them first (poise.conversions)"
        )
    if not poses.numel() or not poses.is_floating_point():
        raise PoiseError(
            f"film: poses of shape {tuple(poses.shape)} and {poses.dtype} cannot be filmed; "
            "at least one pose of floating-point numbers is needed"
        )
    if generator.device != poses.device:
        raise PoiseError(
            f"film: poses are on {poses.device} and the generator on {generator.device}; "
            "make it with torch.Generator(device=poses.device)"
        )
    _check_known(poses, "the motion")


def _checked_stage(stage: Tensor, poses: Tensor) -> Tensor:
    """The stage in the precision of the poses, if it goes with them."""
    if stage.ndim != 4 or stage.shape[2:] != (17, 3) or len(stage) != len(poses):
        raise PoiseError(
            f"film: the stage has shape {tuple(stage.shape)}, not ({len(poses)}, staged, 17, 3): "
            "some poses on h36m17 for each of the windows"
        )
    if stage.device != poses.device:
        raise PoiseError(f"film: poses are on {poses.device} and the stage on {stage.device}")
    _check_known(stage, "the stage")
    return stage.to(poses.dtype)


def _check_known(xyz: Tensor, what: str) -> None:
    if not torch.isfinite(xyz.sum()):
        sample = int((~torch.isfinite(xyz)).flatten(1).any(dim=1).nonzero()[0])
        raise PoiseError(
            f"film: {what} of sample {sample} has unknown joints (NaN); fill the gaps first"
        )
