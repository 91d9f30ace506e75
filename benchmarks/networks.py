"""What the networks' ways of computing gain over the plain ones, as ratios on one thread.

python benchmarks/networks.py
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from statistics import median
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from poise.methods import method
from poise.methods.videopose3d import Config, VideoPose3D

REPEATS = 5


Row = tuple[str, str, float, float]  # what, doing what, ours, the plain way


class Convolutions(nn.Module):
    """VideoPose3D with torch's convolutions, channels before frames: the plain twin."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        channels, widths = config.channels, config.widths
        inputs = [config.joints_in * config.features] + [channels] * (len(widths) - 1)
        dilations = [prod(widths[:block]) for block in range(len(widths))]
        self.over_time = nn.ModuleList(
            nn.Conv1d(size, channels, width, dilation=dilation, bias=False)
            for size, width, dilation in zip(inputs, widths, dilations, strict=True)
        )
        self.mix = nn.ModuleList(nn.Conv1d(channels, channels, 1, bias=False) for _ in widths[1:])
        self.norms = nn.ModuleList(nn.BatchNorm1d(channels) for _ in range(2 * len(widths) - 1))
        self.shrink = nn.Conv1d(channels, 3 * config.joints, 1)

    def forward(self, keypoints: Tensor, strided: bool) -> Tensor:
        norms = iter(self.norms)

        def finish(x: Tensor) -> Tensor:
            return F.dropout(F.relu(next(norms)(x)), 0.25, self.training)

        x = keypoints.flatten(2).mT
        for block, layer in enumerate(self.over_time):
            assert isinstance(layer, nn.Conv1d)
            width = layer.kernel_size[0]
            if strided:
                y, around = F.conv1d(x, layer.weight, stride=width), x[..., width // 2 :: width]
            else:
                reach = width // 2 * layer.dilation[0]
                y, around = layer(x), x[..., reach : x.shape[-1] - reach]
            y = finish(y)
            x = around + finish(self.mix[block - 1](y)) if block else y
        return self.shrink(x)


def filters() -> Iterator[Row]:
    """Training in windows, and lifting clips of 1000 frames."""
    for channels in (256, 1024):
        for widths, windows in (((3, 3, 3), 256), ((3, 3, 3, 3, 3), 32)):
            config = Config(widths=widths, channels=channels)
            ours, plain = VideoPose3D(config), Convolutions(config)
            label = f"videopose3d, {config.frames} frames, {channels} channels"
            x = torch.randn(windows, config.frames, 17, 2)
            times = timed(partial(learn, ours.strided, x)), timed(partial(learn, plain, x, True))
            yield label, f"train, {windows} windows", *times
            ours, plain, clips = ours.eval(), plain.eval(), torch.randn(2, 1000, 17, 2)
            with torch.no_grad():
                times = timed(partial(ours.dilated, clips)), timed(partial(plain, clips, False))
            yield label, "lift 2 clips of 1000", *times


def attention() -> Iterator[Row]:
    """Torch's own attention, and products with a softmax between them."""
    for tokens, sequences in ((17, 864), (27, 544), (81, 136), (243, 68)):
        for width in (8, 32, 64):
            qkv = torch.randn(3, sequences, 8, tokens, width, requires_grad=True)
            label = f"attention, {tokens} tokens, 8 heads of {width}"
            times = timed(partial(learn, fused, qkv)), timed(partial(learn, by_hand, qkv))
            yield label, "train", *times
            with torch.no_grad():
                times = timed(partial(fused, qkv)), timed(partial(by_hand, qkv))
            yield label, "lift", *times


def hourglasses() -> Iterator[Row]:
    """Published sizes, one window, with an hourglass and without."""
    for name, preset, inside in (
        ("hot+mixste", "243", "243"),
        ("hot+mixste", "243-pyramid", "243"),
        ("tpc+mixste", "243", "243"),
        ("tpc+mhformer", "351", "351"),
        ("hot+dstformer", "243", "243-lite"),
        ("tpc+dstformer", "243", "243-lite"),
        ("hot+motionagformer", "243", "243"),
    ):
        wrapped, plain = method(name), method(name.partition("+")[2])
        networks = [
            wrapped.network(wrapped.presets[preset]).eval(),
            plain.network(plain.presets[inside]).eval(),
        ]
        window = torch.randn(1, networks[1].frames, 17, plain.presets[inside].features)
        with torch.inference_mode():
            ours, whole = (timed(partial(network, window)) for network in networks)
        yield f"{name}, {preset}", "lift one window", ours, whole


def fused(qkv: Tensor) -> Tensor:
    """As MixSTE does it."""
    return F.scaled_dot_product_attention(*qkv)


def by_hand(qkv: Tensor) -> Tensor:
    """As papers write it."""
    query, key, value = qkv
    return (query * query.shape[-1] ** -0.5 @ key.mT).softmax(-1) @ value


def learn(network: Callable[..., Tensor], *arguments: object) -> None:
    """Forward and backward."""
    network(*arguments).square().mean().backward()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds, the median of some runs after a first one."""
    work()
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return 1e3 * median(times)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(1)
    print(f"{'what':40}{'doing':22}{'ours, ms':>10}{'plain, ms':>11}{'plain / ours':>14}")
    for measure in (filters, attention, hourglasses):
        for what, doing, ours, plain in measure():
            print(f"{what:40}{doing:22}{ours:10.1f}{plain:11.1f}{plain / ours:14.2f}", flush=True)
