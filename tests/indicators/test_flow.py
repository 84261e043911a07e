"""Indicators of flow, each from records to figure by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from care_frames import COUNCIL, EVENT, NURSING, OTHER, RESIDENTIAL, ST_MAX, costs, coverage, frame, service
from costshift.indicators.care_and_flow import up_to
from costshift.prices.unit_costs import unit_costs
from flow_frames import ATTENDANCE, CONTACT, contact, figures, flow, spell

JUNE = "2024-06"
HOME = "Long term residential care"


def reablement(start: str, end: str | None = None, person: int = 1, council: str = COUNCIL) -> dict:
    return service(start, end, None, kind=ST_MAX, component="Reablement", person=person, council=council)


def test_emergency_admissions_at_65_and_over_are_counted_by_the_month_of_admission() -> None:
    found = flow(
        [
            spell(1, "2024-06-03", "2024-07-08"),  # counts in June
            spell(2, "2024-06-30", "2024-06-30"),  # no night, counts
            spell(3, "2024-06-05", "2024-06-09", method="11"),  # elective
            spell(4, "2024-06-05", "2024-06-09", born="1959-06-06"),  # 64, 65 on the next day
            spell(5, "2024-06-05", "2024-06-09", born="1959-06-05"),  # 65 on the day
            spell(6, "2024-06-05", "2024-06-09", method="2B"),  # a transfer in
            spell(7, "2024-06-05", "2024-06-09", provider="RC1"),  # a community hospital
            spell(8, "2024-06-05", "2024-06-09", council="992"),  # another council
        ]
    )
    assert figures(found, "emergency_admissions_65_plus")[JUNE] == (3, None, None)
    assert figures(found, "emergency_admissions_65_plus", OTHER)[JUNE] == (1, None, None)


def test_the_second_spell_of_a_stay_is_no_new_admission() -> None:
    found = flow(
        [spell(1, "2024-06-03", "2024-06-08", to="51"), spell(1, "2024-06-08", "2024-06-20", method="21", source="51")]
    )
    assert figures(found, "emergency_admissions_65_plus")[JUNE] == (1, None, None)


def test_the_second_spell_of_a_stay_is_no_new_admission_on_the_day_of_the_first_either() -> None:
    """Into A&E's ward and on to a ward of the same hospital on one day: one stay, which began once."""
    found = flow(
        [spell(1, "2024-06-03", "2024-06-03", to="51"), spell(1, "2024-06-03", "2024-06-20", method="21", source="51")]
    )
    assert figures(found, "emergency_admissions_65_plus")[JUNE] == (1, None, None)


def test_length_of_stay_is_of_the_whole_stay() -> None:
    # 5 nights; and 5 + 12 = 17 nights over a transfer: 22 nights over 2 stays.
    found = flow(
        [
            spell(1, "2024-06-03", "2024-06-08"),
            spell(2, "2024-06-03", "2024-06-08", to="51"),
            spell(2, "2024-06-08", "2024-06-20", method="81", source="51"),
        ]
    )
    assert figures(found, "length_of_stay")[JUNE] == (22, 2, 11.0)


def test_discharged_to_a_care_home_having_come_from_home() -> None:
    found = flow(
        [
            spell(1, "2024-06-03", "2024-06-08", to="55"),  # from home to a care home
            spell(2, "2024-06-03", "2024-06-08", to="19"),  # home again
            spell(3, "2024-06-03", "2024-06-08", to="55", source="54"),  # came from a care home
            spell(4, "2024-06-03", "2024-06-08", to=None),  # destination not known
            spell(5, "2024-06-03", "2024-06-08", to="56", source=None),  # source not known
        ]
    )
    assert figures(found, "discharged_to_care_home_from_home")[JUNE] == (1, 2, 0.5)


@pytest.mark.parametrize(("back", "counted"), [("2024-06-08", 1), ("2024-07-07", 1), ("2024-07-08", 0)])
def test_readmission_within_30_days_with_the_day_of_discharge_the_first(back: str, counted: int) -> None:
    found = flow([spell(1, "2024-06-03", "2024-06-08"), spell(1, back, "2024-07-20")])
    assert figures(found, "emergency_readmission_30_days")[JUNE] == (counted, 1, float(counted))


