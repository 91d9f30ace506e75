"""Cameras on this machine."""

import sys
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from poise.errors import PoiseError


def open_camera(which: int | Path) -> InputContainer:
    """A camera by its number, on Linux also by its device."""
    name = f"camera {which}"
    try:
        kind, address = _address(which)
        # Apple's cameras take their exact rates only, and FFmpeg asks for 29.97 by itself.
        options = {"framerate": "30"} if kind == "avfoundation" else {}
        return av.open(address, format=kind, options=options)
    except (FFmpegError, ValueError, IndexError, OSError) as error:
        raise PoiseError(f"{name}: cannot be opened; {_which_there_are()}") from error


def _address(which: int | Path) -> tuple[str, str]:
    """FFmpeg's kind of device, and the device's name there."""
    if sys.platform == "darwin":
        return "avfoundation", f"{which}:none"  # "none": no microphone
    if sys.platform == "win32":
        seen = [d for d in av.enumerate_input_devices("dshow") if "video" in d.media_types]
        return "dshow", f"video={seen[int(str(which))].name}"
    return "v4l2", f"/dev/video{which}" if isinstance(which, int) else str(which)


def _which_there_are() -> str:
    if sys.platform != "linux":
        return "is it plugged in, and may this program use it?"
    there = sorted(str(path) for path in Path("/dev").glob("video*"))
    return f"there is {', '.join(there)}" if there else "there is no camera on this machine"
