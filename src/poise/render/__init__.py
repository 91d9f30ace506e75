"""Plain pictures of motion."""

from poise.render.animation import animate
from poise.render.charts import chart
from poise.render.pictures import contact_sheet, film_strip

__all__ = ["animate", "chart", "contact_sheet", "film_strip"]
