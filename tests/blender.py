"""Blender, headless, in an environment of its own: `make blender` makes it beside .venv."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def blender_python() -> Path:
    """The Python that has Blender's package; the test is skipped where there is none."""
    python = Path(os.environ.get("POISE_BLENDER", HERE.parent / ".blender" / "bin" / "python"))
    if not python.exists():
        pytest.skip("Blender is not here: 'make blender' fetches it, or set POISE_BLENDER")
    return python


def imported_by_blender(folder: Path, jobs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What Blender makes of some files, all in one run (see in_blender.py)."""
    python = blender_python()
    asked, told = folder / "jobs.json", folder / "found.json"
    asked.write_text(json.dumps(jobs))
    run = subprocess.run(
        [python, HERE / "in_blender.py", asked, told], capture_output=True, text=True, timeout=600
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(told.read_text())
