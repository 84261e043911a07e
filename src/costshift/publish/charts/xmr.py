"""The control chart of one series: values, mean, limits, signals, target and policies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from costshift.indicators.series import measure_of
from costshift.project import Baseline, Policy
from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import (
    BODY,
    COMMON,
    CONCERNING,
    EDGE,
    IMPROVING,
    INK,
    PAPER,
    SMALL,
    SOFT,
    WIDTH,
    Scale,
    Shape,
)
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Cell, Grid, Row, heads, names_row
from costshift.publish.signals import ASSURANCE, VARIATION, Series, description, doubts, finding, verdict

_HEIGHT, _LEFT, _RIGHT = 250, 66, 112
_INNER = WIDTH - _LEFT - _RIGHT - EDGE
_UNITS = {"beds": "Beds", "days": "Days", "share": "Share of discharges"}
_TONES = {
    "improving": IMPROVING,
    "concerning": CONCERNING,
    "consistent_pass": IMPROVING,
    "consistent_fail": CONCERNING,
}


@dataclass(frozen=True)
class Mark:
    """A date drawn in the chart: its number, its place, what happened, and whether a new baseline begins with it."""

    number: int
    x: float
    date: dt.date
    description: str
    rebases: bool

    @property
    def note(self) -> str:
        """The mark in words."""
        begins = "; a new baseline begins" if self.rebases else ""
        return f"{self.number}: {words.month_name(self.date)}, {self.description}{begins}."


def xmr_chart(series: Series, policies: Sequence[Policy], source: str, baselines: Sequence[Baseline] = ()) -> Chart:
    """The chart of a series, with the policies and the set dates of new baselines that fall into it.

    Args:
        series: rows of the table spc.
        policies: dated decisions of the place; those of the series' own partner rebase it.
        source: where the figures come from.
        baselines: dates at which baselines begin anew; only those of the series are drawn.
    """
    own = series.own
    trial = " Dotted limits: from fewer than 12 points." if any(row["trial"] for row in series.rows) else ""
    units = f"{own['label']}, by {'quarter' if series.quarterly else 'month'}.{trial}"
    within = _marks(series, policies, baselines)
    notes = [own.note for own in within]
    foot = " ".join([source, *doubts(series), *notes])
    title = finding(series)
    return Chart(
        key=f"xmr-{series.measure.replace('_', '-')}-{series.partner}",
        title=title,
        alternative=" ".join([description(series), *notes]),
        source=foot,
        drawing=canvas.picture(title, units, foot, _HEIGHT + 78, _shapes(series, within)),
        grid=_grid(series, title),
    )


def _step(series: Series) -> float:
    return _INNER / max(1, len(series.rows) - 1)


def _shapes(series: Series, marks: Sequence[Mark]) -> list[Shape]:
    y = _scale(series)
    share = series.own["unit"] == "share"
    plot = [
        *canvas.left_axis(y, _INNER, _UNITS[series.own["unit"]], canvas.percent if share else canvas.plain),
        *(canvas.rule(own.x, 0, own.x, _HEIGHT, dash=[6, 2] if own.rebases else [1, 3]) for own in marks),
        *(canvas.words(str(own.number), own.x, -5, size=SMALL, colour=SOFT, align="middle") for own in marks),
        *_baselines(series, y),
        *_targets(series, y),
        *_line(series, y),
        *(_point(row, place * _step(series), y(row["value"])) for place, row in _known(series)),
        *_months(series),
        *_levels(series, y),
    ]
    return [canvas.moved(plot, _LEFT, 8), *_icons(series)]


def _known(series: Series) -> list[tuple[int, dict[str, Any]]]:
    return [(place, row) for place, row in enumerate(series.rows) if row["value"] is not None]


def _scale(series: Series) -> Scale:
    names = ("value", "upper_limit", "lower_limit", "target", "mean")
    every = [float(row[name]) for row in series.rows for name in names if row[name] is not None] or [0.0, 1.0]
    low, high = max(0.0, min(every)), max(every)
    room = (high - low) * 0.08 or max(abs(high) * 0.1, 0.5)
    bottom, top = low - room, high + room
    if series.own["unit"] == "share" and high <= 1:
        top = min(top, 1.0)
    return Scale(0.0 if bottom < 0.25 * high else bottom, top, _HEIGHT, 0)


def _baselines(series: Series, y: Scale) -> list[Shape]:
    """Mean and limits of each baseline; a limit below zero says nothing and is not drawn."""
    step = _step(series)
    starts = [place for place, row in enumerate(series.rows) if place == 0 or row["rebased"]]
    shapes: list[Shape] = []
    for start, end in zip(starts, [*starts[1:], len(series.rows)], strict=True):
        row = series.rows[start]
        left, right = max(0.0, (start - 0.4) * step), min(float(_INNER), (end - 1 + 0.4) * step)
        dash = [2, 3] if row["trial"] else [7, 4]
        for name, own in (("mean", []), ("lower_limit", dash), ("upper_limit", dash)):
            if row[name] is not None and row[name] >= y.low:
                shapes.append(canvas.rule(left, y(row[name]), right, y(row[name]), dash=own))
    return shapes


def _targets(series: Series, y: Scale) -> list[Shape]:
    """The target over the months for which it was agreed, level by level."""
    step = _step(series)
    shapes: list[Shape] = []
    for target, stretch in groupby(enumerate(series.rows), key=lambda own: own[1]["target"]):
        places = [place for place, _ in stretch]
        if target is not None:
            left, right = max(0.0, (places[0] - 0.4) * step), min(float(_INNER), (places[-1] + 0.4) * step)
            shapes.append(canvas.rule(left, y(target), right, y(target), colour=INK, dash=[12, 3, 2, 3]))
    return shapes


def _line(series: Series, y: Scale) -> list[Shape]:
    """The values joined, broken where a month is missing."""
    step = _step(series)
    stretches = groupby(enumerate(series.rows), key=lambda own: own[1]["value"] is not None)
    return [
        canvas.path([(place * step, y(row["value"])) for place, row in own], COMMON)
        for known, own in stretches
        if known
    ]


def _point(row: dict[str, Any], x: float, y: float) -> Shape:
    """Common cause is a circle, improving a square, concerning a triangle; provisional is hollow."""
    if row["provisional"]:
        return canvas.circle(x, y, 4, COMMON)
    variation = row["variation"] or ""
    if variation.startswith("improving"):
        return canvas.square(x, y, 4.5, IMPROVING)
    if variation.startswith("concerning"):
        return canvas.triangle(x, y, 5, CONCERNING)
    return canvas.circle(x, y, 3.5, COMMON, fill=COMMON, width=1)


def _months(series: Series) -> list[Shape]:
    """Months along the foot: as many as there is room for, the last one always."""
    step = _step(series)
    every = max(1, -(-len(series.rows) * 48 // int(_INNER)))
    places = [place for place in range(len(series.rows)) if (len(series.rows) - 1 - place) % every == 0]
    return [
        canvas.rule(-4, _HEIGHT, _INNER + 4, _HEIGHT),
        *(canvas.rule(place * step, _HEIGHT, place * step, _HEIGHT + 5) for place in places),
        *(
            canvas.words(
                words.short_month(series.rows[place]["month"]),
                place * step,
                _HEIGHT + 19,
                size=SMALL,
                colour=SOFT,
                align="middle",
            )
            for place in places
        ),
        canvas.words(
            "Quarter that begins in" if series.quarterly else "Month",
            _INNER / 2,
            _HEIGHT + 37,
            size=SMALL,
            colour=SOFT,
            align="middle",
        ),
    ]


def _levels(series: Series, y: Scale) -> list[Shape]:
    """Names and figures of the last baseline's lines, at their right end, kept apart."""
    last = series.rows[-1]
    known = [("Mean", last["mean"]), ("Upper limit", last["upper_limit"]), ("Lower limit", last["lower_limit"])]
    if series.latest:
        known.append(("Target", series.latest["target"]))
    named = [
        (y(own), f"{label} {series.written(own, unit=False)}")
        for label, own in known
        if own is not None and own >= y.low
    ]
    labels = canvas.apart(named, lowest=_HEIGHT)
    return [canvas.words(text, _INNER + 10, place, size=SMALL, middle=True) for place, text in labels]


