"""Delayed bed days by attribution, on one basis or on several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import EDGE, INK, SMALL, SOFT, WIDTH, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Grid, Row, figure, heads, hidden, names_row

#: Attributions from the hospital's own to nobody's.
ORDER = ("acute", "community", "mental_health", "icb", "council", "person", "not_recorded", "unknown", "none")
#: What they are called in a chart, where the whole table is not beside them.
NAMES = {
    "acute": "The hospital",
    "community": "Community health",
    "mental_health": "Mental health",
    "icb": "The ICB",
    "council": "The council",
    "person": "The person or family",
    "not_recorded": "Nobody recorded",
    "unknown": "Provider of unknown setting",
    "none": "Nobody",
}
_ROW, _LEFT, _TOP = 34, 150, 22

#: Rows of one basis by attribution; None: all together.
Basis = Mapping[str | None, Mapping[str, Any]]


def attribution_chart(bases: Mapping[str, Basis], setting: str, month: str, source: str) -> Chart:
    """Bars of delayed bed days by attribution, one panel a basis.

    Args:
        bases: basis (recorded, evidenced, reconciled) to its rows by attribution (None for all together):
            delayed_bed_days, share and suppressed.
        setting: whose beds, in words.
        month: the month's name.
        source: where the figures come from.
    """
    kinds = [kind for kind in ORDER if any(kind in rows for rows in bases.values())]
    main, rows = next(iter(bases.items()))
    known = [(kind, rows[kind]) for kind in kinds if kind in rows and rows[kind]["delayed_bed_days"]]
    title = f"{words.label(main)} attribution: no delayed bed days can be shown"
    if known:
        most, row = max(known, key=lambda own: own[1]["delayed_bed_days"])
        name = NAMES.get(most, words.label(most))
        part = "" if row["share"] is None else f" ({words.percent(row['share'])})"
        days = words.counted(row["delayed_bed_days"], "delayed bed day", "delayed bed days")
        title = f"{name} has the most {main} days: {days}{part}"
        if most == "not_recorded":
            title = f"For most days nobody is {main}: {days}{part}"
    texts = []
    for basis, own in bases.items():
        listed = ", ".join(
            f"{NAMES.get(kind, words.label(kind))}: {_days(own[kind])}{_share(own[kind])}"
            for kind in kinds
            if kind in own
        )
        whole = f"; all: {_days(own[None])}" if None in own else ""
        texts.append(f"{words.label(basis)}: {listed}{whole}.")
    every = " ".join(texts)
    return Chart(
        key="delayed-days-by-attribution",
        title=title,
        alternative=f"Bar chart of delayed bed days in {setting} beds, {month}, by attribution. {every}"
        + (f" {SUPPRESSED} is suppressed." if SUPPRESSED in every else ""),
        source=source,
        drawing=canvas.picture(
            title,
            f"Delayed bed days in {setting} beds, {month}, by whom they are attributed to. Days, and share of all.",
            source,
            _TOP + _ROW * len(kinds) + 6,
            _panels(bases, kinds),
        ),
        grid=_grid(bases, kinds, title),
    )


def _panels(bases: Mapping[str, Basis], kinds: Sequence[str]) -> list[Shape]:
    room = (WIDTH - 2 * EDGE - _LEFT) / len(bases)
    # Room beside the longest bar for its figures.
    most = max((row["delayed_bed_days"] or 0 for rows in bases.values() for row in _each(rows, kinds)), default=0) or 1
    shapes = [
        canvas.words(
            NAMES.get(kind, words.label(kind)), _LEFT - 10, _TOP + (place + 0.5) * _ROW, align="end", middle=True
        )
        for place, kind in enumerate(kinds)
    ]
    for panel, (basis, rows) in enumerate(bases.items()):
        x = canvas.scale([most], 0, room - 108, room=0)
        own = [canvas.words(words.label(basis), 0, 12, bold=True)]
        for place, kind in enumerate(kinds):
            y = _TOP + place * _ROW
            row = rows.get(kind)
            if row is None:
                own.append(canvas.words("0", 6, y + _ROW / 2, size=SMALL, middle=True))
                continue
            length = x(row["delayed_bed_days"] or 0)
            own += [
                canvas.box(0, y + 5, length, _ROW - 10, canvas.kind_colour(kind), stroke=INK if length else ""),
                canvas.words(f"{_days(row)}{_share(row)}", length + 6, y + _ROW / 2, size=SMALL, middle=True),
            ]
        own.append(canvas.rule(0, _TOP, 0, _TOP + _ROW * len(kinds), colour=SOFT))
        shapes.append(canvas.moved(own, _LEFT + panel * room, 0))
    return [canvas.moved(shapes, EDGE, 0)]


def _each(rows: Basis, kinds: Sequence[str]) -> list[Mapping[str, Any]]:
    return [rows[kind] for kind in kinds if kind in rows]


def _days(row: Mapping[str, Any]) -> str:
    own = row["delayed_bed_days"]
    if own is None:
        return SUPPRESSED if "delayed_bed_days" in hidden(row) else NOT_COMPUTABLE
    return words.whole(own)


def _share(row: Mapping[str, Any]) -> str:
    return "" if row["share"] is None else f" ({words.percent(row['share'])})"


def _grid(bases: Mapping[str, Basis], kinds: Sequence[str], title: str) -> Grid:
    return Grid(
        f"Figures of the chart: {title}",
        heads(
            "Attribution",
            *(f"{words.label(own)}: {of}" for own in bases for of in ("days", "share")),
            numbers=2 * len(bases),
        ),
        [
            Row(
                [
                    names_row("All" if kind is None else NAMES.get(kind, words.label(kind))),
                    *(
                        figure(rows.get(kind, {"delayed_bed_days": 0, "share": 0.0}), name, write)
                        for rows in bases.values()
                        for name, write in (("delayed_bed_days", words.whole), ("share", words.percent))
                    ),
                ],
                "row" if kind else "total",
            )
            for kind in (*kinds, None)
            if kind is not None or any(None in rows for rows in bases.values())
        ],
        "There are no delayed bed days.",
    )