def test_a_planned_return_and_a_transfer_are_no_readmission() -> None:
    found = flow(
        [
            spell(1, "2024-06-03", "2024-06-08"),
            spell(1, "2024-06-20", "2024-06-22", method="11"),
            spell(2, "2024-06-03", "2024-06-08", to="51"),
            spell(2, "2024-06-09", "2024-06-12", method="2B", source="51"),
        ]
    )
    # Person 1: two stays ended; person 2: one stay, over two spells.
    assert figures(found, "emergency_readmission_30_days")[JUNE] == (0, 3, 0.0)


def test_a_month_whose_30_days_have_not_passed_is_null_and_not_low() -> None:
    spells = [spell(1, "2025-02-03", "2025-02-08"), spell(2, "2025-03-03", "2025-03-08")]
    found = figures(flow(spells), "emergency_readmission_30_days")
    # 28 February + 29 days = 29 March: known on 31 March. March is not.
    assert found == {"2025-02": (0, 1, 0.0), "2025-03": (None, 1, None)}


def test_without_people_still_in_hospital_the_last_two_months_are_not_known() -> None:
    spells = [spell(n, f"2025-0{n}-03", f"2025-0{n}-08") for n in (1, 2, 3)]
    found = flow(spells, waiting=False)
    assert figures(found, "emergency_admissions_65_plus") == {
        "2025-01": (1, None, None), "2025-02": (None, None, None), "2025-03": (None, None, None)
    }  # fmt: skip
    assert figures(found, "length_of_stay")["2025-03"] == (5, 1, 5.0)
    assert "still in hospital" in " ".join(found.reasons["why"])


def test_delayed_days_over_discharges_and_over_occupied_days() -> None:
    # Ready 5 June, left 8 June: 3 delayed days, 5 occupied; and 12 to 15 June without delay: 3 occupied.
    found = flow([spell(1, "2024-06-03", "2024-06-08", "2024-06-05"), spell(2, "2024-06-12", "2024-06-15")])
    assert figures(found, "delayed_days_per_1000_discharges")[JUNE] == (3, 2, 1500.0)
    assert figures(found, "share_of_occupied_beds")[JUNE] == (3, 8, 0.375)


def test_occupied_days_are_of_the_month_in_which_they_were() -> None:
    # 28 June to 3 July: 3 nights of June, 2 of July; ready on 30 June: 1 and 2 delayed.
    found = figures(
        flow([spell(2, "2024-06-01", "2024-06-02"), spell(1, "2024-06-28", "2024-07-03", "2024-06-30")]),
        "share_of_occupied_beds",
    )
    assert (found[JUNE], found["2024-07"]) == ((1, 4, 0.25), (2, 2, 1.0))


def test_new_care_home_placements_within_28_days() -> None:
    spells = [spell(n, "2024-06-03", "2024-06-08") for n in (1, 2, 3, 4)]
    events = [
        service("2024-07-06", None, None, kind=RESIDENTIAL, component=HOME),  # day 28
        service("2024-07-07", None, None, kind=NURSING, component=HOME, person=2),  # day 29
        service("2023-01-01", None, None, kind=RESIDENTIAL, component=HOME, person=3),  # lived there
    ]
    assert figures(flow(spells, events), "care_home_within_28_days")[JUNE] == (1, 3, pytest.approx(1 / 3))


def test_councils_without_an_extract_are_null_and_said_to_be() -> None:
    found = flow([spell(1, "2024-06-03", "2024-06-08")], [], covered=coverage(COUNCIL))
    assert figures(found, "care_home_within_28_days")[JUNE] == (0, 1, 0.0)
    assert figures(found, "care_home_within_28_days", OTHER)[JUNE] == (None, None, None)
    assert "no care events from south-council" in found.reasons["why"].to_list()


def test_without_care_events_what_needs_them_is_null() -> None:
    found = flow([spell(1, "2024-06-03", "2024-06-08")])
    for name in ("care_home_within_28_days", "reablement_offered", "still_in_community_84_days"):
        assert figures(found, name)[JUNE] == (None, None, None)
    assert figures(found, "length_of_stay")[JUNE] == (5, 1, 5.0)


# --- ASCOF 2D ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "linked"),
    [("2024-06-15", 1), ("2024-06-16", 0), ("2024-06-05", 1), ("2024-06-04", 0)],
)
def test_a_discharge_from_7_days_before_to_3_days_after_the_start_is_into_reablement(start: str, linked: int) -> None:
    # Left on 8 June: reablement from 5 to 15 June.
    found = flow([spell(1, "2024-06-01", "2024-06-08")], [reablement(start)])
    assert figures(found, "reablement_offered")[JUNE] == (linked, 1, float(linked))


