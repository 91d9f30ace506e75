"""SemGCN: see card.md."""

from poise.methods.contract import Method, Result
from poise.methods.semgcn.config import PUBLISHED, PUBLISHED_NON_LOCAL, Config
from poise.methods.semgcn.model import SemGCN
from poise.methods.semgcn.vectors import answer_vector
from poise.methods.semgcn.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "SemGCN"]

METHOD = Method(
    name="semgcn",
    title="Semantic Graph Convolutional Networks for 3D Human Pose Regression",
    paper="CVPR 2019, arXiv 1904.03345",
    config=Config,
    network=SemGCN,
    # PoseAug and PoseDA adapt the plain one as it was published.
    presets={"plain": PUBLISHED, "non-local": PUBLISHED_NON_LOCAL, "poseaug": PUBLISHED},
    results=(  # the publisher's README
        Result(
            data="Human3.6M",
            input="ground truth",
            frames=1,
            preset="plain",
            mpjpe_mm=42.14,
            p_mpjpe_mm=33.53,
        ),
        Result(
            data="Human3.6M",
            input="ground truth",
            frames=1,
            preset="non-local",
            mpjpe_mm=40.78,
            p_mpjpe_mm=31.46,
        ),
        Result(
            data="Human3.6M",
            input="SH ft",
            frames=1,
            preset="non-local",
            mpjpe_mm=61.24,
            p_mpjpe_mm=47.71,
        ),
    ),
    licence="unknown",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
)
