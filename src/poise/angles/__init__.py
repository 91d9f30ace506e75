"""Joint angles as movement science defines them, how sure they are, and numbers of gait."""

from poise.angles.gait import Gait, Measure, gait, gait_or_why
from poise.angles.table import AngleTable, joint_angles

__all__ = ["AngleTable", "Gait", "Measure", "gait", "gait_or_why", "joint_angles"]
