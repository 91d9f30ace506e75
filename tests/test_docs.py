"""The documentation is true: its Python runs, its commands exist, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from poise.cli.main import COMMANDS, run
from poise.conversions import CONVERSIONS
from poise.data.maker import improvise
from poise.lifting import save_lifter
from poise.motion import Keypoints
from poise.skeletons import COCO17
from poise.train import RECIPES
from somebody import film, swaying
from tiny_lifters import PERSON, tiny

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BY_NAME = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), flags=re.DOTALL)


@BY_NAME
def test_python_in_the_docs_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    improvise([1], 2.0, ["walk"]).body.motion.save("walk.npz")
    xy = np.full((30, 17, 2), 300.0)
    Keypoints(xy=xy, skeleton=COCO17, image_size=(640, 480), fps=30).save("track.npz")
    save_lifter("lifter.safetensors", tiny("sliding", PERSON))
    film(tmp_path / "video.mp4", swaying(16))
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(compile(block, page.name, "exec"), names)


@BY_NAME
def test_commands_in_the_docs_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] != ["poise"] or words[1:] in (["--help"], ["--version"]):
                continue
            named = [" ".join(words[1:end]) for end in (3, 2)]
            command = next((name for name in named if name in COMMANDS), None)
            assert command, line
            used = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert used <= options_of(command, words[1:], capsys), line


def options_of(command: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> set[str]:
    """What a command's help offers; where it is one of several, of the one that is meant."""
    prefix = command.split()
    if command == "train lift":
        named = words[2:3] if words[2:3] and words[2] in RECIPES else ["mixste"]
        prefix += named
    with pytest.raises(SystemExit):
        run([*prefix, "--help"])
    return set(re.findall(r"--[a-z][a-z.-]*", capsys.readouterr().out))


@BY_NAME
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_table_of_conversions_is_complete() -> None:
    text = (ROOT / "docs" / "conventions.md").read_text()
    for item in CONVERSIONS:
        synthesized, unknown = (
            ", ".join(names) or "–" for names in (item.synthesized, item.unknown)
        )
        row = f"| {item.source.name} | {item.target.name} | {synthesized} | {unknown} |"
        assert row in text


def test_every_picture_of_the_docs_is_used() -> None:
    text = "".join(page.read_text() for page in PAGES)
    for picture in (ROOT / "docs" / "images").rglob("*.*"):
        assert picture.name in text, f"{picture.name} is on no page"
