"""What a person gets to look at: the video with skeletons on it, and a page about the findings."""

from poise.report.findings import Findings, Person, Stage
from poise.report.overlay import Overlay
from poise.report.page import write_report

__all__ = ["Findings", "Overlay", "Person", "Stage", "write_report"]
