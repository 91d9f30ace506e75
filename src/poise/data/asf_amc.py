"""AMC motion files, posed on the ASF skeleton that lies beside them.

>>> read_amc("02/02_01.amc")
Body(amc, Motion(343x38x3 m, cmu38, 120 fps, world frame, placed))
"""

import re
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
from jaxtyping import Float

from poise.data.asf import Asf, asf_of, read_asf
from poise.data.numbers import LARGEST, number, plain
from poise.data.posing import posed_body, turns
from poise.errors import PoiseError, did_you_mean
from poise.files import PathLike, read_text
from poise.geometry.rotations import conjugate, multiply
from poise.motion import Body

__all__ = ["CMU_FPS", "Asf", "amc_length", "asf_beside", "read_amc", "read_asf"]

CMU_FPS = 120.0  # of every trial of the CMU database in this format


def read_amc(
    path: PathLike, asf: Asf | PathLike | None = None, *, native_fps: float | None = None
) -> Body:
    """An AMC file, plain or gzipped, on the given ASF skeleton or the one in the same folder.

    `native_fps` is how many frames a second it has, which AMC files do not say.
    The joints of the body stand at the bones' starts (`Asf` says why); `poise.load` gives those
    of the bones' ends.
    """
    asf = asf_of(asf_beside(path) if asf is None else asf)
    text = read_text(path)
    table, columns, assumed = _table(path, text, asf)
    fps = CMU_FPS if native_fps is None else native_fps
    if native_fps is None:
        assumed.append(f"{fps:g} frames per second, as at CMU: AMC files do not say")
    joints: list[tuple[str, list[int]]] = [("", []) for _ in asf.skeleton.joints]
    for bone, first in columns.items():
        channels = asf.channels[bone]
        axes = asf.root_axes if bone == "root" else "".join(name[1] for name in channels)
        # The first channel turns first: rx ry rz is Rz Ry Rx.
        turned = [first + channels.index(f"r{axis}") for axis in reversed(axes)]
        joints[asf.starts[bone]] = (axes[::-1], turned)
    unit = re.search(r"^[ \t]*:(degrees|radians)\b", text, re.M | re.I)
    degrees = unit[1].lower() == "degrees" if unit else asf.degrees
    local = turns(np.deg2rad(table) if degrees else table, joints)
    own_axes = np.broadcast_to(asf.axes, local.shape)
    order = asf.channels["root"]
    root = [columns["root"] + order.index(name) for name in ("tx", "ty", "tz")]
    return posed_body(
        rotations=multiply(multiply(own_axes, local), conjugate(own_axes)),
        offsets=asf.offsets,
        path=table[:, root] * asf.metres,
        skeleton=asf.skeleton,
        fps=fps,
        model="amc",
        assumed=tuple(assumed),
    )


def amc_length(path: PathLike) -> tuple[int, float]:
    """How many frames a file has and how many per second, without making its motion."""
    return len(re.findall(r"^[ \t]*\d+[ \t]*$", read_text(path), re.M)), CMU_FPS


def asf_beside(path: PathLike) -> Path:
    """The skeleton file that belongs to an AMC file: `02.asf` for `02_01.amc`, or the only one."""
    path = Path(path)
    found = sorted([*path.parent.glob("*.asf"), *path.parent.glob("*.asf.gz")])
    stem = path.name.partition(".")[0]
    for name in (stem, stem.partition("_")[0]):
        for candidate in found:
            if candidate.name.partition(".")[0] == name:
                return candidate
    if len(found) == 1:
        return found[0]
    problem = "several .asf files lie" if found else "no .asf file lies"
    raise PoiseError(
        f"{path}: {problem} beside it, but its skeleton is needed: put "
        f"{stem.partition('_')[0]}.asf there, or name it: asf=..."
    )


