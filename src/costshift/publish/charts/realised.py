"""The share found eligible month by month, as it was and standardised for who was assessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from costshift.indicators.series import MOST_SUPPRESSED
from costshift.project import Policy
from costshift.publish import words
from costshift.publish.charts import canvas
from costshift.publish.charts.canvas import BAR, BELOW, EDGE, INK, SMALL, SOFT, WIDTH, Scale, Shape
from costshift.publish.charts.chart import Chart
from costshift.publish.headlines import SUPPRESSED
from costshift.publish.page.blocks import Grid, Row, figure, heads, hidden, names_row

#: Fewer months with a share are no series.
LEAST_MONTHS = 12
#: Decisions of the usual month, below which a share by month is chance, and only the table has it.
LEAST_DECISIONS = 10
STREAMS = {
    "requests": "people assessed after a request",
    "reviews": "people reviewed",
    "chc_requests": "continuing healthcare checklists decided",
    "chc_reviews": "continuing healthcare reviews",
}
_HEIGHT, _LEFT = 240, 66
_INNER = WIDTH - 2 * EDGE - _LEFT


def realised_chart(
    rows: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
    *,
    partner: str,
    council: str,
    stream: str,
    policies: Sequence[Policy],
    source: str,
) -> Chart | None:
    """Share found eligible by month. None where months or people are too few, or only the larger may be shown.

    Args:
        rows: rows of realised_eligibility of one council and stream, in order.
        changes: rows of threshold_changes of the council whose streams hold this one.
        partner: the council's (or the ICB's) id, for the file's name.
        council: its name.
        stream: requests, reviews, chc_requests or chc_reviews.
        policies: its dated decisions.
        source: where the figures come from.
    """
    known = [row for row in rows if row["share"] is not None]
    gone = sum("share" in hidden(row) for row in rows)
    usual = sorted(row["assessed"] or 0 for row in known)[len(known) // 2] if known else 0
    if usual < LEAST_DECISIONS or len(known) < LEAST_MONTHS or gone > MOST_SUPPRESSED * len(rows):
        return None
    latest = known[-1]
    title = (
        f"{council}, {STREAMS.get(stream, words.label(stream))}: {words.percent(latest['share'])} found eligible in "
    )
    title += words.month_name(latest["month"])
    moved = [row for row in changes if row["share_before"] is not None and row["share_after"] is not None]
    if moved:
        steps = " and ".join(
            f"{words.month_name(row['month'])} ({words.percent(row['share_before'])} before, "
            f"{words.percent(row['share_after'])} after)"
            for row in moved
        )
        # Of other decisions too: the chart does not show these shares.
        together = "" if all(row["streams"] == stream for row in moved) else ", with the other decisions,"
        title += f"; the share{together} moved in {steps}"
    elif not changes:
        title += "; no month stands out"
    first, last = words.month_name(rows[0]["month"]), words.month_name(rows[-1]["month"])
    low, high = (choose(known, key=_share) for choose in (min, max))
    notes = [
        f"{place}: {words.month_name(own.date)}, {own.description}."
        for place, (own, _) in enumerate(_within(rows, policies), 1)
    ]
    gaps = [f"{words.counted(gone, 'month is', 'months are')} suppressed ({SUPPRESSED}) and not drawn."] if gone else []
    return Chart(
        key=f"realised-eligibility-{stream.replace('_', '-')}-{partner}",
        title=title,
        alternative=" ".join(
            [
                f"Line chart of the share found eligible, {council}, {stream.replace('_', ' ')}, {first} to {last}, by "
                f"month. The last share is {words.percent(latest['share'])} in {words.month_name(latest['month'])}; "
                f"the lowest {words.percent(low['share'])} in {words.month_name(low['month'])}, the highest "
                f"{words.percent(high['share'])} in {words.month_name(high['month'])}.",
                *gaps,
                *notes,
            ]
        ),
        source=" ".join([source, *gaps, *notes]),
        drawing=canvas.picture(
            title,
            "Found eligible, of all decided on in the month, in per cent. Line with circles: as it was. Dashed: "
            "standardised for age, sex and support reason.",
            " ".join([source, *gaps, *notes]),
            _HEIGHT + 52,
            _plot(rows, policies),
        ),
        grid=Grid(
            f"Figures of the chart: {title}",
            heads("Month", "Decided on", "Found eligible", "Share", "Standardised share", numbers=4),
            [
                Row(
                    [
                        names_row(words.month_name(row["month"])),
                        figure(row, "assessed"),
                        figure(row, "found_eligible"),
                        figure(row, "share", words.percent),
                        figure(row, "standardised_share", words.percent),
                    ]
                )
                for row in rows
            ],
            "No month is known.",
        ),
    )


def _share(row: Mapping[str, Any]) -> float:
    return float(row["share"])


def _months(rows: Sequence[Mapping[str, Any]], month: Any) -> int:
    first = rows[0]["month"]
    return int((month.year - first.year) * 12 + month.month - first.month)


def _within(rows: Sequence[Mapping[str, Any]], policies: Sequence[Policy]) -> list[tuple[Policy, float]]:
    """Policies within the chart, and how many months from its first they are."""
    first, last = rows[0]["month"], rows[-1]["month"]
    return [
        (own, _months(rows, own.date) + (own.date.day - 1) / 31 - 0.5)
        for own in sorted(policies, key=lambda own: (own.date, own.description))
        if first <= own.date.replace(day=1) <= last
    ]


def _plot(rows: Sequence[Mapping[str, Any]], policies: Sequence[Policy]) -> list[Shape]:
    last = _months(rows, rows[-1]["month"])
    step = _INNER / max(1, last)
    every = [float(row[name]) for row in rows for name in ("share", "standardised_share") if row[name] is not None]
    span = (max(every) - min(every)) * 0.1 or 0.05
    # Standardised, a month of few people can come out above everyone.
    y = Scale(max(0.0, min(every) - span), max(1.0, *every) if max(every) + span > 1 else max(every) + span, _HEIGHT, 0)
    places = [(_months(rows, row["month"]), row) for row in rows]
    apart = max(1, -(-(last + 1) * 52 // int(_INNER)))
    labels = [(place, row) for place, row in places if (last - place) % apart == 0]
    shapes = [
        *canvas.left_axis(y, _INNER, "Found eligible", canvas.percent),
        canvas.rule(0, _HEIGHT, _INNER, _HEIGHT),
    ]
    for number, (_, place) in enumerate(_within(rows, policies), 1):
        x = max(0.0, place * step)
        shapes += [
            canvas.rule(x, 0, x, _HEIGHT, dash=[1, 3]),
            canvas.words(str(number), x, -5, size=SMALL, colour=SOFT, align="middle"),
        ]
    for name, colour, dash in (("standardised_share", BELOW, [6, 4]), ("share", BAR, [])):
        for told, own in groupby(places, key=lambda pair: pair[1][name] is not None):
            if told:
                points = [(place * step, y(row[name])) for place, row in own]
                shapes.append(canvas.path(points, colour, dash=dash))
                shapes += [canvas.circle(x, at, 3, colour, fill=colour) for x, at in points] if not dash else []
    shapes += [
        canvas.words(
            words.short_month(row["month"]), place * step, _HEIGHT + 19, size=SMALL, colour=SOFT, align="middle"
        )
        for place, row in labels
    ]
    shapes.append(
        canvas.words("Month of the decision", _INNER / 2, _HEIGHT + 38, size=SMALL, colour=SOFT, align="middle")
    )
    shapes.append(canvas.rule(0, 0, 0, _HEIGHT, colour=INK))
    return [canvas.moved(shapes, _LEFT, 8)]
