"""Readers of real motion files, and libraries of many motions.

>>> from poise.data import MotionLibrary, load
>>> motion = load("walk.bvh")
>>> library = MotionLibrary.open("folder/of/motion")
"""

from poise.data.asf_amc import read_amc, read_asf
from poise.data.bvh import read_bvh
from poise.data.c3d import read_c3d
from poise.data.cmu import to_h36m17
from poise.data.csv_motion import read_csv
from poise.data.expmap import read_expmap
from poise.data.glb import read_glb
from poise.data.lab_cameras import h36m_camera, humaneva_camera, humaneva_pose
from poise.data.library import Clip, MotionLibrary
from poise.data.loading import load, load_body, load_people
from poise.data.trc import read_trc

__all__ = [
    "Clip",
    "MotionLibrary",
    "h36m_camera",
    "humaneva_camera",
    "humaneva_pose",
    "load",
    "load_body",
    "load_people",
    "read_amc",
    "read_asf",
    "read_bvh",
    "read_c3d",
    "read_csv",
    "read_expmap",
    "read_glb",
    "read_trc",
    "to_h36m17",
]
