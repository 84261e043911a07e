"""The prices of a delayed bed day, with their sources."""

from __future__ import annotations

from typing import Any

import polars as pl

from costshift.publish import words
from costshift.publish.page.blocks import (
    SETTINGS,
    Cell,
    Grid,
    Head,
    Row,
    Section,
    Values,
    Words,
    group,
    heads,
    names_row,
    text,
)
from costshift.publish.page.view import View

_ITEM = "delayed_bed_day_"


def prices(view: View) -> Section:
    """The prices in force, and those given for comparison."""
    in_force = prices_in_force(view)
    used = [row["item"] for row in in_force]
    others = view.content.prices.filter(
        pl.col("item").str.starts_with(_ITEM) & ~pl.col("item").is_in(used) & pl.col("value").is_not_null()
    )
    compared = [row for row in others.to_dicts() if row["item"].removeprefix(_ITEM) not in SETTINGS]
    rest = view.content.prices.height - len(in_force) - len(compared)
    return Section(
        "prices",
        "Prices",
        [
            Words("Every price with its source, and whether it was verified there."),
            Grid(
                f"Prices of a delayed bed day, {view.month_name}",
                [
                    Head("Price"),
                    Head("Value", True),
                    *heads("For one", "Price year", "Source", "Verified", "Origin"),
                ],
                [
                    *([group("In force in this pack")] if in_force else []),
                    *(Row(_cells(row)) for row in in_force),
                    *([group("For comparison: in no figure of this pack")] if compared else []),
                    *(Row(_cells(row)) for row in compared),
                ],
                "There is no price of a delayed bed day.",
                [f"{words.counted(rest, 'other price stands', 'other prices stand')} in the workbook."]
                if rest > 0
                else [],
            ),
        ],
    )


def _cells(row: Values) -> list[Cell]:
    value = row["value"]
    return [
        names_row(words.label(row["item"]), row["note"] or ""),
        Cell("No price", number=True) if value is None else Cell(words.pounds(value), number=True),
        text(row["unit"]),
        text(row["price_year"] or "Not stated"),
        text(row["source"]),
        text("Yes" if row["verified"] == "yes" else "No"),
        text("The place’s own" if row["origin"] == "own" else "Shipped with costshift"),
    ]


def prices_in_force(view: View) -> list[dict[str, Any]]:
    """The price of a delayed bed day of each setting, as it stands in the report's month."""
    month = view.content.month
    found: dict[str, dict[str, Any]] = {}
    for row in view.content.prices.sort("item", "valid_from", nulls_last=False).to_dicts():
        setting = row["item"].removeprefix(_ITEM)
        starts, ends = row["valid_from"], row["valid_to"]
        if setting in SETTINGS and (starts is None or starts <= month) and (ends is None or ends >= month):
            found[setting] = row
    return [found[setting] | {"setting": setting} for setting in SETTINGS if setting in found]


def price_sentences(view: View) -> list[str]:
    """The prices in force in words, and the settings that have none."""
    priced = [row for row in prices_in_force(view) if row["value"] is not None]
    sentences = [
        f"Price of a delayed bed day, {words.label(row['setting']).lower()}: {words.pounds(row['value'])} "
        f"({row['price_year']}). Source: {row['source']}."
        for row in priced
    ]
    bare = [
        words.label(setting).lower()
        for setting in ("acute", "community", "mental_health")
        if setting not in {row["setting"] for row in priced}
    ]
    if bare:
        sentences.append(f"No price is given for {words.listed(bare)} beds: their days are unpriced and in no cost.")
    return sentences
