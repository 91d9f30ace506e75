"""D3DP: see card.md."""

from poise.methods.contract import Method, Result, Size
from poise.methods.d3dp.config import PUBLISHED, PUBLISHED_PRIORS, Config
from poise.methods.d3dp.model import D3DP
from poise.methods.d3dp.vectors import answer_vector
from poise.methods.d3dp.weights import made_whole, read_config, to_ours, to_published

__all__ = ["D3DP", "METHOD", "Config"]

METHOD = Method(
    name="d3dp",
    title="Diffusion-Based 3D Human Pose Estimation with Multi-Hypothesis Aggregation",
    paper="ICCV 2023, arXiv 2303.11579",
    config=Config,
    network=D3DP,
    presets={"243": PUBLISHED, "243-priors": PUBLISHED_PRIORS},
    sizes={"243": Size(parameters_m=34.84)},  # what an answer costs depends on the sampling
    results=(  # of 20 hypotheses; those that public indexes list, others are in the card
        Result(
            data="Human3.6M", input="CPN", frames=243, preset="243", mpjpe_mm=39.5, p_mpjpe_mm=31.6
        ),
        Result(data="Human3.6M", input="ground truth", frames=243, preset="243", mpjpe_mm=19.6),
    ),
    licence="unknown",
    made_whole=made_whole,
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    stretches=True,
)
