"""2D results of other tools, and our own files, by what is in them.

>>> found = read_2d("alphapose-results.json", fps=30, image_size=(1920, 1080))
"""

from poise.detect.reading.reading import read_2d

__all__ = ["read_2d"]
