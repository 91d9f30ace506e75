"""How fast a pose drowns in noise, and the way back in a few steps (DDIM).

In the paper's letters: at step t a pose x has become sqrt(ᾱ_t) x + sqrt(1 - ᾱ_t) ε.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import torch
from jaxtyping import Float

Series = Float[np.ndarray, " step"]
"""A number of each step, in float64: ᾱ ends at 2e-9."""


@cache
def schedule(steps: int) -> Mapping[str, Series]:
    """The cosine schedule by its publisher's names; of the twelve, only five are needed."""
    # By torch and in the publisher's order, so that also the last digits are those of its files; on
    # the CPU, also where networks are made on the meta device.
    place = torch.arange(steps + 1, dtype=torch.float64, device="cpu") / steps
    clean = torch.cos((place + 0.008) / 1.008 * math.pi / 2) ** 2
    clean = clean / clean[0]
    betas = torch.clip(1 - clean[1:] / clean[:-1], 0, 0.999)
    kept = torch.cumprod(1 - betas, dim=0)  # ᾱ: the share of the clean pose in the variance
    before = torch.cat([torch.ones_like(kept[:1]), kept[:-1]])
    variance = betas * (1 - before) / (1 - kept)
    found = {
        "betas": betas,
        "alphas_cumprod": kept,
        "alphas_cumprod_prev": before,
        "sqrt_alphas_cumprod": torch.sqrt(kept),
        "sqrt_one_minus_alphas_cumprod": torch.sqrt(1 - kept),
        "log_one_minus_alphas_cumprod": torch.log(1 - kept),
        "sqrt_recip_alphas_cumprod": torch.sqrt(1 / kept),
        "sqrt_recipm1_alphas_cumprod": torch.sqrt(1 / kept - 1),
        "posterior_variance": variance,
        "posterior_log_variance_clipped": torch.log(variance.clamp(min=1e-20)),
        "posterior_mean_coef1": betas * torch.sqrt(before) / (1 - kept),
        "posterior_mean_coef2": (1 - before) * torch.sqrt(1 - betas) / (1 - kept),
    }
    fixed = {name: series.numpy() for name, series in found.items()}
    for series in fixed.values():
        series.setflags(write=False)
    return MappingProxyType(fixed)


def times(noise_steps: int, steps: int) -> list[int]:
    """Where sampling stops over: from the last step of noise to -1, the clean pose."""
    # In float32, as published, and never on the meta device.
    stops = torch.linspace(-1, noise_steps - 1, steps + 1, dtype=torch.float32, device="cpu")
    return [int(stop) for stop in reversed(stops.tolist())]


@dataclass(frozen=True, kw_only=True)
class Step:
    """From one stop to the next: what the clean pose, the noise found and fresh noise weigh."""

    time: int
    # The noise found in z is (of_pose * z - clean) / of_noise.
    of_pose: float
    of_noise: float
    clean: float
    noise: float
    fresh: float


def way_back(noise_steps: int, steps: int) -> list[Step]:
    """All steps of sampling; fresh noise comes at each (η = 1), and after the last none."""
    series, stops, found = schedule(noise_steps), times(noise_steps, steps), []
    for now, then in pairwise(stops):
        here = float(series["alphas_cumprod"][now])
        there = float(series["alphas_cumprod"][then]) if then >= 0 else 1.0
        fresh = (1 - here / there) * (1 - there) / (1 - here)  # σ squared
        found.append(
            Step(
                time=now,
                of_pose=float(series["sqrt_recip_alphas_cumprod"][now]),
                of_noise=float(series["sqrt_recipm1_alphas_cumprod"][now]),
                clean=there**0.5,
                noise=max(1 - there - fresh, 0.0) ** 0.5,
                fresh=fresh**0.5,
            )
        )
    return found
