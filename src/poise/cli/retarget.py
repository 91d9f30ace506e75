"""`poise retarget`: motion carried over to a character of the user's own."""

from pathlib import Path
from typing import Annotated

import tyro

from poise.errors import PoiseError
from poise.tables import table

Switch = tyro.conf.FlagCreatePairsOff


def retarget(
    motion: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="MOTION")],
    *,
    rig: Annotated[Path, tyro.conf.arg(metavar="FILE")],
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    map: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None,
    feet: bool = True,
    replace: Annotated[bool, Switch] = False,
    dry_run: Annotated[bool, Switch] = False,
) -> None:
    """Carry motion over to a character of your own: a glTF file (.glb, .gltf, .vrm) or a BVH.

    The bones are recognised by their names (Mixamo, Unreal, Blender and Rigify, VRM, Biped,
    CMU, Daz, MakeHuman and their like). The character's file is written again with the motion as
    a further animation; a BVH keeps its hierarchy and channels.

    Example: poise retarget person1.npz --rig character.glb --out dance.glb

    Args:
        motion: What `poise lift` wrote, or any other motion with rotations (.npz, .bvh, .glb).
        rig: The character.
        out: The file to write; MOTION-RIG in this folder if not given.
        map: A table of bones for what is not recognised: {"Bone": "left_hip", "Tail": null}.
        feet: Keep feet that stand from sliding on legs of another length.
        replace: Leave out the animations that the character has.
        dry_run: Only print which bones are recognised.
    """
    from poise.data.loading import load_body
    from poise.retarget.matching import match, read_map
    from poise.retarget.retargeting import parts_of
    from poise.retarget.retargeting import retarget as carry_over
    from poise.retarget.rig_files import read_rig, suffix_of, write_motion

    own = None if map is None else read_map(map)
    file = read_rig(rig, own)
    skeleton = file.rig.skeleton
    if dry_run:
        found = match(file.rig, own)
        print(table(parts_of(found, skeleton.joints).items(), header=("part", "bones")))
        _notes((*file.rig.assumed, *found.notes))
        return
    body = load_body(motion)
    out = out or Path(f"{motion.stem}-{rig.stem}{suffix_of(file)}")
    for other in (motion, rig):
        if out.resolve() == other.resolve():
            raise PoiseError(f"{out}: is what is read; give the new file another name with --out")
    done = carry_over(body, file.rig, own, feet=feet)
    write_motion(out, file, done.body, motion.stem, replace=replace)
    print(table(parts_of(done.match, skeleton.joints).items(), header=("part", "bones")))
    others = len(skeleton) - len(done.match.joints())
    print(f"\n{others} further bones keep their rest pose against their parents")
    print(f"the way is scaled by {done.scale:.3f}, as the legs are")
    _notes(done.notes)
    print(f"wrote {out}")


def _notes(notes: tuple[str, ...]) -> None:
    for note in notes:
        print(f"note: {note}")
