"""`poise verify`: whether our networks answer as their publishers' do."""

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from poise.errors import PoiseError
from poise.tables import table

if TYPE_CHECKING:
    from poise.bench.verifying import Verification


def verify(
    files: Annotated[
        tuple[Path, ...],
        tyro.conf.Positional,
        tyro.conf.arg(metavar="[FILES …]", help_behavior_hint=""),
    ] = (),
    *,
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Run reference vectors through our networks and compare with what the publishers' answered.

    A vector file names its method and the publisher's constructor arguments. Those that come with
    poise are run if no file is named. The exit code is 1 where one fails.

    Example: poise verify mine.npz

    Args:
        files: Vector files (.npz).
        json: For programs.
    """
    from poise.bench.vector_files import bundled
    from poise.bench.verifying import verify as verify_one

    paths = files or bundled()
    found, unusable = [], []
    for path in paths:
        try:
            found.append(verify_one(path))
        except PoiseError as error:
            if len(paths) == 1:
                raise
            unusable.append(str(error))  # the others are still run
    failed = sum(not one.passed for one in found) + len(unusable)
    if json:
        files_found = [one.to_dict() for one in found]
        report = {"ok": not failed, "files": files_found, "unusable": unusable}
        print(json_format.dumps(report, indent=2, ensure_ascii=False))
        return 1 if failed else 0
    header = ("method", "file", "difference", "tolerance", "verdict")
    print(table(map(_row, found), header=header))
    for words in unusable:
        print(f"FAILED: {words}")
    print(f"\n{failed} of {len(paths)} failed" if failed else f"\nall {len(paths)} passed")
    return 1 if failed else 0


def _row(one: "Verification") -> tuple[str, ...]:
    if one.unanswered:
        verdict = f"FAILED: no answer to {', '.join(one.unanswered)}"
    else:
        verdict = "passed" if one.passed else f"FAILED in {one.worst}"
    return one.method, one.file, f"{one.difference:.1e}", f"{one.tolerance:.0e}", verdict
