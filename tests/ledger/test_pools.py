"""Pools move money between their partners only, and every penny of it."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costshift.ledger.pools import SPEND, borne, pool_adjustments, pool_spend
from costshift.project import Pool

MONTH = dt.date(2025, 3, 1)
CARE = {
    "month": pl.Date, "payer": pl.String, "care_setting": pl.String, "net": pl.Int64, "people": pl.Int64,
    "_contributors": pl.Int64,
}  # fmt: skip


def pool(
    rule: str = "fixed_share", *, budget: float | None = None, covers: list[str] | None = None, **shares: float
) -> Pool:
    partners = {name.replace("_", "-"): share for name, share in (shares or {"icb": 60, "council": 40}).items()}
    return Pool(name="Fund", partners=partners, rule=rule, covers=covers or ["delay"], monthly_budget=budget)


def spend(**fell: int) -> pl.DataFrame:
    rows = [(MONTH, name.replace("_", "-"), "cash", "counted", amount, 9) for name, amount in fell.items()]
    return pl.DataFrame(rows, schema=SPEND, orient="row")


def moves(own: pl.DataFrame, fund: Pool) -> list[tuple[str, str, int]]:
    return pool_adjustments(own, fund)[0].select("driver", "payer", "amount").rows()


def test_a_fixed_share_gives_each_its_part() -> None:
    # 1. £1,000.00 fell on the council alone; the ICB bears 60%: £600.00 move from the council to the ICB.
    assert moves(spend(council=100_000), pool()) == [("council", "icb", 60_000)]
    # 2. £300.00 and £700.00: the ICB bears £600.00, has £300.00: £300.00 move.
    assert moves(spend(icb=30_000, council=70_000), pool()) == [("council", "icb", 30_000)]
    # 3. As contributed: nothing moves.
    assert moves(spend(icb=60_000, council=40_000), pool()) == []


def test_own_risk_moves_nothing() -> None:
    assert moves(spend(icb=1, council=70_000), pool("own_risk")) == []


def test_a_cap_shares_up_to_the_budget_and_leaves_the_rest_where_it_fell() -> None:
    # 4. £1,000.00 on the council, a budget of £500: £300.00 of it the ICB's, £200.00 the council's; £500.00 stay.
    assert borne({"council": 100_000, "icb": 0}, pool("capped", budget=500)) == {"council": 70_000, "icb": 30_000}
    assert moves(spend(council=100_000), pool("capped", budget=500)) == [("council", "icb", 30_000)]
    # 5. Within the budget it is a fixed share.
    assert moves(spend(council=100_000), pool("capped", budget=5_000)) == moves(spend(council=100_000), pool())
    # 6. Without a budget each bears its own.
    assert moves(spend(council=100_000), pool("capped", budget=0)) == []
    # 7. £800.00 and £400.00, a budget of £600: £360 + £240 shared; £600 beyond it stay 2 : 1, £400.00 and £200.00.
    assert borne({"icb": 80_000, "council": 40_000}, pool("capped", budget=600)) == {"icb": 76_000, "council": 44_000}


def test_pence_go_to_the_largest_remainder() -> None:
    # 8. 100 pence by 33.3 : 33.3 : 33.4: 34 to the largest.
    three = pool(a=33.3, b=33.3, c=33.4)
    assert borne({"a": 100, "b": 0, "c": 0}, three) == {"a": 33, "b": 33, "c": 34}


def test_three_partners_settle_with_the_fewest_payments_in_the_order_of_names() -> None:
    three = pool(a=50, b=25, c=25)
    # 9. 400 on a, 0 on b and c: a bears 200, b and c 100 each.
    assert moves(spend(a=400), three) == [("a", "b", 100), ("a", "c", 100)]
    # 10. 0, 300, 100: a bears 200, b 100 (gives 200), c 100.
    assert moves(spend(b=300, c=100), three) == [("b", "a", 200)]


def test_what_is_paid_back_is_shared_too() -> None:
    # 11. -£100.00 on the council: the ICB has £60.00 of it.
    assert moves(spend(council=-10_000), pool()) == [("icb", "council", 6_000)]


def test_natures_and_months_are_never_mixed() -> None:
    rows = pl.concat([spend(council=1_000), spend(icb=1_000).with_columns(pl.lit("notional").alias("nature"))])
    found, shares = pool_adjustments(rows, pool())
    assert found.select("nature", "driver", "amount").rows() == [("cash", "council", 600), ("notional", "icb", 400)]
    assert shares.height == 4


def test_each_partners_share_of_the_spend_stands_beside_its_share_of_the_contributions() -> None:
    _, shares = pool_adjustments(spend(icb=25_000, council=75_000), pool())
    rows = {row["partner"]: row for row in shares.to_dicts()}
    assert (rows["council"]["share_of_spend"], rows["council"]["share_of_contributions"]) == (0.75, 0.4)
    assert (rows["icb"]["fell_on"], rows["icb"]["bears"], rows["icb"]["moved_to"]) == (25_000, 60_000, 35_000)
    _, nothing = pool_adjustments(spend(icb=0), pool())
    assert nothing["share_of_spend"].to_list() == [None, None]


def test_what_a_pool_covers_by_kind_and_by_care_setting() -> None:
    shifts = pl.DataFrame(
        [
            (MONTH, "council", "hospitals", "delay", "notional", "counted", 500, 8),
            (MONTH, "hospitals", "hospitals", "delay", "notional", "counted", 70, 5),
            (MONTH, "icb", "council", "late_chc_decision", "cash", "counted", 900, 3),
            (MONTH, "council", "strangers", "delay", "notional", "counted", 11, 1),
        ],
        schema={
            "month": pl.Date, "driver": pl.String, "payer": pl.String, "kind": pl.String, "nature": pl.String,
            "basis": pl.String, "amount": pl.Int64, "people": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    care = pl.DataFrame(
        [
            (MONTH, "council", "reablement", 300, 4, 0),
            (MONTH, "icb", "reablement", None, 2, None),
            (MONTH, "council", "home_care", 1, 1, 0),
        ],
        schema=CARE,
        orient="row",
    )
    fund = pool(hospitals=50, council=25, icb=25, covers=["delay", "reablement"])
    assert pool_spend(shifts, care, fund).rows() == [
        (MONTH, "council", "cash", "counted", 300, 4),
        (MONTH, "hospitals", "notional", "counted", 570, 8),
        # A net that is not known is not nothing.
        (MONTH, "icb", "cash", "counted", None, 2),
    ]


def test_nothing_is_moved_where_what_fell_on_a_partner_is_not_known() -> None:
    """A pays £300.00 after charges; of B's £1,500.00 nobody knows what its people paid: it bears 0 to £1,500.00."""
    care = [
        (MONTH, "a", "home_care", 30_000, 4, 0),
        (MONTH, "b", "home_care", None, 5, None),
        (MONTH, "b", "reablement", 7_000, 5, None),
    ]
    shifts = pl.DataFrame(schema={"payer": pl.String, "kind": pl.String} | SPEND)
    own = pl.DataFrame(care, schema=CARE, orient="row")
    for rule in ("fixed_share", "own_risk", "capped"):
        fund = pool(rule, budget=100.0, covers=["home_care", "reablement"], a=50, b=50)
        moved, shares = pool_adjustments(pool_spend(shifts, own, fund), fund)
        assert moved.height == 0
        assert shares.select("partner", "fell_on", "bears", "moved_to", "share_of_spend", "_people", "_all").rows() == [
            ("a", 30_000, None, None, None, 4, None),
            ("b", None, None, None, None, 5, None),
        ]
    # What a pool covers without it is settled: £70.00, of which each bears half.
    fund = pool(covers=["reablement"], a=50, b=50)
    moved, _ = pool_adjustments(pool_spend(shifts, own, fund), fund)
    assert moved.select("driver", "payer", "amount").rows() == [("b", "a", 3_500)]


