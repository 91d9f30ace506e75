"""What a container says about its video, and how far that can be trusted."""

import hashlib
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from poise.cameras import Camera

_END = 1 << 16  # bytes of the beginning and the end that tell two files apart
USUAL_FPS = 30.0


def rate_of(stream: VideoStream) -> float:
    """Pictures a second, on average. What no camera does is the container's clock, not a rate."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and 0 < rate <= 960:
            return float(rate)
    return USUAL_FPS


def seconds_of(container: InputContainer, stream: VideoStream) -> float | None:
    """How long the pictures last, by the stream where it says so, else by the whole container."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    said = re.fullmatch(r"(\d+):(\d\d):(\d\d\.\d+)", stream.metadata.get("DURATION", ""))
    if said:  # Matroska
        return int(said[1]) * 3600 + int(said[2]) * 60 + float(said[3])
    return container.duration / 1e6 if container.duration else None


def pixel_aspect_of(stream: VideoStream) -> Fraction:
    """Width over height of one pixel; television has oblong ones."""
    aspect = stream.sample_aspect_ratio
    return aspect if aspect and Fraction(1, 4) <= aspect <= 4 else Fraction(1)


def camera_of(metadata: Mapping[str, str], width: int, height: int) -> Camera | None:
    """The camera, where a phone wrote its "35 mm equivalent" focal length into the video."""
    for key, text in metadata.items():
        name = key.lower()
        if "focal" in name and re.search(r"35_?mm", name):
            number = re.match(r"\s*([0-9.]+)", text)
            try:
                focal = float(number[1]) if number else math.nan
            except ValueError:
                continue
            if 4 <= focal <= 2000:
                return Camera.from_focal_35mm(width, height, focal)
    return None


def fingerprint_of(path: Path) -> str:
    """Tells whether a file is still the one it was, without reading all of it."""
    about = path.stat()
    digest = hashlib.sha256(f"{about.st_size} {about.st_mtime_ns} ".encode())
    with path.open("rb") as file:
        digest.update(file.read(_END))
        file.seek(max(0, about.st_size - _END))
        digest.update(file.read(_END))
    return digest.hexdigest()[:32]


def cut_short(path: Path, stream: VideoStream) -> bool:
    """Whether the index tells of pictures beyond the end of the file."""
    entries = stream.index_entries
    if not len(entries):
        return False
    last = entries[len(entries) - 1]
    with suppress(FileNotFoundError):  # deleted meanwhile, and still read to its end
        return last.pos + last.size > path.stat().st_size
    return False
