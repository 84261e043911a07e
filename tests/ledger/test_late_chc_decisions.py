"""Late continuing healthcare decisions, from dates to pence. Day 1 is the day of the positive checklist."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from care_frames import (
    CASE,
    COUNCIL,
    HOME_CARE,
    ICB,
    case,
    charge,
    costs,
    frame,
    service,
    table,
)
from costshift.ledger.late_chc_decisions import late_chc_decisions, late_periods
from costshift.prices.funding import FundingRules
from costshift.project import Funding

AS_AT = dt.date(2025, 3, 31)


def of(cases: list[dict]) -> pl.LazyFrame:
    return frame(cases, CASE).with_columns(pl.lit(ICB).alias("icb"))


def late(cases: list[dict], as_at: dt.date = AS_AT) -> list[tuple]:
    return late_periods(of(cases), as_at).select("from_date", "to_date").collect().rows()


def shifts(
    cases: list[dict], services: list[dict], charges: list[dict] | None = None, funding: list[Funding] | None = None
):
    found = costs(services, charges)
    return late_chc_decisions(of(cases), found.pieces, FundingRules.of(funding or [], [COUNCIL]), AS_AT)[:2]


def amounts(cases: list[dict], services: list[dict], charges: list[dict], funding: list[Funding] | None = None) -> dict:
    rows, _ = shifts(cases, services, charges, funding)
    return {(f"{row['month']:%Y-%m}", row["payer"]): row["amount"] for row in rows.to_dicts()}


def test_day_29_is_the_first_late_day_and_the_decisions_own_day_is_none() -> None:
    # Checklist 1 January: day 28 is 28 January, day 29 is the 29th. Decision 10 February: late to 9 February.
    assert late([case("2025-01-01", "2025-02-10")]) == [(dt.date(2025, 1, 29), dt.date(2025, 2, 9))]


@pytest.mark.parametrize(
    "own",
    [
        case("2025-01-01", "2025-01-28"),  # day 28: in time
        case("2025-01-01", "2025-01-29"),  # day 29: decided on the first late day, nothing before it
        case("2025-01-01", "2025-02-10", decided="Not eligible"),
        case("2025-01-01", "2025-02-10", outcome="Negative"),
        case("2025-01-01", "2025-02-10", fast="Y"),
        case("2025-01-01", None),
        case(None, "2025-02-10"),
        case("2025-01-01", "2025-04-02"),  # not known on the as-at date
    ],
)
def test_who_was_not_late_or_not_eligible_moves_nothing(own: dict) -> None:
    assert late([own]) == []


def test_council_and_person_are_paid_back_what_they_paid() -> None:
    # £700 a week, the person £140 a week. Late 29 January to 9 February: 3 days of January and 9 of February.
    # January: piece of 31 days, gross £3,100.00: 3/31 = £300.00, person £60.00, council £240.00. February: £900 - £180.
    found = amounts(
        [case("2025-01-01", "2025-02-10")],
        [service("2025-01-01", None, "700.00")],
        [charge("2025-01-01", None, "140.00")],
    )
    assert found == {
        ("2025-01", COUNCIL): 24_000, ("2025-01", "person"): 6_000,
        ("2025-02", COUNCIL): 72_000, ("2025-02", "person"): 18_000,
    }  # fmt: skip


def test_rows_have_the_shape_of_cost_shifts() -> None:
    rows, unknown = shifts(
        [case("2025-01-01", "2025-02-10")],
        [service("2025-01-01", None, "700.00")],
        [charge("2025-01-01", None, "140.00")],
    )
    assert rows.row(0, named=True) == {
        "month": dt.date(2025, 1, 1), "driver": ICB, "payer": COUNCIL, "kind": "late_chc_decision", "nature": "cash",
        "basis": "counted", "amount": 24_000, "people": 1, "_days": 3,
    }  # fmt: skip
    assert unknown.height == 0


def test_without_charges_the_days_are_named_and_no_amount_is_given() -> None:
    rows, unknown = shifts([case("2025-01-01", "2025-02-10")], [service("2025-01-01", None, "700.00")])
    assert rows.height == 0
    assert unknown.rows() == [(dt.date(2025, 1, 1), COUNCIL, 3), (dt.date(2025, 2, 1), COUNCIL, 9)]


def test_what_the_icb_paid_itself_is_no_shift() -> None:
    # Half of the net is the ICB's by [[funding]]: of January's £240.00 the council's half is £120.00.
    found = amounts(
        [case("2025-01-01", "2025-02-10")],
        [service("2025-01-01", None, "700.00")],
        [charge("2025-01-01", None, "140.00")],
        [Funding(service_component=HOME_CARE, shares={COUNCIL: 50, ICB: 50})],
    )
    # Three days of £100: £150 each; the person's £60 go towards the council's.
    assert found["2025-01", COUNCIL] == 9_000
    assert ("2025-01", ICB) not in found


def test_what_a_late_decision_left_with_each_payer_is_what_service_costs_say() -> None:
    # £700 a week, £140 of it the person's; home support shared by the community provider and the council.
    shares = {COUNCIL: 50, "community": 50}
    services = [service("2025-02-01", "2025-02-28", "700.00")]
    charges = [charge("2025-02-01", "2025-02-28", "140.00")]
    rules = [Funding(service_component=HOME_CARE, shares=shares)]
    found = amounts([case("2025-01-01", "2025-02-10")], services, charges, rules)
    # February: 9 late days of 28. Gross £2,800, half each; the person's £560 go towards the council's £1,400: £840.
    net = table(costs(services, charges, funding={HOME_CARE: shares}))
    assert net["2025-02", COUNCIL, "home_care"][2] == 84_000 and net["2025-02", "community", "home_care"][2] == 140_000
    assert found["2025-02", COUNCIL] == 84_000 * 9 // 28 == 27_000
    assert found["2025-02", "community"] == 140_000 * 9 // 28 == 45_000


def test_two_cases_of_one_person_do_not_pay_a_day_twice() -> None:
    two = [case("2025-01-01", "2025-02-10"), case("2025-01-02", "2025-02-08")]
    assert late(two) == [(dt.date(2025, 1, 29), dt.date(2025, 2, 9))]


def test_a_service_that_ended_before_is_not_paid_back() -> None:
    assert (
        amounts(
            [case("2025-01-01", "2025-02-10")],
            [service("2025-01-01", "2025-01-28", "700.00")],
            [charge("2025-01-01", None, "1.00")],
        )
        == {}
    )


def test_somebody_elses_packages_are_not_paid_back() -> None:
    assert (
        amounts(
            [case("2025-01-01", "2025-02-10", person=2)],
            [service("2025-01-01", None, "700.00")],
            [charge("2025-01-01", None, "1.00")],
        )
        == {}
    )


def test_doubling_the_price_doubles_the_shift() -> None:
    cases, charges = [case("2025-01-01", "2025-02-10")], [charge("2025-01-01", None, "140.00")]
    one = amounts(cases, [service("2025-01-01", None, "700.00")], charges)
    two = amounts(cases, [service("2025-01-01", None, "1400.00")], [charge("2025-01-01", None, "280.00")])
    assert {key: 2 * own for key, own in one.items()} == two
