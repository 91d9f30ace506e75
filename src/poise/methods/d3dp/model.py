"""D3DP (Shan et al., ICCV 2023): a MixSTE that is also shown a noisy pose, and tells the clean one.

Sampling starts from nothing but noise: several hypotheses, each cleaned in a few steps.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from poise.errors import PoiseError
from poise.methods.contract import Answers, Lesson
from poise.methods.d3dp.config import Config
from poise.methods.d3dp.schedule import Step, schedule, way_back
from poise.methods.naming import check_frames
from poise.nn.priors import KinematicsPrior
from poise.nn.space_time import SpaceTime

Keypoints = Float[Tensor, "batch time joint feature"]
Hypotheses = Float[Tensor, "batch hypothesis time joint 3"]

_EDGE = 1.1  # metres at scale 1: what is farther from the root is cut off, noise as well


class D3DP(nn.Module):
    """`denoise` is the network; `learn` shows it noisy poses, `sample` lets it find clean ones.

    The schedule of the noise is no part of the state: it follows from the number of steps.
    """

    answers: ClassVar[Answers] = "every frame"
    learns: ClassVar[Answers] = "every frame"

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.frames = config.frames
        channels, inputs = config.channels, config.features + 3
        self.to_tokens: nn.Module = (
            KinematicsPrior(config.parents, inputs, channels)
            if config.priors
            else nn.Linear(inputs, channels)
        )
        self.step_mlp = nn.Sequential(
            nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels)
        )
        self.pairs = SpaceTime(
            joints=config.joints,
            frames=config.frames,
            channels=channels,
            depth=config.depth,
            heads=config.heads,
            mlp_ratio=config.mlp_ratio,
            drop_path=config.drop_path,
            spread=config.positions,
            priors=config.priors,
        )
        self.head = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, 3))

    def forward(self, keypoints: Keypoints) -> Float[Tensor, "batch time joint 3"]:
        """The mean of the hypotheses."""
        return self.sample(keypoints)[:, -1].mean(dim=1)

    def look_twice(
        self, keypoints: Keypoints, mirrored: Keypoints, turn_back: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "batch time hypothesis joint 3"]:
        """The hypotheses, at each step of which the mirror image has its say."""
        return self.sample(keypoints, mirrored, turn_back)[:, -1].transpose(1, 2)

    def learn(
        self,
        keypoints: Keypoints,
        target: Float[Tensor, "batch time joint 3"],
        inside: Bool[Tensor, "batch time"],
    ) -> Lesson:
        """Each window at a step of its own, with noise of its own."""
        check_frames("d3dp", self.frames, keypoints)
        steps = torch.randint(self.config.noise_steps, (len(target),), device=target.device)
        noisy = self.noised(target, steps, torch.randn_like(target))
        predicted = self.denoise(keypoints, noisy, steps)
        return Lesson(predicted=predicted, target=target, inside=inside)

    def noised(
        self,
        poses: Float[Tensor, "batch time joint 3"],
        steps: Int[Tensor, " batch"],
        noise: Float[Tensor, "batch time joint 3"],
    ) -> Float[Tensor, "batch time joint 3"]:
        """What is left of poses after so many steps; the root drowns like any other joint."""
        series, scale = schedule(self.config.noise_steps), self.config.scale
        names = "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod"
        pose_share, noise_share = (
            torch.tensor(series[name], dtype=poses.dtype, device=poses.device)[
                steps, None, None, None
            ]
            for name in names
        )
        return self._within(pose_share * scale * poses + noise_share * noise) / scale

    def denoise(
        self,
        keypoints: Keypoints,
        noisy: Float[Tensor, "batch *hypothesis time joint 3"],
        steps: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch *hypothesis time joint 3"]:
        """The clean poses that noisy ones were, by the 2D they belong to."""
        if noisy.ndim > 4:  # one after the other: they need the memory of one
            found = [self.denoise(keypoints, one, steps) for one in noisy.unbind(1)]
            return torch.stack(found, dim=1)
        x = self.to_tokens(torch.cat([keypoints, noisy.to(keypoints.dtype)], dim=-1))
        step = sinusoid(steps, self.config.channels).to(keypoints.dtype)
        x = self.pairs.placed(x) + self.step_mlp(step)[:, None, None]
        for number in range(self.config.depth):
            x = self.pairs.pair(number, x)
        return self.head(x)

    def sample(
        self,
        keypoints: Keypoints,
        mirrored: Keypoints | None = None,
        turn_back: Callable[[Tensor], Tensor] | None = None,
        noise: Hypotheses | None = None,
        later_noise: Float[Tensor, "later batch hypothesis time joint 3"] | None = None,
    ) -> Float[Tensor, "batch step hypothesis time joint 3"]:
        """The poses as they are thought to be after each step; the last ones are the answer.

        With `mirrored`, the same keypoints in a mirror, each step asks for both and takes their
        mean; `turn_back` mirrors poses, either way.
        noise: to start from; later_noise: what is added after each step but the last. Where they
            are not given, every window starts from the same noise, that of the config's seed, so an
            answer depends on nothing else in the batch.
        """
        check_frames("d3dp", self.frames, keypoints)
        way, found = way_back(self.config.noise_steps, self.config.steps), []
        draws: Iterator[Hypotheses] = self._draws(keypoints)
        if noise is not None:
            later = () if later_noise is None else later_noise
            if len(later) != len(way) - 1:
                raise PoiseError(
                    f"d3dp: {len(way)} steps add noise {len(way) - 1} times; {len(later)} are given"
                )
            draws = chain([noise], later)
        z = next(draws)
        for step in way:
            noisy = self._within(z) / self.config.scale
            steps = torch.full((len(z),), step.time, device=z.device)
            pose = self.denoise(keypoints, noisy, steps).to(z.dtype)
            if mirrored is not None:
                assert turn_back, "what is mirrored must be turned back"
                turned = self.denoise(mirrored, turn_back(noisy), steps).to(z.dtype)
                pose = (pose + turn_back(turned)) / 2
            clean = self._within(pose * self.config.scale)
            found.append(clean / self.config.scale)
            if step is not way[-1]:
                z = _stepped(step, z, clean) + step.fresh * next(draws)
        return torch.stack(found, dim=1)

    def _draws(self, keypoints: Keypoints) -> Iterator[Hypotheses]:
        """Noise from the config's seed, the same for every row and on every device."""
        config, dtype = self.config, torch.promote_types(keypoints.dtype, torch.float32)
        shape = (1, config.hypotheses, config.frames, config.joints, 3)
        generator = torch.Generator("cpu").manual_seed(config.seed)
        draw = partial(torch.randn, shape, generator=generator, device="cpu", dtype=torch.float32)
        while True:
            one = draw().to(keypoints.device, dtype)
            yield one.expand(len(keypoints), *shape[1:])

    def _within(self, x: Tensor) -> Tensor:
        return x.clamp(-_EDGE * self.config.scale, _EDGE * self.config.scale)


def sinusoid(steps: Int[Tensor, " batch"], channels: int) -> Float[Tensor, "batch channel"]:
    """A step by sines, then cosines, of ever longer waves."""
    half = channels // 2
    number = torch.arange(half, device=steps.device, dtype=torch.float32)
    angles = steps[:, None].float() * torch.exp(number * -(math.log(10000) / (half - 1)))
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def _stepped(step: Step, z: Hypotheses, clean: Hypotheses) -> Hypotheses:
    """Towards the clean poses, before fresh noise comes.

    The noise that is found is z's before anything was cut off, though the network saw it cut: the
    publisher does so.
    """
    # Differences of near numbers over small ones, so in float64; Apple's GPU has none.
    exact = torch.float32 if z.device.type == "mps" else torch.float64
    found = (step.of_pose * z.to(exact) - clean.to(exact)) / step.of_noise
    return step.clean * clean + step.noise * found.to(z.dtype)
