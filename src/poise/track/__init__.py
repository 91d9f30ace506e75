"""Who is who over time: everybody who was found in every frame, made one track for each person."""

from poise.track.choosing import choose
from poise.track.people import Tracked, follow, people

__all__ = ["Tracked", "choose", "follow", "people"]