def test_the_admission_must_not_come_after_the_start() -> None:
    found = flow([spell(1, "2024-06-06", "2024-06-08")], [reablement("2024-06-05")])
    assert figures(found, "reablement_offered")[JUNE][0] == 0


def test_the_latest_discharge_of_a_cluster_counts_and_a_cluster_counts_once() -> None:
    # Two discharges within reach, and two services 7 days apart: one cluster, of the discharge of 12 June.
    found = flow(
        [spell(1, "2024-06-01", "2024-06-09"), spell(1, "2024-06-10", "2024-06-12")],
        [reablement("2024-06-12", "2024-06-20"), reablement("2024-06-27", "2024-07-10")],
    )
    assert figures(found, "reablement_offered")[JUNE] == (1, 2, 0.5)
    # 8 days apart: two clusters, and nobody left hospital near the second.
    apart = flow(
        [spell(1, "2024-06-01", "2024-06-09")], [reablement("2024-06-12", "2024-06-20"), reablement("2024-06-28")]
    )
    assert figures(apart, "reablement_offered")[JUNE] == (1, 1, 1.0)


@pytest.mark.parametrize(("again", "clusters"), [("2024-06-19", 1), ("2024-06-20", 2)])
def test_services_7_days_apart_are_one_cluster_and_8_days_two(again: str, clusters: int) -> None:
    # A discharge before each service; that of a cluster's second service is into nothing new.
    found = flow(
        [spell(1, "2024-06-01", "2024-06-05"), spell(1, "2024-06-15", "2024-06-18")],
        [reablement("2024-06-05", "2024-06-12"), reablement(again)],
    )
    assert figures(found, "reablement_offered")[JUNE] == (clusters, 2, clusters / 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"born": "1959-07-15"},  # 64 by the first of the month of birth
        {"method": "31"},
        {"how": "4"},
        {"to": "51"},
        {"function": "560"},
        {"function": "651"},
        {"function": "710"},
    ],
)
def test_whom_the_denominator_leaves_out(changed: dict) -> None:
    found = flow([spell(1, "2024-06-01", "2024-06-08", **changed)], [reablement("2024-06-08")])
    assert figures(found, "reablement_offered") == {}


def test_who_lived_in_a_care_home_or_prison_when_admitted_is_left_out() -> None:
    for kind, start, end, there in (
        (NURSING, "2024-01-01", None, True),
        (RESIDENTIAL, "2024-01-01", "2024-06-01", True),
        (RESIDENTIAL, "2024-01-01", "2024-05-31", False),
        ("Long term support: Prison", "2024-01-01", None, True),
        ("Long term support: Community", "2024-01-01", None, False),
    ):
        found = flow(
            [spell(1, "2024-06-01", "2024-06-08")], [service(start, end, None, kind=kind), reablement("2024-06-08")]
        )
        assert (figures(found, "reablement_offered") == {}) is there, kind


@pytest.mark.parametrize(
    ("more", "events", "died", "remained"),
    [
        ([], [], None, 1),
        ([spell(1, "2024-08-31", "2024-09-05")], [], None, 0),  # day 84
        ([spell(1, "2024-09-01", "2024-09-05")], [], None, 1),  # day 85
        ([spell(1, "2024-07-01", "2024-07-02", method="11")], [], None, 1),  # planned
        ([spell(1, "2024-07-01", "2024-07-01")], [], None, 1),  # no night
        ([], [], "2024-08-31", 0),
        ([], [], "2024-09-01", 1),
        ([], [service("2024-08-31", None, None, kind=NURSING)], None, 0),
        ([], [service("2024-09-01", None, None, kind=NURSING)], None, 1),
        ([], [service("2024-07-01", None, None, kind="Short term support: Other short term")], None, 1),
    ],
)
def test_still_in_the_community_84_days_after_discharge(
    more: list, events: list, died: str | None, remained: int
) -> None:
    # Left on 8 June; 84 days later is 31 August.
    own = {**reablement("2024-06-09"), "death_date": None if died is None else dt.date.fromisoformat(died)}
    found = flow([spell(1, "2024-06-01", "2024-06-08"), *more], [own, *events])
    assert figures(found, "still_in_community_84_days")[JUNE] == (remained, 1, float(remained))


