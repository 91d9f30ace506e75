"""PoseAug: see card.md."""

from poise.methods.contract import Result, Scheme
from poise.methods.poseaug.config import PUBLISHED, Config
from poise.methods.poseaug.model import Generator, PictureJudge, PoseJudge
from poise.methods.poseaug.vectors import answer_vector

__all__ = ["PUBLISHED", "SCHEME", "Config", "Generator", "PictureJudge", "PoseJudge"]

SCHEME = Scheme(
    name="poseaug",
    title="PoseAug: a differentiable pose augmentation framework for 3D human pose estimation",
    paper="CVPR 2021, arXiv 2105.02465",
    results=tuple(  # the publisher's result notebook, trained on Human3.6M's own 2D
        Result(data=data, input="ground truth", frames=1, preset=lifter, mpjpe_mm=value)
        for lifter, own, cross in (
            ("simplebaseline", 38.4, 73.8),
            ("semgcn", 41.0, 80.0),
            ("stgcn", 36.4, 78.0),
            ("videopose3d", 38.6, 72.4),
        )
        for data, value in (("Human3.6M", own), ("MPI-INF-3DHP", cross))
    ),
    licence="unknown",
    answer_vector=answer_vector,
)
