"""How large an ST-GCN is, how many frames it sees, and of which joints."""

from dataclasses import dataclass
from typing import Literal

from poise.errors import PoiseError
from poise.skeletons import H36M16, H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of one frame by default."""

    # The graph is Human3.6M's. 16: PoseAug's form, in which the nose is put between thorax and head
    # and left out of the answer.
    joints: Literal[17, 16] = 17
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    frames: int = 1
    channels: int = 128  # of a joint at first; up to four times as many
    dropout: float | None = None  # None: the published rates; else this one everywhere
    # It learns from every frame of the window; its published results are the middle frame's.
    answers: Literal["middle frame", "every frame"] = "middle frame"

    def __post_init__(self) -> None:
        if self.joints not in (17, 16):
            raise PoiseError(f"stgcn: joints are 17 (h36m17) or 16 (h36m16), not {self.joints}")
        if self.frames < 1 or self.frames % 2 == 0:
            raise PoiseError(f"stgcn: frames are an odd number, not {self.frames}")
        if self.channels < 1:
            raise PoiseError(f"stgcn: at least one channel, not {self.channels}")
        if self.answers not in ("middle frame", "every frame"):
            raise PoiseError(
                f"stgcn answers for the 'middle frame' or 'every frame', not {self.answers!r}"
            )

    @property
    def follows(self) -> tuple[int, ...]:
        """The skeleton that the weights follow."""
        return (H36M17 if self.joints == 17 else H36M16).parents


PUBLISHED = Config()
PUBLISHED_3 = Config(frames=3)
PUBLISHED_5 = Config(frames=5)
POSEAUG = Config(joints=16)
