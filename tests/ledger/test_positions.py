"""Double entry: what one absorbs another passed on, to the penny."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from costshift.delays.bed_days import as_recorded
from costshift.delays.measures import date_spells
from costshift.ledger.delay_shifts import delay_shifts, people_shifted
from costshift.ledger.positions import partner_positions
from costshift.organisations import Organisations

from examples import examples
from worlds import AS_AT, frame, project, world


def ledger(seed: int, price: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    spells, reasons = world(seed, 150)
    place = project()
    organisations = Organisations.of(place)
    dated = date_spells(
        frame("spells", spells, person=pl.Int64()), frame("delay_reasons", reasons), organisations, place.delays, AS_AT
    )
    months = dated.days.parts.select("month").unique()
    prices = months.join(
        pl.LazyFrame({"setting": ["acute", "community"], "price_pence": [price, price // 2]}), how="cross"
    )
    shifts = delay_shifts(as_recorded(dated.days), dated.months, prices, organisations)
    people = people_shifted(as_recorded(dated.days), dated.months, prices, organisations)
    return shifts.collect(), partner_positions(shifts, people).collect()


@examples(15, quick=8)
@given(st.integers(0, 10_000), st.integers(1, 99_999))
def test_nets_sum_to_zero_and_money_out_is_money_in(seed: int, price: int) -> None:
    shifts, positions = ledger(seed, 2 * price)
    nets = positions.group_by("month", "nature", "basis").agg(pl.col("net_absorbed").sum())
    assert (nets["net_absorbed"] == 0).all()
    moved = shifts.filter(pl.col("driver") != pl.col("payer"))["amount"].sum()
    assert positions["absorbed_for_others"].sum() == moved == positions["passed_to_others"].sum()


@examples(10, quick=5)
@given(st.integers(0, 10_000), st.integers(1, 9_999))
def test_doubling_a_price_doubles_what_rests_on_it(seed: int, price: int) -> None:
    once, positions_once = ledger(seed, 2 * price)
    twice, positions_twice = ledger(seed, 4 * price)
    assert once.with_columns(pl.col("amount") * 2).equals(twice)
    assert (positions_once["net_absorbed"] * 2).equals(positions_twice["net_absorbed"])


def test_a_hand_worked_ledger() -> None:
    """Three shifts in March.

    council -> hospital £100, ICB -> hospital £40, hospital -> hospital £7 (its own days: nobody else's matter).
    Hospital absorbed 100 + 40 = 140, passed nothing, net 140; council net -100; ICB net -40; sum 0.
    """
    march = dt.date(2025, 3, 1)
    shifts = pl.LazyFrame(
        {
            "month": march,
            "driver": ["council", "icb", "hospital"],
            "payer": "hospital",
            "nature": "notional",
            "basis": "counted",
            "amount": [10_000, 4_000, 700],
        }
    )
    people = pl.LazyFrame(
        {
            "month": march,
            "driver": ["council", "council", "icb", "hospital"],
            "payer": "hospital",
            "nature": "notional",
            "basis": "counted",
            "person": [1, 2, 2, 3],
        }
    )
    rows = {row["partner"]: row for row in partner_positions(shifts, people).collect().to_dicts()}
    assert rows["hospital"]["absorbed_for_others"] == 14_000
    assert rows["hospital"]["_absorbed_people"] == 2  # persons 1 and 2; person 2 is there once
    assert rows["council"]["net_absorbed"] == -10_000
    assert rows["icb"]["net_absorbed"] == -4_000
    assert sum(row["net_absorbed"] for row in rows.values()) == 0