def _icons(series: Series) -> list[Shape]:
    """Variation and assurance as Making Data Count's icons have them, with their words, below the months."""
    latest = series.latest
    shapes: list[Shape] = []
    x = float(_LEFT)
    for kind, table in (("variation", VARIATION), ("assurance", ASSURANCE)):
        own = table.get((latest or {}).get(kind) or "")
        if latest is None or own is None:
            continue
        letter, told = own
        told = f"{words.label(kind)}: {told[:1].lower()}{told[1:]}"
        shapes += _icon(x, _HEIGHT + 70, latest[kind], letter, told)
        x += 70 + canvas.width_of(told, BODY)
    return shapes


def _icon(x: float, y: float, key: str, letter: str, text: str) -> list[Shape]:
    colour = _TONES.get(key, _TONES.get(key.partition("_")[0], COMMON))
    inside = (
        canvas.words(letter, x + 12, y, size=BODY + 1, bold=True, colour=colour, align="middle", middle=True)
        if letter
        else canvas.rule(x + 5, y, x + 19, y, colour=colour, width=2)
    )
    return [
        canvas.circle(x + 12, y, 12, colour, fill=PAPER, width=3),
        inside,
        canvas.words(text, x + 34, y, middle=True),
    ]


def _marks(series: Series, policies: Sequence[Policy], baselines: Sequence[Baseline]) -> list[Mark]:
    """Policies and set dates within the chart, in their order."""
    step = _step(series)
    first, last = series.rows[0]["month"], series.rows[-1]["month"]
    own_dates = [
        own
        for own in baselines
        if own.partner in (None, series.partner) and own.measure in (None, measure_of(series.measure))
    ]
    dates = [
        *((own.date, own.partner, own.description, own.partner == series.partner) for own in policies),
        *((own.date, own.partner or "", own.description, True) for own in own_dates),
    ]
    found: list[Mark] = []
    for date, _, told, rebases in sorted(dates):
        if first <= date.replace(day=1) <= last:
            months = (date.year - first.year) * 12 + date.month - first.month + (date.day - 1) / 31
            x = round(max(0.0, months / (3 if series.quarterly else 1) * step - step / 2), 2)
            found.append(Mark(len(found) + 1, x, date, told, rebases))
    return found


def _grid(series: Series, title: str) -> Grid:
    """The chart's table: one row a month."""

    def cells(row: dict[str, Any]) -> list[Cell]:
        shown = [
            Cell(
                SUPPRESSED
                if row[name] is None and name in (row.get("suppressed") or "")
                else _written(series, row[name]),
                number=True,
                mark=row[name] is None,
            )
            for name in ("value", "mean", "lower_limit", "upper_limit")
        ]
        label = "Provisional" if row["provisional"] else VARIATION.get(row["variation"] or "", ("", "Not judged"))[1]
        return [names_row(series.when(row["month"])), *shown, Cell(label)]

    return Grid(
        f"Figures of the chart: {title}",
        [
            *heads("Quarter" if series.quarterly else "Month"),
            *heads("Value", "Mean", "Lower limit", "Upper limit", numbers=4),
            *heads("Variation"),
        ],
        [Row(cells(row)) for row in series.rows],
        "No month is known.",
        [verdict(series)],
    )


def _written(series: Series, own: float | None) -> str:
    return NOT_COMPUTABLE if own is None else series.written(own, unit=False)
