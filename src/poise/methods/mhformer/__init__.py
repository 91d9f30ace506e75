"""MHFormer: see card.md."""

from poise.methods.contract import Method, Result, Size
from poise.methods.mhformer.config import (
    PUBLISHED,
    PUBLISHED_27,
    PUBLISHED_81,
    PUBLISHED_243,
    Config,
)
from poise.methods.mhformer.model import MHFormer
from poise.methods.mhformer.vectors import answer_vector
from poise.methods.mhformer.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "MHFormer"]

METHOD = Method(
    name="mhformer",
    title="MHFormer: Multi-Hypothesis Transformer for 3D Human Pose Estimation",
    paper="CVPR 2022, arXiv 2111.12707",
    config=Config,
    network=MHFormer,
    presets={"27": PUBLISHED_27, "81": PUBLISHED_81, "243": PUBLISHED_243, "351": PUBLISHED},
    sizes={  # the shorter ones as a later paper (ConvFormer's) lists them
        "27": Size(parameters_m=19.18, gflops=1.04),
        "81": Size(parameters_m=19.84, gflops=3.12),
        "351": Size(parameters_m=31.52, gflops=14.15),
    },
    results=(
        # The shorter windows as the same later paper lists them.
        Result(data="Human3.6M", input="CPN", frames=9, mpjpe_mm=47.8),
        Result(data="Human3.6M", input="CPN", frames=27, mpjpe_mm=45.9),
        Result(data="Human3.6M", input="CPN", frames=81, mpjpe_mm=44.5),
        Result(data="Human3.6M", input="CPN", frames=351, mpjpe_mm=43.0, p_mpjpe_mm=34.4),
        Result(data="Human3.6M", input="ground truth", frames=351, mpjpe_mm=30.5),
        Result(data="MPI-INF-3DHP", input="ground truth", frames=9, mpjpe_mm=58.0),
    ),
    licence="unknown",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
)
