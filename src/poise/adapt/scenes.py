"""Windows of poses before cameras, and the pairs that a lifter learns from."""

from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.data.filming import FilmingRecipe, detected
from poise.lifting.framing import Framing
from poise.methods.poseda.alignment import project
from poise.skeletons import H36M17, Skeleton
from poise.train.showing import Batch, show

_NEAREST = 0.2  # m, of a joint
_LEAST_DEPTH = 1e-3  # m: what is behind a camera is left out, but must be a number until then


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenes:
    """Each window in the frame of a camera of its own, which may be moved to another place."""

    poses: Float[Tensor, "batch time joint 3"]  # m, the first joint is the root
    camera: Float[Tensor, "batch 4"]  # fx, fy, cx, cy, px
    image_size: Float[Tensor, "batch 2"]
    inside: Bool[Tensor, "batch time"]  # False: before or after its clip, which counts nothing
    up: Float[Tensor, "batch 3"]  # the world's, in the camera's frame

    def __len__(self) -> int:
        return len(self.poses)

    def pick(self, rows: Tensor | slice) -> "Scenes":
        """Some of them."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def where(self, chosen: Bool[Tensor, " batch"], others: "Scenes") -> "Scenes":
        """Those that are chosen, and the others' where they are not."""

        def either(one: Tensor, other: Tensor) -> Tensor:
            return torch.where(chosen.view(-1, *[1] * (one.ndim - 1)), one, other)

        both = {f.name: (getattr(self, f.name), getattr(others, f.name)) for f in fields(self)}
        return replace(self, **{name: either(*pair) for name, pair in both.items()})

    def in_sight(self) -> Bool[Tensor, " batch"]:
        """Whether all of a window is before its camera, and within half a picture's width."""
        depth = self.poses[..., 2].flatten(1).amin(1)
        return (depth > _NEAREST) & (self.on_screen().flatten(1).abs().amax(1) <= 1)

    def seen(self) -> Float[Tensor, "batch time joint 2"]:
        """Where the camera sees them, px."""
        held = self.poses[..., 2:].clamp(min=_LEAST_DEPTH)
        return project(torch.cat([self.poses[..., :2], held], dim=-1), self.camera)

    def on_screen(self) -> Float[Tensor, "batch time joint 2"]:
        """The same with the picture's width from -1 to 1, as the published lifters have it."""
        return on_screen(self.seen(), self.image_size)


def on_screen(
    xy: Float[Tensor, "batch time joint 2"], image_size: Float[Tensor, "batch 2"]
) -> Float[Tensor, "batch time joint 2"]:
    """Pixels with the picture's width from -1 to 1."""
    size = image_size[:, None, None]
    return (2 * xy - size) / size[..., :1]


def pairs(
    scenes: Scenes,
    framing: Framing,
    skeleton: Skeleton,
    detector: FilmingRecipe,
    generator: torch.Generator,
) -> Batch:
    """What a lifter is shown of scenes, by a detector, and what it should answer in every frame."""
    xy, depth = scenes.seen(), scenes.poses[..., 2]
    if len(skeleton) < len(H36M17):  # the detector knows 17 joints; a nose that nobody asks for
        inserted = H36M17.index("nose")
        xy, depth = (
            torch.cat([v[:, :, :inserted], v[:, :, inserted - 1 :]], dim=2) for v in (xy, depth)
        )
    xy, confidence, _ = detected(
        xy.permute(0, 3, 2, 1).contiguous(), depth.mT.contiguous(), generator, detector
    )
    joints = [H36M17.index(joint) for joint in skeleton.joints]
    features, target = show(
        framing,
        skeleton,
        xy=xy.permute(0, 3, 2, 1)[:, :, joints],
        confidence=confidence.mT[:, :, joints],
        xyz=scenes.poses,
        camera=scenes.camera,
        image_size=scenes.image_size,
    )
    return Batch(features=features, target=target, inside=scenes.inside)


def shown_at(
    xy: Float[Tensor, "batch time joint 2"], scenes: Scenes, framing: Framing, skeleton: Skeleton
) -> Float[Tensor, "batch time joint feature"]:
    """What a lifter is shown of scenes that are seen at these pixels for sure; it has gradients."""
    features, _ = show(
        framing,
        skeleton,
        xy=xy,
        confidence=torch.ones_like(xy[..., 0]),
        xyz=scenes.poses,
        camera=scenes.camera,
        image_size=scenes.image_size,
    )
    return features
