"""The charts of a pack, one file a chart, drawn from what the pack shows its audience and from nothing else."""

from __future__ import annotations

from costshift.publish.charts.chart import Chart, drawn, load_fonts
from costshift.publish.charts.making import charts_and_left_out, charts_of

__all__ = ["Chart", "charts_and_left_out", "charts_of", "drawn", "load_fonts"]