def test_84_days_that_have_not_passed_or_are_not_covered_are_null() -> None:
    spells = [spell(1, "2024-12-01", "2024-12-31"), spell(2, "2025-01-02", "2025-01-06")]
    events = [reablement("2024-12-31"), reablement("2025-01-06", person=2)]
    # 31 December + 84 days = 25 March; 31 January + 84 = 25 April.
    assert figures(flow(spells, events), "still_in_community_84_days") == {
        "2024-12": (1, 1, 1.0), "2025-01": (None, 1, None)
    }  # fmt: skip
    short = coverage(covers=(dt.date(2024, 4, 1), dt.date(2025, 3, 24)))
    assert figures(flow(spells, events, covered=short), "still_in_community_84_days")["2024-12"] == (None, 1, None)


# --- money -------------------------------------------------------------------------------------------------


def test_the_residential_share_of_what_the_council_spends() -> None:
    # £100 a day and £300 a day, 30 days of June: £3,000 and £9,000. What the client pays in full is left out.
    care = costs(
        [
            service("2024-06-01", "2024-06-30", "700.00"),
            service("2024-06-01", "2024-06-30", "2100.00", kind=NURSING, person=2),
            service("2024-06-01", "2024-06-30", "9999.00", kind=RESIDENTIAL, person=3, funding="Fully client funded"),
        ]
    )
    found = flow([spell(1, "2024-06-03", "2024-06-08")], [], pieces=care.pieces)
    assert figures(found, "residential_share_of_council_spend")[JUNE] == (9_000, 12_000, 0.75)


def test_the_community_share_of_nhs_spend(tmp_path: Path) -> None:
    own = tmp_path / "prices.csv"
    own.write_text(
        "item,value,price_year,source\nbed_day_non_elective,400,2024/25,us\nbed_day_community,300,2024/25,us\n"
        "community_nursing_contact,50,2024/25,us\nemergency_attendance,250,2024/25,us\nbed_day_elective,600,2024/25,us\n",
        encoding="utf-8",
    )
    spells = [
        spell(1, "2024-06-03", "2024-06-08"),  # 5 days x £400 = £2,000
        spell(2, "2024-06-03", "2024-06-08", provider="RC1"),  # 5 days x £300 = £1,500
        spell(3, "2024-06-03", "2024-06-05", method="11"),  # 2 elective days x £600 = £1,200
    ]
    contacts = [contact(1, "2024-06-10"), contact(1, "2024-06-11", attended="3"), contact(1, "2024-06-12", "Therapy")]
    attendances = [{"person": 2, "arrival_date": dt.date(2024, 6, 1)}]  # £250
    packages = [(dt.date(2024, 6, 1), 1, 100_000)]  # £1,000 of continuing healthcare
    found = flow(
        spells,
        contacts=contacts,
        attendances=attendances,
        packages=packages,
        prices=unit_costs(own),
        covered=coverage(),
    )
    # Outside hospital: 1,500 + 2 contacts x 50 + 1,000 = 2,600; with 2,000 + 1,200 + 250 = 6,050.
    assert figures(found, "community_share_of_nhs_spend")[JUNE] == (2_600, 6_050, 2_600 / 6_050)
    assert {"bed_day_elective", "bed_day_non_elective", "community_nursing_contact"} <= set(found.used)


def test_the_community_share_is_null_without_prices_and_the_items_are_named() -> None:
    found = flow([spell(1, "2024-06-03", "2024-06-08")], contacts=[contact(1, "2024-06-10")])
    assert figures(found, "community_share_of_nhs_spend")[JUNE] == (None, None, None)
    assert ("community_nursing_contact", dt.date(2024, 6, 1), 1) in found.unpriced.rows()
    assert found.used == ()


def test_the_community_share_is_null_without_contacts() -> None:
    found = flow([spell(1, "2024-06-03", "2024-06-08")])
    assert figures(found, "community_share_of_nhs_spend")[JUNE] == (None, None, None)
    assert "no contacts were sent" in found.reasons["why"].to_list()


def test_people_behind_each_figure_are_there_for_control() -> None:
    found = flow([spell(1, "2024-06-03", "2024-06-08", "2024-06-05"), spell(2, "2024-06-12", "2024-06-15")])
    row = found.table.filter(
        pl.col("indicator") == "share_of_occupied_beds", pl.col("month") == dt.date(2024, 6, 1)
    ).to_dicts()[0]
    assert (row["_numerator_people"], row["_denominator_people"]) == (1, 2)


