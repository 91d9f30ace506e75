"""What made motion adds to real motion: one small lifter, trained on real, made, and both.

    python benchmarks/made_motion.py POISE_DATA/mocap17 --train both --seed 0

A single-frame network (2.4 million parameters, as in the first rough baselines of the benchmark) is
trained for a fixed number of steps on one thread and scored on the test split of the open
benchmark and on made motion of other people, exact and noisy. Only the motion it is trained on
differs between runs.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
import tyro
from torch import Tensor, nn

from poise.bench.open_benchmark_scores import evaluate, table
from poise.data import MotionLibrary
from poise.data.filming import film, poses_of, windows
from poise.data.maker import make
from poise.data.open_benchmark import GT, NOISY, views
from poise.motion import Keypoints

UNSEEN = 77777  # a seed that nothing is trained on


@dataclass(frozen=True)
class Experiment:
    """One training run and its scores."""

    pack: Annotated[Path, tyro.conf.Positional]  # the folder of the real motion pack
    train: Literal["real", "made", "both"] = "both"
    seed: int = 0
    steps: int = 5000
    batch: int = 256
    made_seconds: float = 1200.0  # about as much as there is real motion


def toward(pelvis: Tensor) -> Tensor:
    """Rotations (n, 3, 3) that turn the rays to the pelvis (n, 2) into the optical axis."""
    z = nn.functional.normalize(torch.cat([pelvis, torch.ones_like(pelvis[:, :1])], -1), dim=-1)
    down = torch.tensor([0.0, 1.0, 0.0]).expand_as(z)
    x = nn.functional.normalize(torch.linalg.cross(down, z), dim=-1)
    return torch.stack([x, torch.linalg.cross(z, x), z], dim=1)


def features(rays: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
    """What the network sees of the rays (n, 17, 2), and the rotations that its answer is in."""
    turn = toward(rays[:, 0])
    turned = torch.cat([rays, torch.ones_like(rays[..., :1])], -1) @ turn.mT
    flat = turned[..., :2] / turned[..., 2:].clamp(min=0.1)
    size = (flat.amax(1) - flat.amin(1)).amax(-1, keepdim=True).clamp(min=1e-3)
    seen = [(flat / size[..., None]).flatten(1), confidence, size.log(), rays[:, 0]]
    return torch.cat(seen, -1), turn


class Lifter(nn.Module):
    """Two residual blocks of width 768, one frame in, one pose out."""

    def __init__(self, width: int = 768) -> None:
        super().__init__()

        def layer(inputs: int) -> nn.Sequential:
            return nn.Sequential(nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU())

        self.first = layer(17 * 3 + 3)
        self.blocks = nn.ModuleList(nn.Sequential(layer(width), layer(width)) for _ in range(2))
        self.last = nn.Linear(width, 17 * 3)

    def forward(self, seen: Tensor) -> Tensor:
        x = self.first(seen)
        for block in self.blocks:
            x = x + block(x)
        return self.last(x).unflatten(-1, (17, 3))

    @torch.no_grad()
    def lift(self, keypoints: Keypoints) -> np.ndarray:
        camera = keypoints.camera
        assert camera is not None
        rays = torch.from_numpy(camera.rays(keypoints.xy).astype(np.float32))
        seen, turn = features(rays, torch.tensor(keypoints.score, dtype=torch.float32))
        poses = self(seen) @ turn  # back from the turned axes
        return (poses - poses[:, :1]).numpy()


def train(experiment: Experiment, library: MotionLibrary) -> Lifter:
    """Views of the library's motion, new ones in every step."""
    torch.manual_seed(experiment.seed)
    generator = torch.Generator().manual_seed(experiment.seed)
    poses, lengths = poses_of(library)
    lifter = Lifter()
    optimiser = torch.optim.AdamW(lifter.parameters(), lr=1.2e-3, weight_decay=0.01)
    steps = experiment.steps

    def rate(step: int) -> float:
        warm = min(1.0, step / 200)
        return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / steps)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    start = time.perf_counter()
    for step in range(steps):
        some = windows(poses, lengths, experiment.batch, 1, generator)
        batch = film(some.poses, generator, stage=some.stage)
        middle, focal = batch.image_size[:, None] / 2, batch.focal_px[:, None, None]
        seen, turn = features((batch.xy[:, 0] - middle) / focal, batch.confidence[:, 0])
        xyz = batch.xyz[:, 0]
        truth = (xyz - xyz[:, :1]) @ turn.mT
        loss = (lifter(seen) - truth).norm(dim=-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 500 == 0 or step == steps - 1:
            print(f"step {step}: {1000 * loss.item():.1f} mm, {time.perf_counter() - start:.0f} s")
    return lifter.eval()


def main(experiment: Experiment) -> None:
    torch.set_num_threads(1)
    pack = MotionLibrary.open(experiment.pack)
    real = pack.select(split="train")
    made = make(experiment.made_seconds, seed=1000 + experiment.seed)
    library = {"real": real, "made": made, "both": real | made}[experiment.train]
    print(f"training on {library}")
    lifter = train(experiment, library)
    # Movement that real training motion has little of: a tenth of another lot of made motion.
    unseen = make(3000, seed=UNSEEN).select(split="test")
    rows = {}
    for name, tested in (("real", pack), ("made", unseen)):
        for seen, track in (("exact", GT), ("noisy", NOISY)):
            row = f"trained on {experiment.train} ({experiment.seed}), tested on {name}, {seen}"
            rows[row] = evaluate(lifter.lift, views(tested, track))
    print(table(rows))


if __name__ == "__main__":
    main(tyro.cli(Experiment))
