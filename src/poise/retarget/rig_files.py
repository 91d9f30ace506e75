"""Any rig that motion can be carried over to, told by its content: BVH, or a glTF character."""

from pathlib import Path

from poise.errors import PoiseError
from poise.files import PathLike, read_bytes
from poise.motion import Body
from poise.retarget.bvh_rig import BvhRig, read_bvh_rig, write_bvh_motion
from poise.retarget.glb_rig import GlbRig, read_glb_rig, write_glb_motion
from poise.retarget.matching import Mapped

RigFile = BvhRig | GlbRig

_GLTF = (".glb", ".gltf", ".vrm")


def read_rig(path: PathLike, own: Mapped | None = None) -> RigFile:
    """The rig of a file; `own` says which bone is which part where names do not."""
    start = read_bytes(path, 4096)
    if start[:4] == b"glTF" or start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return read_glb_rig(path, own)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].upper() == b"HIERARCHY":
        return read_bvh_rig(path, own)
    raise PoiseError(
        f"{path}: neither a glTF character (.glb, .gltf, .vrm) nor a BVH file; Blender and most "
        "other programs export both"
    )


def suffix_of(rig: RigFile) -> str:
    """How the name of a file ends that is written for this rig."""
    path = rig.path if isinstance(rig, BvhRig) else rig.file.path
    known = (".bvh",) if isinstance(rig, BvhRig) else _GLTF
    return path.suffix if path.suffix.lower() in known else known[0]


def write_motion(
    path: PathLike, rig: RigFile, body: Body, name: str = "poise", *, replace: bool = False
) -> None:
    """The rig's own file with the motion of a body on it; `name` is what a glTF calls it."""
    wanted = (".bvh",) if isinstance(rig, BvhRig) else _GLTF
    if Path(path).suffix.lower() not in wanted:
        raise PoiseError(
            f"{path}: the rig is of another format: end the name with {' or '.join(wanted)}"
        )
    if isinstance(rig, BvhRig):
        write_bvh_motion(path, rig, body)
    else:
        write_glb_motion(path, rig, body, name, replace=replace)
