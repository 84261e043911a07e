"""What is awaited and what drifts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from costshift.extracts.read_extract import FINDING_SCHEMA
from costshift.history.publications import FIGURE_SCHEMA
from costshift.history.store import Submission
from costshift.indicators.awaited import what_is_awaited
from costshift.indicators.drift import moved_measures
from costshift.project import Project

MARCH, APRIL = dt.date(2025, 3, 1), dt.date(2025, 4, 1)


def project(**extract: Any) -> Project:
    own = {"kind": "care_events", "submitter": "council", "files": "cld.csv"} | extract
    return Project.model_validate(
        {
            "place": {"name": "Anywhere"},
            "partners": [{"id": "council", "name": "Council", "type": "council"}],
            "extracts": [own],
        }
    )


def sent(month: dt.date, covers_to: dt.date | None = None) -> Submission:
    empty = pl.DataFrame(schema=FINDING_SCHEMA)
    return Submission(month.month, month, "care_events", "council", "rolling", None, covers_to, None, "", [], empty)


def test_a_required_monthly_extract_is_never_awaited() -> None:
    assert what_is_awaited(project(), [], MARCH) == ()


def test_a_late_optional_one_says_to_when_the_last_covers() -> None:
    until = dt.date(2025, 2, 27)
    (found,) = what_is_awaited(project(required=False), [sent(dt.date(2025, 2, 1), until)], MARCH)
    assert (found.last, found.covers_to, found.late) == (dt.date(2025, 2, 1), until, True)
    assert found.figures


def test_nothing_is_awaited_that_came_and_a_later_month_does_not_count_as_the_last() -> None:
    assert what_is_awaited(project(required=False), [sent(MARCH)], MARCH) == ()
    (found,) = what_is_awaited(project(required=False), [sent(APRIL)], MARCH)
    assert found.last is None


@pytest.mark.parametrize(("month", "late"), [(MARCH, True), (APRIL, False)])
def test_a_quarterly_one_is_late_at_the_quarters_end_only(month: dt.date, late: bool) -> None:
    (found,) = what_is_awaited(project(cadence="quarterly"), [], month)
    assert found.late is late


def series(*discharges: int | None, delayed: int = 40) -> pl.DataFrame:
    """Months up to April: discharges, of which some were delayed."""
    rows: list[tuple[Any, ...]] = []
    for place, value in enumerate(discharges):
        month = dt.date(2025, 5 - len(discharges) + place, 1)
        for measure, own in (("discharges", value), ("delayed_discharges", delayed)):
            if value is not None:
                rows.append(("discharge_delays", measure, "", month, "hospital", "spells", float(own or 0), own))
    return pl.DataFrame(rows, schema=FIGURE_SCHEMA, orient="row")


def test_a_move_of_more_than_the_share_is_named_with_its_mean() -> None:
    # Mean of 100, 110 and 90 is 100: 150 is half more and no more than that, 151 is.
    assert moved_measures(series(100, 110, 90, 150), APRIL, 0.5) == []
    (found,) = moved_measures(series(100, 110, 90, 151), APRIL, 0.5)
    assert (found.provider, found.measure, found.now, found.mean) == ("hospital", "discharges", 151.0, 100.0)
    assert [item.measure for item in moved_measures(series(100, 110, 90, 49, delayed=20), APRIL, 0.5)] == ["discharges"]


def test_two_months_before_or_few_discharges_say_nothing() -> None:
    assert moved_measures(series(100, 100, 300), APRIL, 0.5) == []
    assert moved_measures(series(20, 20, 20, 60), APRIL, 0.5) == []


def test_a_provider_that_is_gone_is_named() -> None:
    (found,) = moved_measures(series(100, 100, 100, None), APRIL, 0.5)
    assert (found.measure, found.now) == ("discharges", 0.0)
