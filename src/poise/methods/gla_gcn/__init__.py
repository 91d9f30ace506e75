"""GLA-GCN: see card.md."""

from poise.methods.contract import Method, Result
from poise.methods.gla_gcn.config import (
    HUMANEVA,
    HUMANEVA_OF_COCO,
    PUBLISHED,
    PUBLISHED_27,
    PUBLISHED_81,
    WIDE_81,
    Config,
)
from poise.methods.gla_gcn.model import GlaGcn
from poise.methods.gla_gcn.vectors import answer_vector
from poise.methods.gla_gcn.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "GlaGcn"]

METHOD = Method(
    name="gla_gcn",
    title="GLA-GCN: Global-local Adaptive Graph Convolutional Network",
    paper="ICCV 2023, arXiv 2307.05853",
    config=Config,
    network=GlaGcn,
    presets={
        "27": PUBLISHED_27,
        "81": PUBLISHED_81,
        "243": PUBLISHED,
        "81-wide": WIDE_81,
        "humaneva": HUMANEVA,
        "from-coco": HUMANEVA_OF_COCO,
    },
    results=(  # from memory, see card.md
        Result(
            data="Human3.6M",
            input="CPN",
            frames=243,
            preset="243",
            mpjpe_mm=44.4,
            p_mpjpe_mm=34.8,
        ),
        Result(data="Human3.6M", input="ground truth", frames=243, mpjpe_mm=21.0),
        Result(
            data="MPI-INF-3DHP",
            input="ground truth",
            frames=81,
            preset="81-wide",
            mpjpe_mm=27.8,
        ),
    ),
    licence="unknown",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    relative=True,  # activations grow with depth
)
