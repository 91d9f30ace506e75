"""The text of a USD stage: skeletons, their animation, the skinned figures and their materials."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from poise.export.mannequin import mannequin
from poise.export.people import Colour, People, Person
from poise.export.surfaces import Surface
from poise.geometry.axes import Up, rotations_y_up, y_up
from poise.skeletons import Skeleton

_AROUND_M = 0.25  # how far a figure reaches beyond its joints

Turn = Callable[[np.ndarray], np.ndarray]


def stage_text(data: People, figure: bool, up: Up) -> str:
    """The whole .usda file."""
    return "\n".join([*_stage(data, figure, up), ""])


def _stage(data: People, figure: bool, up: Up) -> Iterator[str]:
    about = data.about()
    yield "#usda 1.0"
    yield "("
    yield "    customLayerData = {"
    yield f"        string generator = {_quoted(about['generator'])}"
    yield f"        double start = {about['start']!r}"
    yield "    }"
    yield '    defaultPrim = "poise"'
    yield "    endTimeCode = " + str(data.frames - 1)
    yield f"    framesPerSecond = {data.fps:.9g}"
    yield "    metersPerUnit = 1"
    yield "    startTimeCode = 0"
    yield f"    timeCodesPerSecond = {data.fps:.9g}"
    yield f'    upAxis = "{up.upper()}"'
    yield ")"
    yield ""
    yield 'def Xform "poise"'
    yield "{"
    for person in data.people:
        yield from _indented(_person(person, data.fps, figure, up))
    yield "}"


def _person(person: Person, fps: float, figure: bool, up: Up) -> Iterator[str]:
    rig, name = person.rig, person.name
    points: Turn = y_up if up == "y" else np.asarray
    turns: Turn = rotations_y_up if up == "y" else np.asarray
    order = list(rig.skeleton.order)  # USD wants parents before their children
    paths = joint_paths(rig.skeleton, person.joints)
    names = ", ".join(_quoted(person.joints[joint]) for joint in order)
    joints = f"uniform token[] joints = [{', '.join(_quoted(paths[joint]) for joint in order)}]"
    places = rig.standing()
    rest = rig.rest.copy()
    roots = [joint for joint, parent in enumerate(rig.skeleton.parents) if parent < 0]
    rest[roots] = places[roots]
    xyz = person.body.motion.xyz.reshape(-1, 3)
    corners = points(np.stack([xyz.min(axis=0) - _AROUND_M, xyz.max(axis=0) + _AROUND_M]))
    yield f'def SkelRoot "{name}" ('
    yield '    prepend apiSchemas = ["SkelBindingAPI"]'
    yield from _indented(_about(person))
    yield ")"
    yield "{"
    yield f"    float3[] extent = {_vectors(np.sort(corners, axis=0))}"
    yield ""
    yield f'    def Skeleton "{name}_skeleton" ('
    yield '        prepend apiSchemas = ["SkelBindingAPI"]'
    yield "    )"
    yield "    {"
    yield f"        uniform matrix4d[] bindTransforms = {_shifts(points(places[order]))}"
    yield f"        uniform token[] jointNames = [{names}]"
    yield f"        {joints}"
    yield f"        uniform matrix4d[] restTransforms = {_shifts(points(rest[order]))}"
    yield f"        rel skel:animationSource = </poise/{name}/{name}_skeleton/motion>"
    yield ""
    yield '        def SkelAnimation "motion"'
    yield "        {"
    yield f"            {joints}"
    codes = np.round(person.times * fps, 6)
    yield from _samples("quatf[] rotations", codes, turns(rig.rotations[:, order]))
    yield f"            half3[] scales = [{', '.join(['(1, 1, 1)'] * len(order))}]"
    yield from _samples("float3[] translations", codes, points(rig.path[:, order]))
    yield "        }"
    yield "    }"
    if figure:
        yield from _indented(_figure(person, mannequin(rig), points))
    yield "}"


def _about(person: Person) -> Iterator[str]:
    about = person.about()
    yield "customData = {"
    yield f"    string[] assumed = [{', '.join(map(_quoted, about['assumed']))}]"
    yield f"    double2[] bridged = {_pairs(about['bridged'])}"
    yield "    dictionary contacts = {"
    for joint, spans in about["contacts"].items():
        yield f"        double2[] {_quoted(joint)} = {_pairs(spans)}"
    yield "    }"
    yield f"    string model = {_quoted(about['model'])}"
    yield f"    bool placed = {int(about['placed'])}"
    yield f"    string rest_pose = {_quoted(about['rest_pose'])}"
    yield "}"


def _figure(person: Person, surface: Surface, points: Turn) -> Iterator[str]:
    path = f"/poise/{person.name}"
    vertices = points(surface.vertices)
    corners = np.stack([vertices.min(axis=0), vertices.max(axis=0)])
    place = np.argsort(person.rig.skeleton.order)  # of each joint in the file
    yield ""
    yield f'def Mesh "{person.name}_figure" ('
    yield '    prepend apiSchemas = ["MaterialBindingAPI", "SkelBindingAPI"]'
    yield ")"
    yield "{"
    yield f"    float3[] extent = {_vectors(corners)}"
    yield f"    int[] faceVertexCounts = [{', '.join(['3'] * len(surface.faces))}]"
    yield f"    int[] faceVertexIndices = [{_whole(surface.faces)}]"
    yield f"    rel material:binding = <{path}/materials/light>"
    yield f"    normal3f[] normals = {_vectors(points(surface.normals))} ("
    yield '        interpolation = "vertex"'
    yield "    )"
    yield f"    point3f[] points = {_vectors(vertices)}"
    identity = "( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )"
    yield f"    matrix4d primvars:skel:geomBindTransform = {identity}"
    for what, values in (
        (
            "int[] primvars:skel:jointIndices",
            _whole(np.where(surface.weights > 0, place[surface.joints], 0)),
        ),
        ("float[] primvars:skel:jointWeights", _decimals(surface.weights.ravel())),
    ):
        yield f"    {what} = [{values}] ("
        yield "        elementSize = 4"
        yield '        interpolation = "vertex"'
        yield "    )"
    yield f"    rel skel:skeleton = <{path}/{person.name}_skeleton>"
    yield '    uniform token subdivisionScheme = "none"'
    yield '    uniform token subsetFamily:materialBind:familyType = "nonOverlapping"'
    for dark, word in enumerate(("light", "dark")):
        faces = np.flatnonzero(surface.dark == bool(dark))
        if len(faces):
            yield ""
            yield f'    def GeomSubset "{word}" ('
            yield '        prepend apiSchemas = ["MaterialBindingAPI"]'
            yield "    )"
            yield "    {"
            yield '        uniform token elementType = "face"'
            yield '        uniform token familyName = "materialBind"'
            yield f"        int[] indices = [{_whole(faces)}]"
            yield f"        rel material:binding = <{path}/materials/{word}>"
            yield "    }"
    yield "}"
    yield ""
    yield 'def Scope "materials"'
    yield "{"
    for word, colour in zip(("light", "dark"), person.colours, strict=True):
        yield from _indented(_material(f"{path}/materials/{word}", word, colour))
    yield "}"


def _material(path: str, name: str, colour: Colour) -> Iterator[str]:
    yield f'def Material "{name}"'
    yield "{"
    yield f"    token outputs:surface.connect = <{path}/shader.outputs:surface>"
    yield ""
    yield '    def Shader "shader"'
    yield "    {"
    yield '        uniform token info:id = "UsdPreviewSurface"'
    yield f"        color3f inputs:diffuseColor = ({', '.join(map(repr, colour))})"
    yield "        float inputs:roughness = 0.6"
    yield "        token outputs:surface"
    yield "    }"
    yield "}"


def joint_paths(skeleton: Skeleton, names: Sequence[str]) -> list[str]:
    """Every joint's path from the root, as UsdSkel names joints: letters, digits, underscores."""
    words: list[str] = []
    for name in names:
        word = plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if plain[:1].isdigit() or not plain:
            word = plain = f"_{plain}"
        number = 1
        while word in words:
            number += 1
            word = f"{plain}_{number}"
        words.append(word)
    paths = dict.fromkeys(range(len(words)), "")
    for joint in skeleton.order:
        parent = skeleton.parents[joint]
        paths[joint] = words[joint] if parent < 0 else f"{paths[parent]}/{words[joint]}"
    return list(paths.values())


