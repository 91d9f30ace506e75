"""DSTformer, the network of MotionBERT: see card.md."""

from poise.methods.contract import Method, Result, Size
from poise.methods.dstformer.config import LITE, PUBLISHED, Config
from poise.methods.dstformer.model import DSTformer
from poise.methods.dstformer.vectors import answer_vector
from poise.methods.dstformer.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "DSTformer"]

METHOD = Method(
    name="dstformer",
    title="MotionBERT: A Unified Perspective on Learning Human Motion Representations",
    paper="ICCV 2023, arXiv 2210.06551",
    config=Config,
    network=DSTformer,
    presets={"243": PUBLISHED, "243-lite": LITE},
    sizes={
        "243": Size(parameters_m=42.5, gflops=349.6),  # as later papers' tables list it
        "243-lite": Size(parameters_m=16.00, gflops=131.09),  # as HoT's paper does
    },
    results=(
        Result(
            data="Human3.6M",
            input="SH",
            frames=243,
            preset="243",
            mpjpe_mm=39.2,
            p_mpjpe_mm=32.9,
        ),
        Result(  # by HoT's paper
            data="Human3.6M", input="SH", frames=243, preset="243-lite", mpjpe_mm=39.8
        ),
    ),
    licence="Apache-2.0",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    published_unit="picture",
    stretches=True,
)
