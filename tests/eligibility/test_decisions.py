"""Each transition by hand, and every decision of random worlds against a plain reading of the definition."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from costshift.eligibility.decisions import council_decisions, council_events
from costshift.organisations import Organisations
from costshift.prices.weekly_cost import with_weekly_pence
from eligibility_frames import (
    AS_AT,
    COLUMNS,
    ENDED,
    GOES_ON,
    NO,
    NOTHING_OFFERED,
    SUPPORT,
    YES,
    assessment,
    day,
    event,
    events,
    people,
    random_events,
    review,
    service,
)

from independent.eligibility import transitions

FIRST, SECOND = day("10 Jan 2023"), day("10 Jan 2024")


def decided(*rows: dict[str, Any]) -> pl.DataFrame:
    return council_decisions(events(list(rows)), people(1)).collect()


def names(*rows: dict[str, Any]) -> list[str]:
    return decided(*rows)["transition"].to_list()


def ended(when: dt.date, **fields: Any) -> dict[str, Any]:
    return assessment(when - dt.timedelta(days=5), when, NOTHING_OFFERED, **fields)


def found(when: dt.date, **fields: Any) -> dict[str, Any]:
    return assessment(when - dt.timedelta(days=5), when, SUPPORT, **fields)


def test_a_first_decision_accepts_or_refuses() -> None:
    assert names(found(FIRST)) == ["accepted"]
    assert names(ended(FIRST)) == ["refused"]


def test_a_review_of_open_support_keeps_or_loses_it() -> None:
    support = service(day("1 Jun 2020"), None)
    assert names(support, review(FIRST, FIRST, GOES_ON)) == ["kept"]
    assert names(support, review(FIRST, FIRST, ENDED)) == ["lost"]


def test_the_previous_decision_counts_for_18_months_to_the_day() -> None:
    assert names(found(FIRST), ended(day("10 Jul 2024"))) == ["accepted", "lost"]
    assert names(found(FIRST), ended(day("11 Jul 2024"))) == ["accepted", "refused"]


def test_who_was_not_eligible_gains_or_is_refused_again() -> None:
    assert names(ended(FIRST), found(SECOND)) == ["refused", "gained"]
    assert names(ended(FIRST), ended(SECOND)) == ["refused", "refused_again"]


def test_support_that_ended_before_the_assessment_began_is_not_open() -> None:
    gone = service(day("1 Jun 2020"), FIRST - dt.timedelta(days=6))
    assert names(gone, ended(FIRST)) == ["refused"]
    assert names(service(day("1 Jun 2020"), FIRST - dt.timedelta(days=5)), ended(FIRST)) == ["lost"]


def test_support_that_began_with_the_assessment_is_not_earlier_support() -> None:
    assert names(service(FIRST - dt.timedelta(days=5), None), found(FIRST)) == ["accepted"]


def test_a_package_that_costs_a_fifth_less_after_28_days_was_reduced() -> None:
    until, since = FIRST + dt.timedelta(days=6), FIRST + dt.timedelta(days=7)
    before = service(day("1 Jun 2020"), until, 200)
    # 200 a week to 160: down by 40, a fifth. To 160.01: less than a fifth.
    assert names(before, service(since, None, 160), review(FIRST, FIRST, GOES_ON)) == ["reduced"]
    assert names(before, service(since, None, 160.01), review(FIRST, FIRST, GOES_ON)) == ["kept"]


def test_costs_of_two_submissions_are_not_compared() -> None:
    before = service(day("1 Jun 2020"), FIRST + dt.timedelta(days=6), 200)
    after = service(FIRST + dt.timedelta(days=7), None, 100, load_id=2)
    assert names(before, after, review(FIRST, FIRST, GOES_ON)) == ["kept"]


def test_support_that_ended_without_another_is_not_called_reduced() -> None:
    assert names(service(day("1 Jun 2020"), FIRST, 200), review(FIRST, FIRST, GOES_ON)) == ["kept"]


@pytest.mark.parametrize(
    "row",
    [
        assessment(FIRST, FIRST, SUPPORT, assessment_type="Short term assessment"),
        assessment(FIRST, FIRST, SUPPORT, assessment_type="Financial Assessment"),
        review(FIRST, FIRST, GOES_ON, review_reason="Review of short term support"),
        assessment(FIRST, FIRST, "Progress to reablement/ST-Max", eligible_needs=YES),
        assessment(FIRST, FIRST, "Admitted to hospital"),
        assessment(FIRST, FIRST, "NFA: Referral to NHS services or NHS funded social care", eligible_needs=NO),
        assessment(FIRST, FIRST, "NFA: Responsibility moved to another local authority"),
        assessment(FIRST, FIRST, "NFA: Deceased"),
        assessment(FIRST, FIRST, "NFA: Support declined"),
        event("Request", FIRST, FIRST, event_outcome=SUPPORT),
        event("Assessment", FIRST, None, event_outcome=SUPPORT, assessment_type="Long term assessment"),
    ],
)
def test_what_is_no_decision(row: dict[str, Any]) -> None:
    assert names(row) == []


def test_recorded_needs_go_before_the_outcome_and_are_kept_apart() -> None:
    one = decided(found(FIRST, eligible_needs=NO)).row(0, named=True)
    assert (one["decision"], one["basis"], one["transition"]) == ("not_eligible", "recorded", "refused")
    assert decided(found(FIRST))["basis"].to_list() == ["inferred"]
    # An outcome that says nothing of eligibility leaves what is recorded.
    assert decided(assessment(FIRST, FIRST, "NFA: Support declined", eligible_needs=YES))["decision"].to_list() == [
        "eligible"
    ]


def test_what_is_known_of_the_person() -> None:
    own = {"primary_support_reason": "Support with memory and cognition", "need_band": "Substantial"}
    row = decided(
        service(day("1 Jun 2020"), None),
        service(day("1 Jun 2021"), None, service_type="Long term support: Residential care"),
        review(FIRST, FIRST, GOES_ON, **own),
    ).row(0, named=True)
    # Born on 1 January 1940: 83 on 10 January 2023.
    assert (row["age_band"], row["sex"], row["reason"], row["setting"]) == ("75_to_84", "1", "memory", "residential")
    assert row["need_band"] == "Substantial"


def test_carers_and_later_events_are_left_out() -> None:
    rows = [
        found(FIRST, client_type="Unpaid carer"),
        found(AS_AT + dt.timedelta(days=40)),
        assessment(AS_AT, AS_AT + dt.timedelta(days=1), SUPPORT),
    ]
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row").drop("council").lazy()
    organisations = Organisations(by_code={"N": "north"}, types={}, names={}, site_settings={})
    kept = council_events(frame, organisations, AS_AT).collect()
    assert kept["council"].to_list() == ["north"] and kept["event_end_date"].to_list() == [None]


@pytest.mark.parametrize(
    ("cost", "frequency", "units", "pence"),
    [
        (100, "Weekly", None, 10_000),
        (-100, "Weekly", 3, 10_000),
        (100, "Fortnightly", None, 5_000),
        (100, "4-weekly", None, 2_500),
        (130, "Monthly", None, 3_000),  # 130 x 12 / 52
        (130, "Quarterly", None, 1_000),
        (520, "Annually", None, 1_000),
        (20, "Hourly", 10.5, 21_000),
        (40, "Per session", 2, 8_000),
        (40, "Per session", None, None),
        (40, "One-off", 1, None),
        (0, "Weekly", None, None),
        (40, None, 2, 8_000),
    ],
)
def test_a_weekly_cost(cost: float, frequency: str | None, units: float | None, pence: int | None) -> None:
    row = service(FIRST, None, cost, cost_frequency=frequency, planned_units_per_week=units)
    assert with_weekly_pence(events([row])).select("weekly").collect().item() == pence


@pytest.mark.parametrize("seed", range(30))
def test_random_worlds_against_a_plain_reading(seed: int) -> None:
    rows = random_events(seed)
    open_ended = [
        row | {"event_end_date": None if (row["event_end_date"] or AS_AT) > AS_AT else row["event_end_date"]}
        for row in rows
        if row["event_start_date"] <= AS_AT and not (row["client_type"] or "").startswith("Unpaid carer")
    ]
    fast = council_decisions(events(open_ended), people(*range(1, 12))).collect()
    columns = ("person", "council", "decision_date", "decision", "basis", "transition")
    assert fast.select(columns).rows() == transitions(rows, AS_AT)
    # Not by the order of the rows.
    assert council_decisions(events(open_ended[::-1]), people(*range(1, 12))).collect().equals(fast)
