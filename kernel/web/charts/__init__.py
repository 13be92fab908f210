"""Charts drawn on the server: plain SVG that needs no script and no style attribute, each with its table of data.

Horizontal positions are percentages and texts are pixels, so one drawing is readable on a phone and on a desktop.
"""

from kernel.web.charts.bars import Bar, bars
from kernel.web.charts.fraction import fraction_bar
from kernel.web.charts.treemap import Tile, treemap
from kernel.web.charts.trend import Point, Series, trend

__all__ = ["Bar", "Point", "Series", "Tile", "bars", "fraction_bar", "treemap", "trend"]
