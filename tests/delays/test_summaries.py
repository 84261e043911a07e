"""Summaries count different people, and take what is not known for unknown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from costshift.delays.discharges import discharge_delays
from costshift.delays.measures import date_spells
from costshift.delays.summaries import delay_summaries
from costshift.organisations import Organisations

from worlds import AS_AT, frame, project

MARCH = AS_AT.replace(day=1)


def summaries(*spells: dict[str, Any]) -> dict[str, pl.DataFrame]:
    place = project()
    rows = [{"provider_code": "RN1", "spell_id": f"S{place}"} | spell for place, spell in enumerate(spells)]
    dated = date_spells(frame("spells", rows, person=pl.Int64()), None, Organisations.of(place), place.delays, AS_AT)
    table = discharge_delays(dated.spells, dated.months, place.delays.ready_date_missing)
    return {name: own.collect() for name, own in delay_summaries(dated, table, MARCH, AS_AT).items()}


def spell(person: int, admitted: int, ready: int | None, left: int | None, **more: Any) -> dict[str, Any]:
    """A spell of March 2024, by days of the month."""
    days = {
        "admission_date": dt.date(2024, 3, admitted),
        "discharge_ready_date": ready and dt.date(2024, 3, ready),
        "discharge_date": left and dt.date(2024, 3, left),
    }
    return {"person": person, "birth_date": dt.date(1940, 1, 1), "discharge_pathway": "P1"} | days | more


def test_a_person_in_two_councils_and_two_reasons_is_one() -> None:
    """Person 1 waits 2 + 4 days in two spells, person 2 is open with 3 days of waiting: 9 days, 2 people."""
    found = summaries(
        spell(1, 1, 3, 5, council_code="E1", delay_reason="HP1"),
        spell(1, 10, 12, 16, council_code="E2", delay_reason="CP3"),
        spell(2, 20, 29, None, council_code="E1", delay_reason="HP1"),
    )
    beds = found["delayed_beds_by_provider"].filter(pl.col("month") == MARCH)
    assert beds.select("delayed_bed_days", "people", "provisional", "acceptable").rows() == [(9, 2, False, True)]
    reasons = found["days_by_reason"].sort("delay_reason", nulls_last=True)
    assert reasons.select("delay_reason", "delayed_bed_days", "people", "_all_days", "_all_people").rows() == [
        ("CP3", 4, 1, 9, 2),
        ("HP1", 5, 2, 9, 2),
        (None, 9, 2, 9, 2),
    ]
    assert found["census_by_provider"].select("provider", "people_delayed").rows() == [("north-hospitals", 1)]
    assert found["census_by_pathway"].select("discharge_pathway", "people_delayed").rows() == [("P1", 1)]


def test_discharges_in_total_are_those_of_acceptable_acute_providers() -> None:
    """North: 2 discharges, 1 of them delayed by 2 days. South: no ready date at all, not computable."""
    found = summaries(
        spell(1, 1, 3, 5),
        spell(2, 1, 4, 4),
        spell(3, 1, None, 9, provider_code="RS1"),
        spell(4, 20, 22, None),
    )["discharges_by_provider"].sort("provider", nulls_last=True)
    measures = ["provider", "discharges", "delayed_discharges", "bed_days_lost", "average_delay_days", "acceptable"]
    assert found.select(measures).rows() == [
        ("north-hospitals", 2, 1, 2, 1.0, True),
        ("south-hospitals", 1, None, None, None, False),
        (None, 2, 1, 2, 1.0, True),
    ]


def test_a_month_without_delay_is_zero_and_one_that_is_not_computable_is_unknown() -> None:
    beds = summaries(
        spell(1, 4, 4, 8)
        | {
            "admission_date": dt.date(2024, 2, 4),
            "discharge_ready_date": dt.date(2024, 2, 8),
            "discharge_date": dt.date(2024, 2, 8),
        },
        spell(2, 1, 3, 5),
        spell(3, 1, None, 9, provider_code="RS1"),
        spell(4, 20, 22, None),
    )["delayed_beds_by_provider"].sort("provider", "month")
    # March: 2 days of person 2, and 10 of person 4, from the 22nd to the 31st.
    assert beds.select("provider", "month", "delayed_bed_days", "people").rows() == [
        ("north-hospitals", dt.date(2024, 2, 1), 0, 0),
        ("north-hospitals", MARCH, 12, 2),
        ("south-hospitals", MARCH, None, None),
    ]
