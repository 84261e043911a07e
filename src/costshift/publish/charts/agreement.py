"""Where the record and the linked dates agree: delayed bed days by recorded and by evidenced side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import EDGE, INK, PAPER, SMALL, SOFT, WIDTH, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Grid, Row, figure, heads, hidden, names_row

SIDES = ("nhs", "council", "person", "none")
NAMES = {"nhs": "NHS", "council": "Council", "person": "Person", "none": "Nobody, or not testable"}
#: Of days without a recorded side.
NOT_RECORDED = {"none": "Nobody recorded"}
_CELL, _LEFT, _TOP = 56, 190, 44


def agreement_chart(rows: Sequence[Mapping[str, Any]], whole: Mapping[str, Any], month: str, source: str) -> Chart:
    """A matrix: rows are the recorded side, columns the evidenced one; the darker, the more days.

    Args:
        rows: recorded_side, evidenced_side (nhs, council, person, none), delayed_bed_days, and suppressed.
        whole: agreed_days, disputed_days, questioned_days, untestable_days, and suppressed.
        month: the month's name.
        source: where the figures come from.
    """
    cells = {(row["recorded_side"], row["evidenced_side"]): row for row in rows}
    recorded, evidenced = ([side for side in SIDES if any(key[place] == side for key in cells)] for place in (0, 1))
    parts = {name: _text(whole, f"{name}_days") for name in ("agreed", "disputed", "questioned", "untestable")}
    disputed = "none" if parts["disputed"] == "0" else parts["disputed"]
    title = f"Record and linked dates agree on {parts['agreed']} delayed bed days and are in dispute over {disputed}"
    listed = "; ".join(
        f"recorded to {_recorded(one)}, evidenced to {NAMES[other]}: {_text(cells[one, other], 'delayed_bed_days')}"
        for one in recorded
        for other in evidenced
        if (one, other) in cells
    )
    summary = (
        f"Agreed {parts['agreed']}, disputed {parts['disputed']}, questioned {parts['questioned']}, untestable "
        f"{parts['untestable']} days."
    )
    return Chart(
        key="agreement-matrix",
        title=title,
        alternative=f"Matrix of delayed bed days, {month}, by recorded and evidenced side. {listed}. {summary}",
        source=source,
        drawing=canvas.picture(
            title,
            f"Delayed bed days in {month} by the side that the record and the side that the linked dates give. Days.",
            f"{summary} {source}",
            _TOP + _CELL * max(1, len(recorded)) + 8,
            _matrix(cells, recorded, evidenced),
        ),
        grid=Grid(
            f"Figures of the chart: {title}",
            heads("Recorded to", *(f"Evidenced: {NAMES[side]}" for side in evidenced), numbers=len(evidenced)),
            [
                Row(
                    [
                        names_row(_recorded(one)),
                        *(
                            figure(cells.get((one, other), {"delayed_bed_days": 0}), "delayed_bed_days")
                            for other in evidenced
                        ),
                    ]
                )
                for one in recorded
            ],
            "There are no delayed bed days.",
            [summary],
        ),
    )


def _matrix(
    cells: Mapping[tuple[str, str], Mapping[str, Any]], recorded: Sequence[str], evidenced: Sequence[str]
) -> list[Shape]:
    wide = min(150.0, (WIDTH - 2 * EDGE - _LEFT) / max(1, len(evidenced)))
    most = max((row["delayed_bed_days"] or 0 for row in cells.values()), default=0) or 1
    shapes = [
        canvas.words("Evidenced to", _LEFT, 12, size=SMALL, colour=SOFT),
        canvas.words("Recorded to", 0, _TOP - 10, size=SMALL, colour=SOFT),
    ]
    for place, side in enumerate(evidenced):
        rows = canvas.lines(NAMES[side], wide - 6, 13)[:2]
        shapes += [
            canvas.words(line, _LEFT + (place + 0.5) * wide, _TOP - 8 - 15 * (len(rows) - 1 - row), align="middle")
            for row, line in enumerate(rows)
        ]
    for down, one in enumerate(recorded):
        shapes.append(canvas.words(_recorded(one), 0, _TOP + (down + 0.5) * _CELL, middle=True))
        for right, other in enumerate(evidenced):
            row = cells.get((one, other), {"delayed_bed_days": 0})
            colour = _shade((row["delayed_bed_days"] or 0) / most)
            x, y = _LEFT + right * wide, _TOP + down * _CELL
            shapes += [
                # The cells on which both agree have a firm edge.
                canvas.box(x + 2, y + 2, wide - 4, _CELL - 4, colour, stroke=INK if one == other != "none" else SOFT),
                canvas.words(
                    _text(row, "delayed_bed_days"),
                    x + wide / 2,
                    y + _CELL / 2,
                    align="middle",
                    middle=True,
                    bold=one == other != "none",
                    colour=canvas.text_on(colour),
                ),
            ]
    return [canvas.moved(shapes, EDGE, 0)]


def _recorded(side: str) -> str:
    return NOT_RECORDED.get(side, NAMES[side])


def _shade(share: float) -> str:
    """From paper to dark blue: the lightness alone tells how much."""
    dark = (11, 60, 102)
    light = tuple(int(PAPER[place : place + 2], 16) for place in (1, 3, 5))
    mixed = (round(one + (other - one) * share) for one, other in zip(light, dark, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _text(row: Mapping[str, Any], name: str) -> str:
    own = row[name]
    if own is None:
        return SUPPRESSED if name in hidden(row) else NOT_COMPUTABLE
    return words.whole(own) if float(own).is_integer() else words.decimal(own)
