"""What stands in a BVH file before its numbers: the joints, the frame count, the frame time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from poise.data.numbers import LONGEST_NAME, line_of, number
from poise.data.posing import rate_given
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike

# Rigs with faces and fingers have up to 600 joints; a damaged or hostile file any number.
_MOST_JOINTS = 2000
# Of films and of laboratories; others are taken only from frame times that say so exactly enough.
_COMMON = (24.0, 25.0, 30.0, 48.0, 50.0, 60.0, 90.0, 100.0, 120.0, 200.0, 240.0, 250.0)
_CHANNELS = tuple(f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation"))


@dataclass(slots=True)
class BvhJoint:
    """One ROOT, JOINT or End Site."""

    name: str
    parent: int  # -1: the root
    end_site: bool = False
    offset: tuple[float, ...] = ()  # file units
    channels: tuple[str, ...] = ()  # such as "Xposition", as written in `_CHANNELS`


@dataclass(frozen=True, kw_only=True)
class BvhHeader:
    """Everything but the numbers, and where these begin."""

    joints: tuple[BvhJoint, ...]
    frames: int  # as the file says
    frames_line: int
    frame_time: str  # seconds, as written
    frame_time_line: int
    start: int  # the character at which the numbers begin

    @property
    def channels(self) -> int:
        """How many numbers each frame has."""
        return sum(len(joint.channels) for joint in self.joints)


def parse_header(path: PathLike, text: str) -> BvhHeader:
    """The joints and the frame rate of a BVH file's text."""
    if not re.match(r"\s*HIERARCHY\b", text, re.I):
        raise PoiseError(f"{path}: not a BVH file: it does not begin with HIERARCHY")
    motion = re.search(r"^[ \t]*MOTION[ \t]*$", text, re.M | re.I)
    if motion is None:
        raise PoiseError(
            f"{path}: has no MOTION section; the file is cut short: fetch or export it again"
        )
    joints = tuple(_joints(path, text[: motion.start()]))
    frames, place = _labelled(path, text, "Frames:", motion.end())
    frames_line = line_of(text, place)
    frame_time, place = _labelled(path, text, "Frame Time:", place)
    if not re.fullmatch(r"[0-9]{1,18}", frames):
        raise PoiseError(f"{path}: line {frames_line}: {frames[:20]} is not a count of frames")
    header = BvhHeader(
        joints=joints,
        frames=int(frames),
        frames_line=frames_line,
        frame_time=frame_time,
        frame_time_line=line_of(text, place),
        start=place,
    )
    if header.channels == 0:
        raise PoiseError(f"{path}: no joint has a channel: the file holds a pose, no motion")
    return header


def frame_rate(
    path: PathLike, header: BvhHeader, given: float | None = None
) -> tuple[float, list[str]]:
    """Frames per second, common or whole where the digits allow it, and what was assumed."""
    line, word = header.frame_time_line, header.frame_time
    seconds = number(path, line, word)
    sound = 1e-5 < seconds < 2.0  # seconds: above that somebody has written the rate instead
    if given is not None:
        return given, rate_given(given, _rate(seconds, word) if sound else None)
    if not sound:
        raise PoiseError(
            f"{path}: line {line}: a frame time of {word[:20]} s is not one; correct it in the "
            "file (seconds per frame, such as 0.033333), or give native_fps"
        )
    fps = _rate(seconds, word)
    if abs(fps * seconds - 1) < 5e-3:
        return fps, []
    return fps, [f"{fps:g} frames per second: the frame time, {word[:20]} s, has too few digits"]


def _rate(seconds: float, word: str) -> float:
    """The rate that was meant: .0083333 is 120, though 1 / .0083333 = 120.0005, and 0.017 is 60."""
    digit = 10.0 ** int(Decimal(word).as_tuple().exponent)
    # The last digit may have been rounded, or all behind it cut off.
    common = [fps for fps in _COMMON if -digit / 2 < 1 / fps - seconds < digit]
    if common:
        return min(common, key=lambda fps: abs(1 / fps - seconds))
    whole = round(1 / seconds)
    return float(whole) if whole > 0 and abs(1 / whole - seconds) < digit else 1 / seconds


