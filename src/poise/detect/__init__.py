"""From pixels to 2D: detectors, and other tools' results."""

from poise.detect.blazepose import BlazePose
from poise.detect.detecting import detect
from poise.detect.detections import Detections
from poise.detect.detector import Detector
from poise.detect.pieces import Pieces
from poise.errors import PoiseError, did_you_mean

DETECTORS = ("blazepose", "rtmpose")


def detector(name: str = "blazepose") -> Detector:
    """One of the detectors by its name."""
    match name:
        case "blazepose":
            return BlazePose()
        case "rtmpose":
            from poise.detect.rtmpose import RTMPose

            return RTMPose()
    raise PoiseError(f"no detector is called {name!r}{did_you_mean(name, list(DETECTORS))}")


__all__ = ["DETECTORS", "BlazePose", "Detections", "Detector", "Pieces", "detect", "detector"]
