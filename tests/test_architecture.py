"""Imports point one way: vocabulary, then the rooms, then the commands."""

import ast
from pathlib import Path

import pytest

import poise

SOURCE = Path(poise.__file__).parent

VOCABULARY = (
    "checking",
    "errors",
    "files",
    "skeletons",
    "cameras",
    "motion",
    "conversions",
    "metrics",
    "plain",
    "resampling",
    "tables",
)

# What each part may import of poise, besides itself. A new room is a new line.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(VOCABULARY, ("geometry", *VOCABULARY)),
    "geometry": ("skeletons",),
    "anatomy": ("geometry", *VOCABULARY),
    "render": ("geometry", *VOCABULARY),
    "data": ("anatomy", "geometry", *VOCABULARY),
    "body": ("anatomy", "refine", "geometry", *VOCABULARY),
    "angles": ("anatomy", "geometry", *VOCABULARY),
    "export": ("anatomy", "angles", "render", "geometry", *VOCABULARY),
    "retarget": ("anatomy", "data", "export", "geometry", *VOCABULARY),
    "nn": ("skeletons", "errors"),
    "methods": ("nn", *VOCABULARY),
    "lifting": ("methods", "geometry", *VOCABULARY),
    "train": ("bench", "data", "lifting", "methods", "geometry", *VOCABULARY),
    "adapt": ("data", "lifting", "methods", "refine", "train", "geometry", *VOCABULARY),
    "video": VOCABULARY,
    "detect": ("video", *VOCABULARY),
    "track": ("detect", "geometry", *VOCABULARY),
    "refine": ("geometry", *VOCABULARY),
    "report": ("anatomy", "angles", "body", "render", "video", "geometry", *VOCABULARY),
    "pipeline": (
        *("body", "detect", "lifting", "refine", "report", "track", "video", "geometry"),
        *VOCABULARY,
    ),
    "bench": ("data", "lifting", "methods", "geometry", *VOCABULARY),
    "results": ("body", "detect", "export", "pipeline", "report", "video", *VOCABULARY),
    "cli": (
        *("adapt", "anatomy", "angles", "bench", "body", "data", "detect", "export", "lifting"),
        *(
            "methods",
            "pipeline",
            "refine",
            "render",
            "report",
            "results",
            "retarget",
            "track",
            "train",
        ),
        *("video", "geometry"),
        *VOCABULARY,
    ),
    # For type checkers only: names come in when they are used.
    "__init__": ("body", "data", "pipeline", *VOCABULARY),
    "__main__": ("cli",),
}

# Packages that may be imported at the top of a module only here; elsewhere inside functions.
HEAVY = {
    "torch": (
        *("adapt", "bench/counting", "body", "data/filming", "data/rendered", "lifting", "methods"),
        *("nn", "train"),
    ),
    "lightning_fabric": ("train",),
    "PIL": ("render", "report", "video"),
    "av": ("video",),
    "mediapipe": (),
    "anny": (),
    "mitsuba": (),
    "scipy": ("body/least_squares", "data", "refine", "track"),
    "tyro": ("cli",),
}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def imports(path: Path, top_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part(path: Path) -> str:
    inside = path.relative_to(SOURCE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_one_way(path: Path) -> None:
    own = part(path)
    assert own in MAY_IMPORT, f"{own} is a new part: say in MAY_IMPORT what it may import"
    for name in imports(path):
        words = name.split(".")
        if words[0] != "poise" or len(words) < 2 or words[1] in (own, "__version__"):
            continue
        assert words[1] in MAY_IMPORT[own], f"{own} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_heavy_packages_come_in_where_they_are_used(path: Path) -> None:
    inside = path.relative_to(SOURCE).as_posix()
    for name in imports(path, top_only=True):
        places = HEAVY.get(name.split(".")[0])
        assert places is None or inside.startswith(places), f"{inside} imports {name} at its top"


def test_files_stay_small() -> None:
    long = {path.name: len(path.read_text().splitlines()) for path in modules()}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_file_is_called_after_nothing() -> None:
    vague = {"utils", "util", "misc", "helpers", "common", "base"}
    assert not vague & {path.stem for path in modules()}
