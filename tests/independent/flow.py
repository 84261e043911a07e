"""Flow, gaps and overlaps counted slowly from raw records: loops over people, no frames, no code of the package.

Records are dictionaries as ``flow_frames`` and ``care_frames`` make them. Every spell is of one acute hospital, has a ready
date, is of an adult, and no spell continues another: transfers are worked by hand in the tests beside.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]
EMERGENCY = {"21", "22", "23", "24", "25", "2A", "2D", "28"}
EM_NE = {"21", "22", "23", "24", "25", "2A", "2B", "2C", "2D", "28", "31", "32", "81", "82", "83"}
CODES_2D = {
    "199", "223", "290", "291", "331", "344", "345", "346", "424", "499", "501", "504", "560", "660", "661", "662", "840",
    "920",
}  # fmt: skip
COUNCILS = {"991": "north-council", "992": "south-council"}
DAY = dt.timedelta(days=1)


def first(when: dt.date) -> dt.date:
    """The first of the month."""
    return when.replace(day=1)


def died_on(person: int, spells: Sequence[Row], events: Sequence[Row]) -> dt.date | None:
    """The latest date of death on any record."""
    told = [own.get("death_date") for own in (*spells, *events) if own["person"] == person]
    told += [
        own["discharge_date"]
        for own in spells
        if own["person"] == person and own["discharge_date"] and own["discharge_method"] in ("4", "5")
    ]
    return max((when for when in told if when), default=None)


def left_alive(own: Row) -> bool:
    """Discharged, after a night or more, not by death, of the cohort."""
    return bool(
        own["discharge_date"]
        and own["discharge_date"] > own["admission_date"]
        and own["discharge_method"] not in ("4", "5")
        and own["admission_method"] not in ("31", "32")
        and own["treatment_function_code"] not in ("501", "560")
        and own["discharge_destination"] not in ("79",)
    )


def flow(spells: Sequence[Row], events: Sequence[Row], as_at: dt.date) -> dict[tuple[str, dt.date, str], list[int]]:
    """(indicator, month, council): numerator, denominator, before months that are not over are taken out."""
    cells: dict[tuple[str, dt.date, str], list[int]] = defaultdict(lambda: [0, 0])
    services = [own for own in events if own["event_type"] == "Service" and own["client_type"] == "Service user"]
    homes = [own for own in services if own["service_type"].endswith(("Nursing care", "Residential care"))]
    prisons = [own for own in services if own["service_type"].endswith("Prison")]
    for own in spells:
        council = COUNCILS[own["council_code"]]
        if not left_alive(own):
            continue
        left, person = own["discharge_date"], own["person"]
        cell = cells["emergency_readmission_30_days", first(left), council]
        cell[1] += 1
        cell[0] += any(
            other["person"] == person
            and other["admission_method"] in EMERGENCY
            and left <= other["admission_date"] <= left + 29 * DAY
            for other in spells
            if other is not own
        )
        mine = [home for home in homes if home["person"] == person]
        if any(
            home["event_start_date"] <= own["admission_date"] <= (home["event_end_date"] or dt.date.max)
            for home in mine
        ):
            continue
        cell = cells["care_home_within_28_days", first(left), council]
        cell[1] += 1
        cell[0] += any(left <= home["event_start_date"] <= left + 28 * DAY for home in mine)
    offered = []
    for own in spells:
        left, came = own["discharge_date"], own["admission_date"]
        if not left or came >= left or own["discharge_method"] in ("4", "5") or own["admission_method"] in ("31", "32"):
            continue
        code = own["treatment_function_code"]
        if (
            code in CODES_2D
            or code.startswith(("65", "7"))
            or own["discharge_destination"] in ("49", "50", "51", "52", "79", "87", "88")
        ):
            continue
        if int((left - own["birth_date"].replace(day=1)).days / 365.25) < 65:
            continue
        if any(
            home["person"] == own["person"]
            and home["event_start_date"] <= came <= (home["event_end_date"] or dt.date.max)
            for home in (*homes, *prisons)
        ):
            continue
        offered.append(own)
        cells["reablement_offered", first(left), COUNCILS[own["council_code"]]][1] += 1
    clusters: dict[tuple[str, int], list[list[dt.date]]] = defaultdict(list)
    for own in sorted(
        (
            own
            for own in services
            if own["service_component"] == "Reablement" and own["service_type"].endswith("ST-Max")
        ),
        key=lambda one: (one["event_start_date"], one["event_end_date"] or dt.date.max),
    ):
        known = clusters[own["council"], own["person"]]
        end = own["event_end_date"] or dt.date(9999, 1, 1)
        if known and (own["event_start_date"] - known[-1][1]).days <= 7:
            known[-1][1] = max(known[-1][1], end)
        else:
            known.append([own["event_start_date"], end])
    for (council, person), known in clusters.items():
        for start, _ in known:
            reached = [
                own["discharge_date"]
                for own in offered
                if own["person"] == person
                and start - 7 * DAY <= own["discharge_date"] <= start + 3 * DAY
                and own["admission_date"] <= start
            ]
            if not reached:
                continue
            left = max(reached)
            cells["reablement_offered", first(left), council][0] += 1
            died = died_on(person, spells, events)
            failed = any(
                other["person"] == person
                and other["admission_method"] in EM_NE
                and other["admission_date"] < (other["discharge_date"] or as_at + DAY)
                and other["discharge_method"] != "5"
                and max(start, left) < other["admission_date"] <= left + 84 * DAY
                for other in spells
            )
            failed |= died is not None and left <= died <= left + 84 * DAY
            failed |= any(
                home["person"] == person and left <= home["event_start_date"] <= left + 84 * DAY for home in homes
            )
            cell = cells["still_in_community_84_days", first(left), council]
            cell[1] += 1
            cell[0] += not failed
    return cells


def gaps(
    spells: Sequence[Row],
    events: Sequence[Row],
    contacts: Sequence[Row],
    decisions: Sequence[tuple[int, str, dt.date, bool]],
) -> dict[tuple[str, dt.date, str], set[int]]:
    """(group, month, council): the people in it. Every person's spells are of one council."""
    found: dict[tuple[str, dt.date, str], set[int]] = defaultdict(set)
    services = [own for own in events if own["event_type"] == "Service" and own["client_type"] == "Service user"]
    seen = [own for own in contacts if own["attended"] in (None, "5", "6")]
    nursing = [own for own in seen if own["team_type"] == "District nursing"]
    for own in spells:
        if not left_alive(own) or own["discharge_pathway"] == "P0":
            continue
        left, person = own["discharge_date"], own["person"]
        if (left - own["discharge_ready_date"]).days < 1:
            continue
        last = left + 28 * DAY
        died = died_on(person, spells, events)
        if (
            any(
                one["person"] == person
                and one["event_start_date"] <= last
                and (one["event_end_date"] or dt.date.max) > left
                for one in services
            )
            or any(one["person"] == person and left <= one["contact_date"] <= last for one in seen)
            or (died is not None and died <= last)
            or any(one["person"] == person and left <= one["admission_date"] <= last for one in spells)
        ):
            continue
        found["delayed_then_no_support", first(left), COUNCILS[own["council_code"]]].add(person)
    for person, council, when, eligible in decisions:
        if eligible:
            died = died_on(person, spells, events)
            served = any(
                one["person"] == person
                and one["council"] == council
                and one["event_start_date"] <= when + 28 * DAY
                and (one["event_end_date"] or dt.date.max) >= when
                for one in services
            )
            if not served and not (died is not None and died <= when + 28 * DAY):
                found["eligible_then_no_service", first(when), council].add(person)
        elif any(
            one["person"] == person
            and one["admission_method"] in EMERGENCY
            and when < one["admission_date"] <= when + 90 * DAY
            for one in spells
        ):
            found["not_eligible_then_emergency_admission", first(when), council].add(person)
    for own in nursing:
        monday = own["contact_date"] - own["contact_date"].weekday() * DAY
        for one in services:
            if (
                one["person"] == own["person"]
                and one["service_component"] in ("Home support or domiciliary care", "Reablement")
                and one["event_start_date"] <= monday + 6 * DAY
                and (one["event_end_date"] or dt.date.max) >= monday
            ):
                found["nurse_and_carer_in_one_week", first(own["contact_date"]), one["council"]].add(own["person"])
    months: dict[tuple[int, dt.date], int] = defaultdict(int)
    for own in nursing:
        months[own["person"], first(own["contact_date"])] += 1
    for (person, month), number in months.items():
        last = (month + 31 * DAY).replace(day=1) - DAY
        known = any(
            one["person"] == person
            and one["event_start_date"] <= last
            and (one["event_end_date"] or dt.date.max) >= last - 365 * DAY
            for one in events
        )
        homes = [one for one in (*spells, *events) if one["person"] == person]
        if number >= 8 and not known and homes:
            latest = max(homes, key=lambda one: one.get("admission_date") or one["event_start_date"])
            found["nursing_contacts_unknown_to_council", month, COUNCILS[latest["council_code"]]].add(person)
    return found
