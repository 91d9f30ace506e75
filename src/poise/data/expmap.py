"""Exponential-map text files: CMU's angles without a body, posed on the ASF skeleton given.

>>> body = read_expmap("walking_1.txt", "35.asf")
"""

import numpy as np
from jaxtyping import Float

from poise.data.asf import Asf, asf_of
from poise.data.asf_amc import CMU_FPS
from poise.data.numbers import rows
from poise.data.posing import posed_body
from poise.errors import PoiseError
from poise.files import PathLike, read_text
from poise.geometry.rotations import matrix_to_quaternion, vector_to_matrix
from poise.motion import Body
from poise.skeletons import CMU38

COLUMNS = 3 + 3 * len(CMU38)  # the root's place, then a rotation vector for each joint


def read_expmap(path: PathLike, asf: Asf | PathLike, *, native_fps: float | None = None) -> Body:
    """A file of 117 columns, plain or gzipped, on the bones of one of CMU's subjects.

    `native_fps` is how many frames a second it has, which such files do not say.
    """
    asf = asf_of(asf)
    if asf.skeleton != CMU38:
        raise PoiseError(f"{path}: these angles are for CMU's 31 bones, which the skeleton has not")
    table = _table(path)
    assumed = ["the body's shape is that of the skeleton chosen: the file holds angles only"]
    fps = CMU_FPS if native_fps is None else native_fps
    if native_fps is None:
        assumed.append(f"{fps:g} frames per second, as at CMU: the file does not say")
    # The vectors were made for row vectors (x' = x R): for columns each turn is the other way.
    vectors = -table[:, 3:].reshape(len(table), len(CMU38), 3)
    return posed_body(
        rotations=matrix_to_quaternion(vector_to_matrix(vectors)),
        offsets=asf.offsets,
        path=table[:, :3] * asf.metres,
        skeleton=CMU38,
        fps=fps,
        model="expmap",
        assumed=tuple(assumed),
    )


def expmap_length(path: PathLike) -> tuple[int, float]:
    """How many frames a file has and how many per second, without making its motion."""
    return len(_table(path)), CMU_FPS


def looks_like_expmap(start: str) -> bool:
    """Whether a file's first line is one of such a file."""
    return start.partition("\n")[0].count(",") == COLUMNS - 1


def _table(path: PathLike) -> Float[np.ndarray, "time 117"]:
    text = read_text(path).replace(",", " ")
    table = rows(path, text, COLUMNS, "the root's place and 38 rotation vectors")
    if len(table) == 0:
        raise PoiseError(f"{path}: holds no frames; fetch the file again")
    return table