def _table(
    path: PathLike, text: str, asf: Asf
) -> tuple[Float[np.ndarray, "time channel"], dict[str, int], list[str]]:
    """The channels of all bones that move, the first column of each, what had to be assumed."""
    values = array("d")
    counts: dict[str, int] = {}  # of the bones that move, in the order of their columns
    frames = 0
    for line, frame in _frames(path, text):
        if not frames:
            counts = {bone: len(own) for bone, own in asf.channels.items() if bone in frame}
            if "root" not in counts:
                raise PoiseError(f"{path}: line {line}: the first frame has no line for the root")
        if [len(frame.get(bone, ())) for bone in counts] != list(counts.values()) or (
            len(frame) != len(counts)
        ):
            raise _misfit(f"{path}: line {line}: frame {frames + 1}", frame, counts, asf)
        words = [word for bone in counts for word in frame[bone]]
        try:
            values.extend(map(float, words))
            fine = plain("".join(words))
        except ValueError:
            fine = False
        if not fine:
            _refuse_first(path, text, line)
        frames += 1
    if not frames:
        raise PoiseError(f"{path}: holds no frames; it is not an AMC file, or cut short")
    table = np.array(values).reshape(frames, -1)
    if not (np.abs(table) <= LARGEST).all():
        _refuse_first(path, text, 1)
    still = [bone for bone, own in asf.channels.items() if own and bone not in counts]
    first = dict(zip(counts, np.cumsum([0, *counts.values()]).tolist(), strict=False))
    return table, first, [f"{bone} is still: the file does not move it" for bone in still]


def _frames(path: PathLike, text: str) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """Each frame's first line and its words by bone; the order of the bones may change."""
    frame: dict[str, list[str]] = {}
    number_before: int | None = None
    start = 0
    for line, row in enumerate(text.split("\n"), start=1):
        words = row.split()
        if not words or words[0][0] in "#:":
            continue
        name = words[0]
        if name.isdecimal() and len(words) == 1:
            this = int(name[:18])
            if number_before is not None:
                if this != number_before + 1:
                    raise PoiseError(
                        f"{path}: line {line}: frame {this} follows frame {number_before}; frames "
                        "are missing or out of order: fetch the file again, or number them anew"
                    )
                yield start, frame
            frame, number_before, start = {}, this, line
        elif number_before is None:
            raise PoiseError(
                f"{path}: line {line}: {name[:20]!r} stands where the number of the first frame "
                "belongs; it is not an AMC file, or damaged"
            )
        elif name in frame:
            raise PoiseError(f"{path}: line {line}: bone {name[:40]} stands twice in one frame")
        else:
            frame[name] = words[1:]
    if number_before is not None:
        yield start, frame


def _misfit(
    place: str, frame: dict[str, list[str]], counts: dict[str, int], asf: Asf
) -> PoiseError:
    """Which bone of a frame is not as the skeleton and the first frame have it."""
    for bone, words in frame.items():
        if bone not in asf.channels:
            hint = did_you_mean(bone, list(asf.channels))
            return PoiseError(f"{place}: the skeleton has no bone {bone[:40]!r}{hint}")
        own = asf.channels[bone]
        if len(words) != len(own):
            return PoiseError(
                f"{place}: bone {bone} has {len(words)} numbers, where the skeleton wants "
                f"{len(own)} ({' '.join(own) or 'it is rigid'}); the file is damaged, or the "
                "skeleton another's"
            )
        if bone not in counts:
            return PoiseError(f"{place}: bone {bone} stands here, but not in the first frame")
    missing = next(bone for bone in counts if bone not in frame)
    return PoiseError(
        f"{place}: bone {missing} is missing; the file is cut short or damaged: fetch it again"
    )


def _refuse_first(path: PathLike, text: str, start: int) -> NoReturn:
    """Name the line of the first number that is none, from this line on."""
    for line, row in enumerate(text.split("\n")[start - 1 :], start=start):
        if row.strip()[:1] not in ("", "#", ":"):
            for word in row.split()[1:]:
                number(path, line, word)
    raise AssertionError("float() and number() disagree")
