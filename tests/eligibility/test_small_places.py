"""Small places through the whole stage: the order of rows and of policies changes nothing, nor who else is there."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl
import pytest

from costshift.eligibility.stage import Eligibility
from costshift.eligibility.stage import eligibility_shifts as stage
from costshift.ledger.eligibility_shifts import EligibilityShifts, eligibility_shifts
from costshift.organisations import Organisations
from costshift.project import Policy
from eligibility_frames import COLUMNS, ENDED, GOES_ON, NOTHING_OFFERED, SUPPORT, assessment, event, review, service

from worlds import project

FIRST, AS_AT = dt.date(2021, 4, 1), dt.date(2024, 9, 30)
CODES = {"north-council": "E1", "south-council": "E2"}
#: Prices of what is used, the later row of two in force among them.
PRICES = [
    ("community_nursing_contact", 50.0, None),
    ("community_nursing_contact", 55.0, dt.date(2024, 4, 1)),
    ("emergency_attendance", 150.0, None),
    ("bed_day_non_elective", 500.0, None),
    ("bed_day_elective", 900.0, None),
]
POLICIES = [
    Policy(date=dt.date(2023, 4, 1), partner="south-council", kind="service_withdrawal", description="One"),
    Policy(date=dt.date(2022, 10, 9), partner="north-council", kind="eligibility_threshold", description="Second"),
    Policy(date=dt.date(2022, 10, 1), partner="north-council", kind="service_withdrawal", description="First"),
    Policy(date=dt.date(2023, 10, 1), partner="north-council", kind="eligibility_threshold", description="A last one"),
]


def rows_of(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Care events and contacts of people who ask one or both councils, on two days of a month."""
    rng = random.Random(seed)
    events: list[dict[str, Any]] = []
    contacts = []
    for person in range(1800):
        month = rng.randrange(41)
        decided = dt.date(2021 + (3 + month) // 12, (3 + month) % 12 + 1, rng.choice([4, 18]))
        for council in rng.choice([["north-council"]] * 4 + [["south-council"]] * 3 + [list(CODES)]):
            own = {"person": person, "council": council, "council_code": CODES[council]}
            started = decided - dt.timedelta(days=rng.choice([0, 9]))
            if rng.random() < 0.4:
                outcome = "Progress to assessment, review or reassessment"
                events.append(event("Request", started, started, event_outcome=outcome, route_of_access="A", **own))
            if rng.random() < 0.3:
                went = None if rng.random() < 0.5 else decided
                events.append(service(decided - dt.timedelta(days=400), went, rng.choice([90, 200, None]), **own))
                events.append(service(decided, None, rng.choice([70, 150]), **own))
                events.append(review(started, decided, rng.choice([GOES_ON, GOES_ON, ENDED]), **own))
            outcome = rng.choice([SUPPORT, NOTHING_OFFERED])
            for _ in range(rng.choice([1, 1, 2])):
                needs = rng.choice(["Eligible needs identified", None, None])
                events.append(assessment(started, decided, outcome, eligible_needs=needs, **own))
        for _ in range(rng.randrange(25)):
            day = FIRST + dt.timedelta(days=rng.randrange((AS_AT - FIRST).days + 1))
            contacts.append({"person": person, "contact_date": day, "provider_code": rng.choice(["RC1", "RN1"])})
    return {"care_events": events, "contacts": contacts}


def worked_out(rows: dict[str, list[dict[str, Any]]], policies: list[Policy]) -> tuple[Eligibility, EligibilityShifts]:
    place = project().model_copy(update={"policies": policies})
    contacts = {"person": pl.Int64, "contact_date": pl.Date, "provider_code": pl.String}
    # One in nine dies in 2023 and is in the council's records alone as dead.
    born = {"birth_date": pl.lit(dt.date(1940, 1, 1)), "birth_month": pl.lit(None, dtype=pl.Date), "sex": pl.lit("1")}
    died = pl.when(pl.col("person") % 9 == 0).then(pl.lit(dt.date(2023, 5, 9)))
    views = {
        "care_events": pl.DataFrame(rows["care_events"], schema=COLUMNS, orient="row")
        .drop("council")
        .lazy()
        .with_columns(**born, death_date=died),
        "contacts": pl.DataFrame(rows["contacts"], schema=contacts, orient="row")
        .lazy()
        .with_columns(**born, attended=pl.lit("5"), death_date=pl.lit(None, dtype=pl.Date)),
    }
    # One spell a month, of nobody who had a decision: the hospital covers all months.
    admitted = pl.date_range(FIRST, AS_AT, "1mo", eager=True)
    spells = pl.LazyFrame({"person": range(5000, 5000 + len(admitted)), "admission_date": admitted}).with_columns(
        (pl.col("admission_date") + pl.duration(days=4)).alias("end_date"),
        (pl.col("admission_date") + pl.duration(days=2)).alias("ready_date"),
        admission_method=pl.lit("21"),
        in_scope=pl.lit(value=True),
        delay_days=pl.lit(2),
        provider=pl.lit("north-hospitals"),
        setting=pl.lit("acute"),
    )
    prices = pl.DataFrame(PRICES, schema={"item": pl.String, "value": pl.Float64, "valid_from": pl.Date}, orient="row")
    prices = prices.with_columns(valid_to=pl.lit(None, dtype=pl.Date))
    found = stage(views, spells, Organisations.of(place), place, prices, AS_AT.replace(day=1), AS_AT)
    return found, eligibility_shifts(found, AS_AT)


@pytest.mark.parametrize("seed", range(2))
def test_neither_the_order_of_rows_nor_of_policies_changes_a_table(seed: int) -> None:
    rows = rows_of(seed)
    found, ledger = worked_out(rows, POLICIES)
    rng = random.Random(seed)
    turned = {name: rng.sample(own, len(own)) for name, own in rows.items()}
    again, other = worked_out(turned, POLICIES[::-1])
    for name, table in found.tables.items():
        assert table.equals(again.tables[name], null_equal=True), name
    assert found.decisions.collect().equals(again.decisions.collect(), null_equal=True)
    assert found.quarters == again.quarters and found.notes == again.notes
    assert found.people_exposed_twice() == 0
    for name in ("rows", "memo", "people"):
        assert getattr(ledger, name).equals(getattr(other, name), null_equal=True), name
    assert (ledger.replicates == other.replicates).all()
    # There is something to compare: effects of both councils, months of the ledger, several policies.
    effects = found.tables["shift_effects"].filter(pl.col("effect_per_person_month").is_not_null())
    assert set(effects["council"]) == set(CODES) and ledger.rows.height > 10
    assert found.tables["eligibility_decomposition"]["policy"].str.contains(";").any()


def test_a_small_council_beside_a_large_one_has_its_own_decomposition() -> None:
    rows = rows_of(5)
    south = [own for own in rows["care_events"] if own["council"] == "south-council" and own["person"] % 40 == 0]
    north = [own for own in rows["care_events"] if own["council"] == "north-council"]
    # Under 2 in 100 of all that is concluded: it says nothing of others' windows, and all of its own decisions.
    assert 0 < len(south) < 0.02 * len(north)
    found, _ = worked_out({**rows, "care_events": [*north, *south]}, [])
    changes = found.tables["eligibility_decomposition"].filter(pl.col("component") == "change")
    assert set(changes["council"]) == set(CODES)
