"""The prices of a delayed bed day, with their sources."""

from __future__ import annotations

import datetime as dt
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
    """The prices that figures of this pack rest on, and those given for comparison."""
    frame = view.content.prices
    month = view.content.month
    used = [row for row in frame.to_dicts() if _is_used(row) and _is_of(row, month)]
    compared = [
        row
        for row in frame.filter(pl.col("item").str.starts_with(_ITEM) & pl.col("value").is_not_null()).to_dicts()
        if not _is_used(row) and row["item"].removeprefix(_ITEM) not in SETTINGS
    ]
    rest = frame.height - len(used) - len(compared)
    return Section(
        "prices",
        "Prices",
        [
            Words("Every price with its source, and whether it was verified there."),
            Grid(
                f"Prices in use, {view.month_name}",
                [
                    Head("Price"),
                    Head("Value", True),
                    *heads("For one", "Price year", "Source", "Verified", "Origin"),
                ],
                [
                    *([group("In use in this pack")] if used else []),
                    *(Row(_cells(row)) for row in used),
                    *([group("For comparison: in no figure of this pack")] if compared else []),
                    *(Row(_cells(row)) for row in compared),
                ],
                "There is no price in use.",
                [f"{words.counted(rest, 'other price stands', 'other prices stand')} in the workbook."]
                if rest > 0
                else [],
            ),
        ],
    )


def _is_used(row: Values) -> bool:
    return bool(row.get("used_for")) if "used_for" in row else row["item"].removeprefix(_ITEM) in SETTINGS


def _is_of(row: Values, month: dt.date) -> bool:
    """Whether a price is in force in the month, or another one is of the same item."""
    starts, ends = row["valid_from"], row["valid_to"]
    return (starts is None or starts <= month) and (ends is None or ends >= month)


def _cells(row: Values) -> list[Cell]:
    value = row["value"]
    used = row.get("used_for")
    notes = [used and f"For {used[0].lower() + used[1:] if not used.startswith('NHS') else used}.", row["note"]]
    year = row["price_year"] or "Not stated"
    indexed = row.get("indexed_to")
    return [
        names_row(words.label(row["item"]), " ".join(note for note in notes if note)),
        Cell("No price", number=True) if value is None else Cell(words.pounds(value), number=True),
        text(row["unit"] or "Not stated"),
        text(f"{year}, indexed to {indexed}" if indexed and value is not None else year),
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
