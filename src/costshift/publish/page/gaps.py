"""People between the two sides, and people whom both visit."""

from __future__ import annotations

import polars as pl

from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import (
    Cell,
    Grid,
    Row,
    Section,
    Values,
    Words,
    figure,
    heads,
    hidden,
    names_row,
    text,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, where

_GROUPS = {
    "delayed_then_no_support": "Left hospital after a delay, and had no support within 28 days",
    "not_eligible_then_emergency_admission": "Found not eligible, and an emergency admission within 90 days",
    "eligible_then_no_service": "Found eligible, and no service within 28 days",
    "nursing_contacts_unknown_to_council": "Eight or more nurses’ visits in the month, and unknown to the council",
    "nurse_and_carer_in_one_week": "A nurse’s and a carer’s visits in the same week",
}


def gaps(view: View) -> Section:
    """The latest month of each group that is known, for each council."""
    frame = view.table("gaps_and_overlaps").filter(pl.col("month") <= view.content.month)
    latest: dict[tuple[str, str], Values] = {}
    for row in frame.sort("month").to_dicts():
        told = row["people"] is not None or "people" in hidden(row)
        if told or (row["council"], row["group"]) not in latest:
            latest[row["council"], row["group"]] = row | {"_told": told}
    every = {council for council, _ in latest}
    councils = view.council_order(view.order.few(every))

    def cells(name: str) -> list[Cell]:
        found: list[Cell] = []
        for council in councils:
            row = latest.get((council, name))
            if row is None:
                found += [text("Not known"), figure({"people": None}, "people")]
                continue
            month = words.month_name(row["month"]) if row["_told"] else "Not known"
            found += [text(month), figure(row, "people")]
        return found

    titles = [
        title for council in councils for title in (f"{view.name(council)}: month", f"{view.name(council)}: people")
    ]
    return Section(
        "gaps",
        "Gaps and overlaps",
        [
            Words(
                "The first three groups were left without support that one of the records leads to expect. The last "
                "two are supported by both sides, or by one that the other does not know of. No group says that "
                "anybody did wrong."
            ),
            Grid(
                "People in each group, the latest month that is known",
                [
                    *heads("Group"),
                    *(head for title in titles for head in heads(title, numbers=int(title.endswith("people")))),
                ],
                [Row([names_row(title), *cells(name)]) for name, title in _GROUPS.items()] if councils else [],
                "No care events were sent, so that nobody can be told.",
                [
                    "Support that no extract records, such as family and privately paid care, is not seen.",
                    f"{NOT_COMPUTABLE}: an extract is missing, or the days that the group looks ahead have not passed.",
                    "Definitions: docs/methods/gaps-and-overlaps.md.",
                    *chosen(len(councils), len(every), "councils", where("gaps_and_overlaps")),
                ],
            ),
        ],
    )
