"""USD: several people as UsdSkel skeletons with a mannequin each; text by ourselves.

>>> write_usd("walk.usda", [body])
>>> write_usd("walk.usdz", [body])    # .usd, .usdc and .usdz are packed by usd-core
"""

import struct
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from poise.errors import PoiseError
from poise.export.people import people
from poise.export.usd_text import stage_text
from poise.files import PathLike, naming, write_aside
from poise.geometry.axes import Up
from poise.motion import Body

_PACKED = (".usd", ".usdc", ".usdz")
_PADDING = 0x1986  # the number under which USD itself pads its packages


def write_usd(path: PathLike, bodies: Sequence[Body], *, figure: bool = True, up: Up = "y") -> None:
    """Write everybody into one USD stage, in metres, frame numbers as time codes.

    `figure=False` leaves the mannequins out. Filled gaps, contacts and what was assumed stand in
    `customData`.
    """
    if up not in ("y", "z"):
        raise PoiseError(f"up is 'y' or 'z', not {up!r}")
    kind = Path(path).suffix.lower()
    if kind not in (".usda", *_PACKED):
        raise PoiseError(f"{path}: a USD file ends in .usda, {', '.join(_PACKED)}")
    with naming(path):
        if kind in _PACKED:
            _usd_core(kind)
        text = stage_text(people(bodies), figure, up)
    with write_aside(path) as scratch:
        if kind == ".usda":
            scratch.write_text(text, encoding="utf-8", newline="\n")
        else:
            _pack(text, scratch, kind)


def _usd_core(kind: str) -> None:
    try:
        import pxr  # noqa: F401  here only to know whether it is there
    except ImportError:
        raise PoiseError(
            f"{kind} files are packed by usd-core, which is not installed: pip install "
            "'poise[usd]', or write .usda, which every USD program reads too"
        ) from None


def _pack(text: str, path: Path, kind: str) -> None:
    from pxr import Sdf

    layer = Sdf.Layer.CreateAnonymous(".usda")
    layer.ImportFromString(text)
    if kind != ".usdz":
        layer.Export(str(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / "motion.usdc"
        layer.Export(str(inner))
        _zip(path, inner.name, inner.read_bytes())


def _zip(path: Path, name: str, data: bytes) -> None:
    """A .usdz of one file: nothing compressed, its first byte at a multiple of 64, no clock."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    padding = -(30 + len(name) + 4) % 64  # behind the header, the name and the padding's own head
    entry.extra = struct.pack("<HH", _PADDING, padding) + bytes(padding)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(entry, data)
