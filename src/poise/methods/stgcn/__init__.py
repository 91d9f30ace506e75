"""ST-GCN: see card.md."""

from poise.methods.contract import Method, Result
from poise.methods.stgcn.config import POSEAUG, PUBLISHED, PUBLISHED_3, PUBLISHED_5, Config
from poise.methods.stgcn.model import STGCN
from poise.methods.stgcn.vectors import answer_vector
from poise.methods.stgcn.weights import learned_only, read_config, to_ours, to_published

__all__ = ["METHOD", "STGCN", "Config"]

METHOD = Method(
    name="stgcn",
    title=(
        "Exploiting Spatial-temporal Relationships for 3D Pose Estimation via Graph Convolutional "
        "Networks"
    ),
    paper="ICCV 2019",
    config=Config,
    network=STGCN,
    presets={"1": PUBLISHED, "3": PUBLISHED_3, "5": PUBLISHED_5, "poseaug": POSEAUG},
    results=(  # from the names of published files, with the second stage, which knows true depths
        Result(data="Human3.6M", input="CPN", frames=1, preset="1", mpjpe_mm=50.62),
        Result(data="Human3.6M", input="CPN", frames=3, mpjpe_mm=49.03),
        Result(data="Human3.6M", input="CPN", frames=5, mpjpe_mm=48.70),
    ),
    licence="unknown",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
    made_whole=learned_only,
)
