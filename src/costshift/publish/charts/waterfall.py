"""Waterfall: the parts of a change in people found eligible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import BAR, BELOW, EDGE, INK, SMALL, SOFT, WIDTH, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Cell, Grid, Row, heads, hidden, names_row

_HEIGHT, _LEFT = 250, 70
NAMES = {
    "volume": "Volume: requests",
    "mix": "Mix of people",
    "access": "Access to assessment",
    "rate": "Share found eligible",
}
#: The components within a sentence.
_PARTS = {
    "volume": "the number of requests",
    "mix": "the mix of people",
    "access": "access to an assessment",
    "rate": "the share found eligible",
}


def waterfall_chart(
    rows: Sequence[Mapping[str, Any]],
    *,
    partner: str,
    council: str,
    baseline: str,
    period: str,
    before: int | None,
    source: str,
) -> Chart:
    """Steps from the baseline's people to the period's, one a component.

    Args:
        rows: component, people, people_low, people_high: eligibility_decomposition of one period; and suppressed.
            ``change`` is what the others sum to.
        partner: the council's id, for the file's name.
        council: its name.
        baseline, period: in words.
        before: people found eligible in the baseline; None: not shown, the steps begin at zero.
        source: where the figures come from.
    """
    order = [*NAMES, *sorted({row["component"] for row in rows} - {*NAMES, "change"})]
    parts = sorted((row for row in rows if row["component"] in order), key=lambda row: order.index(row["component"]))
    known = [row for row in parts if row["people"] is not None]
    complete = len(known) == len(parts) and bool(parts)
    total = next((row for row in rows if row["component"] == "change"), None)
    change = total["people"] if total is not None else (sum(row["people"] for row in known) if complete else None)
    title = f"{council}: the change in people found eligible cannot be shown"
    if change is not None:
        size = _number(abs(change))
        way = "more" if change > 0 else "fewer"
        title = f"{council}: {size} {way} people found eligible than in {baseline}"
        if round(change, 6) == 0:
            title = f"{council}: as many people found eligible as in {baseline}"
        main = max(known, key=lambda row: abs(row["people"]), default=None)
        if main is not None and main["people"]:
            shown = "" if complete else " that can be shown"
            title += f"; the largest part{shown} is {_PARTS.get(main['component'], _name(main['component']).lower())}"
            title += f" ({_signed(main['people'])})"
    listed = "; ".join(f"{_name(row['component'])}: {_told(row)}" for row in parts)
    return Chart(
        key=f"eligibility-waterfall-{partner}",
        title=title,
        alternative=f"Waterfall of the change in people found eligible, {baseline} to {period}. {listed}.",
        source=source,
        drawing=canvas.picture(
            title,
            f"Change in people found eligible for support, {baseline} to {period}, by what it is due to. People, with "
            "95% intervals.",
            source,
            _HEIGHT + 62,
            _plot(parts, before if complete else None, baseline, period),
        ),
        grid=Grid(
            f"Figures of the chart: {title}",
            heads("Component", "People", "Low", "High", numbers=3),
            [
                Row(
                    [
                        names_row(_name(row["component"])),
                        *(Cell(_text(row, name), number=True) for name in ("people", "people_low", "people_high")),
                    ]
                )
                for row in parts
            ],
            "Nothing could be decomposed.",
        ),
    )


def _plot(parts: Sequence[Mapping[str, Any]], before: int | None, baseline: str, period: str) -> list[Shape]:
    width = WIDTH - 2 * EDGE - _LEFT
    level = float(before or 0)
    steps: list[tuple[str, float, float, Mapping[str, Any] | None]] = []
    if before is not None:
        steps.append((baseline, 0.0, level, None))
    for row in parts:
        own = float(row["people"] or 0)
        steps.append((_name(row["component"]), level, level + own, row))
        level += own
    if before is not None:
        steps.append((period, 0.0, level, None))
    ends = [own for _, start, end, _ in steps for own in (start, end)]
    reaches = [
        start + row[name]
        for _, start, _, row in steps
        if row is not None
        for name in ("people_low", "people_high")
        if row[name] is not None
    ]
    y = canvas.scale([*ends, *reaches, 1.0], _HEIGHT, 16)
    each = width / max(1, len(steps))
    shapes = canvas.left_axis(y, width, "People", canvas.plain)
    for place, (label, start, end, step) in enumerate(steps):
        middle = (place + 0.5) * each
        top, low = min(y(start), y(end)), max(y(start), y(end))
        colour = SOFT if step is None else BAR if end >= start else BELOW
        shapes.append(canvas.box(middle - each * 0.32, top, each * 0.64, low - top, colour))
        above = top
        if step is not None and step["people_low"] is not None and step["people_high"] is not None:
            high, deep = y(start + step["people_high"]), y(start + step["people_low"])
            shapes.append(canvas.rule(middle, high, middle, deep, colour=INK, width=1.5))
            above = min(above, high)
        told = _number(end) if step is None else _text(step, "people")
        shapes.append(canvas.words(told, middle, above - 6, bold=True, align="middle"))
        if place + 1 < len(steps):
            shapes.append(canvas.rule(middle + each * 0.32, y(end), middle + each * 0.68, y(end), dash=[2, 2]))
        shapes += [
            canvas.words(line, middle, _HEIGHT + 19 + row * 15, size=SMALL, colour=SOFT, align="middle")
            for row, line in enumerate(canvas.label_lines(label, each - 6, SMALL, 3))
        ]
    shapes.append(canvas.rule(0, y(0), width, y(0), colour=INK))
    return [canvas.moved(shapes, _LEFT, 0)]


def _name(component: str) -> str:
    return NAMES.get(component, words.label(component))


def _number(own: float) -> str:
    return words.whole(int(own)) if float(own).is_integer() else words.decimal(own)


def _signed(own: float) -> str:
    return f"{'+' if own > 0 else '-' if own < 0 else ''}{_number(abs(own))}"


def _text(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return SUPPRESSED if name in hidden(row) else NOT_COMPUTABLE
    return _signed(row[name])


def _told(row: Mapping[str, Any]) -> str:
    if row["people_low"] is None or row["people_high"] is None:
        return _text(row, "people")
    return f"{_text(row, 'people')} ({_text(row, 'people_low')} to {_text(row, 'people_high')})"
