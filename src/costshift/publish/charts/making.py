"""Which charts a pack has."""

from __future__ import annotations

from costshift.publish import words
from costshift.publish.charts.chart import Chart
from costshift.publish.charts.xmr import xmr_chart
from costshift.publish.content import PackContent
from costshift.publish.signals import series_of


def charts_of(content: PackContent) -> list[Chart]:
    """Every chart for which the pack has figures."""
    return [*_control_charts(content)]


def _control_charts(content: PackContent) -> list[Chart]:
    if "spc" not in content.tables:
        return []
    series = series_of(content.tables["spc"], words.partner_names(content))
    return [xmr_chart(own, content.project.policies, source(content)) for own in series]


def source(content: PackContent) -> str:
    """Where a chart's figures come from, and what was done to them."""
    place = f"Source: {content.project.place.name}, the partners’ extracts, loads to number {content.known_at}."
    if words.is_controlled(content):
        return f"{place} Small numbers suppressed, others rounded."
    return f"{place} Uncontrolled figures." if content.audience == "internal" else place
