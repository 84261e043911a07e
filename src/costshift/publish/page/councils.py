"""The average length of discharge delay by council, against plan."""

from __future__ import annotations

import polars as pl

from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import (
    MOST_ROWS,
    Cell,
    Grid,
    Head,
    Row,
    Section,
    Values,
    Words,
    figure,
    figures,
    heads,
    names_row,
    none_told,
    only_hidden,
    tells,
    text,
    two_places,
)
from costshift.publish.page.trend import last_months
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, where

_MEASURES = ("share_on_ready_date", "average_delay_days_when_delayed", "average_delay_days", "plan")
_UNKNOWN = dict.fromkeys(_MEASURES)
_NOBODY = {"numerator": 0, "denominator": 0}


def councils(view: View) -> Section:
    """The Better Care Fund's measure for each council, and for the partner councils over 13 months."""
    intro = Words(
        "Days from the ready date to discharge for each council’s residents, whichever hospital they were in."
    )
    return Section("councils", "Delay by council, against plan", [intro, _month(view), _trend(view)])


def _month(view: View) -> Grid:
    bcf = {row["council"]: row for row in view.of_month("bcf_discharge").to_dicts()}
    died = {
        row["council"]: row
        for row in view.of_month("flow_indicators").filter(pl.col("indicator") == "died_while_delayed").to_dicts()
    }
    ordered = view.council_order(bcf.keys() | died.keys())
    telling = [
        council
        for council in ordered
        if tells(bcf.get(council, _UNKNOWN), _MEASURES) or tells(died.get(council, _NOBODY), _NOBODY)
    ]
    shown = view.order.most(telling, MOST_ROWS)
    planned = any(row["plan"] is not None for row in bcf.values())

    def cells(council: str) -> list[Cell]:
        row, ended = bcf.get(council, _UNKNOWN), died.get(council, _NOBODY)
        return [
            names_row(view.name(council)),
            figure(row, "share_on_ready_date", words.percent),
            figure(row, "average_delay_days_when_delayed", words.decimal),
            figure(row, "average_delay_days", two_places),
            *(_plan(row) if planned else []),
            *figures(ended, ("denominator", "numerator")),
        ]

    return Grid(
        f"Average length of discharge delay by council, {view.month_name}",
        [
            *heads("Council", "Share on ready date", "Average delay, delayed (days)", numbers=2),
            Head("Average delay, all (days)", True),
            *([Head("Plan (days)", True), Head("Against plan")] if planned else []),
            *heads("People whose delay ended", "Of these, died", numbers=2),
        ],
        [Row(cells(council)) for council in telling if council in shown],
        none_told(ordered, f"There are no acute discharges by council in {view.month_name}."),
        [
            "Better Care Fund measure: acute discharges of providers with complete enough ready dates. The last two "
            "columns count all settings; no one’s wait disappears because it ended in death.",
            *([] if planned else ["No plan for the month is given in the project file."]),
            f"{NOT_COMPUTABLE}: nobody to divide by.",
            *chosen(len(shown), len(telling), "councils", where("bcf_discharge")),
            *only_hidden(len(ordered) - len(telling)),
        ],
    )


def _plan(row: Values) -> list[Cell]:
    plan = Cell("No plan", number=True) if row["plan"] is None else figure(row, "plan", two_places)
    return [plan, text(_against_plan(row))]


def _against_plan(row: Values) -> str:
    own, plan = row["average_delay_days"], row["plan"]
    if plan is None:
        return "Not judged"
    if own is None:
        return "Cannot be said"
    difference = round(own - plan, 2)
    if difference == 0:
        return "As planned"
    return f"{words.decimal(abs(difference), 2)} days {'above' if difference > 0 else 'below'} plan"


def _trend(view: View) -> Grid:
    months = last_months(view.content.month)
    frame = view.table("bcf_discharge").filter(pl.col("month").is_in(months))
    found = {(row["council"], row["month"]): row for row in frame.to_dicts()}
    partners = [partner.id for partner in view.content.project.partners if partner.type == "council"]
    every = {council for council, _ in found if council in partners}
    chosen_ones = view.order.most(every, MOST_ROWS)
    shown = view.council_order(chosen_ones)
    return Grid(
        f"Average delay, all discharges (days), by council, {words.month_name(months[0])} to {view.month_name}",
        heads("Council", *(words.short_month(month) for month in months), numbers=len(months)),
        [
            Row(
                [
                    names_row(view.name(council)),
                    *(
                        figure(found.get((council, month), _UNKNOWN), "average_delay_days", two_places)
                        for month in months
                    ),
                ]
            )
            for council in shown
        ],
        "There are no acute discharges of the partner councils’ residents in these months.",
        [
            "Partner councils only; the workbook has the others.",
            *chosen(len(shown), len(every), "partner councils", where("bcf_discharge")),
        ],
    )
