"""A body with other joint names, or with fewer joints.

>>> with_names(body, {"left_hip": "thigh_l", "left_heel": None})
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from poise.errors import PoiseError, did_you_mean
from poise.motion import Body, Contact, Motion
from poise.skeletons import Skeleton


def with_names(body: Body, mapping: Mapping[str, str | None]) -> Body:
    """The body with joints called as the mapping says; None drops a joint that nothing hangs on.

    Joints that are not in the mapping stay. A contact of a dropped joint becomes one of the joint
    that it hung on.
    """
    old = body.motion.skeleton
    kept = _kept(old, mapping)
    names = {joint: mapping.get(old.joints[joint]) or old.joints[joint] for joint in kept}
    _refuse_twins(old, names)
    skeleton = _part_of(old, names)
    motion = with_joints(body.motion, skeleton, kept)
    spread = body.rotation_sigma
    return replace(
        body,
        motion=motion,
        rotations=body.rotations[:, kept],
        offsets=body.offsets[..., kept, :],
        rotation_sigma=None if spread is None else spread[:, kept],
        contacts=merged(_moved(contact, old, names) for contact in body.contacts),
    )


def with_joints(motion: Motion, skeleton: Skeleton, kept: list[int]) -> Motion:
    """These joints of a motion, in this order, as those of another skeleton."""
    sigma = None if motion.sigma is None else motion.sigma[:, kept]
    return replace(motion, xyz=motion.xyz[:, kept], sigma=sigma, skeleton=skeleton)


def merged(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """Contacts of the same joint that overlap or touch are one."""
    by_joint: dict[str, list[Contact]] = defaultdict(list)
    for contact in sorted(contacts):
        own = by_joint[contact.joint]
        if own and contact.start <= own[-1].stop:
            own[-1] = replace(own[-1], stop=max(own[-1].stop, contact.stop))
        else:
            own.append(contact)
    return tuple(sorted(contact for own in by_joint.values() for contact in own))


def _kept(skeleton: Skeleton, mapping: Mapping[str, str | None]) -> list[int]:
    for name in mapping:
        if name not in skeleton.joints:
            hint = did_you_mean(name, skeleton.joints)
            raise PoiseError(f"skeleton {skeleton.name} has no joint {name!r} to rename{hint}")
    dropped = {skeleton.index(name) for name, new in mapping.items() if new is None}
    for parent, child in skeleton.bones:
        if parent in dropped and child not in dropped:
            raise PoiseError(
                f"{skeleton.joints[parent]} cannot be dropped: {skeleton.joints[child]} hangs on "
                "it; drop that too, or keep both"
            )
    kept = [joint for joint in range(len(skeleton)) if joint not in dropped]
    if not kept:
        raise PoiseError("no joint would be left; keep at least one")
    return kept


def _refuse_twins(skeleton: Skeleton, names: Mapping[int, str]) -> None:
    first: dict[str, int] = {}
    for joint, name in names.items():
        if not name.strip():
            raise PoiseError(f"{skeleton.joints[joint]}: its new name is blank; give it one")
        if name in first:
            raise PoiseError(
                f"{skeleton.joints[first[name]]} and {skeleton.joints[joint]} would both be "
                f"called {name}; give one of them another name"
            )
        first[name] = joint


def _part_of(old: Skeleton, names: Mapping[int, str]) -> Skeleton:
    new = {joint: place for place, joint in enumerate(names)} | {-1: -1}
    joints = tuple(names.values())
    parents = tuple(new[old.parents[joint]] for joint in names)
    links = tuple((new[a], new[b]) for a, b in old.links if a in new and b in new)
    # A named joint set is what it says; with other joints it is another one.
    name = old.name if joints == old.joints else f"{old.name} renamed"
    return Skeleton(name, joints, parents, links)


def _moved(contact: Contact, old: Skeleton, names: Mapping[int, str]) -> Contact:
    joint = old.index(contact.joint)
    while joint not in names:
        joint = old.parents[joint]
    return replace(contact, joint=names[joint])
