"""One clip of a library: what is known of it before its motion is read, and how to read it."""

from dataclasses import dataclass, replace
from pathlib import Path

from poise.conversions import convert
from poise.data.asf import Asf
from poise.data.loading import load
from poise.errors import PoiseError
from poise.motion import Motion
from poise.resampling import resample, resampled_length
from poise.skeletons import Skeleton


@dataclass(frozen=True, kw_only=True)
class Clip:
    """What is known of a motion before it is read."""

    key: str
    frames: int
    fps: float
    subject: int | str | None = None
    action: str = ""  # in words
    split: str = ""  # "train", "val", "test", or nothing yet
    source: str = ""  # the kind of file, or what made it

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.fps


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry:
    """A clip as it is stored, and as the library is asked to give it."""

    stored: Clip
    origin: Motion | Path
    asf: Asf | None = None  # for a file of exponential maps
    skeleton: Skeleton | None = None
    fps: float | None = None

    @property
    def clip(self) -> Clip:
        """The clip at the frame rate asked for."""
        if self.fps is None:
            return self.stored
        frames = resampled_length(self.stored.frames, self.stored.fps, self.fps)
        return replace(self.stored, frames=frames, fps=self.fps)

    def motion(self) -> Motion:
        """Read, on the joints and at the frame rate asked for."""
        motion = self._read()
        if self.fps is not None:
            motion = resample(motion, self.fps)
        if len(motion) != self.clip.frames:
            raise PoiseError(
                f"{self.stored.key}: has {len(motion)} frames, where {self.clip.frames} were "
                "announced: its file has changed, or its timestamps are irregular"
            )
        return motion

    def _read(self) -> Motion:
        if isinstance(self.origin, Motion):
            try:
                return convert(self.origin, self.skeleton) if self.skeleton else self.origin
            except PoiseError as error:
                raise PoiseError(f"clip {self.stored.key}: {error}") from error
        return load(self.origin, self.skeleton, asf=self.asf)
