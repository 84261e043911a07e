"""How long after the ready date people left: discharges by length of delay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import BAR, EDGE, INK, SMALL, SOFT, WIDTH, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import Grid, Row, figure, heads, hidden, names_row

BANDS = {
    "delay_1_day": "1 day",
    "delay_2_3_days": "2–3 days",
    "delay_4_6_days": "4–6 days",
    "delay_7_13_days": "7–13 days",
    "delay_14_20_days": "14–20 days",
    "delay_21_plus_days": "21+ days",
}
_HEIGHT, _LEFT = 230, 66


def bands_chart(row: Mapping[str, Any], whose: str, month: str, source: str) -> Chart:
    """Bars of the delayed discharges by length of delay.

    Args:
        row: a row of discharges_by_provider.
        whose: the provider, or all acute providers together.
        month: the month's name.
        source: where the figures come from.
    """
    shown = {name: _text(row, name) for name in (*BANDS, "delayed_discharges", "share_on_ready_date")}
    share = shown["share_on_ready_date"]
    long = row["delay_21_plus_days"]
    waited = f"{words.counted(long, 'discharge', 'discharges')} came three weeks or more after it" if long else ""
    if long is None:
        waited = f"how many came three weeks or more after it is {'suppressed' if _is_hidden(row) else 'not known'}"
    if row["share_on_ready_date"] is None:
        gone = "suppressed" if "share_on_ready_date" in hidden(row) else "not known"
        share = f"how many left on their ready date is {gone}"
    else:
        share = f"{share} left on their ready date"
    title = f"{whose}: {share}; {waited or 'none came three weeks or more after it'}"
    parts = ", ".join(f"{label}: {shown[name]}" for name, label in BANDS.items())
    return Chart(
        key="delay-bands",
        title=title,
        alternative=(
            f"Bar chart of discharges after the ready date, {whose}, {month}, by length of delay. {parts}. "
            f"All delayed: {shown['delayed_discharges']}. {_marks(shown)}".strip()
        ),
        source=source,
        drawing=canvas.picture(
            title,
            f"Discharges in {month} after the ready date, by days of delay. Discharges.",
            source,
            _HEIGHT + 44,
            _bars(row, shown),
        ),
        grid=Grid(
            f"Figures of the chart: {title}",
            heads("Delay", "Discharges", numbers=1),
            [
                *(Row([names_row(label), figure(row, name)]) for name, label in BANDS.items()),
                Row([names_row("All delayed"), figure(row, "delayed_discharges")], "total"),
            ],
            "",
        ),
    )


def _bars(row: Mapping[str, Any], shown: Mapping[str, str]) -> list[Shape]:
    width = WIDTH - 2 * EDGE - _LEFT
    y = canvas.scale([row[name] or 0 for name in BANDS] + [5], _HEIGHT, 14)
    step = width / len(BANDS)
    shapes = canvas.left_axis(y, width, "Discharges", canvas.plain)
    for place, (name, label) in enumerate(BANDS.items()):
        middle = (place + 0.5) * step
        top = y(row[name] or 0)
        shapes += [
            canvas.box(middle - step * 0.34, top, step * 0.68, _HEIGHT - top, BAR),
            canvas.words(shown[name], middle, top - 6, bold=row[name] is not None, align="middle"),
            canvas.words(label, middle, _HEIGHT + 19, size=SMALL, colour=SOFT, align="middle"),
        ]
    shapes += [
        canvas.rule(0, _HEIGHT, width, _HEIGHT, colour=INK),
        canvas.words(
            "Days from ready date to discharge", width / 2, _HEIGHT + 38, size=SMALL, colour=SOFT, align="middle"
        ),
    ]
    return [canvas.moved(shapes, _LEFT, 0)]


def _text(row: Mapping[str, Any], name: str) -> str:
    own = row[name]
    if own is None:
        return SUPPRESSED if name in hidden(row) else NOT_COMPUTABLE
    return words.percent(own) if name.startswith("share") else words.whole(own)


def _is_hidden(row: Mapping[str, Any]) -> bool:
    return "delay_21_plus_days" in hidden(row)


def _marks(shown: Mapping[str, str]) -> str:
    return f"{SUPPRESSED} is suppressed." if SUPPRESSED in shown.values() else ""
