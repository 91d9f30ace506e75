"""Joint angles as movement science defines them, how sure they are, and numbers of gait."""

from poise.angles.table import AngleTable, joint_angles

__all__ = ["AngleTable", "joint_angles"]
