"""UAO and its lifter GUMLP: see card.md."""

from poise.methods.contract import Method, Result
from poise.methods.uao.config import PUBLISHED, Config
from poise.methods.uao.model import GUMLP
from poise.methods.uao.vectors import answer_vector
from poise.methods.uao.weights import made_whole, read_config, to_ours, to_published

__all__ = ["GUMLP", "METHOD", "Config"]

METHOD = Method(
    name="uao",
    title="Uncertainty-Aware Testing-Time Optimization for 3D Human Pose Estimation",
    paper="IEEE TMM 2025, arXiv 2402.02339",
    config=Config,
    network=GUMLP,
    presets={"published": PUBLISHED},
    results=(
        Result(data="Human3.6M", input="CPN", frames=1, mpjpe_mm=49.4),
        # The optimisation is told where the root is.
        Result(data="Human3.6M", input="CPN, optimised", frames=1, mpjpe_mm=46.7),
    ),
    licence="unknown",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    made_whole=made_whole,
)
