"""PoseDA: see card.md."""

from poise.methods.contract import Result, Scheme
from poise.methods.poseda.vectors import answer_vector

__all__ = ["SCHEME"]


def _3dhp(lifter: str, mpjpe_mm: float) -> Result:
    return Result(
        data="MPI-INF-3DHP", input="ground truth", frames=1, preset=lifter, mpjpe_mm=mpjpe_mm
    )


SCHEME = Scheme(
    name="poseda",
    title="Global adaptation meets local generalization: unsupervised domain adaptation for 3D "
    "human pose estimation",
    paper="ICCV 2023, arXiv 2303.16456",
    results=(  # from Human3.6M: GPA alone, by the publisher's README; then all of it
        _3dhp("semgcn, gpa", 86.56),
        _3dhp("simplebaseline, gpa", 69.19),
        _3dhp("stgcn, gpa", 74.41),
        _3dhp("videopose3d, gpa", 66.07),
        _3dhp("videopose3d, gpa+lpa", 61.3),
        Result(
            data="Human3.6M, S1 to S5-S8",
            input="ground truth",
            frames=1,
            mpjpe_mm=49.4,
            p_mpjpe_mm=34.2,
        ),
    ),
    licence="unknown",
    answer_vector=answer_vector,
)