def _samples(what: str, codes: np.ndarray, values: np.ndarray) -> Iterator[str]:
    yield f"            {what}.timeSamples = {{"
    for code, row in zip(codes.tolist(), values, strict=True):
        yield f"                {code:.10g}: {_vectors(row)},"
    yield "            }"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" if line else line for line in lines)


def _vectors(rows: np.ndarray) -> str:
    one = "(" + ", ".join(["%.7g"] * rows.shape[1]) + ")"
    # Zero added: "-0" would be a difference without a meaning.
    flat = (np.where(np.abs(rows) < 1e-9, 0, rows) + 0.0).ravel().tolist()
    return "[" + ", ".join([one] * len(rows)) % tuple(flat) + "]"


def _shifts(places: np.ndarray) -> str:
    """Matrices that only move, as USD writes them: row by row, the shift in the last."""
    one = "( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (%.9g, %.9g, %.9g, 1) )"
    flat = (np.where(np.abs(places) < 1e-9, 0, places) + 0.0).ravel().tolist()
    return "[" + ", ".join([one] * len(places)) % tuple(flat) + "]"


def _decimals(values: np.ndarray) -> str:
    return ", ".join(f"{value:.7g}" for value in values.tolist())


def _whole(values: np.ndarray) -> str:
    return ", ".join(map(str, values.ravel().tolist()))


def _pairs(spans: Sequence[Sequence[float]]) -> str:
    return "[" + ", ".join(f"({start!r}, {stop!r})" for start, stop in spans) + "]"


def _quoted(text: str) -> str:
    """A string of USD's text form, whose escapes are those of JSON for what people write."""
    return json.dumps(re.sub(r"[\x00-\x1f]", " ", text), ensure_ascii=False)
