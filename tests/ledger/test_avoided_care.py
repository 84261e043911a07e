"""The care that a delay put off, from dates to pence by hand."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from care_frames import COUNCIL, HOME_CARE, ICB, ST_MAX, charge, costs, coverage, service
from costshift.ledger.avoided_care import avoided_care_cost, care_after_delays
from costshift.prices.funding import FundingRules
from costshift.project import Funding

AS_AT = dt.date(2025, 3, 31)
HOSPITAL = "north-hospitals"
#: Ready on 10 January, left on 20 January 2025; the 28 days are 20 January to 16 February.
READY, LEFT = dt.date(2025, 1, 10), dt.date(2025, 1, 20)


def delayed(ready: dt.date = READY, left: dt.date = LEFT, person: int = 1) -> pl.LazyFrame:
    return pl.LazyFrame(
        {
            "provider_code": ["RA1"], "spell_id": [f"S{person}"], "person": [person], "council": [COUNCIL],
            "ready_date": [ready], "discharge_date": [left],
        }
    )  # fmt: skip


def after(
    services: list[dict],
    charges: list[dict] | None = None,
    funding: list[Funding] | None = None,
    spells: pl.LazyFrame | None = None,
    covered: pl.LazyFrame | None = None,
) -> dict:
    found = costs(services, charges, covered=covered)
    rules = FundingRules.of(funding or [], [COUNCIL])
    rows = care_after_delays(
        delayed() if spells is None else spells, found.pieces, found.packages.covered, rules, AS_AT
    )
    return dict(rows.select("payer", "pence").iter_rows())


NO_CHARGE = [charge("2024-04-01", None, "0.01", person=9)]


def test_a_package_from_the_discharge_on() -> None:
    # £700 a week from 20 January: 28 days, £2,800.00.
    assert after([service("2025-01-20", None, "700.00")], NO_CHARGE) == {COUNCIL: 280_000}


@pytest.mark.parametrize(
    ("start", "end", "pence"),
    [
        ("2025-01-10", None, 280_000),  # began on the ready date
        ("2025-01-09", None, 0),  # had it before: it goes on in hospital too
        ("2025-02-16", None, 10_000),  # the last day of the window
        ("2025-02-17", None, 0),
        ("2025-01-20", "2025-01-26", 70_000),  # 7 days
        ("2025-01-12", "2025-01-19", 0),  # over before the discharge
    ],
)
def test_which_care_counts(start: str, end: str | None, pence: int) -> None:
    assert after([service(start, end, "700.00")], NO_CHARGE) == {COUNCIL: pence}


def test_the_persons_part_is_not_the_councils() -> None:
    # £140 a week of £700: £2,800 - £560.
    assert after([service("2025-01-20", None, "700.00")], [charge("2025-01-20", None, "140.00")]) == {COUNCIL: 224_000}


def test_what_the_person_pays_goes_towards_the_council_s_part_first() -> None:
    # Half of £2,800 each; the person's £560 go towards the council's £1,400, as in service_costs.
    own = [Funding(service_component=HOME_CARE, shares={COUNCIL: 50, "community": 50})]
    found = after([service("2025-01-20", None, "700.00")], [charge("2025-01-20", None, "140.00")], own)
    assert found == {COUNCIL: 84_000, "community": 140_000}


def test_one_off_costs_are_put_off_and_not_avoided() -> None:
    assert after([service("2025-01-20", None, "700.00", "One-off")], NO_CHARGE) == {COUNCIL: 0}


def test_shares_of_funding_make_several_payers() -> None:
    own = [Funding(service_component="Reablement", shares={ICB: 50, COUNCIL: 50})]
    care = [service("2025-01-20", None, "350.00", kind=ST_MAX, component="Reablement")]
    assert after(care, funding=own) == {COUNCIL: 70_000, ICB: 70_000}


def test_what_is_not_known_is_null() -> None:
    # Without charges; not covered to the end of the window; the window has not passed.
    assert after([service("2025-01-20", None, "700.00")]) == {None: None}
    short = coverage(COUNCIL, covers=(dt.date(2024, 4, 1), dt.date(2025, 1, 31)))
    assert after([], NO_CHARGE, covered=short) == {None: None}
    late = delayed(dt.date(2025, 3, 1), dt.date(2025, 3, 10))
    assert after([], NO_CHARGE, spells=late) == {None: None}


def driven(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [(dt.date(2025, 1, 1), "RA1", spell, driver, HOSPITAL, days, share) for spell, driver, days, share in rows],
        schema={
            "month": pl.Date, "provider_code": pl.String, "spell_id": pl.String, "driver": pl.String, "payer": pl.String,
            "days": pl.Int64, "share": pl.Int64,
        },
        orient="row",
    )  # fmt: skip


def known(*rows: tuple[str, str | None, int | None]) -> pl.DataFrame:
    schema = {"provider_code": pl.String, "spell_id": pl.String, "payer": pl.String, "pence": pl.Int64}
    return pl.DataFrame([("RA1", *row) for row in rows], schema=schema, orient="row")


def test_days_that_a_driver_drove_at_what_it_would_have_paid() -> None:
    # 10 days of the council at £100 a day: £1,000.00. Half of 10 days: £500.00. The hospital would have paid nothing.
    one = avoided_care_cost(known(("S1", COUNCIL, 280_000)), driven(("S1", COUNCIL, 10, 100)))
    assert one["avoided_care_cost"].to_list() == [100_000]
    half = avoided_care_cost(known(("S1", COUNCIL, 280_000)), driven(("S1", COUNCIL, 10, 50), ("S1", HOSPITAL, 10, 50)))
    assert dict(half.select("driver", "avoided_care_cost").iter_rows()) == {COUNCIL: 50_000, HOSPITAL: 0}


def test_pence_are_rounded_once_after_the_sum() -> None:
    # Two spells of 1 day at 1,001 pence in 28 days: 35.75 each, 71.5 together: 72, not 36 + 36.
    both = known(("S1", COUNCIL, 1_001), ("S2", COUNCIL, 1_001))
    found = avoided_care_cost(both, driven(("S1", COUNCIL, 1, 100), ("S2", COUNCIL, 1, 100)))
    assert found["avoided_care_cost"].to_list() == [72]


def test_one_unknown_spell_makes_the_row_unknown() -> None:
    both = known(("S1", COUNCIL, 1_001), ("S2", None, None))
    found = avoided_care_cost(both, driven(("S1", COUNCIL, 1, 100), ("S2", COUNCIL, 1, 100)))
    assert found["avoided_care_cost"].to_list() == [None]
    assert avoided_care_cost(known(), driven(("S3", COUNCIL, 1, 100)))["avoided_care_cost"].to_list() == [None]
