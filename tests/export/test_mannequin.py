"""The figure: closed, smooth, on its bones, and found under any names."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from any_bodies import Recipe, dancer
from poise.export.figure_roles import figure_roles
from poise.export.mannequin import mannequin
from poise.export.rig_ready import Rig, rig_of
from poise.export.surfaces import Surface
from poise.skeletons import FIGURE27, Skeleton

OTHER_TREE = Recipe((-1, 0, 1, 1, 0, 4), 2, 30.0, False, -1, 1)


def check(surface: Surface, rig: Rig) -> None:
    np.testing.assert_allclose(surface.weights.sum(axis=-1), 1, atol=1e-9)
    assert surface.weights.min() >= 0
    assert (surface.joints[surface.weights == 0] == 0).all()
    assert surface.joints.max() < len(rig.skeleton)
    np.testing.assert_allclose(np.linalg.norm(surface.normals, axis=-1), 1, atol=1e-6)
    # Closed, and everywhere seen from outside: every edge is walked once in each direction.
    faces = surface.faces
    edges = Counter(
        map(tuple, np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).tolist())
    )
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    a, b, c = (surface.vertices[faces[:, i]] for i in range(3))
    assert (np.cross(a, b) * c).sum() > 0


def test_the_person_is_whole() -> None:
    rig = rig_of(dancer())
    surface = mannequin(rig)
    check(surface, rig)
    assert 2000 < len(surface.vertices) < 6000
    assert surface.dark.any()
    assert not surface.dark.all()
    places = rig.standing()
    assert surface.vertices[:, 2].min() == pytest.approx(0, abs=0.005)
    crown = places[rig.skeleton.index("head"), 2]
    assert crown < surface.vertices[:, 2].max() < crown + 0.06
    # As wide to the left as to the right, the nose in front.
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    assert low[0] == pytest.approx(-high[0], abs=1e-6)
    head = surface.vertices[surface.vertices[:, 2] > places[rig.skeleton.index("skull"), 2]]
    nose = head[head[:, 1].argmin()]
    assert nose[2] < places[rig.skeleton.index("nose"), 2] + 0.03
    # Joints lie inside: between vertices to all sides.
    for joint in ("left_knee", "right_elbow", "lumbar", "skull"):
        near = surface.vertices - places[rig.skeleton.index(joint)]
        near = near[np.linalg.norm(near, axis=-1) < 0.2]
        assert (near.min(axis=0) < 0).all()
        assert (near.max(axis=0) > 0).all()


def test_joints_are_found_under_any_names_and_without_ends() -> None:
    rig = rig_of(dancer())
    plain = figure_roles(rig.skeleton, rig.rest)
    assert plain == {name: place for place, name in enumerate(FIGURE27.joints)}
    named = Skeleton("x", tuple(f"b{i}" for i in range(27)), FIGURE27.parents)
    assert figure_roles(named, rig.rest) == plain
    kept = [i for i, name in enumerate(FIGURE27.joints) if name not in ("nose", "left_heel")]
    place = {old: new for new, old in enumerate(kept)} | {-1: -1}
    fewer = Skeleton(
        "y", tuple(f"c{i}" for i in kept), tuple(place[FIGURE27.parents[i]] for i in kept)
    )
    less = replace(
        rig,
        skeleton=fewer,
        rest=rig.rest[kept],
        path=rig.path[:, kept],
        rotations=rig.rotations[:, kept],
    )
    roles = figure_roles(fewer, less.rest)
    assert roles is not None
    assert roles["left_ankle"] == place[FIGURE27.index("left_ankle")]
    assert set(plain) - set(roles) == {"nose", "left_heel"}
    check(mannequin(less), less)


def test_other_trees_are_capsules() -> None:
    rig = rig_of(OTHER_TREE.body())
    assert figure_roles(rig.skeleton, rig.rest) is None
    surface = mannequin(rig)
    check(surface, rig)
    assert set(surface.joints[:, 0].tolist()) == set(range(6))
    from_bones = np.linalg.norm(surface.vertices[:, None] - rig.standing()[None], axis=-1)
    assert from_bones.min(axis=1).max() < 0.4


def test_a_rig_without_length_has_a_figure_all_the_same() -> None:
    one = rig_of(Recipe((-1,), 1, 30.0, False, -1, 1).body())
    check(mannequin(one), one)
