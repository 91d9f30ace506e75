"""How large a GLA-GCN is, whose skeleton it knows, and whether it looks at windows or at clips."""

from dataclasses import dataclass
from math import prod
from typing import Literal

from poise.errors import PoiseError
from poise.nn.priors import check_skeleton
from poise.skeletons import COCO17, H36M17, HUMANEVA15

KERNEL = 9  # frames under every temporal convolution

Graph = Literal["parents", "humaneva15", "humaneva15 of coco17"]
"""Which links the fixed graph has: of each joint to its parent, or one of the published lists.

humaneva15: HumanEva's joints, from 15 true keypoints. humaneva15 of coco17: the same joints, made
inside of what a detector of COCO's 17 sees; two links are missing, and the norm of the input too.
"""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of 243 frames by default."""

    joints: int = 17  # that are answered; 17 go in where they are made of COCO's
    features: int = 2  # of each joint: x and y; more with the detector's confidence or depths
    widths: tuple[int, ...] = (3, 3, 3, 3, 3)  # by how much the stages shorten the window
    channels: int = 96
    dropout: float = 0.1  # after each block
    graph_dropout: float = 0.1  # within the graph convolutions; published: always this
    # How much graph convolutions say to begin with; published: almost nothing, which takes long.
    begin: float = 1e-6
    # A window with zeros around it, and one attention for all its frames; or any clip, each frame
    # with an attention of its own, and its true neighbours. The weights are the same.
    windowed: bool = True
    apart: bool = False  # a last layer for each joint, as in the paper; as published all share one
    graph: Graph = "parents"
    parents: tuple[int, ...] = H36M17.parents  # of each joint, -1 for the root
    # While learning each pose is turned and scaled a little in the picture's plane, but not what is
    # seen of it; the published training does so, and the paper does not tell.
    perturbed: bool = False

    def __post_init__(self) -> None:
        if not self.widths or any(width < 1 or width % 2 == 0 for width in self.widths):
            raise PoiseError(f"gla_gcn: widths are odd numbers such as 3,3,3, not {self.widths}")
        if not self.windowed and max(self.widths) > 2 * KERNEL - 1:
            raise PoiseError(
                f"gla_gcn: the convolutions of a stage see {2 * KERNEL - 1} frames, so whole clips "
                f"cannot have widths above that, as {self.widths} has"
            )
        for name in ("features", "channels"):
            if getattr(self, name) < 1:
                raise PoiseError(f"gla_gcn: {name}={getattr(self, name)}; 1 is the least")
        if self.graph == "parents":
            check_skeleton(self.parents, self.joints, "gla_gcn")
        elif self.joints != len(HUMANEVA15):
            raise PoiseError(
                f"gla_gcn: the graph {self.graph!r} is one of {len(HUMANEVA15)} joints, and the "
                f"network has {self.joints}"
            )

    @property
    def joints_in(self) -> int:
        """How many joints it is shown."""
        return len(COCO17) if self.of_coco else self.joints

    @property
    def of_coco(self) -> bool:
        """Whether HumanEva's joints are made of COCO's inside."""
        return self.graph == "humaneva15 of coco17"

    @property
    def follows(self) -> tuple[int, ...]:
        """The skeleton of the keypoints, which the weights follow."""
        if self.graph == "parents":
            return self.parents
        return COCO17.parents if self.of_coco else HUMANEVA15.parents

    @property
    def frames(self) -> int:
        """The window; of whole clips, twice what is seen before a frame, and the frame itself."""
        return prod(self.widths) if self.windowed else 2 * self.seen[0] + 1

    @property
    def seen(self) -> tuple[int, int]:
        """How many frames before and after one reach its pose in a whole clip.

        The second convolution of a stage lies around the first of the frames that become one, and
        what goes around it is the middle of them. So it sees more of the past, and where a window
        is answered in its middle, its last frames have no say.
        """
        half, dilation = KERNEL // 2, 1
        before = after = half
        for width in self.widths:
            before += dilation * (2 * half + width // 2)
            after += dilation * (2 * half - width // 2)
            dilation *= width
        return before, after


PUBLISHED = Config()
PUBLISHED_81 = Config(widths=(3, 3, 3, 3))
PUBLISHED_27 = Config(widths=(3, 3, 3))
WIDE_81 = Config(widths=(3, 3, 3, 3), channels=256)
HUMANEVA = Config(joints=15, widths=(3, 3, 3), graph="humaneva15", parents=HUMANEVA15.parents)
HUMANEVA_OF_COCO = Config(
    joints=15, widths=(3, 3, 3), graph="humaneva15 of coco17", parents=HUMANEVA15.parents
)
