"""Delayed days in what pools move and in the months of schemes: held against the days of which they tell.

A pool moves pounds, of which the price of a bed day tells the days that fell on its partners. What it moves is taken
for known to the penny: who adds up what else is shown knows it nearly. Definition: docs/methods/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from costshift.ledger.pools import KIND as POOLED
from costshift.project import Disclosure
from costshift.publish.held import Figures, Held, figures_of_days
from costshift.publish.narrowing import Flags, Whole
from costshift.publish.totals_shown import SCHEMES

#: Of an amount what a pool moved of it, in pence, and the price of a day.
BESIDE = ("_beside", "price")
_POOLS = "pool_shares"
_COUNTED = (pl.col("nature") == "notional") & (pl.col("basis") == "counted")
Cells = Mapping[tuple[object, object], int]


@dataclass(frozen=True)
class Ledger:
    """Shifts of days as they are held.

    Args:
        prices: month, price: pence for a day, of months in which all shifts of days have one price.
        borne: month and payer to the places of its shifts.
        positions: column of the positions to month and partner to the place of the days before pools.
    """

    prices: pl.DataFrame
    borne: Mapping[tuple[object, object], list[int]]
    positions: Mapping[str, Cells]


# --- positions ------------------------------------------------------------------------------------------------


def with_beside(positions: pl.DataFrame, shifts: pl.DataFrame, side: str) -> pl.DataFrame:
    """Positions with what pools moved of them, in pence. ``side``: payer (to a partner), or driver (from it)."""
    grain = ["month", "partner", "nature", "basis"]
    moved = (
        shifts.filter(pl.col("kind") == POOLED)
        .group_by("month", pl.col(side).alias("partner"), "nature", "basis")
        .agg(pl.col("amount").sum().cast(pl.Int64).alias(BESIDE[0]))
    )
    return positions.join(moved, on=grain, how="left", maintain_order="left").with_columns(
        pl.col(BESIDE[0]).fill_null(0)
    )


def without_beside(
    rows: pl.DataFrame, days: Whole, least: Whole, most: Whole, few: Flags, rule: Disclosure
) -> tuple[Whole, Whole]:
    """The least and the most of days of which more is known: what a pool moved beside them, rounded with them."""
    beside, price = (rows[name].fill_null(0).to_numpy().astype(np.int64) for name in BESIDE)
    some = (beside > 0) & (price > 0) & ~few
    low, high = _within(days, beside, np.where(price > 0, price, 1), rule)
    return np.where(some, low, least), np.where(some, high, most)


def _within(days: Whole, beside: Whole, price: Whole, rule: Disclosure) -> tuple[Whole, Whole]:
    """The fewest and the most days that, at their price and with so much beside, round to the same."""
    step = rule.rounding * price
    shown = (2 * (days * price + beside) + step) // (2 * step) * step
    low = -((beside - shown + step // 2) // price)
    return np.maximum(low, 0), (shown + (step - 1) // 2 - beside) // price


# --- pools ----------------------------------------------------------------------------------------------------


def hold_pools(held: Held, frames: Mapping[str, pl.DataFrame], ledger: Ledger) -> None:
    """Take in what fell on the partners of pools that cover delayed days, and what they bear."""
    if _POOLS not in frames:
        return
    shares = frames[_POOLS].with_row_index("_row").filter(_COUNTED)
    priced = shares.join(ledger.prices, on="month", how="inner", maintain_order="left")
    for own in priced.partition_by("month", "pool", maintain_order=True):
        price = own["price"][0]
        # Other notional amounts are no days.
        if (own["fell_on"] % price == 0).all() and (own["fell_on"] >= 0).all():
            _hold_pool(held, own.with_columns(pl.col("fell_on", "_all") // price), price, ledger)


def _hold_pool(held: Held, own: pl.DataFrame, price: int, ledger: Ledger) -> None:
    fell = own.filter(pl.col("fell_on") > 0)
    figures = figures_of_days(fell["fell_on"], fell["_people"], held.rule)
    cells = held.publish(_POOLS, "fell_on", "_people", fell["_row"], figures).tolist()
    for cell, row in zip(cells, fell.to_dicts(), strict=True):
        held.alike([cell], ledger.borne.get((row["month"], row["partner"]), []))
    # Of a row that is suppressed in any case nothing is shown.
    shown = own.filter(pl.col("_people") > held.rule.threshold)
    wholes = held.publish(
        _POOLS, "_all", "_people", shown["_row"], figures_of_days(shown["_all"], shown["_people"], held.rule)
    )
    for whole in wholes.tolist():
        held.alike([whole], cells)
    for row in shown.filter(pl.col("_all") > 0).to_dicts():
        _hold_share(held, row, price, cells, ledger)


def _hold_share(held: Held, row: dict[str, Any], price: int, cells: list[int], ledger: Ledger) -> None:
    """What a partner bears: by the contributions a share of what fell on all, else what fell on itself, or nearly."""
    rows = pl.Series([row["_row"]])
    share = row["share_of_contributions"]
    if abs(row["bears"] - share * row["_all"] * price) <= 1 and share > 0:
        step = held.rule.rounding * price
        shown = (2 * row["bears"] + step) // (2 * step) * step
        low = int(-((step / 2 - shown) // (share * price)))
        high = int((shown + (step - 1) // 2) // (share * price))
        ends = min(max(low, 0), row["_all"]), max(high, row["_all"])
        whole = held.publish(_POOLS, "bears", "_people", rows, _one(row["_all"], *ends)).tolist()
        held.alike(whole, cells)
    elif row["fell_on"] > 0:
        days = np.array([row["fell_on"]], np.int64)
        beside = np.array([row["bears"]], np.int64) - days * price
        least, most = _within(days, beside, np.array([price], np.int64), held.rule)
        whole = held.publish(_POOLS, "bears", "_people", rows, _one(row["fell_on"], least[0], most[0])).tolist()
        held.alike(whole, ledger.borne.get((row["month"], row["partner"]), []))


def _one(days: int, least: int, most: int) -> Figures:
    ends = (np.array([own], np.int64) for own in (days, least, most))
    return (*ends, np.zeros(1, np.bool_))  # type: ignore[return-value]


# --- schemes --------------------------------------------------------------------------------------------------

#: Of the measures of schemes in days where the days of each member are shown: frame, column, and which rows.
_DAYS_OF = {
    "delayed_bed_days": ("spc", "_numerator", pl.col("measure") == "delayed_beds", "partner"),
    "delayed_days_per_1000_discharges": ("flow_indicators", "numerator", pl.lit(True), "council"),
    "share_of_occupied_beds": ("flow_indicators", "numerator", pl.lit(True), "council"),
}


def hold_schemes(held: Held, frames: Mapping[str, pl.DataFrame], ledger: Ledger) -> None:
    """Take in the days of the months of schemes: sums of those of their members.

    What is suppressed in any case, for the fewest behind any of its parts, tells nothing.
    """
    if SCHEMES not in frames:
        return
    each = frames[SCHEMES].filter(pl.col("_numerator_people") > held.rule.threshold)
    for name, (frame, column, where, key) in _DAYS_OF.items():
        if frame not in frames:
            continue
        same = where if frame == "spc" else pl.col("indicator") == name
        cells = {
            (month, whose): held.what(frame, column, row)
            for row, month, whose in frames[frame]
            .with_row_index("_row")
            .filter(same)
            .select("_row", "month", key)
            .iter_rows()
            if held.is_held(frame, column, row)
        }
        rows = each.filter(pl.col("measure") == name).with_columns(pl.col("numerator").alias("_whole"))
        _hold_sums(held, rows, cells)
    priced = each.join(ledger.prices, on="month", how="inner", maintain_order="left")
    for column, positions in ledger.positions.items():
        rows = priced.filter(
            (pl.col("measure") == f"{column}_notional") & (pl.col("numerator") * 100 % pl.col("price") == 0)
        )
        rows = rows.with_columns((pl.col("numerator") * 100 // pl.col("price")).alias("_whole"))
        _hold_sums(held, rows, positions)


def _hold_sums(held: Held, rows: pl.DataFrame, cells: Cells) -> None:
    """Take in rows of schemes, once a member, as sums of figures of their members by month."""
    for own in rows.partition_by("_of", maintain_order=True):
        figures = figures_of_days(own["_whole"][:1], own["_numerator_people"][:1], held.rule)
        whole = held.publish("scheme_months", "numerator", "_numerator_people", own["_of"][:1], figures)
        members = [(own["month"][0], name) for name in own["_member"]]
        held.alike(whole.tolist(), [cells[name] for name in members if name in cells])
