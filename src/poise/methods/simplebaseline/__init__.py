"""SimpleBaseline: see card.md."""

from poise.methods.contract import Method, Result
from poise.methods.simplebaseline.config import POSEAUG, PUBLISHED, Config
from poise.methods.simplebaseline.model import SimpleBaseline
from poise.methods.simplebaseline.vectors import answer_vector
from poise.methods.simplebaseline.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "SimpleBaseline"]

METHOD = Method(
    name="simplebaseline",
    title="A Simple yet Effective Baseline for 3D Human Pose Estimation",
    paper="ICCV 2017, arXiv 1705.03098",
    config=Config,
    network=SimpleBaseline,
    presets={"published": PUBLISHED, "poseaug": POSEAUG},
    results=(  # as SemGCN's authors report them, whose PyTorch version this is
        Result(
            data="Human3.6M",
            input="ground truth",
            frames=1,
            preset="published",
            mpjpe_mm=44.40,
            p_mpjpe_mm=35.25,
        ),
        Result(
            data="Human3.6M",
            input="SH ft",
            frames=1,
            preset="published",
            mpjpe_mm=63.48,
            p_mpjpe_mm=48.15,
        ),
    ),
    licence="Apache-2.0",  # from memory, see card.md
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
)
