"""VideoPose3D: see card.md."""

from poise.methods.contract import Method, Result
from poise.methods.videopose3d.config import POSEAUG, PUBLISHED, PUBLISHED_27, PUBLISHED_81, Config
from poise.methods.videopose3d.model import VideoPose3D
from poise.methods.videopose3d.vectors import answer_vector
from poise.methods.videopose3d.weights import read_config, to_ours, to_published

__all__ = ["METHOD", "Config", "VideoPose3D"]

METHOD = Method(
    name="videopose3d",
    title="3D human pose estimation in video with temporal convolutions",
    paper="CVPR 2019, arXiv 1811.11742",
    config=Config,
    network=VideoPose3D,
    presets={"27": PUBLISHED_27, "81": PUBLISHED_81, "243": PUBLISHED, "poseaug": POSEAUG},
    results=(  # the publisher's README
        Result(data="Human3.6M", input="CPN", frames=27, mpjpe_mm=48.8, p_mpjpe_mm=38.0),
        Result(data="Human3.6M", input="CPN", frames=81, mpjpe_mm=47.7, p_mpjpe_mm=37.2),
        Result(data="Human3.6M", input="CPN", frames=243, mpjpe_mm=46.8, p_mpjpe_mm=36.5),
        Result(data="Human3.6M", input="Mask R-CNN", frames=243, mpjpe_mm=51.6, p_mpjpe_mm=40.3),
        Result(data="Human3.6M", input="ground truth", frames=243, mpjpe_mm=37.2, p_mpjpe_mm=27.2),
        Result(data="HumanEva-I", input="Mask R-CNN", frames=27, mpjpe_mm=33.0),
    ),
    licence="CC BY-NC 4.0",
    read_config=read_config,
    to_ours=to_ours,
    to_published=to_published,
    answer_vector=answer_vector,
)
