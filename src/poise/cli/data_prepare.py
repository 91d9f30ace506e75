"""`poise data prepare`: the open benchmark's views as files."""

from pathlib import Path
from typing import Annotated

import tyro

from poise.cli.motion import open_motion
from poise.cli.progress import progress
from poise.cli.tracks import chosen_tracks
from poise.errors import PoiseError
from poise.tables import table


def prepare(
    pack: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PACK")],
    *,
    tracks: Annotated[tuple[str, ...], tyro.conf.arg(metavar="TRACK ...")] = ("gt", "noisy"),
    split: Annotated[str | None, tyro.conf.arg(metavar="SPLIT", help_behavior_hint="")] = None,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")] = None,
) -> None:
    """Film motion for the open benchmark and keep the views as files, for those who want files.

    Nothing needs them: `views()` films as it goes, the test split in a second. `cached_views()`
    reads them, by default from the folder that is the default here. What is there already is kept,
    so stopped work goes on where it was. Says whether the motion is the official pack.

    Example: poise data prepare mocap17 --tracks gt noisy

    Args:
        pack: The motion: the folder of the mocap17 pack (looked for in poise's data folder too),
            CMU's database as `poise data get cmu` brings it, or any other library of motion.
        tracks: Which of gt, noisy, shift-source, shift-target, shift-oracle, shift-gt, shift-noisy.
        split: Film train, val or test in place of the tracks' own split.
        out: The folder for the views; without it, open-benchmark in poise's data folder.
    """
    from poise.data import open_benchmark
    from poise.data.open_benchmark.cache import folder_name, views_folder
    from poise.data.open_benchmark.cameras import NUMBERS

    chosen = chosen_tracks(tracks, split)
    library, folder = open_benchmark.ready(open_motion([pack])), out or views_folder()
    splits = dict.fromkeys(clip.split for clip in library)
    for track in chosen.values():
        if track.split not in splits:
            raise PoiseError(
                f"{pack}: no clip is in split {track.split!r}; film one that is there, such as "
                f"--split {next(iter(splits))}"
            )
    rows = []
    with progress() as show:
        for name, track in chosen.items():
            clips = open_benchmark.clips_of(library, track)
            segments = sum(len(open_benchmark.segments(clip.key, clip.frames)) for clip in clips)
            views = 0
            for view in open_benchmark.cached_views(library, track, folder):
                views += 1
                share = views / (len(NUMBERS) * segments)
                show(f"filming {name}", share, f"{views} views, now {view.segment}")
            rows.append((name, track.split, track.kind, views, folder_name(library, track)))
    print(table(rows, header=("track", "split", "cameras", "views", f"in {folder}")))
    for split in dict.fromkeys(track.split for track in chosen.values()):
        print(f"{split}: {open_benchmark.standing(library, split)}")
