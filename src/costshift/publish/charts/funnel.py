"""Funnel plot: which units differ from all of them together by more than their size explains."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import COMMON, CONCERNING, EDGE, IMPROVING, SMALL, SOFT, WIDTH, Scale, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.page.blocks import Cell, Grid, Row, heads, names_row
from costshift.publish.standing_out import MOST_NAMED

_HEIGHT, _LEFT, _RIGHT = 260, 66, 150
#: Standard deviations of the limits: 95 and 99.8 in 100 units that do not differ lie within.
INNER, OUTER = 1.96, 3.09
LEAST_UNITS = 3
#: More units outside the limits are counted in the title; the table names them.
_MOST_NAMED = 3
#: Pixels of a name at most.
_NAME = 190
#: Left, top, right and bottom of what stands on the plot.
Box = tuple[float, float, float, float]


def funnel_chart(
    rows: Sequence[Mapping[str, Any]], measure: str, month: str, source: str, *, better: str
) -> Chart | None:
    """Shares by size, with binomial limits about the share of all. None for fewer than three units.

    Args:
        rows: name, numerator, denominator: of units that can be shown.
        measure: what the share is of, in words that follow "share of".
        month: the month's name.
        source: where the figures come from.
        better: increase or decrease.
    """
    known = sorted(
        (row for row in rows if row["numerator"] is not None and row["denominator"]), key=lambda row: row["name"]
    )
    if len(known) < LEAST_UNITS:
        return None
    whole = sum(row["numerator"] for row in known) / sum(row["denominator"] for row in known)
    placed = [(row, row["numerator"] / row["denominator"], _place(row, whole)) for row in known]
    outside = [row["name"] for row, _, how in placed if abs(how) > OUTER]
    title = f"No unit’s share of {measure} differs by more than its size explains"
    if len(outside) > _MOST_NAMED:
        title = f"{len(outside)} of {len(known)} units: the share of {measure} differs by more than their size explains"
    elif outside:
        whose = "its" if len(outside) == 1 else "their"
        title = f"{words.listed(outside)}: the share of {measure} differs by more than {whose} size explains"
    # Of many units those furthest from all are told in words; the table has every one.
    furthest = sorted(placed, key=lambda unit: (-abs(unit[2]), unit[0]["name"]))[:MOST_NAMED]
    read_out = [unit for unit in placed if unit in furthest]
    listed = "; ".join(
        f"{row['name']}: {words.percent(own)} of {words.whole(row['denominator'])} ({_words(how, better)})"
        for row, own, how in read_out
    )
    if len(placed) > len(read_out):
        listed += f"; the table of the chart has the other {len(placed) - len(read_out):,}, which are nearer to all"
    units = (
        f"Share of {measure}, {month}, by number of discharges. Dotted: 95% limits, dashed: 99.8% limits, about the "
        "share of all. Where there is no room for a name, the table has it."
    )
    return Chart(
        key="funnel",
        title=title,
        alternative=f"Funnel plot, {month}. All units shown together: {words.percent(whole)}. {listed}.",
        source=source,
        drawing=canvas.picture(title, units, source, _HEIGHT + 46, _plot(placed, whole, better)),
        grid=Grid(
            f"Figures of the chart: {title}",
            [*heads("Unit"), *heads("Discharges", "Share", numbers=2), *heads("Against all")],
            [
                Row(
                    [
                        names_row(row["name"]),
                        Cell(words.whole(row["denominator"]), number=True),
                        Cell(words.percent(own), number=True),
                        Cell(_words(how, better)),
                    ]
                )
                for row, own, how in placed
            ],
            "",
            [f"All units shown together: {words.percent(whole)}."],
        ),
    )


def _place(row: Mapping[str, Any], whole: float) -> float:
    """Standard deviations of a unit from all, as large as it is."""
    spread = math.sqrt(whole * (1 - whole) / row["denominator"])
    return 0.0 if spread == 0 else (row["numerator"] / row["denominator"] - whole) / spread


def _words(how: float, better: str) -> str:
    if abs(how) <= INNER:
        return "within the 95% limits"
    side = "higher" if how > 0 else "lower"
    limits = "outside the 99.8% limits" if abs(how) > OUTER else "outside the 95% limits"
    return f"{side}, {limits}{'' if abs(how) <= OUTER else ' (' + _tone(how, better)[0] + ')'}"


def _tone(how: float, better: str) -> tuple[str, str]:
    if abs(how) <= OUTER:
        return "within", COMMON
    return ("better", IMPROVING) if (how > 0) is (better == "increase") else ("worse", CONCERNING)


def _plot(placed: Sequence[tuple[Mapping[str, Any], float, float]], whole: float, better: str) -> list[Shape]:
    width = WIDTH - 2 * EDGE - _LEFT - _RIGHT
    most = max(row["denominator"] for row, _, _ in placed)
    x = canvas.scale([most], 0, width)
    sizes = [most * 1.05 * step / 60 for step in range(4, 61)]
    least = min(row["denominator"] for row, _, _ in placed)
    spread = OUTER * math.sqrt(whole * (1 - whole) / max(1.0, least * 0.7))
    shares = [own for _, own, _ in placed]
    low, high = max(0.0, min([*shares, whole - spread]) - 0.02), min(1.0, max([*shares, whole + spread]) + 0.02)
    y = Scale(low, high, _HEIGHT, 0)
    shapes = [
        *canvas.left_axis(y, width, "Share", canvas.percent),
        *canvas.foot_axis(x, _HEIGHT, "Discharges", canvas.plain),
        canvas.rule(0, y(whole), width, y(whole)),
        canvas.words(f"All {words.percent(whole)}", 6, y(whole) - 6, size=SMALL, colour=SOFT),
    ]
    for limit, dash in ((INNER, [2, 3]), (OUTER, [7, 4])):
        for sign in (1, -1):
            curve = [(x(size), whole + sign * limit * math.sqrt(whole * (1 - whole) / size)) for size in sizes]
            shapes.append(canvas.path([(a, y(b)) for a, b in curve if low <= b <= high], SOFT, dash=dash, width=1))
    for row, own, how in placed:
        tone, colour = _tone(how, better)
        point = {"better": canvas.square, "worse": canvas.triangle}.get(tone)
        place = (x(row["denominator"]), y(own))
        shapes.append(point(*place, 5, colour) if point else canvas.circle(*place, 4, colour, fill=colour))
    taken = [(0.0, y(whole) - 18, 90.0, y(whole) - 2)]
    taken += [
        (px - 6, py - 6, px + 6, py + 6) for px, py in ((x(row["denominator"]), y(own)) for row, own, _ in placed)
    ]
    for row, own, _ in sorted(placed, key=lambda unit: (-abs(unit[2]), unit[0]["name"])):
        (label,) = canvas.label_lines(row["name"], _NAME, SMALL, 1)
        where = _room(label, x(row["denominator"]), y(own), width + _RIGHT, taken)
        if where is not None:
            taken.append(where)
            shapes.append(canvas.words(label, where[0], (where[1] + where[3]) / 2, size=SMALL, middle=True))
    return [canvas.moved(shapes, _LEFT, 0)]


def _room(label: str, x: float, y: float, right: float, taken: Sequence[Box]) -> Box | None:
    """Where a point's name has room, at its right or its left; None where neither is free."""
    wide = canvas.width_of(label, SMALL) * 1.1
    middle = min(max(y, 8.0), _HEIGHT - 8.0)
    for left in (x + 9, x - 9 - wide):
        own = (left, middle - 8, left + wide, middle + 8)
        free = all(
            own[2] <= other[0] or other[2] <= own[0] or own[3] <= other[1] or other[3] <= own[1] for other in taken
        )
        if left >= 2 and own[2] <= right and free:
            return own
    return None
