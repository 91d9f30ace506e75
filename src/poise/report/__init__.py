"""What a person gets to look at: the video with skeletons on it, and a page about the findings."""

from poise.report.findings import Findings, Person, Stage
from poise.report.overlay import Overlay

__all__ = ["Findings", "Overlay", "Person", "Stage"]
