"""Lifters small enough for tests, one for each kind of answer, with weights that all matter."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from poise.cameras import Camera
from poise.lifting import Framing, TrainedLifter
from poise.methods import method
from poise.motion import Keypoints
from poise.skeletons import H36M17, Skeleton

SCREEN = Framing(kind="screen", confidence=False)
PERSON = Framing()

CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "one frame": ("simplebaseline", {"width": 16}),
    "sliding": ("videopose3d", {"channels": 8, "widths": (3, 3)}),
    "causal": ("videopose3d", {"channels": 8, "widths": (3, 3), "causal": True}),
    "every frame": ("mixste", {"channels": 8, "depth": 1, "heads": 2, "frames": 9}),
}
KINDS = (*CONFIGS, "middle frame")


@dataclass(frozen=True, kw_only=True)
class MiddleConfig:
    """What `Middle` needs to know."""

    features: int
    frames: int = 9


class Middle(nn.Module):
    """A network that answers for the middle frame of a window, and looks at all of it."""

    answers: Literal["middle frame"] = "middle frame"

    def __init__(self, config: MiddleConfig) -> None:
        super().__init__()
        self.frames = config.frames
        self.all = nn.Linear(config.frames * 17 * config.features, 51)

    def forward(self, keypoints: Tensor) -> Tensor:
        assert keypoints.shape[1] == self.frames
        return torch.tanh(self.all(keypoints.flatten(1))).view(-1, 1, 17, 3)


def tiny(kind: str, framing: Framing = SCREEN, fps: float = 30, **config: Any) -> TrainedLifter:
    """A lifter of one of KINDS."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        if kind == "middle frame":
            name, chosen = "middle", MiddleConfig(features=framing.features, **config)
            network: Any = Middle(chosen)
        else:
            name, small = CONFIGS[kind]
            chosen = method(name).config(**{"features": framing.features, **small, **config})
            network = method(name).network(chosen)
        with torch.no_grad():
            for parameter in network.parameters():  # what begins as 0 or 1 is to matter too
                parameter += 0.2 * torch.randn_like(parameter)
    return TrainedLifter(
        method=name, config=chosen, network=network.eval(), framing=framing, fps=fps
    )


def wandering(
    frames: int,
    skeleton: Skeleton = H36M17,
    fps: float = 30,
    camera: Camera | None = None,
    seed: int = 0,
) -> Keypoints:
    """A track whose joints wander smoothly around the middle of a 640 x 480 image."""
    rng = np.random.default_rng(seed)
    speed = rng.uniform(0.2, 2, (len(skeleton), 2))
    phase = rng.uniform(0, 6, (len(skeleton), 2))
    xy = [320, 240] + 90 * np.sin(np.arange(frames)[:, None, None] / fps * speed * 6 + phase)
    score = rng.uniform(0.3, 1, xy.shape[:2])
    return Keypoints(
        xy=xy, score=score, skeleton=skeleton, image_size=(640, 480), fps=fps, camera=camera
    )
