"""Months of a stated reporting period that DHSC's rule would leave out, worked by hand."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import polars as pl

from costshift.history.reporting_periods import ThinMonths, thin_months
from costshift.history.store import Submission

TYPES = ("Request", "Assessment", "Service")
APRIL, MAY, JUNE, JULY = (dt.date(2024, month, 1) for month in (4, 5, 6, 7))


def sent(load: int = 1, last: dt.date | None = dt.date(2024, 7, 31), month: dt.date = JULY) -> Submission:
    own = {"kind": "care_events", "submitter": "east", "load_id": load, "month": month}
    return cast(Submission, SimpleNamespace(covers_from=APRIL, covers_to=last, **own))


def events(counts: dict[tuple[dt.date, str], int], load: int = 1) -> list[dict[str, Any]]:
    return [
        {"load_id": load, "submitter": "east", "event_type": kind, "event_end_date": month.replace(day=9)}
        for (month, kind), count in counts.items()
        for _ in range(count)
    ]


def found(rows: list[dict[str, Any]], *submissions: Submission) -> list[ThinMonths]:
    schema = {"load_id": pl.Int64, "submitter": pl.String, "event_type": pl.String, "event_end_date": pl.Date}
    return thin_months(pl.LazyFrame(rows, schema=schema), submissions or (sent(),))


def even(months: tuple[dt.date, ...], each: int = 20) -> dict[tuple[dt.date, str], int]:
    return {(month, kind): each for month in months for kind in TYPES}


def test_a_month_without_events_is_named() -> None:
    assert found(events(even((APRIL, MAY, JULY)))) == [ThinMonths("east", (JUNE,))]
    assert found(events(even((APRIL, MAY, JUNE, JULY)))) == []


def test_two_in_a_hundred_are_enough() -> None:
    # 196 events elsewhere and 4 in June: 4 of 200 are 2 in 100; 3 of 199 are fewer.
    rest = even((APRIL, MAY), 32) | {(JULY, "Request"): 2, (JULY, "Assessment"): 1, (JULY, "Service"): 1}
    assert sum(rest.values()) == 196
    june = {(JUNE, "Request"): 2, (JUNE, "Assessment"): 1, (JUNE, "Service"): 1}
    assert found(events(rest | june)) == []
    assert found(events(rest | june | {(JUNE, "Request"): 1})) == [ThinMonths("east", (JUNE,))]


def test_all_types_but_one_must_be_there() -> None:
    full = even((APRIL, MAY, JULY))
    assert found(events(full | {(JUNE, "Request"): 30, (JUNE, "Service"): 30})) == []
    assert found(events(full | {(JUNE, "Request"): 60})) == [ThinMonths("east", (JUNE,))]


def test_of_few_events_nothing_is_said_and_only_the_latest_submission_is_looked_at() -> None:
    assert found(events(even((APRIL,), 33))) == []
    old, new = sent(1, month=JUNE), sent(2)
    whole = events(even((APRIL, MAY, JUNE, JULY)), 2)
    assert found(events(even((APRIL,))) + whole, old, new) == []
    assert found(events(even((APRIL, MAY))) + whole, old, sent(2, dt.date(2024, 6, 30))) == []
    assert found(whole, sent(2, None)) == []


def test_of_a_longer_period_a_year_s_events_are_asked_for() -> None:
    # 36 months, 10 events each but one of 4: 4 of 354 are under 2 in 100, and over 2 in 100 of a third of them (118).
    months = [dt.date(2022 + place // 12, place % 12 + 1, 1) for place in range(36)]
    counts = {(month, kind): 5 for month in months for kind in ("Request", "Service")}
    counts |= {(months[7], kind): 2 for kind in ("Request", "Service")}
    own = sent(last=dt.date(2024, 12, 31))
    own.covers_from = months[0]  # type: ignore[misc]
    assert found(events(counts), own) == []
    counts |= {(months[7], kind): 1 for kind in ("Request", "Service")}
    assert found(events(counts), own) == [ThinMonths("east", (months[7],))]
