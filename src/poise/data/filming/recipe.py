"""What training views are like: which cameras, which detector, which bodies."""

from dataclasses import dataclass

from poise.data.open_benchmark.cameras import STD, A, B, CameraKind, Range
from poise.errors import PoiseError

PHONE = CameraKind(
    name="phone",
    distance=(1.5, 7.0),
    height=((0.3, 2.2), (0.3, 2.2)),
    focal=(0.55, 1.6),
    roll_deg=5,
    jitter=0.3,
    image_size=((1080, 1920), (1920, 1080)),
    widest=0.55,  # 85 degrees across
)
"""Wider and nearer than the benchmark's cameras, upright and level: how people film themselves."""


@dataclass(frozen=True, kw_only=True)
class FilmingRecipe:
    """How views are drawn; the defaults are the benchmark's advice for training."""

    kinds: tuple[CameraKind, ...] = (STD,)  # each as likely as another
    noisy_share: float = 0.6  # of the views; the others are exact, with a confidence of 1
    levels: Range = (0.5, 1.5)  # of the noisy views' noise
    bone_spread: float = 0.06  # of the logarithm of each limb group's length
    body_sizes: Range = (0.92, 1.12)  # the whole body and its path
    mirrored_share: float = 0.5
    exchanged_share: float = 0.0  # of the views with the arms of another one

    def __post_init__(self) -> None:
        if not self.kinds:
            raise PoiseError("FilmingRecipe: kinds is empty; name at least one kind of camera")
        for name in ("noisy_share", "mirrored_share", "exchanged_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise PoiseError(f"FilmingRecipe: {name} is a share, between 0 and 1")
        if not 0 <= self.levels[0] <= self.levels[1]:
            raise PoiseError(f"FilmingRecipe: levels {self.levels} must grow from 0 or more")
        if not 0 < self.body_sizes[0] <= self.body_sizes[1]:
            raise PoiseError(f"FilmingRecipe: body_sizes {self.body_sizes} must grow from above 0")
        if not self.bone_spread >= 0:
            raise PoiseError("FilmingRecipe: bone_spread is a standard deviation, 0 or more")


ADVISED = FilmingRecipe()
AS_TESTED = FilmingRecipe(
    noisy_share=1, levels=(1, 1), bone_spread=0, body_sizes=(1, 1), mirrored_share=0
)
"""The benchmark's own noisy views, of any seeds: bodies as they are."""

ADVISED_A = FilmingRecipe(kinds=(A,))
"""For the track `shift-source`."""

ADVISED_B = FilmingRecipe(kinds=(B,))
"""For the track `shift-oracle`."""
