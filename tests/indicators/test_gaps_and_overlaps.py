"""Who falls between the sides, and whom both visit: by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from care_frames import COUNCIL, EVENT, OTHER, coverage, frame, service
from costshift.eligibility.decisions import council_decisions, council_events
from costshift.indicators.gaps_and_overlaps import GROUPS, GapRecords, decided, gaps_and_overlaps, why_unknown
from costshift.indicators.residence import deaths
from flow_frames import CONTACT, PLACE, contact, dated, event, spell

AS_AT = dt.date(2025, 3, 31)
JUNE = dt.date(2024, 6, 1)


def decisions(events: pl.LazyFrame) -> pl.DataFrame:
    """The decisions of the eligibility stage, as the groups take them."""
    text = pl.lit(None, dtype=pl.String)
    rows = events.with_columns(
        text.alias("primary_support_reason"),
        text.alias("need_band"),
        pl.lit(1, dtype=pl.Int64).alias("load_id"),
    )
    people = pl.LazyFrame(schema={"person": pl.Int64, "birth_date": pl.Date, "sex": pl.String})
    return decided(council_decisions(council_events(rows, PLACE, AS_AT), people)).collect()


def gaps(
    spells: list[dict[str, Any]],
    events: list[dict[str, Any]] | None,
    contacts: list[dict[str, Any]] | None = None,
    covered: pl.LazyFrame | None = None,
) -> dict[tuple[str, str], int | None]:
    rows = None if events is None else frame(events, EVENT)
    schema = {"person": pl.Int64, "council": pl.String, "decision_date": pl.Date, "eligible": pl.Boolean}
    known = dated(spells).spells
    views = {} if rows is None else {"care_events": rows}
    if contacts is not None:
        views["contacts"] = frame(contacts, CONTACT)
    found = gaps_and_overlaps(
        GapRecords(
            known,
            rows,
            views.get("contacts"),
            deaths(known, views),
            pl.LazyFrame(schema=schema) if rows is None else decisions(rows).lazy(),
            coverage(COUNCIL) if covered is None else covered,
        ),
        AS_AT,
    )
    return {(f"{month:%Y-%m}", group): people for month, _, group, people in found.iter_rows()}


DELAYED = spell(1, "2024-06-03", "2024-06-10", "2024-06-08")


@pytest.mark.parametrize(
    ("events", "contacts", "people"),
    [
        ([], [], 1),
        ([service("2024-07-08", None, None)], [], 0),  # day 28
        ([service("2024-07-09", None, None)], [], 1),  # day 29
        ([service("2024-01-01", None, None)], [], 0),  # support goes on
        ([service("2024-01-01", "2024-06-10", None)], [], 1),  # it ended on the day
        ([service("2024-06-10", "2024-06-10", None)], [], 0),  # equipment of that day
        ([], [contact(1, "2024-06-20")], 0),
        ([], [contact(1, "2024-06-20", attended="3")], 1),
    ],
)
def test_delayed_and_then_no_support_within_28_days(events: list, contacts: list, people: int) -> None:
    assert gaps([DELAYED], events, contacts)["2024-06", "delayed_then_no_support"] == people


@pytest.mark.parametrize(
    "own",
    [
        spell(1, "2024-06-03", "2024-06-10"),  # no delay
        spell(1, "2024-06-03", "2024-06-10", "2024-06-08", pathway="P0"),  # needs nobody
        spell(1, "2024-06-03", "2024-06-10", "2024-06-08", died="2024-07-01"),
        spell(1, "2024-06-03", "2024-06-10", "2024-06-08", how="4", to="79"),
    ],
)
def test_who_needs_no_support_is_no_gap(own: dict) -> None:
    assert gaps([own, spell(5, "2024-06-03", "2024-06-04")], [])["2024-06", "delayed_then_no_support"] == 0


def assessed(outcome: str | None, needs: str | None = None, **more: Any) -> dict[str, Any]:
    return event(
        "Assessment", "2024-06-01", "2024-06-10", 1, assessment_type="Long term assessment", event_outcome=outcome,
        eligible_needs=needs, **more,
    )  # fmt: skip


def test_found_not_eligible_and_then_an_emergency_within_90_days() -> None:
    refused = assessed(None, "Non-eligible needs identified")
    for on, people in (("2024-09-08", 1), ("2024-09-09", 0), ("2024-06-10", 0)):
        found = gaps([spell(1, on, "2024-09-20"), spell(5, "2024-06-03", "2024-06-04")], [refused])
        assert found["2024-06", "not_eligible_then_emergency_admission"] == people, on


def test_found_eligible_and_no_service_within_28_days() -> None:
    eligible = assessed("Progress to support planning or services")
    other = spell(5, "2024-06-03", "2024-06-04")
    for start, end, people in (
        ("2024-07-08", None, 0),
        ("2024-07-09", None, 1),
        ("2024-01-01", "2024-06-10", 0),
        ("2024-01-01", "2024-06-09", 1),
    ):
        found = gaps([other], [eligible, service(start, end, None)])
        assert found["2024-06", "eligible_then_no_service"] == people, start
    # Another council's service is not this one's.
    assert (
        gaps([other], [eligible, service("2024-06-11", None, None, council=OTHER)])[
            "2024-06", "eligible_then_no_service"
        ]
        == 1
    )


def test_what_is_no_decision_on_long_term_support_is_none() -> None:
    rows = [
        assessed("Progress to support planning or services") | {"assessment_type": "Short term assessment"},
        assessed("Progress to support planning or services", client_type="Unpaid carer"),
        assessed("NFA: Support declined"),
        # The NHS takes it on, or reablement follows: nothing is decided on long-term support.
        assessed("NFA: Referral to NHS services or NHS funded social care"),
        assessed("Progress to reablement/ST-Max"),
        assessed(None),
        event(
            "Review",
            "2024-06-01",
            "2024-06-10",
            1,
            review_reason="Review of short term support",
            eligible_needs="No needs identified",
        ),
    ]
    assert decisions(frame(rows, EVENT)).height == 0
    # What is recorded goes before what is inferred.
    both = [assessed("Progress to support planning or services", "Non-eligible needs identified")]
    assert decisions(frame(both, EVENT))["eligible"].to_list() == [False]


def test_a_nurse_and_a_carer_in_one_week() -> None:
    # 10 June 2024 is a Monday.
    for end, people in (("2024-06-10", 1), ("2024-06-09", 0)):
        found = gaps(
            [spell(5, "2024-06-03", "2024-06-04")], [service("2024-01-01", end, None)], [contact(1, "2024-06-16")]
        )
        assert found["2024-06", "nurse_and_carer_in_one_week"] == people
    meals = [service("2024-01-01", None, None, component="Meals")]
    assert gaps([DELAYED], meals, [contact(1, "2024-06-16")])["2024-06", "nurse_and_carer_in_one_week"] == 0


def test_frequent_nursing_contacts_and_unknown_to_the_council() -> None:
    eight = [contact(1, f"2024-06-{n:02d}") for n in range(11, 19)]
    name = ("2024-06", "nursing_contacts_unknown_to_council")
    assert gaps([DELAYED], [], eight)[name] == 1
    assert gaps([DELAYED], [], eight[1:])[name] == 0
    assert gaps([DELAYED], [event("Request", "2023-07-01", "2023-07-01", 1)], eight)[name] == 0  # 365 days before
    assert gaps([DELAYED], [event("Request", "2023-06-30", "2023-06-30", 1)], eight)[name] == 1


def test_without_an_extract_a_group_is_null_and_the_reason_said() -> None:
    found = gaps([DELAYED], [])
    assert found["2024-06", "nurse_and_carer_in_one_week"] is None
    assert found["2024-06", "delayed_then_no_support"] == 1
    assert why_unknown({"care_events": 1}) == [
        "nurse_and_carer_in_one_week: no contacts were sent",
        "nursing_contacts_unknown_to_council: no contacts were sent",
    ]
    assert gaps([DELAYED], None) == {}
    assert why_unknown({}) == ["every group: no care events were sent"]


def test_months_that_look_beyond_what_is_known_are_null() -> None:
    found = gaps([spell(1, "2024-06-03", "2024-06-10"), spell(2, "2025-03-03", "2025-03-10", "2025-03-08")], [], [])
    assert found["2025-03", "delayed_then_no_support"] is None
    assert found["2025-02", "delayed_then_no_support"] == 0
    assert found["2024-12", "not_eligible_then_emergency_admission"] == 0
    assert found["2025-01", "not_eligible_then_emergency_admission"] is None
    assert found["2025-03", "nurse_and_carer_in_one_week"] == 0
    assert {group for _, group in found} == set(GROUPS)


def test_a_gap_in_a_council_s_extracts_is_empty_and_each_month_is_there_once() -> None:
    stretches = [(dt.date(2024, 4, 1), dt.date(2024, 6, 30)), (dt.date(2024, 10, 1), dt.date(2025, 3, 31))]
    covered = pl.concat([coverage(COUNCIL, covers=own) for own in stretches])
    early = spell(2, "2024-04-03", "2024-04-08")
    found = gaps([early, DELAYED], [service("2024-05-01", None, None)], covered=covered)
    of = {month: people for (month, group), people in found.items() if group == "not_eligible_then_emergency_admission"}
    assert sorted(of) == sorted({f"2024-{month:02}" for month in range(4, 13)} | {"2025-01", "2025-02", "2025-03"})
    known = {
        month
        for (month, group), people in found.items()
        if group == "nurse_and_carer_in_one_week" and people is not None
    }
    assert known == set()
    known = {
        month for (month, group), people in found.items() if group == "delayed_then_no_support" and people is not None
    }
    assert known == {"2024-04", "2024-05", "2024-10", "2024-11", "2024-12", "2025-01", "2025-02"}