def _labelled(path: PathLike, text: str, label: str, start: int) -> tuple[str, int]:
    """The word after a label that comes next, and the place behind it."""
    pattern = rf"\s*{label.replace(' ', '[ ]+').replace(':', '[ ]*:')}[ \t]*(\S+)"
    found = re.compile(pattern, re.I).match(text, start)
    if found is None:
        line = line_of(text, start) + 1
        raise PoiseError(f"{path}: line {line}: '{label}' and a number belong here after MOTION")
    return found[1], found.end()


def _statements(head: str) -> Iterator[tuple[int, list[str]]]:
    """The words of each line, braces apart (some programs put them behind the name)."""
    for line, row in enumerate(head.split("\n"), start=1):
        for part in re.split(r"([{}])", row):
            if words := part.split():
                yield line, words


def _joints(path: PathLike, head: str) -> list[BvhJoint]:
    joints: list[BvhJoint] = []
    blocks: list[int] = []  # the joints whose "{" is open: no recursion, however deep the file
    line, waiting = 1, False  # for the "{" of the joint named last
    for line, (keyword, *words) in _statements(head):
        place = f"{path}: line {line}"
        if waiting and keyword != "{":
            raise PoiseError(f"{place}: {keyword[:20]!r} stands where a joint's '{{' belongs")
        match keyword.upper():
            case "HIERARCHY" if not joints:
                pass
            case "ROOT" | "JOINT" | "END":
                joints.append(_named(place, keyword, words, joints, blocks))
                waiting = True
            case "{" if waiting:
                blocks.append(len(joints) - 1)
                waiting = False
            case "}" if blocks:
                closed = joints[blocks.pop()]
                if not closed.offset:
                    raise PoiseError(f"{place}: joint {closed.name} has no OFFSET")
            case "OFFSET" if blocks:
                if len(words) != 3:
                    raise PoiseError(f"{place}: an OFFSET has 3 numbers, not {len(words)}")
                joints[blocks[-1]].offset = tuple(number(path, line, word) for word in words)
            case "CHANNELS" if blocks and not joints[blocks[-1]].end_site:
                joints[blocks[-1]].channels = _channels(place, words)
            case _:
                raise PoiseError(f"{place}: {keyword[:20]!r} is not expected here")
    if blocks or waiting or not joints:
        raise PoiseError(
            f"{path}: line {line}: the joints end here, with {len(blocks)} not closed by a '}}'; "
            "the file is cut short or damaged: fetch or export it again"
        )
    return joints


def _named(
    place: str,
    keyword: str,
    words: list[str],
    joints: list[BvhJoint],
    blocks: list[int],
) -> BvhJoint:
    """The joint that a line announces, if it may stand there."""
    parent = blocks[-1] if blocks else -1
    if keyword.upper() == "ROOT":
        if blocks:
            raise PoiseError(f"{place}: a ROOT inside of joint {joints[parent].name}")
        if joints:
            raise PoiseError(
                f"{place}: a second ROOT: the file holds several people or props; export them to "
                "one file each"
            )
    elif parent < 0 or joints[parent].end_site:
        raise PoiseError(f"{place}: {keyword} hangs on no joint")
    if len(joints) == _MOST_JOINTS:
        raise PoiseError(f"{place}: more than {_MOST_JOINTS} joints; this is no person's skeleton")
    if keyword.upper() == "END":
        return BvhJoint(f"{joints[parent].name}_end", parent, end_site=True)
    if not words:
        raise PoiseError(f"{place}: {keyword} has no name")
    name = " ".join(words)
    if len(name) > LONGEST_NAME:
        raise PoiseError(f"{place}: a name of {len(name)} letters; the file is damaged")
    return BvhJoint(name, parent)


def _channels(place: str, words: list[str]) -> tuple[str, ...]:
    count, names = words[:1], [word.capitalize() for word in words[1:]]
    for name in names:
        if name not in _CHANNELS:
            raise PoiseError(
                f"{place}: no channel is called {name[:40]!r}{did_you_mean(name, _CHANNELS)}"
            )
    if count != [str(len(names))]:
        raise PoiseError(f"{place}: CHANNELS {' '.join(count)[:20]} but {len(names)} names follow")
    if len(set(names)) != len(names):
        raise PoiseError(f"{place}: a channel stands twice: {' '.join(names)}")
    return tuple(names)
