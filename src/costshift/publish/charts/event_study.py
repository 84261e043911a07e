"""Event study: the difference between exposed and comparators, month by month about the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import BAR, EDGE, INK, PALE, SMALL, SOFT, WIDTH, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import Cell, Grid, Row, heads, names_row

_HEIGHT, _LEFT = 260, 84


def event_study_chart(
    rows: Sequence[Mapping[str, Any]],
    estimate: Mapping[str, Any],
    *,
    exposure: str,
    partner: str,
    council: str,
    outcome: str,
    excluded: tuple[int, int] = (-3, 3),
    source: str,
) -> Chart:
    """Differences by month from the decision, with simultaneous bands; the months left out of the estimate are shaded.

    Args:
        rows: months_from_decision, difference, low, high: pounds per person-month, exposed less comparators.
        estimate: effect_per_person_month, effect_low, effect_high, people: the row of shift_effects; nulls where none.
        exposure: in words, such as "support lost".
        partner: the council's id, for the file's name.
        council: its name.
        outcome: in words, such as "NHS cost".
        excluded: first month and month after the last that the estimate leaves out.
        source: where the figures come from.
    """
    ordered = sorted(rows, key=lambda row: row["months_from_decision"])
    effect, low, high = (estimate[name] for name in ("effect_per_person_month", "effect_low", "effect_high"))
    title = f"{council}, {exposure}: no estimate of {outcome} after the decision"
    if effect is not None and low is not None and high is not None:
        told = f"{_pounds(effect)} a person a month ({_pounds(low)} to {_pounds(high)})"
        how = "is higher" if low > 0 else "is lower" if high < 0 else "cannot be told from no change"
        title = f"{council}, {exposure}: {outcome} {how} after the decision, {told}"
    people = words.counted(estimate["people"], "person", "people") if estimate.get("people") is not None else "people"
    units = (
        f"Difference in {outcome} between {people} and their matched comparators, by month from the decision. Pounds a "
        "person a month, with simultaneous 95% bands. Shaded: left out of the estimate."
    )
    listed = "; ".join(
        f"month {row['months_from_decision']}: {_pounds(row['difference'])} "
        f"({_pounds(row['low'])} to {_pounds(row['high'])})"
        for row in ordered
    )
    return Chart(
        key=f"event-study-{exposure.replace(' ', '-')}-{partner}",
        title=title,
        alternative=f"Event study. {listed}.",
        source=source,
        drawing=canvas.picture(title, units, source, _HEIGHT + 46, _plot(ordered, excluded)),
        grid=Grid(
            f"Figures of the chart: {title}",
            heads("Months from the decision", "Difference", "Low", "High", numbers=3),
            [
                Row(
                    [
                        names_row(str(row["months_from_decision"])),
                        *(Cell(_pounds(row[name]), number=True) for name in ("difference", "low", "high")),
                    ]
                )
                for row in ordered
            ],
            "No month has matched people enough.",
        ),
    )


def _plot(rows: Sequence[Mapping[str, Any]], excluded: tuple[int, int]) -> list[Shape]:
    width = WIDTH - 2 * EDGE - _LEFT
    months = [row["months_from_decision"] for row in rows] or [0, 1]
    x = canvas.Scale(min(months) - 0.5, max(months) + 0.5, 0, width)
    y = canvas.scale(
        [row[name] for row in rows for name in ("difference", "low", "high") if row[name] is not None] or [1.0],
        _HEIGHT,
        0,
    )
    first, last = (max(x.low, min(x.high, own - 0.5)) for own in excluded)
    known = [row for row in rows if row["difference"] is not None]
    return [
        canvas.moved(
            [
                canvas.box(x(first), 0, x(last) - x(first), _HEIGHT, PALE),
                *canvas.left_axis(y, width, "Pounds a person a month", _pounds),
                canvas.rule(0, y(0), width, y(0), colour=INK),
                *(
                    canvas.rule(
                        x(row["months_from_decision"]),
                        y(row["low"]),
                        x(row["months_from_decision"]),
                        y(row["high"]),
                        colour=BAR,
                        width=2,
                    )
                    for row in known
                    if row["low"] is not None and row["high"] is not None
                ),
                *(
                    canvas.circle(x(row["months_from_decision"]), y(row["difference"]), 4, BAR, fill=BAR)
                    for row in known
                ),
                *(
                    canvas.words(str(own), x(own), _HEIGHT + 18, size=SMALL, colour=SOFT, align="middle")
                    for own in months
                    if len(months) <= 14 or own % 3 == 0
                ),
                canvas.words(
                    "Months from the decision", width / 2, _HEIGHT + 38, size=SMALL, colour=SOFT, align="middle"
                ),
            ],
            _LEFT,
            0,
        )
    ]


def _pounds(own: float | None) -> str:
    if own is None:
        return NOT_COMPUTABLE
    return f"{'-' if round(own) < 0 else ''}£{abs(round(own)):,}"