def test_care_rests_on_those_who_pay_where_they_are_few() -> None:
    """The net is what they pay less than the gross: where service_costs does not show it, no pool does."""
    care = [(MONTH, "council", "reablement", 300, 40, 3), (MONTH, "icb", "reablement", 200, 30, 0)]
    shifts = pl.DataFrame(schema={"payer": pl.String, "kind": pl.String} | SPEND)
    fund = pool(council=50, icb=50, covers=["reablement"])
    spent = pool_spend(shifts, pl.DataFrame(care, schema=CARE, orient="row"), fund)
    assert dict(spent.select("partner", "people").iter_rows()) == {"council": 3, "icb": 30}


def test_what_fell_on_a_partner_rests_on_its_own_people() -> None:
    spent = pl.DataFrame(
        [(MONTH, "a", "notional", "counted", 900, 20), (MONTH, "b", "notional", "counted", 100, 2)],
        schema={
            "month": pl.Date, "partner": pl.String, "nature": pl.String, "basis": pl.String, "amount": pl.Int64,
            "people": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    _, shares = pool_adjustments(spent, pool(a=50, b=25, c=25, covers=[]))
    # On c nothing fell: what it bears rests on all.
    assert dict(shares.select("partner", "_people").iter_rows()) == {"a": 20, "b": 2, "c": 20}


AMOUNTS = st.lists(st.integers(-1_000_000, 1_000_000), min_size=3, max_size=3)
PARTS = st.lists(st.integers(0, 100), min_size=3, max_size=3).filter(any)


@given(AMOUNTS, PARTS, st.sampled_from(["own_risk", "fixed_share", "capped"]), st.integers(0, 20_000))
def test_money_in_is_money_out_and_nobody_outside_is_touched(
    amounts: list[int], parts: list[int], rule: str, budget: int
) -> None:
    names = ["a", "b", "c"]
    fund = Pool(name="Fund", partners=dict(zip(names, parts, strict=True)), rule=rule, covers=[], monthly_budget=budget)
    fell = dict(zip(names, amounts, strict=True))
    if rule == "capped" and any(amount < 0 for amount in amounts):
        fell = {name: abs(amount) for name, amount in fell.items()}
    bears = borne(fell, fund)
    assert sum(bears.values()) == sum(fell.values())
    rows, shares = pool_adjustments(spend(**fell), fund)
    net = dict.fromkeys(names, 0)
    for driver, payer, amount in rows.select("driver", "payer", "amount").iter_rows():
        assert driver in names and payer in names and driver != payer and amount > 0
        net[payer] += amount
        net[driver] -= amount
    assert {name: fell[name] + net[name] for name in names} == bears
    assert sum(net.values()) == 0
    assert shares["moved_to"].sum() == 0
    assert rows.height <= 2


@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 1_000_000))
def test_changing_the_shares_moves_money_between_the_partners_only(one: int, other: int, amount: int) -> None:
    fell = spend(icb=amount, council=amount // 3, outsider=777)
    positions = []
    for share in (one, other):
        rows, _ = pool_adjustments(fell.filter(pl.col("partner") != "outsider"), pool(icb=share, council=100 - share))
        positions.append(
            sum(rows.filter(pl.col("payer") == "icb")["amount"]) - sum(rows.filter(pl.col("driver") == "icb")["amount"])
        )
        assert "outsider" not in {*rows["driver"], *rows["payer"]}
    total = amount + amount // 3
    assert abs((positions[0] - positions[1]) - total * (one - other) / 100) <= 1


@pytest.mark.parametrize("order", [1, -1])
def test_order_changes_nothing(order: int) -> None:
    fell = spend(a=123, b=456, c=789)
    assert moves(fell[::order], pool(a=50, b=25, c=25)) == moves(fell, pool(a=50, b=25, c=25))
