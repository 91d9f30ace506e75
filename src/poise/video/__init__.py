"""Videos, photos, pipes and webcams as pictures with a time; and pictures as a video.

>>> with open_video("walk.mp4") as video:
...     for picture in ahead(video.pictures(largest=1280), 8):
...         look_at(picture.rgb, picture.time)
"""

from poise.video.ahead import ahead
from poise.video.opening import open_video
from poise.video.video import Picture, Video, fitted
from poise.video.writing import VideoWriter, write_video

__all__ = ["Picture", "Video", "VideoWriter", "ahead", "fitted", "open_video", "write_video"]