def test_the_community_share_is_null_where_the_council_s_extract_does_not_hold_the_month(tmp_path: Path) -> None:
    own = tmp_path / "prices.csv"
    own.write_text("item,value,price_year,source\nbed_day_non_elective,400,2024/25,us\n", encoding="utf-8")
    stays = [spell(1, "2024-05-03", "2024-05-08"), spell(2, "2024-06-03", "2024-06-08")]
    covers = coverage(covers=(dt.date(2024, 1, 1), dt.date(2024, 5, 31)))
    # Nursing care that the NHS pays for is known to the council alone: of June, which it has not sent, nothing is.
    found = flow(stays, contacts=[], prices=unit_costs(own), covered=covers)
    assert figures(found, "community_share_of_nhs_spend")["2024-05"] == (0, 2_000, 0)
    assert figures(found, "community_share_of_nhs_spend")[JUNE] == (None, None, None)


def test_a_discharge_that_two_services_find_is_one() -> None:
    # One day of reablement on 8 June, and again from 17 June: 9 days later, so not one service. He left on 10 June.
    events = [reablement("2024-06-08", "2024-06-08"), reablement("2024-06-17")]
    found = flow([spell(1, "2024-06-03", "2024-06-10"), spell(2, "2024-06-03", "2024-06-12")], events)
    assert figures(found, "reablement_offered")[JUNE] == (1, 2, 0.5)
    assert figures(found, "still_in_community_84_days")[JUNE] == (1, 1, 1)


def test_a_death_that_another_record_tells_of_is_one() -> None:
    died = contact(1, "2024-06-12") | {"death_date": dt.date(2024, 7, 1)}
    found = flow([spell(1, "2024-06-03", "2024-06-08")], [reablement("2024-06-09")], contacts=[died])
    assert figures(found, "still_in_community_84_days")[JUNE] == (0, 1, 0)


def test_days_in_beds_are_not_told_in_months_that_are_not_known() -> None:
    # Nobody who is still there is sent: the last two months have only those who left since.
    stays = [spell(1, "2024-06-03", "2024-06-08"), spell(2, "2025-03-03", "2025-03-08")]
    found = flow(stays, waiting=False)
    assert figures(found, "share_of_occupied_beds")[JUNE] == (0, 5, 0)
    assert figures(found, "share_of_occupied_beds")["2025-03"] == (None, None, None)


@pytest.mark.parametrize(("rule", "expected"), [("no_delay", (3, 3, 1_000)), ("exclude", (3, 2, 1_500))])
def test_discharges_without_a_ready_date_count_as_the_project_says(rule: str, expected: tuple) -> None:
    stays = [
        spell(1, "2024-06-03", "2024-06-08", "2024-06-05"),  # 3 days
        spell(2, "2024-06-03", "2024-06-09", "2024-06-09"),
        spell(3, "2024-06-03", "2024-06-07") | {"discharge_ready_date": None},
    ]
    found = flow(stays, ready_date_missing=rule)
    assert figures(found, "delayed_days_per_1000_discharges")[JUNE] == expected


def test_activity_after_the_last_day_that_counts_is_left_out() -> None:
    views = {
        "contacts": frame([contact(1, "2024-06-12"), contact(1, "2024-06-13")], CONTACT),
        "attendances": frame([{"person": 1, "arrival_date": dt.date(2024, 6, 13)}], ATTENDANCE),
        "care_events": frame([service("2024-06-13", None, None)], EVENT),
    }
    left = {name: rows.collect().height for name, rows in up_to(views, dt.date(2024, 6, 12)).items()}
    assert left == {"contacts": 1, "attendances": 0, "care_events": 1}


def test_of_two_stretches_of_a_council_s_extracts_one_must_hold_the_month_and_what_follows() -> None:
    # The quarter from July to September 2024 was never sent.
    stretches = [(dt.date(2024, 4, 1), dt.date(2024, 6, 30)), (dt.date(2024, 10, 1), dt.date(2025, 3, 31))]
    covers = pl.concat([coverage(COUNCIL, covers=own) for own in stretches])
    stays = [spell(1, f"2024-{month}-03", f"2024-{month}-08") for month in ("05", "06", "08", "10")]
    found = figures(flow(stays, [], covered=covers), "care_home_within_28_days")
    assert found["2024-05"] == found["2024-10"] == (0, 1, 0)
    # 28 days after June lie in the gap, as August does.
    assert found["2024-06"] == found["2024-08"] == (None, 1, None)
