"""The benchmark's cameras, many at once: the same ranges, and the same fit to what they film."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from poise.data.open_benchmark.cameras import (
    MARGIN,
    MOST_ROUNDS,
    NEAREST,
    STEP_BACK,
    ZOOM_OUT,
    CameraKind,
)


@dataclass(frozen=True, eq=False)
class Cameras:
    """A pinhole camera for each sample, the principal point in the middle of its image."""

    rotation: Float[Tensor, "batch 3 3"]  # from the world to the camera
    position: Float[Tensor, "batch 3"]
    focal_px: Float[Tensor, " batch"]
    image_size: Float[Tensor, "batch 2"]

    def see(self, xyz: Float[Tensor, "batch 3 17 time"]) -> Float[Tensor, "batch 3 17 time"]:
        """World points in the cameras' frames."""
        return _see(xyz, self.rotation, self.position)

    def project(self, seen: Float[Tensor, "batch 3 17 time"]) -> Float[Tensor, "batch 2 17 time"]:
        """Pixels of points in the cameras' frames."""
        scale = self.focal_px[:, None, None] / seen[:, 2]
        return seen[:, :2] * scale[:, None] + self.image_size[:, :, None, None] / 2


def place(
    xyz: Float[Tensor, "batch 3 17 time"],
    draws: Float[Tensor, "batch 8"],
    number: Int[Tensor, " batch"],
    kind: Int[Tensor, " batch"],
    kinds: Sequence[CameraKind],
) -> Cameras:
    """The cameras that eight uniforms each stand for, zoomed out or moved back to see all of xyz.

    `open_benchmark.cameras.place` is the plain twin: it tries one camera after another.
    """
    table = torch.tensor([_rows(one) for one in kinds], dtype=xyz.dtype, device=xyz.device)
    ranges = table[kind, number % 2]
    low, high, (roll, jitter, widest), (width, height) = (
        ranges[:, 0:3].unbind(1),
        ranges[:, 3:6].unbind(1),
        ranges[:, 6:9].unbind(1),
        ranges[:, 9:11].unbind(1),
    )
    span = [a + (b - a) * draws[:, u] for a, b, u in zip(low, high, (1, 2, 7), strict=True)]
    distance, up, zoom = span
    flat = xyz.flatten(2)
    centre = (flat.amin(dim=2) + flat.amax(dim=2)) / 2
    azimuth = torch.pi / 2 * (number + draws[:, 0])
    away = torch.stack([azimuth.cos(), azimuth.sin()], dim=1)
    target = centre + jitter[:, None] * (2 * draws[:, 3:6] - 1)
    turn = torch.deg2rad(roll * (2 * draws[:, 6] - 1))
    shape = height / width

    rotation, position = xyz.new_zeros(len(xyz), 3, 3), xyz.new_zeros(len(xyz), 3)
    todo = torch.arange(len(xyz), device=xyz.device)
    points, one_zoom = xyz, torch.log(xyz.new_tensor(ZOOM_OUT))
    for _ in range(MOST_ROUNDS):  # only the samples that must step back once more come again
        ground = centre[todo, :2] + distance[todo, None] * away[todo]
        here = torch.cat([ground, up[todo, None]], dim=1)
        turned = _look_at(here, target[todo], turn[todo])
        position[todo], rotation[todo] = here, turned
        seen = _see(points, turned, here).flatten(2)
        steep = seen[:, :2] / seen[:, 2:]
        across, down = steep.abs().amax(dim=2).unbind(1)
        longest = (0.5 - MARGIN) / torch.maximum(across, down / shape[todo])
        clear = seen[:, 2].amin(dim=1) > NEAREST
        # How often the benchmark would zoom out until all is seen, in one step.
        before = zoom[todo]
        steps = torch.log(longest / before) / one_zoom
        wider = before * ZOOM_OUT ** steps.ceil().clamp(min=0)
        wider = torch.maximum(wider, widest[todo])
        zoom[todo] = torch.where(clear, wider, before)
        again = ~clear | (wider > longest)
        if not again.any():
            break
        todo, points = todo[again], points[again]
        distance[todo] *= STEP_BACK
    return Cameras(rotation, position, zoom * width, torch.stack([width, height], dim=1))


def _see(
    xyz: Float[Tensor, "batch 3 17 time"],
    rotation: Float[Tensor, "batch 3 3"],
    position: Float[Tensor, "batch 3"],
) -> Float[Tensor, "batch 3 17 time"]:
    shift = -(rotation @ position[:, :, None])
    return torch.baddbmm(shift, rotation, xyz.flatten(2)).view_as(xyz)


def _look_at(
    position: Float[Tensor, "n 3"], target: Float[Tensor, "n 3"], roll: Float[Tensor, " n"]
) -> Float[Tensor, "n 3 3"]:
    """`cameras.look_at` for many: the rows are right, down and forward."""
    z = torch.nn.functional.normalize(target - position, dim=1)
    x = torch.nn.functional.normalize(
        torch.stack([z[:, 1], -z[:, 0], torch.zeros_like(roll)], dim=1), dim=1
    )
    y = torch.linalg.cross(z, x)
    sin, cos = roll.sin()[:, None], roll.cos()[:, None]
    return torch.stack([cos * x + sin * y, cos * y - sin * x, z], dim=1)


def _rows(kind: CameraKind) -> list[list[float]]:
    """A kind's numbers, of its even and of its odd cameras."""
    spans = [(kind.distance, height, kind.focal) for height in kind.height]
    return [
        [
            *(low for low, _ in span),
            *(high for _, high in span),
            *(kind.roll_deg, kind.jitter, kind.widest),
            *image,
        ]
        for span, image in zip(spans, kind.image_size, strict=True)
    ]
