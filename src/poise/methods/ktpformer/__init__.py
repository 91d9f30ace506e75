"""KTPFormer: see card.md."""

from poise.methods.contract import Method, Result, Size
from poise.methods.ktpformer.config import PUBLISHED, PUBLISHED_27, PUBLISHED_81, Config
from poise.methods.ktpformer.model import KTPFormer
from poise.methods.ktpformer.vectors import answer_vector
from poise.methods.ktpformer.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "KTPFormer"]

METHOD = Method(
    name="ktpformer",
    title=(
        "KTPFormer: Kinematics and Trajectory Prior Knowledge-Enhanced Transformer for 3D Human "
        "Pose Estimation"
    ),
    paper="CVPR 2024, arXiv 2404.00658",
    config=Config,
    network=KTPFormer,
    presets={"27": PUBLISHED_27, "81": PUBLISHED_81, "243": PUBLISHED},
    sizes={"243": Size(parameters_m=35.2)},  # as a later paper lists it
    results=(  # those that public indexes and later papers list; others are in the card
        Result(data="Human3.6M", input="CPN", frames=243, mpjpe_mm=40.1, p_mpjpe_mm=31.9),
        Result(data="MPI-INF-3DHP", input="ground truth", frames=81, mpjpe_mm=16.7),
    ),
    licence="unknown",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    stretches=True,
)
