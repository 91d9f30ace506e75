"""HoT and H2OT, around any token lifter: see card.md."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from poise.errors import PoiseError
from poise.methods.contract import Method, Result, Size
from poise.methods.hot.config import Config
from poise.methods.hot.model import Hourglass
from poise.methods.hot.vectors import answer_vector
from poise.methods.hot.weights import read_config, to_ours, to_published

__all__ = ["Config", "Hourglass", "over"]

Pipeline = Literal["hot", "tpc"]

# Published hourglasses: pipeline and lifter -> preset -> the lifter's preset, layers, tokens.
_CUTS: dict[tuple[str, str], dict[str, tuple[str, int, int]]] = {
    ("hot", "mixste"): {"243": ("243", 3, 81)},
    ("tpc", "mixste"): {"243": ("243", 7, 61)},
    ("tpc", "mhformer"): {"351": ("351", 1, 117)},
    ("hot", "dstformer"): {"243": ("243-lite", 1, 81)},
    ("tpc", "dstformer"): {"243": ("243-lite", 3, 61)},  # inferred from its published cost
    ("hot", "motionagformer"): {"243": ("243", 7, 81)},
}
_SIZES = {
    ("hot", "mixste"): {
        "243": Size(parameters_m=35.0, gflops=167.52),
        "243-pyramid": Size(gflops=118.0),
    },
    ("tpc", "mixste"): {"243": Size(parameters_m=33.78, gflops=251.29)},
    ("tpc", "mhformer"): {"351": Size(parameters_m=31.52, gflops=8.22)},
    ("hot", "dstformer"): {"243": Size(parameters_m=16.35, gflops=63.21)},
    ("tpc", "dstformer"): {"243": Size(parameters_m=16.0, gflops=91.4)},
}
_MPJPE = {
    ("hot", "mixste"): (243, "CPN", 41.0),
    ("tpc", "mixste"): (243, "CPN", 39.9),
    ("tpc", "mhformer"): (351, "CPN", 43.0),
    ("hot", "dstformer"): (243, "SH", 39.8),
    ("tpc", "dstformer"): (243, "SH", 39.0),
}


def over(inner: Method, pipeline: Pipeline) -> Method:
    """An hourglass around a lifter. hot answers for every frame, tpc for the middle one.

    Of lifters that nobody has published one for, a third of the frames go on after three eighths
    of the blocks, as around MixSTE.
    """
    if not hasattr(inner.config, "blocks"):
        raise PoiseError(
            f"{inner.name} is no token lifter (embed, blocks, head), so no hourglass goes around it"
        )
    key = (pipeline, inner.name)
    generic: Any = Config  # whose parameter, the lifter's config, is known only while we run
    results: tuple[Result, ...] = ()
    if key in _MPJPE:
        frames, detector, mpjpe = _MPJPE[key]
        results = (
            Result(
                data="Human3.6M",
                input=detector,
                frames=frames,
                preset=str(frames),
                mpjpe_mm=mpjpe,
            ),
        )
    return replace(
        inner,
        name=f"{pipeline}+{inner.name}",
        title="Hourglass Tokenizer for Efficient Transformer-Based 3D Human Pose Estimation",
        paper=f"CVPR 2024, arXiv 2311.12028; around {inner.name} ({inner.paper})",
        config=generic[inner.config],
        network=partial(_network, inner),
        presets=_presets(inner, pipeline),
        sizes=_SIZES.get(key, {}),
        results=results,
        licence=f"MIT, around {inner.licence}",
        read_config=partial(read_config, inner, _CUTS.get(key)),
        to_ours=partial(to_ours, inner),
        to_published=partial(to_published, inner),
        answer_vector=answer_vector,
        given_outputs=("pooled_tokens",),
        stretches=False,  # what stands for many frames in one window does not in another
    )


def _network(inner: Method, config: Config[Any]) -> Hourglass:
    return Hourglass(config, inner.network(config.lifter))


def _presets(inner: Method, pipeline: Pipeline) -> Mapping[str, Config[Any]]:
    # Lifters that answer for the middle frame only have no other frames to recover.
    middle_only = getattr(next(iter(inner.presets.values())), "middle_only", False)
    middle = pipeline == "tpc" or middle_only
    recover: Literal["none", "attention"] = "none" if middle else "attention"
    published = _CUTS.get((pipeline, inner.name))
    if published is None:
        name, lifter = list(inner.presets.items())[-1]
        layer, kept = max(1, round(lifter.blocks * 3 / 8)), max(1, lifter.frames // 3)
        return {name: Config(lifter=lifter, layers=(layer,), tokens=(kept,), recover=recover)}
    presets = {
        preset: Config(lifter=inner.presets[name], layers=(layer,), tokens=(kept,), recover=recover)
        for preset, (name, layer, kept) in published.items()
    }
    if (pipeline, inner.name) == ("hot", "mixste"):
        # H2OT tells its cost, not its cuts: these are ours that cost as much.
        presets["243-pyramid"] = Config(
            lifter=inner.presets["243"],
            layers=(1, 3, 5),
            tokens=(121, 81, 61),
            prune="uniform",
            recover="linear",
        )
    return presets
