"""Intervals of positions from draws of the whole ledger: by hand, and against a plain count draw by draw."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import polars as pl
import pytest

from costshift.ledger.eligibility_shifts import SCHEMA, EligibilityShifts
from costshift.ledger.pools import borne, pool_adjustments, pool_spend
from costshift.ledger.positions import partner_positions
from costshift.ledger.replicates import (
    ENDS,
    MEASURES,
    drawn_borne,
    pool_flows,
    pool_intervals,
    position_intervals,
    with_intervals,
)
from costshift.project import Pool
from costshift.statistics.intervals import percentile_interval

MARCH = dt.date(2025, 3, 1)
Row = tuple[str, str, str, int, list[float]]


def shifts(*rows: Row, month: dt.date = MARCH) -> EligibilityShifts:
    """driver, payer, kind, pence, and its draws."""
    own = [
        (month, driver, payer, kind, "notional", "estimated", amount, None, None, 20)
        for driver, payer, kind, amount, _ in rows
    ]
    replicates = np.array([draws for *_, draws in rows], dtype=np.float64).reshape(len(rows), -1)
    nothing = pl.DataFrame(schema=SCHEMA)
    return EligibilityShifts(pl.DataFrame(own, schema=SCHEMA, orient="row"), replicates, nothing, nothing)


def pool(rule: str = "fixed_share", budget: float | None = None, **shares: float) -> Pool:
    return Pool(name="Fund", partners=shares, rule=rule, covers=["loss"], monthly_budget=budget)


def ends(table: pl.DataFrame, partner: str) -> dict[str, int]:
    return table.filter(pl.col("partner") == partner).row(0, named=True)


#: 100 draws 1, 2, ..., 100: their 2.5th and 97.5th percentiles are 1 + 0.025 x 99 = 3.475 and 97.525.
RISING = [float(draw) for draw in range(1, 101)]


def test_what_rises_and_falls_together_is_surer_in_sum_than_in_parts() -> None:
    # The council's two shifts are k and 101 - k in draw k: together always 101, though each reaches from 3 to 98.
    own = shifts(
        ("council", "a", "loss", 50, RISING),
        ("council", "b", "loss", 51, RISING[::-1]),
    )
    found = position_intervals(own, ())
    assert [ends(found, "council")[f"passed_to_others_{end}"] for end in ("low", "high")] == [101, 101]
    assert [ends(found, "council")[f"net_absorbed_{end}"] for end in ("low", "high")] == [-101, -101]
    assert [ends(found, "a")[f"net_absorbed_{end}"] for end in ("low", "high")] == [3, 98]
    # Adding lows would have said 3 + 3 = 6.


def test_what_a_partner_drove_and_bore_itself_is_in_no_position() -> None:
    found = position_intervals(shifts(("a", "a", "loss", 50, RISING)), ())
    assert [ends(found, "a")[name] for name in ENDS] == [0] * 6


def test_a_pool_shares_what_fell_in_each_draw() -> None:
    # Draw k brings k pence to a. The pool gives b 40% of it: a keeps 0.6 k, b bears 0.4 k.
    own = shifts(("council", "a", "loss", 50, RISING), ("council", "b", "other", 9, [9.0] * 100))
    flows = pool_flows(own, [pool(a=60, b=40)])
    found = position_intervals(own, flows)
    # 0.6 x 3.475 = 2.085, 0.6 x 97.525 = 58.515.
    assert [ends(found, "a")[f"net_absorbed_{end}"] for end in ("low", "high")] == [2, 59]
    # a bore k for the council and passed 0.4 k on: 0.4 x 3.475 = 1.39, 0.4 x 97.525 = 39.01.
    assert [ends(found, "a")[f"passed_to_others_{end}"] for end in ("low", "high")] == [1, 39]
    # b has its own 9 beside: the kind is not covered.
    assert [ends(found, "b")[f"net_absorbed_{end}"] for end in ("low", "high")] == [10, 48]
    moved = pool_intervals(flows).row(0, named=True)
    assert (moved["driver"], moved["payer"], moved["kind"]) == ("a", "b", "pool_adjustment")
    assert (moved["amount_low"], moved["amount_high"]) == (1, 39)


def test_what_a_pool_moves_can_be_told_from_nothing_only_where_its_draws_go_one_way() -> None:
    # -50 to 49: below zero the pool moves money back, from b to a.
    own = shifts(("council", "a", "loss", 10, [draw - 51 for draw in RISING]))
    moved = pool_intervals(pool_flows(own, [pool(a=50, b=50)])).row(0, named=True)
    # 0.5 x (3.475 - 51) = -23.76; 0.5 x (97.525 - 51) = 23.26.
    assert (moved["amount_low"], moved["amount_high"]) == (-24, 23)


def test_a_cap_bites_in_the_draws_that_exceed_it() -> None:
    # Budget £0.50: of draw k, min(k, 50) is shared in halves and the rest stays: b bears at most 25.
    own = shifts(("council", "a", "loss", 50, RISING))
    found = position_intervals(own, pool_flows(own, [pool("capped", 0.5, a=50, b=50)]))
    assert [ends(found, "b")[f"net_absorbed_{end}"] for end in ("low", "high")] == [2, 25]


def test_own_risk_moves_nothing_in_any_draw() -> None:
    assert pool_flows(shifts(("council", "a", "loss", 50, RISING)), [pool("own_risk", a=50, b=50)]) == [[]]


@pytest.mark.parametrize("rule", ["fixed_share", "capped"])
def test_what_each_bears_is_the_pools_own_arithmetic_but_for_pennies(rule: str) -> None:
    rng = random.Random(rule)
    for _ in range(200):
        names = ["a", "b", "c"]
        fund = pool(rule, rng.randrange(0, 60), **{name: rng.randrange(1, 50) for name in names})
        fell = {name: rng.randrange(-3_000, 6_000) for name in names}
        found = drawn_borne(np.array([[float(fell[name])] for name in names]), [fund.partners[n] for n in names], fund)
        exact = borne(fell, fund)
        assert [abs(found[at, 0] - exact[name]) < 2 for at, name in enumerate(names)] == [True] * 3
        assert found.sum() == pytest.approx(sum(fell.values()))


def slow(own: EligibilityShifts, pools: list[Pool]) -> dict[str, list[int]]:
    """Each draw as a ledger of its own, by the functions that make the published positions."""
    each: dict[tuple[str, str], list[float]] = {}
    size = own.replicates.shape[1]
    for draw in range(size):
        rows = own.rows.with_columns(pl.Series("amount", np.round(own.replicates[:, draw]).astype(np.int64)))
        care = pl.DataFrame(
            schema={
                "month": pl.Date,
                "payer": pl.String,
                "care_setting": pl.String,
                "net": pl.Int64,
                "people": pl.Int64,
                "_contributors": pl.Int64,
            }
        )
        moved = [pool_adjustments(pool_spend(rows, care, fund), fund)[0] for fund in pools]
        every = pl.concat([rows, *(part.select(rows.columns) for part in _with_columns(moved, rows))])
        people = every.select("month", "driver", "payer", "nature", "basis", person=pl.lit(1))
        for row in partner_positions(every.lazy(), people.lazy()).collect().iter_rows(named=True):
            for name in MEASURES:
                each.setdefault((row["partner"], name), []).append(row[name])
    found: dict[str, list[int]] = {}
    for partner in sorted({partner for partner, _ in each}):
        for name in MEASURES:
            draws = each.get((partner, name), [])
            low, high = percentile_interval(np.array(draws + [0] * (size - len(draws)), dtype=np.float64))
            found.setdefault(partner, []).extend([round(float(low)), round(float(high))])
    return found


def _with_columns(moved: list[pl.DataFrame], rows: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        part.with_columns(
            pl.lit(None, dtype=rows.schema[name]).alias(name) for name in rows.columns if name not in part
        )
        for part in moved
    ]


@pytest.mark.parametrize("seed", range(6))
def test_random_ledgers_against_every_draw_one_by_one(seed: int) -> None:
    rng = random.Random(seed)
    partners = ["a", "b", "c", "council", "other"]
    rows: list[Row] = [
        (
            *("council" if rng.random() < 0.7 else "other", rng.choice(partners[:3]), rng.choice(["loss", "other"])),
            *(rng.randrange(-5_000, 20_000), [float(rng.randrange(-20_000, 60_000)) for _ in range(40)]),
        )
        for _ in range(8)
    ]
    pools = [
        pool(a=rng.randrange(1, 60), b=rng.randrange(1, 60), c=rng.randrange(1, 60)),
        pool("capped", rng.randrange(0, 300), a=50, b=50),
    ]
    own = shifts(*rows)
    found = position_intervals(own, pool_flows(own, pools))
    for partner, expected in slow(own, pools).items():
        # The pools' pennies: two pools of rounded draws.
        assert [ends(found, partner)[name] for name in ENDS] == pytest.approx(expected, abs=4)


def test_in_every_draw_the_nets_sum_to_zero() -> None:
    rng = np.random.default_rng(1)
    draws = rng.normal(100, 400, (4, 50))
    own = shifts(*[(f"d{at % 2}", f"p{at % 3}", "loss", 100, list(draws[at])) for at in range(4)])
    flows = pool_flows(own, [pool(p0=50, p1=30, p2=20)])
    # The sum over partners is that of one partner's: with everyone called the same, nothing is absorbed.
    everyone = position_intervals(own, flows, named=lambda _name: "all")
    assert [ends(everyone, "all")[name] for name in ENDS] == [0] * 6


def test_organisations_that_are_taken_together_move_nothing_among_themselves() -> None:
    own = shifts(("e8", "rzz", "loss", 50, RISING), ("e9", "a", "loss", 50, RISING))
    found = position_intervals(own, (), named=lambda name: name if name == "a" else "others")
    assert [ends(found, "others")[f"passed_to_others_{end}"] for end in ("low", "high")] == [3, 98]
    assert ends(found, "others")["absorbed_for_others_high"] == 0


def test_counts_have_no_interval() -> None:
    own = shifts(("council", "a", "loss", 50, RISING))
    counted = own.rows.with_columns(basis=pl.lit("counted"))
    every = pl.concat([own.rows, counted])
    people = every.select("month", "driver", "payer", "nature", "basis", person=pl.lit(1))
    positions = partner_positions(every.lazy(), people.lazy()).collect()
    table = with_intervals(positions, position_intervals(own, ()))
    assert table.columns[: len(positions.columns)] == positions.columns
    assert table.filter(pl.col("basis") == "counted").select(ENDS).null_count().sum_horizontal().item() == 2 * 6
    assert table.filter(pl.col("basis") == "estimated").select(ENDS).null_count().sum_horizontal().item() == 0


def test_months_and_natures_are_apart() -> None:
    first, second = shifts(("council", "a", "loss", 1, RISING)), shifts(("council", "a", "loss", 1, [0.0] * 100))
    rows = pl.concat([first.rows, second.rows.with_columns(nature=pl.lit("cash"))])
    both = EligibilityShifts(rows, np.vstack([first.replicates, second.replicates]), first.memo, first.people)
    found = position_intervals(both, pool_flows(both, [pool(a=50, b=50)]))
    cash = found.filter((pl.col("nature") == "cash") & (pl.col("partner") == "a")).row(0, named=True)
    assert [cash[name] for name in ENDS] == [0] * 6
    # Half of 3.475 and of 97.525.
    notional = found.filter((pl.col("nature") == "notional") & (pl.col("partner") == "b")).row(0, named=True)
    assert (notional["net_absorbed_low"], notional["net_absorbed_high"]) == (2, 49)
