"""ConvFormer: see card.md."""

from poise.methods.contract import Method, Result, Size
from poise.methods.convformer.config import (
    PUBLISHED,
    PUBLISHED_9,
    PUBLISHED_27,
    PUBLISHED_81,
    PUBLISHED_143,
    Config,
)
from poise.methods.convformer.model import ConvFormer
from poise.methods.convformer.vectors import answer_vector
from poise.methods.convformer.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "ConvFormer"]

METHOD = Method(
    name="convformer",
    title=(
        "ConvFormer: Parameter Reduction in Transformer Models for 3D Human Pose Estimation by "
        "Leveraging Dynamic Multi-Headed Convolutional Attention"
    ),
    paper="The Visual Computer 2024, arXiv 2304.02147",
    config=Config,
    network=ConvFormer,
    presets={
        "9": PUBLISHED_9,
        "27": PUBLISHED_27,
        "81": PUBLISHED_81,
        "143": PUBLISHED_143,
        "243": PUBLISHED,
    },
    sizes={
        "9": Size(parameters_m=2.56, gflops=0.10),
        "27": Size(parameters_m=2.65, gflops=0.36),
        "81": Size(parameters_m=3.43, gflops=1.60),
        "143": Size(parameters_m=5.24, gflops=4.22),
        "243": Size(parameters_m=10.24, gflops=10.0),
    },
    results=(
        Result(data="Human3.6M", input="CPN", frames=9, mpjpe_mm=49.4),
        Result(data="Human3.6M", input="CPN", frames=27, mpjpe_mm=47.7),
        Result(data="Human3.6M", input="CPN", frames=81, mpjpe_mm=45.0),
        Result(data="Human3.6M", input="CPN", frames=143, mpjpe_mm=43.7, p_mpjpe_mm=34.5),
        Result(data="Human3.6M", input="CPN", frames=243, mpjpe_mm=43.2, p_mpjpe_mm=34.2),
        Result(data="Human3.6M", input="ground truth", frames=143, mpjpe_mm=29.9),
        Result(data="Human3.6M", input="ground truth", frames=243, mpjpe_mm=29.8),
        Result(data="MPI-INF-3DHP", input="ground truth", frames=9, mpjpe_mm=53.6),
    ),
    licence="patents",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
)
