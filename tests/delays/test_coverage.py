"""What the councils' extracts cover: stated periods joined where they follow on one another, gaps kept."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.delays.evidence import linked_records
from costshift.organisations import Organisations

from worlds import project

AS_AT = dt.date(2024, 12, 31)


def coverage(rows: list[tuple[str, str | None, str | None, str]]) -> list[tuple[str, dt.date, dt.date, bool]]:
    """council code, reporting period start and end, event start; load 1 holds open events, load 0 does not."""
    events = pl.LazyFrame(
        [
            {
                "council_code": council,
                "reporting_period_start": None if start is None else dt.date.fromisoformat(start),
                "reporting_period_end": None if end is None else dt.date.fromisoformat(end),
                "event_start_date": dt.date.fromisoformat(event),
                "event_end_date": None,
                "load_id": int(council == "E2"),
            }
            for council, start, end, event in rows
        ],
        schema_overrides={
            "reporting_period_start": pl.Date,
            "reporting_period_end": pl.Date,
            "event_end_date": pl.Date,
        },
    )
    own = project()
    records = linked_records({"care_events": events}, Organisations.of(own), own, {1: True}, AS_AT)
    return list(records.coverage.collect().iter_rows())


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_quarters_that_follow_on_are_one_stretch_and_a_missing_one_is_a_gap() -> None:
    found = coverage(
        [
            ("E1", "2023-04-01", "2023-06-30", "2023-05-01"),
            ("E1", "2023-07-01", "2023-09-30", "2023-08-01"),
            ("E1", "2024-01-01", "2024-03-31", "2024-01-05"),
        ]
    )
    assert found == [
        ("north-council", day("2023-04-01"), day("2023-09-30"), False),
        ("north-council", day("2024-01-01"), day("2024-03-31"), False),
    ]


def test_rolling_periods_overlap_and_one_lies_inside_another() -> None:
    found = coverage(
        [
            ("E1", "2023-04-01", "2024-03-31", "2023-05-01"),
            ("E1", "2023-07-01", "2023-09-30", "2023-08-01"),
            ("E1", "2024-02-01", "2024-06-30", "2024-03-01"),
        ]
    )
    assert found == [("north-council", day("2023-04-01"), day("2024-06-30"), False)]


def test_a_council_that_states_nothing_is_covered_from_its_first_event() -> None:
    found = coverage(
        [
            ("E2", None, None, "2022-03-02"),
            ("E2", None, None, "2023-03-02"),
            ("E1", "2023-04-01", "2023-06-30", "2021-01-01"),
        ]
    )
    assert found == [
        ("north-council", day("2023-04-01"), day("2023-06-30"), False),
        ("south-council", day("2022-03-02"), AS_AT, True),
    ]
