"""Organisations that are no partners, taken together."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from costshift.ledger.eligibility_shifts import SCHEMA, EligibilityShifts
from costshift.ledger.ledger import Ledger
from costshift.ledger.summaries import ledger_summaries
from costshift.organisations import Organisations

from worlds import project

MARCH = dt.date(2025, 3, 1)
#: driver, payer, days at £1 a day, the people behind them.
SHIFTS = [
    ("north-council", "north-hospitals", 50, "abcdefghi"),
    ("e9", "north-hospitals", 7, "aj"),
    ("e8", "north-hospitals", 5, "ak"),
    ("unknown-community", "north-hospitals", 2, "l"),
    ("e9", "rzz", 3, "m"),
    ("north-council", "rzz", 4, "n"),
    ("unallocated", "north-hospitals", 9, "op"),
]


NO_ESTIMATES = EligibilityShifts(
    pl.DataFrame(schema=SCHEMA), np.zeros((0, 100)), pl.DataFrame(schema=SCHEMA), pl.DataFrame()
)


def test_others_are_one_with_the_different_people_behind_them() -> None:
    """Four shifts of others: 7 + 5 + 2 days from them, of a, j, k and l; 3 days among themselves.

    Others passed 14 to north-hospitals and absorbed 4 of north-council: net 4 - 14 = -10.
    """
    rows = [
        (MARCH, driver, payer, "delay", "notional", "counted", 100 * days, days, len(people))
        for driver, payer, days, people in SHIFTS
    ]
    names = ["month", "driver", "payer", "kind", "nature", "basis", "amount", "_days", "people"]
    shifts = pl.DataFrame(rows, schema=names, orient="row")
    behind = [(MARCH, driver, payer, ord(person)) for driver, payer, _, people in SHIFTS for person in people]
    people = pl.LazyFrame(behind, schema=["month", "driver", "payer", "person"], orient="row").with_columns(
        kind=pl.lit("delay"), nature=pl.lit("notional"), basis=pl.lit("counted")
    )
    nothing = pl.DataFrame()
    own = Ledger(shifts, people, nothing, nothing, nothing, NO_ESTIMATES, nothing)
    found = ledger_summaries(own, Organisations.of(project()), MARCH)
    together = (
        found["shifts_by_partner"].collect().sort("driver", "payer").select("driver", "payer", "amount", "people")
    )
    assert together.rows() == [
        ("north-council", "north-hospitals", 5_000, 9),
        ("north-council", "other_organisations", 400, 1),
        ("other_organisations", "north-hospitals", 1_400, 4),
        ("other_organisations", "other_organisations", 300, 1),
        ("unallocated", "north-hospitals", 900, 2),
    ]
    positions = found["positions_by_partner"].collect().sort("partner")
    assert positions.select("partner", "net_absorbed", "_absorbed_people", "_passed_people").rows() == [
        ("north-council", -5_400, 0, 10),
        # a waited for north-council and for two others: one person.
        ("north-hospitals", 7_300, 14, 0),
        ("other_organisations", -1_000, 1, 4),
        ("unallocated", -900, 0, 2),
    ]
    assert positions["net_absorbed"].sum() == 0


def test_only_the_month_asked_for() -> None:
    row = (dt.date(2025, 2, 1), "e9", "north-hospitals", "delay", "notional", "counted", 100, 1, 1)
    names = ["month", "driver", "payer", "kind", "nature", "basis", "amount", "_days", "people"]
    people = pl.LazyFrame(
        [(row[0], "e9", "north-hospitals", 1)], schema=["month", "driver", "payer", "person"], orient="row"
    ).with_columns(kind=pl.lit("delay"), nature=pl.lit("notional"), basis=pl.lit("counted"))
    nothing = pl.DataFrame()
    own = Ledger(
        pl.DataFrame([row], schema=names, orient="row"), people, nothing, nothing, nothing, NO_ESTIMATES, nothing
    )
    found = ledger_summaries(own, Organisations.of(project()), MARCH)
    assert all(frame.collect().is_empty() for frame in found.values())


def test_estimates_of_a_month_and_of_twelve_with_their_intervals() -> None:
    """Draws 1 to 100 in each of three months, the same world in the same draw: £3 to £98, and of two months 2k."""
    months = [dt.date(2024, 3, 1), dt.date(2024, 4, 1), MARCH]
    rows = [(month, "e9", "north-hospitals", "loss", "notional", "estimated", 50, 1, 99, 8) for month in months]
    draws = np.tile(np.arange(1.0, 101.0), (3, 1))
    nobody = pl.DataFrame(schema=SCHEMA)
    estimates = EligibilityShifts(pl.DataFrame(rows, schema=SCHEMA, orient="row"), draws, nobody, nobody)
    shifts = estimates.rows.with_columns(_days=pl.lit(1, dtype=pl.Int64))
    people = estimates.rows.lazy().select("month", "driver", "payer", "kind", "nature", "basis", person=pl.lit(7))
    own = Ledger(shifts, people, pl.DataFrame(), pl.DataFrame(), pl.DataFrame(), estimates, pl.DataFrame())
    found = ledger_summaries(own, Organisations.of(project()), MARCH)
    assert found["positions_by_partner"].collect().is_empty()
    positions = found["estimated_positions"].collect().filter(pl.col("partner") == "other_organisations")
    columns = ("months", "net_absorbed", "net_absorbed_low", "net_absorbed_high", "_passed_people")
    # March 2024 is 13 months ago. -2 x 97.525 = -195.05, -2 x 3.475 = -6.95.
    assert positions.select(columns).rows() == [(1, -50, -98, -3, 1), (12, -100, -195, -7, 1)]
