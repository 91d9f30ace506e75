"""MotionAGFormer: see card.md."""

from poise.methods.contract import Method, Result, Size
from poise.methods.motionagformer.config import BASE, LARGE, SMALL, XSMALL, Config
from poise.methods.motionagformer.model import MotionAGFormer
from poise.methods.motionagformer.vectors import answer_vector
from poise.methods.motionagformer.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "MotionAGFormer"]

METHOD = Method(
    name="motionagformer",
    title=(
        "MotionAGFormer: Enhancing 3D Human Pose Estimation with a Transformer-GCNFormer Network"
    ),
    paper="WACV 2024, arXiv 2310.16288",
    config=Config,
    network=MotionAGFormer,
    presets={"27": XSMALL, "81": SMALL, "243": BASE, "243-large": LARGE},
    sizes={  # its README's; the products of attention and of graphs are left out
        "27": Size(parameters_m=2.2, gflops=2.0),
        "81": Size(parameters_m=4.8, gflops=13.2),
        "243": Size(parameters_m=11.7, gflops=96.6),
        "243-large": Size(parameters_m=19.0, gflops=156.6),
    },
    results=(  # those that were read again; others are in the card
        Result(data="Human3.6M", input="SH", frames=243, preset="243", mpjpe_mm=38.4),
        Result(
            data="Human3.6M",
            input="SH",
            frames=243,
            preset="243-large",
            mpjpe_mm=38.4,
            p_mpjpe_mm=32.5,
        ),
        Result(data="MPI-INF-3DHP", input="ground truth", frames=81, mpjpe_mm=16.2),  # large
    ),
    licence="unknown",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    published_unit="picture",
    stretches=True,
)
