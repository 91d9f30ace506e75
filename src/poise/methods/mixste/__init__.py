"""MixSTE: see card.md."""

from poise.methods.contract import Method, Result, Size
from poise.methods.mixste.config import PUBLISHED, PUBLISHED_27, PUBLISHED_81, Config
from poise.methods.mixste.model import MixSTE
from poise.methods.mixste.vectors import answer_vector
from poise.methods.mixste.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "MixSTE"]

METHOD = Method(
    name="mixste",
    title="MixSTE: Seq2seq Mixed Spatio-Temporal Encoder for 3D Human Pose Estimation in Video",
    paper="CVPR 2022, arXiv 2203.00859",
    config=Config,
    network=MixSTE,
    presets={"27": PUBLISHED_27, "81": PUBLISHED_81, "243": PUBLISHED},
    sizes={  # as later papers list them
        "243": Size(parameters_m=33.78, gflops=277.25),
    },
    results=(  # as public indexes and later papers list them
        Result(data="Human3.6M", input="CPN", frames=81, mpjpe_mm=42.4),
        Result(data="Human3.6M", input="CPN", frames=243, mpjpe_mm=40.9, p_mpjpe_mm=32.6),
        Result(data="Human3.6M", input="HRNet", frames=243, mpjpe_mm=39.8),
        Result(data="Human3.6M", input="ground truth", frames=81, mpjpe_mm=25.9),
        Result(data="Human3.6M", input="ground truth", frames=243, mpjpe_mm=21.6),
        Result(data="MPI-INF-3DHP", input="ground truth", frames=1, mpjpe_mm=57.9),
        Result(data="MPI-INF-3DHP", input="ground truth", frames=27, mpjpe_mm=54.9),
        Result(data="HumanEva-I", input="", frames=43, p_mpjpe_mm=16.1),
    ),
    licence="none stated",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    stretches=True,
)
