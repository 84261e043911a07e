"""The vicious circle: how people flow between hospital, care at home and care homes, council by council."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from costshift.publish import words
from costshift.publish.headlines import NOT_COMPUTABLE
from costshift.publish.page.blocks import (
    Cell,
    Grid,
    Section,
    Values,
    Words,
    figure,
    grouped,
    heads,
    hidden,
    mark,
    names_row,
    text,
    two_places,
)
from costshift.publish.page.view import View
from costshift.publish.standing_out import chosen, where

#: Indicator: what it is, and how its value is written. In the order of the circle.
INDICATORS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "emergency_admissions_65_plus": ("Emergency admissions at 65 and over", words.whole),
    "length_of_stay": ("Mean nights of a stay that ended", two_places),
    "share_of_occupied_beds": ("Delayed days, of all occupied bed days", words.percent),
    "delayed_days_per_1000_discharges": ("Delayed bed days per 1,000 discharges", words.decimal),
    "discharged_to_care_home_from_home": ("Came from home and left to a care home", words.percent),
    "care_home_within_28_days": ("New care home placement within 28 days", words.percent),
    "reablement_offered": ("Reablement after discharge, 65 and over", words.percent),
    "still_in_community_84_days": ("Of these, still in the community after 84 days", words.percent),
    "emergency_readmission_30_days": ("Emergency readmission within 30 days, crude", words.percent),
    "residential_share_of_council_spend": ("Care homes, of the council’s spend on packages", words.percent),
    "community_share_of_nhs_spend": ("Outside hospital, of NHS spend", words.percent),
}


def flow(view: View) -> Section:
    """The latest month of each indicator that is known, for the partner councils."""
    partners = [partner.id for partner in view.content.project.partners if partner.type == "council"]
    frame = view.table("flow_indicators").filter(
        (pl.col("month") <= view.content.month) & pl.col("council").is_in(partners)
    )
    latest: dict[tuple[str, str], Values] = {}
    for row in frame.sort("month").to_dicts():
        told = row["numerator"] is not None or hidden(row) & {"numerator", "value"}
        if told or (row["council"], row["indicator"]) not in latest:
            latest[row["council"], row["indicator"]] = row | {"_told": bool(told)}
    every = {council for council, _ in latest}
    shown = view.order.few(every)
    rows = [
        latest[council, name]
        for council in view.council_order(shown)
        for name in INDICATORS
        if (council, name) in latest
    ]

    def cells(row: Values) -> list[Cell]:
        title, write = INDICATORS[row["indicator"]]
        is_count = row["indicator"] == "emergency_admissions_65_plus"
        amount = _pounds if row["indicator"].endswith("_spend") else words.whole
        shown = figure(row, "numerator" if is_count else "value", write)
        return [
            names_row(title),
            text(words.month_name(row["month"]) if row["_told"] else "Not known"),
            shown,
            figure(row, "numerator", amount),
            mark("Count") if is_count else figure(row, "denominator", amount),
        ]

    why = [
        words.detail(check)
        for check in view.content.checks
        if check.name == "flow_indicators_can_be_worked_out" and check.detail
    ]
    return Section(
        "flow",
        "The vicious circle",
        [
            Words(
                "When hospitals are full, people leave early or for a care home; some come back; and money goes where "
                "people are, not where it would keep them well. No single figure proves it: read them together, over "
                "time."
            ),
            Grid(
                f"Indicators of flow, the latest month that is known up to {view.month_name}",
                heads("Indicator", "Month", "Value", "Numerator", "Denominator", numbers=3),
                grouped(rows, lambda row: view.name(row["council"]), cells),
                "There are no indicators of flow for the partner councils.",
                [
                    "An indicator that looks ahead is not known until the days have passed: its month is an earlier "
                    "one.",
                    f"{NOT_COMPUTABLE}: an extract or a price is missing, or the days have not passed.",
                    *(why if not view.public else []),
                    "Each indicator’s definition, source and limits: docs/methods/flow-indicators.md.",
                    *chosen(len(shown), len(every), "partner councils", where("flow_indicators")),
                ],
            ),
        ],
    )


def _pounds(value: int) -> str:
    return words.pounds(Decimal(value), pence=False)
