"""How a clip is cut into the segments that cameras film."""

from dataclasses import dataclass

from poise.errors import PoiseError

LENGTH = 243  # frames: the widest window that the published lifters see
SHORTEST = 27  # a rest shorter than this stays with the segment before it


@dataclass(frozen=True)
class Segment:
    """Frames first..stop (stop not included) of one clip."""

    clip: str
    first: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.first

    @property
    def id(self) -> str:
        """What the seeds of its cameras and of its noise are made from."""
        return f"{self.clip}@{self.first}"


def segments(clip: str, frames: int) -> list[Segment]:
    """The segments of a clip, in order: each frame is in exactly one.

    >>> [segment.id for segment in segments("S03_T03", 506)]
    ['S03_T03@0', 'S03_T03@243']
    """
    if frames < 1:
        raise PoiseError(f"clip {clip}: {frames} frames cannot be cut into segments")
    whole = max(1, frames // LENGTH)
    starts = [LENGTH * i for i in range(whole)]
    if whole * LENGTH + SHORTEST <= frames:
        starts.append(whole * LENGTH)
    return [
        Segment(clip, first, stop)
        for first, stop in zip(starts, [*starts[1:], frames], strict=True)
    ]
