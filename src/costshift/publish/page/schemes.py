"""Joint schemes: what changed since they began, beside what they cost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from costshift.indicators.scheme_series import units_of
from costshift.project import Scheme
from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED
from costshift.publish.page.blocks import (
    Block,
    Cell,
    Grid,
    Row,
    Section,
    Values,
    Words,
    figure,
    grouped,
    heads,
    hidden,
    left_out,
    mark,
    names_row,
    two_places,
)
from costshift.publish.page.flow import INDICATORS
from costshift.publish.page.view import View

#: Months after that the page lists; the workbook has all.
_MONTHS = 12
_COUNTS: dict[str, str] = {
    "delayed_bed_days": "Delayed bed days",
    "passed_to_others_notional": "Passed to others, notional",
    "passed_to_others_cash": "Passed to others, cash",
    "absorbed_for_others_notional": "Absorbed for others, notional",
    "absorbed_for_others_cash": "Absorbed for others, cash",
}
#: Measure: what it is, and how it is written. In the order of the page: delays, shifts, flow.
_MEASURES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "delayed_bed_days": (_COUNTS["delayed_bed_days"], words.decimal),
    "average_delay_days": ("Average delay in days, all discharges", two_places),
    "share_on_ready_date": ("Left on the ready date", words.percent),
    **{
        name: (title, lambda value: words.pounds(Decimal(round(value)), pence=False))
        for name, title in _COUNTS.items()
        if name != "delayed_bed_days"
    },
    **{name: (title, words.decimal if write is words.whole else write) for name, (title, write) in INDICATORS.items()},
    "died_while_delayed": ("Died while delayed", words.percent),
}


def schemes(view: View) -> Section:
    """Each scheme: its cost, what changed, and both month by month. Nothing where the place has none."""
    blocks: list[Block] = []
    for scheme in view.content.project.schemes:
        blocks += [Words(scheme.name, "heading"), *_words(view, scheme), _effects(view, scheme), _months(view, scheme)]
    if blocks:
        blocks.insert(
            0,
            Words(
                "Before and after is not cause: season, other schemes and recording change too. What a scheme costs "
                "runs from its first month; what it changes may come later, or not at all.",
                "warning",
            ),
        )
    return Section("schemes", "Joint schemes, before and after", blocks)


def _words(view: View, scheme: Scheme) -> list[Words]:
    cost = words.pounds(Decimal(str(scheme.monthly_cost)), pence=scheme.monthly_cost != int(scheme.monthly_cost))
    shares = words.listed([f"{view.name(partner)} {share:g}%" for partner, share in scheme.partners.items()])
    having, without, are_councils = units_of(scheme, view.content.project)
    whose = "people of" if are_councils else "beds of"
    said = [
        f"It began on {words.day_name(scheme.start)} and costs {cost} a month ({shares}). Delays and flow are those of "
        f"{whose} {words.listed([view.name(own) for own in having]) or 'the place'}"
        + (
            f"; without it: {words.listed([view.name(own) for own in without])}."
            if without
            else "; nobody is without it."
        )
    ]
    last = _last(view, scheme, "delayed_bed_days")
    if last is not None:
        low, high = last["cumulative_low"], last["cumulative_high"]
        told = "more than chance alone would explain" if low > 0 or high < 0 else "which cannot be told from no change"
        change = round(last["cumulative_change"])
        more = "more" if change > 0 else "fewer"
        how = words.counted(abs(change), f"{more} delayed bed day", f"{more} delayed bed days")
        said.append(
            f"From its start to {words.month_name(last['month'])} it cost {_pounds(last['cumulative_cost'])}. In these "
            f"months there were {how} than at the mean before (95% interval {words.decimal(low, 0)} to "
            f"{words.decimal(high, 0)}), {told}."
        )
    return [Words(own) for own in said]


def _last(view: View, scheme: Scheme, measure: str) -> dict[str, Any] | None:
    rows = _with(view, scheme).filter((pl.col("measure") == measure) & pl.col("cumulative_change").is_not_null())
    return rows.sort("month").to_dicts()[-1] if rows.height else None


def _with(view: View, scheme: Scheme) -> pl.DataFrame:
    return view.table("scheme_months").filter((pl.col("scheme") == scheme.name) & (pl.col("group") == "with"))


def _effects(view: View, scheme: Scheme) -> Grid:
    frame = view.table("scheme_effects").filter(pl.col("scheme") == scheme.name)
    rows = {row["measure"]: row for row in frame.to_dicts()}
    known = [name for name in _MEASURES if name in rows]

    def ranged(row: Values, name: str, low: str, high: str, write: Callable[[Any], str]) -> Cell:
        if row[name] is None:
            return mark(NOT_COMPUTABLE)
        return Cell(f"{write(row[name])} ({write(row[low])} to {write(row[high])})", number=True)

    def cells(name: str) -> list[Cell]:
        row, (title, write) = rows[name], _MEASURES[name]
        share = write is words.percent
        return [
            names_row(title, note=row["why"] or ""),
            # No share lies below 0% or above 100%, whatever the limits of a chart say.
            ranged({**row, **_reachable(row)} if share else row, "before", "before_low", "before_high", write),
            figure(row, "after", write),
            ranged(row, "change", "change_low", "change_high", words.points if share else write),
            ranged(row, "difference", "difference_low", "difference_high", words.points if share else write),
        ]

    return Grid(
        f"{scheme.name}: before and after, by month",
        heads(
            "Measure",
            "Mean before (natural limits)",
            "Mean after",
            "Change (95% interval)",
            "Less the change without it (95% interval)",
            numbers=4,
        ),
        [Row(cells(name)) for name in known],
        "No month of it is known.",
        [
            f"Up to 12 months before, and those after up to {view.month_name}; months that are not final are left out.",
            "The change of a share is in percentage points.",
            "Passed and absorbed: pounds of what is counted, of the scheme’s partners, before any pool.",
            "The last column takes off what changed without the scheme; there is none for counts and amounts.",
            *(["Worked out from the rounded months that this pack shows."] if view.controlled else []),
            f"{NOT_COMPUTABLE}: fewer than 6 months before or 3 after, or nothing to compare with.",
        ],
    )


def _reachable(row: Values) -> dict[str, float | None]:
    low, high = row["before_low"], row["before_high"]
    return {
        "before_low": None if low is None else max(0.0, low),
        "before_high": None if high is None else min(1.0, high),
    }


def _months(view: View, scheme: Scheme) -> Grid:
    frame = _with(view, scheme).filter(pl.col("measure").is_in(list(_COUNTS)) & (pl.col("period") != "before"))
    order = {name: place for place, name in enumerate(_COUNTS)}
    months = sorted(frame["month"].unique().to_list())
    shown = months[-_MONTHS:]
    rows = sorted(
        frame.filter(pl.col("month").is_in(shown)).to_dicts(), key=lambda row: (order[row["measure"]], row["month"])
    )

    def cells(row: Values) -> list[Cell]:
        write = _MEASURES[row["measure"]][1]
        low, high = row["cumulative_low"], row["cumulative_high"]
        gone = SUPPRESSED if "numerator" in hidden(row) else NOT_COMPUTABLE
        return [
            names_row(words.month_name(row["month"])),
            figure(row, "cumulative_cost", _pounds),
            figure(row, "numerator", words.whole if row["measure"] == "delayed_bed_days" else write),
            mark(gone) if row["cumulative_change"] is None else Cell(write(row["cumulative_change"]), number=True),
            mark(gone) if low is None else Cell(f"{write(low)} to {write(high)}", number=True),
        ]

    return Grid(
        f"{scheme.name}: what it cost beside what changed, since it began",
        heads("Month", "Cost since it began", "In the month", "Change since it began", "95% interval", numbers=4),
        grouped(rows, lambda row: _COUNTS[row["measure"]], cells),
        "No month of it is known.",
        [
            "Change: what lies above or below the mean before, summed over the months after that are known.",
            "Notional pounds are bed days at average cost: a fall of them pays for nothing.",
            *left_out(frame.height - len(rows)),
        ],
    )


def _pounds(value: Any) -> str:
    return words.pounds(value, pence=value != int(value))
