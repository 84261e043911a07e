"""Hand-worked cases of evidenced attribution. The arithmetic is in each case's ``why``.

``CASES`` are data, to be run against anything that claims to follow METHODS 2: ``arguments`` is
what ``evidence`` takes, ``expected`` the days in each state and strength. ``random_case`` makes
arguments without an expectation, for holding two implementations against each other.

Most cases share one calendar, so that the arithmetic stays in the head: the stay begins on 1 May
2025, the person is ready on 10 May and leaves on 20 May, so the delayed days are the 10th to the
19th: ten. ``[10, 12)`` is the 10th and 11th. A day "05-12" is one of 2025.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from .evidence import SIDES, evidence

Row = dict[str, Any]
Days = dict[tuple[str, str | None], int]


@dataclass(frozen=True)
class Case:
    """One spell with its events, and how many of its days are in each state and strength."""

    name: str
    why: str
    arguments: dict[str, Any]
    expected: Days


UNTESTABLE = ("untestable", None)
NOT_YET = ("not_yet_testable", None)
CHC_DECISION = ("chc_decision_pending", "firm")
CHC_PACKAGE = ("chc_package_pending", "firm")
NHS_FIRM = ("awaiting_nhs_service", "firm")
NHS_PRESUMPTIVE = ("awaiting_nhs_service", "presumptive")
EXISTING = ("existing_support", None)
BEFORE_REFERRAL = ("before_referral", "firm")
DISPUTE = ("referral_in_dispute", None)
NO_RECORD = ("no_care_record", None)
BEFORE_REQUEST = ("before_request", "presumptive")
ASSESSMENT_FIRM = ("awaiting_assessment", "firm")
ASSESSMENT_PRESUMPTIVE = ("awaiting_assessment", "presumptive")
NOT_ELIGIBLE = ("assessed_not_eligible", "firm")
DECLINED = ("support_declined", "firm")
SELF_FUNDED = ("self_funded_arrangement", "firm")
SERVICE_FIRM = ("awaiting_service", "firm")
SERVICE_PRESUMPTIVE = ("awaiting_service", "presumptive")
IN_PLACE = ("service_in_place", "firm")
EVERY_KIND = {
    UNTESTABLE,
    NOT_YET,
    CHC_DECISION,
    CHC_PACKAGE,
    NHS_FIRM,
    NHS_PRESUMPTIVE,
    EXISTING,
    BEFORE_REFERRAL,
    DISPUTE,
    NO_RECORD,
    BEFORE_REQUEST,
    ASSESSMENT_FIRM,
    ASSESSMENT_PRESUMPTIVE,
    NOT_ELIGIBLE,
    DECLINED,
    SELF_FUNDED,
    SERVICE_FIRM,
    SERVICE_PRESUMPTIVE,
    IN_PLACE,
}

HOME_SUPPORT = "Home support or domiciliary care"
ENABLING = {
    HOME_SUPPORT,
    "Reablement",
    "Short term nursing care",
    "Short term residential care",
    "Long term nursing care",
    "Long term residential care",
    "Extra care housing",
}
SHORT_TERM = "Short term support: ST-Max"
LONG_TERM = "Long term support: Community"
FROM_HOSPITAL = "Discharge from Hospital"
HOSPITAL_REVIEW = "Unplanned - Hospital (Planned and unplanned episodes)"
FINANCIAL = "Financial Assessment"
YES_NEEDS = "Eligible needs identified"
OTHER_NEEDS = "Non-eligible needs identified"
NO_NEEDS = "No needs identified"
TO_SERVICES = "Progress to support planning or services"
SIGNPOSTED = "NFA: Information and advice or signposting"
DECLINES = "NFA: Support declined"
SELF_FUNDS = "NFA: Self-funded client or under 12wk disregard"
DECEASED = "NFA: Deceased"  # says nothing of need: not among the decisions
DECISIONS = {TO_SERVICES: "eligible", SIGNPOSTED: "not_eligible", DECLINES: "declined", SELF_FUNDS: "self_funded"}
CARER = "Unpaid carer"


def on(day: str | None) -> date | None:
    """A date: of 2025 where no year is given."""
    if day is None:
        return None
    return date.fromisoformat(day if len(day) == 10 else f"2025-{day}")


def care_event(event_type: str, start: str, end: str | None, **others: Any) -> Row:
    row = {
        "council": "council",
        "event_id": None,
        "event_type": event_type,
        "event_start_date": on(start),
        "event_end_date": on(end),
        "client_type": "Service user",
        "route_of_access": None,
        "assessment_type": None,
        "review_reason": None,
        "service_type": None,
        "service_component": None,
        "eligible_needs": None,
        "event_outcome": None,
    }
    assert set(others) <= set(row), set(others) - set(row)
    return row | others


def request(start: str, route: str | None = "Community / Other route", **others: Any) -> Row:
    return care_event("Request", start, start, route_of_access=route, **others)


def assessment(start: str, end: str | None, needs: str | None = None, outcome: str | None = None, **others: Any) -> Row:
    given = {"assessment_type": "Long term assessment", "eligible_needs": needs, "event_outcome": outcome}
    return care_event("Assessment", start, end, **(given | others))


def review(start: str, end: str | None, reason: str | None, needs: str | None = None, **others: Any) -> Row:
    return care_event("Review", start, end, review_reason=reason, eligible_needs=needs, **others)


def service(
    start: str,
    end: str | None = None,
    component: str | None = HOME_SUPPORT,
    kind: str | None = SHORT_TERM,
    **others: Any,
) -> Row:
    return care_event("Service", start, end, service_component=component, service_type=kind, **others)


def long_term(start: str, end: str | None = None, **others: Any) -> Row:
    return service(start, end, kind=LONG_TERM, **others)


def referral(referred: str, accepted: str | None = None) -> Row:
    return {"referred_date": on(referred), "accepted_date": on(accepted)}


def contact(day: str, attended: str | None = None) -> Row:
    return {"contact_date": on(day), "attended": attended}


def chc_case(
    checklist: str | None,
    decided: str | None = None,
    decision: str | None = None,
    package: str | None = None,
    fast: str | None = "Y",
) -> Row:
    return {
        "checklist_date": on(checklist),
        "decision_date": on(decided),
        "decision": decision,
        "fast_track": fast,
        "package_start_date": on(package),
    }


def case(
    name: str,
    why: str,
    expected: Days,
    *,
    stay: str = "05-01",
    admitted: str | None = None,
    ready: str = "05-10",
    end: str = "05-20",
    pathway: str = "P1",
    identity: bool = True,
    council: str = "council",
    referrals: Iterable[Row] = (),
    contacts: Iterable[Row] = (),
    events: Iterable[Row] = (),
    chc: Iterable[Row] = (),
    covered: tuple[str, str] | None = ("2023-01-01", "2026-12-31"),
    open_events: bool = False,
    as_at: str = "2026-12-31",
    **settings: Any,
) -> Case:
    """A case of one person; events without an id are numbered in their order."""
    numbered = [event | {"event_id": event["event_id"] or f"E{number}"} for number, event in enumerate(events, 1)]
    arguments = {
        "spell": {
            "person": 1,
            "usable_identity": identity,
            "council": council,
            "pathway": pathway,
            "stay_start": on(stay),
            "admission_date": on(admitted or stay),
            "ready_date": on(ready),
            "end_date": on(end),
        },
        "referrals": list(referrals),
        "contacts": list(contacts),
        "care_events": numbered,
        "chc": list(chc),
        "coverage": {"council": covered and (on(covered[0]), on(covered[1]))},
        "includes_open_events": {"council": open_events},
        "nhs_pathways": {"P2"},
        "as_at": on(as_at),
        "enabling_components": ENABLING,
        "decisions": DECISIONS,
    }
    return Case(name, why, arguments | settings, expected)


# The record that many cases share: known on the 12th, found eligible on the 14th, care from the 17th.
FULL = [request("05-12"), assessment("05-12", "05-14", YES_NEEDS), service("05-17")]
FULL_DAYS: Days = {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_FIRM: 3, IN_PLACE: 3}
TEN_NOT_YET: Days = {NOT_YET: 10}

CASES: list[Case] = [
    case(
        "a full record in order",
        "[10,12) before the request 2; [12,14) assessment 2; [14,17) service 3, firm as 17 < 19; [17,20) in place 3",
        FULL_DAYS,
        events=FULL,
    ),
    # ------------------------------------------------------------ untestable
    case("no usable identity", "all 10, whatever the record says", {UNTESTABLE: 10}, identity=False, events=FULL),
    case("council unknown", "no council to look at: all 10", {UNTESTABLE: 10}, council="unknown", events=FULL),
    case(
        "council unknown though covered",
        "the word unknown is no council, covered or not: all 10",
        {UNTESTABLE: 10},
        council="unknown",
        coverage={"unknown": (date(2023, 1, 1), date(2026, 12, 31))},
        includes_open_events={"unknown": True},
    ),
    case(
        "council without an extract", "not in the coverage: all 10", {UNTESTABLE: 10}, council="elsewhere", events=FULL
    ),
    case("council's coverage empty", "no days covered: all 10", {UNTESTABLE: 10}, covered=None, events=FULL),
    case(
        "coverage begins on the ready date",
        "first day covered 10 = r: testable",
        FULL_DAYS,
        covered=("05-10", "2026-12-31"),
        events=FULL,
    ),
    case(
        "coverage begins a day late",
        "first day covered 11 > r = 10: all 10, the covered ones too",
        {UNTESTABLE: 10},
        covered=("05-11", "2026-12-31"),
        events=FULL,
    ),
    case(
        "coverage ends on the last delayed day",
        "last day covered 19 = e - 1, and the extract holds open events: testable",
        FULL_DAYS,
        covered=("2025-01-01", "05-19"),
        open_events=True,
        events=FULL,
    ),
    case(
        "coverage ends a day early",
        "last day covered 18 < e - 1 = 19: all 10",
        {UNTESTABLE: 10},
        covered=("2025-01-01", "05-18"),
        open_events=True,
        events=FULL,
    ),
    case(
        "untestable comes before not yet testable",
        "18 < e - 1: untestable although 18 < e + 60 too",
        {UNTESTABLE: 10},
        covered=("2025-01-01", "05-18"),
        events=FULL,
    ),
    case(
        "coverage need not hold the stay's start",
        "covered from 9 May, the stay began on the 1st: only [r, e) must be held",
        FULL_DAYS,
        covered=("05-09", "2026-12-31"),
        events=FULL,
    ),
    case(
        "untestable comes before continuing healthcare",
        "a fast track is open all along, but nobody knows whose",
        {UNTESTABLE: 10},
        identity=False,
        chc=[chc_case("05-01")],
    ),
    case(
        "untestable comes before the NHS service",
        "P2 without an extract of the council: all 10 untestable",
        {UNTESTABLE: 10},
        covered=None,
        pathway="P2",
    ),
    # ------------------------------------------------------------ not yet testable
    case(
        "settled to the day",
        "20 May + 60 = 11 to 31 May, 30 in June, 19 in July: 19 July is covered",
        FULL_DAYS,
        covered=("2025-01-01", "07-19"),
        events=FULL,
    ),
    case(
        "a day short of settled", "18 July < 19 July: all 10", TEN_NOT_YET, covered=("2025-01-01", "07-18"), events=FULL
    ),
    case(
        "open events need no settling",
        "18 July < 19 July, but the extract holds open events",
        FULL_DAYS,
        covered=("2025-01-01", "07-18"),
        open_events=True,
        events=FULL,
    ),
    case(
        "a shorter settling time, settled",
        "20 May + 30 = 19 June, covered",
        FULL_DAYS,
        covered=("2025-01-01", "06-19"),
        settle_days=30,
        events=FULL,
    ),
    case(
        "a shorter settling time, a day short",
        "18 June < 19 June: all 10",
        TEN_NOT_YET,
        covered=("2025-01-01", "06-18"),
        settle_days=30,
        events=FULL,
    ),
    case(
        "no settling time, end covered",
        "e + 0 = 20 May, covered",
        FULL_DAYS,
        covered=("2025-01-01", "05-20"),
        settle_days=0,
        events=FULL,
    ),
    case(
        "no settling time, end not covered",
        "19 < e + 0 = 20: all 10",
        TEN_NOT_YET,
        covered=("2025-01-01", "05-19"),
        settle_days=0,
        events=FULL,
    ),
    case(
        "settling over a leap day",
        "20 February 2024 + 60 = 9 to the 29th, 31 in March, 20 in April: 20 April is covered",
        {NO_RECORD: 10},
        stay="2024-02-01",
        ready="2024-02-10",
        end="2024-02-20",
        covered=("2023-01-01", "2024-04-20"),
    ),
    case(
        "settling over a leap day, a day short",
        "19 April < 20 April: all 10",
        TEN_NOT_YET,
        stay="2024-02-01",
        ready="2024-02-10",
        end="2024-02-20",
        covered=("2023-01-01", "2024-04-19"),
    ),
    case(
        "not yet testable comes before continuing healthcare and the NHS service",
        "all 10 wait",
        TEN_NOT_YET,
        covered=("2025-01-01", "06-30"),
        pathway="P2",
        chc=[chc_case("05-01")],
        referrals=[referral("05-10")],
    ),
    case(
        "an open spell is never settled",
        "open on 31 May, covered to 31 May: e = 1 June, 31 May < 31 July: all 22",
        {NOT_YET: 22},
        end="06-01",
        as_at="05-31",
        covered=("2025-01-01", "05-31"),
        events=FULL,
    ),
    # ------------------------------------------------------------ continuing healthcare
    case(
        "fast track, every date",
        "decision [11,14) 3, package [14,17) 3, the rest [10,11) + [17,20) 4 without a record",
        {CHC_DECISION: 3, CHC_PACKAGE: 3, NO_RECORD: 4},
        chc=[chc_case("05-11", "05-14", "Eligible", "05-17")],
    ),
    case(
        "not fast track, decisions not due before discharge",
        "the case does not count: 10",
        {NO_RECORD: 10},
        chc=[chc_case("05-11", "05-14", "Eligible", "05-17", fast="N")],
    ),
    case(
        "not fast track, decisions due before discharge",
        "3 + 3 + 4 as on a fast track",
        {CHC_DECISION: 3, CHC_PACKAGE: 3, NO_RECORD: 4},
        chc=[chc_case("05-11", "05-14", "Eligible", "05-17", fast="N")],
        chc_before_discharge=True,
    ),
    case(
        "fast track not recorded",
        "missing is not Y: 10",
        {NO_RECORD: 10},
        chc=[chc_case("05-11", "05-14", "Eligible", "05-17", fast=None)],
    ),
    case(
        "continuing healthcare never decided",
        "decision [11,20) 9, [10,11) 1",
        {CHC_DECISION: 9, NO_RECORD: 1},
        chc=[chc_case("05-11")],
    ),
    case(
        "continuing healthcare package never began",
        "decision 3, package [14,20) 6, [10,11) 1",
        {CHC_DECISION: 3, CHC_PACKAGE: 6, NO_RECORD: 1},
        chc=[chc_case("05-11", "05-14", "Eligible")],
    ),
    case(
        "continuing healthcare refused",
        "decision 3; no package to wait for: 1 + 6",
        {CHC_DECISION: 3, NO_RECORD: 7},
        chc=[chc_case("05-11", "05-14", "Not eligible")],
    ),
    case(
        "continuing healthcare decision without its word",
        "decision 3; not known to be eligible: 7",
        {CHC_DECISION: 3, NO_RECORD: 7},
        chc=[chc_case("05-11", "05-14", None, "05-17")],
    ),
    case(
        "continuing healthcare word in other letters",
        "' ELIGIBLE ' is eligible: 3 + 3 + 4",
        {CHC_DECISION: 3, CHC_PACKAGE: 3, NO_RECORD: 4},
        chc=[chc_case("05-11", "05-14", " ELIGIBLE ", "05-17")],
    ),
    case(
        "continuing healthcare without a checklist",
        "no day waits for the decision; package [14,17) 3",
        {CHC_PACKAGE: 3, NO_RECORD: 7},
        chc=[chc_case(None, "05-14", "Eligible", "05-17")],
    ),
    case(
        "continuing healthcare eligible without a date",
        "the decision has no day: [11,20) 9 waits for it",
        {CHC_DECISION: 9, NO_RECORD: 1},
        chc=[chc_case("05-11", None, "Eligible", "05-17")],
    ),
    case("continuing healthcare without any date", "nothing to count: 10", {NO_RECORD: 10}, chc=[chc_case(None)]),
    case(
        "continuing healthcare begun before the stay",
        "checklist 20 April, decided on the 12th: [10,12) 2",
        {CHC_DECISION: 2, NO_RECORD: 8},
        chc=[chc_case("04-20", "05-12", "Not eligible")],
    ),
    case(
        "continuing healthcare decided on the ready date",
        "decision 0, package [10,13) 3",
        {CHC_PACKAGE: 3, NO_RECORD: 7},
        chc=[chc_case("05-04", "05-10", "Eligible", "05-13")],
    ),
    case(
        "continuing healthcare decided on the day of the checklist",
        "decision 0, package [12,13) 1",
        {CHC_PACKAGE: 1, NO_RECORD: 9},
        chc=[chc_case("05-12", "05-12", "Eligible", "05-13")],
    ),
    case(
        "continuing healthcare checklist on the last delayed day",
        "[19,20) 1",
        {CHC_DECISION: 1, NO_RECORD: 9},
        chc=[chc_case("05-19", "05-22", "Eligible")],
    ),
    case(
        "continuing healthcare checklist on the day of leaving",
        "20 is no delayed day: 0",
        {NO_RECORD: 10},
        chc=[chc_case("05-20", "05-22", "Eligible")],
    ),
    case(
        "continuing healthcare decided after leaving",
        "[11,25) cut at 20: 9",
        {CHC_DECISION: 9, NO_RECORD: 1},
        chc=[chc_case("05-11", "05-25", "Eligible", "05-28")],
    ),
    case(
        "continuing healthcare package on the day of leaving",
        "decision 2, package [13,20) 7, [10,11) 1",
        {CHC_DECISION: 2, CHC_PACKAGE: 7, NO_RECORD: 1},
        chc=[chc_case("05-11", "05-13", "Eligible", "05-20")],
    ),
    case(
        "continuing healthcare package before its decision",
        "decision [11,14) 3; [14,12) is empty",
        {CHC_DECISION: 3, NO_RECORD: 7},
        chc=[chc_case("05-11", "05-14", "Eligible", "05-12")],
    ),
    case(
        "two continuing healthcare cases",
        "one waits for its package [12,20), the other for its decision [15,18), first: 3, 3 + 2, and [10,12) 2",
        {CHC_DECISION: 3, CHC_PACKAGE: 5, NO_RECORD: 2},
        chc=[chc_case(None, "05-12", "Eligible"), chc_case("05-15", "05-18", "Not eligible")],
    ),
    case(
        "two continuing healthcare cases, one fast",
        "only the fast one counts: [16,20) 4; the other's [10,20) does not",
        {CHC_DECISION: 4, NO_RECORD: 6},
        chc=[chc_case("05-10", fast="N"), chc_case("05-16")],
    ),
    case(
        "continuing healthcare over the council's record",
        "[13,15) taken from the full record: assessment 2 - 1, service 3 - 1",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 1, CHC_DECISION: 2, SERVICE_FIRM: 2, IN_PLACE: 3},
        events=FULL,
        chc=[chc_case("05-13", "05-15", "Not eligible")],
    ),
    case(
        "continuing healthcare over the NHS service",
        "[11,14) of the 10 on P2",
        {CHC_DECISION: 3, NHS_PRESUMPTIVE: 7},
        pathway="P2",
        chc=[chc_case("05-11", "05-14", "Not eligible")],
    ),
    case(
        "continuing healthcare over existing support",
        "[11,14) of 10",
        {CHC_DECISION: 3, EXISTING: 7},
        events=[long_term("04-01")],
        chc=[chc_case("05-11", "05-14", "Not eligible")],
    ),
    # ------------------------------------------------------------ the NHS's own service
    case(
        "NHS pathway with no dates",
        "[r, e) 10, presumptive: no referral, no start",
        {NHS_PRESUMPTIVE: 10},
        pathway="P2",
    ),
    case(
        "NHS pathway, referral and contact",
        "[10,12) 2; [12,15) 3, firm as 15 < 19; from 15 referred and no council record 5",
        {BEFORE_REFERRAL: 2, NHS_FIRM: 3, DISPUTE: 5},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-15")],
    ),
    case(
        "NHS pathway, referral accepted",
        "acceptance on the 15th is the start: 2 + 3 + 5",
        {BEFORE_REFERRAL: 2, NHS_FIRM: 3, DISPUTE: 5},
        pathway="P2",
        referrals=[referral("05-12", "05-15")],
    ),
    case(
        "NHS pathway, missed appointments before the contact",
        "3, did not attend, and 4, cancelled, start nothing; 5 does, on the 15th: 2 + 3 + 5",
        {BEFORE_REFERRAL: 2, NHS_FIRM: 3, DISPUTE: 5},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-13", "3"), contact("05-14", "4"), contact("05-15", "5")],
    ),
    case(
        "NHS pathway, no appointment was kept",
        "nothing started: 2 + [12,20) 8",
        {BEFORE_REFERRAL: 2, NHS_PRESUMPTIVE: 8},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-13", "Did not attend"), contact("05-14", "N")],
    ),
    case(
        "NHS pathway, accepted before the contact",
        "the earlier, 14, is the start: 2 + [12,14) 2 + 6",
        {BEFORE_REFERRAL: 2, NHS_FIRM: 2, DISPUTE: 6},
        pathway="P2",
        referrals=[referral("05-12", "05-14")],
        contacts=[contact("05-16")],
    ),
    case(
        "NHS pathway, contact before the acceptance",
        "the earlier, 13, is the start: 2 + [12,13) 1 + 7",
        {BEFORE_REFERRAL: 2, NHS_FIRM: 1, DISPUTE: 7},
        pathway="P2",
        referrals=[referral("05-12", "05-16")],
        contacts=[contact("05-18"), contact("05-13")],
    ),
    case(
        "NHS service two days before leaving",
        "18 < 19: [12,18) 6 firm, 2 after it",
        {BEFORE_REFERRAL: 2, NHS_FIRM: 6, DISPUTE: 2},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-18")],
    ),
    case(
        "NHS service the day before leaving",
        "19 = e - 1: [12,19) 7 presumptive, 1 after it",
        {BEFORE_REFERRAL: 2, NHS_PRESUMPTIVE: 7, DISPUTE: 1},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-19")],
    ),
    case(
        "NHS service on the day of leaving",
        "[12,20) 8 presumptive",
        {BEFORE_REFERRAL: 2, NHS_PRESUMPTIVE: 8},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-20")],
    ),
    case(
        "NHS service after leaving",
        "21 > e: absent; [12,20) 8 presumptive",
        {BEFORE_REFERRAL: 2, NHS_PRESUMPTIVE: 8},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-21")],
    ),
    case(
        "NHS contact before the referral",
        "11 < h = 12: absent; 8 presumptive",
        {BEFORE_REFERRAL: 2, NHS_PRESUMPTIVE: 8},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-11")],
    ),
    case(
        "NHS contact on the day of the referral",
        "[12,12) 0; 8 after it",
        {BEFORE_REFERRAL: 2, DISPUTE: 8},
        pathway="P2",
        referrals=[referral("05-12")],
        contacts=[contact("05-12")],
    ),
    case(
        "NHS acceptance before its referral",
        "11 < h = 12: absent; 8 presumptive",
        {BEFORE_REFERRAL: 2, NHS_PRESUMPTIVE: 8},
        pathway="P2",
        referrals=[referral("05-12", "05-11")],
    ),
    case(
        "NHS service accepted on the second referral",
        "h = 11, accepted 16: [10,11) 1, [11,16) 5, 4 after it",
        {BEFORE_REFERRAL: 1, NHS_FIRM: 5, DISPUTE: 4},
        pathway="P2",
        referrals=[referral("05-13", "05-16"), referral("05-11")],
    ),
    case(
        "NHS pathway, referred but never begun",
        "[12,20) 8 presumptive",
        {BEFORE_REFERRAL: 2, NHS_PRESUMPTIVE: 8},
        pathway="P2",
        referrals=[referral("05-12")],
    ),
    case(
        "NHS contact without a referral",
        "[10,13) 3, presumptive for want of h; then no record 7",
        {NHS_PRESUMPTIVE: 3, NO_RECORD: 7},
        pathway="P2",
        contacts=[contact("05-13")],
    ),
    case(
        "NHS contact without a referral, before the ready date",
        "9 < r: absent; all 10",
        {NHS_PRESUMPTIVE: 10},
        pathway="P2",
        contacts=[contact("05-09")],
    ),
    case(
        "NHS contact without a referral, on the ready date",
        "[10,10) 0; no record 10",
        {NO_RECORD: 10},
        pathway="P2",
        contacts=[contact("05-10")],
    ),
    case(
        "NHS referral and contact before the ready date",
        "begun on the 8th: 0; dispute 10",
        {DISPUTE: 10},
        pathway="P2",
        referrals=[referral("05-05")],
        contacts=[contact("05-08")],
    ),
    case(
        "NHS referral before the ready date",
        "[5,13) from 10: 3 firm; 7 after it",
        {NHS_FIRM: 3, DISPUTE: 7},
        pathway="P2",
        referrals=[referral("05-05")],
        contacts=[contact("05-13")],
    ),
    case(
        "NHS referral on the day of leaving",
        "[10,20) before it 10; [20,20) 0",
        {BEFORE_REFERRAL: 10},
        pathway="P2",
        referrals=[referral("05-20")],
    ),
    case(
        "NHS referral before the stay",
        "30 April < 1 May: h absent, its acceptance on the 13th counts: 3 presumptive, 7 no record",
        {NHS_PRESUMPTIVE: 3, NO_RECORD: 7},
        pathway="P2",
        referrals=[referral("04-30", "05-13")],
    ),
    case(
        "contacts on a council pathway",
        "P1 is not the NHS's: 10",
        {NO_RECORD: 10},
        pathway="P1",
        contacts=[contact("05-13")],
    ),
    case(
        "contacts on an unknown pathway",
        "unknown is not the NHS's: 10",
        {NO_RECORD: 10},
        pathway="unknown",
        contacts=[contact("05-13")],
    ),
    case(
        "P1 delivered by the NHS",
        "as the partners set it: [10,13) 3, no record 7",
        {NHS_PRESUMPTIVE: 3, NO_RECORD: 7},
        pathway="P1",
        nhs_pathways={"P1", "P3"},
        contacts=[contact("05-13")],
    ),
    case(
        "no pathway delivered by the NHS",
        "P2 is the council's here: 10",
        {NO_RECORD: 10},
        pathway="P2",
        nhs_pathways=set(),
        contacts=[contact("05-13")],
    ),
    case(
        "NHS service, then the council's clock",
        "[10,13) 3 hides [10,12) and a day of the assessment; [13,15) 2; [15,20) 5 with no service",
        {NHS_PRESUMPTIVE: 3, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 5},
        pathway="P2",
        contacts=[contact("05-13")],
        events=[request("05-12"), assessment("05-12", "05-15", YES_NEEDS)],
    ),
    case(
        "NHS service never begun over a full record",
        "[10,20) 10: the earlier row wins",
        {NHS_PRESUMPTIVE: 10},
        pathway="P2",
        events=FULL,
    ),
    case(
        "NHS service over existing support",
        "[10,13) 3, then existing support 7",
        {NHS_PRESUMPTIVE: 3, EXISTING: 7},
        pathway="P2",
        contacts=[contact("05-13")],
        events=[long_term("04-01")],
    ),
    # ------------------------------------------------------------ existing support
    case("long-term support open, nothing asked", "all 10", {EXISTING: 10}, events=[long_term("2024-06-01")]),
    case(
        "long-term support ended on the stay's first day",
        "1 May >= 1 May: open; 10",
        {EXISTING: 10},
        events=[long_term("2024-06-01", "05-01")],
    ),
    case(
        "long-term support ended the day before",
        "30 April < 1 May: not open; 10",
        {NO_RECORD: 10},
        events=[long_term("2024-06-01", "04-30")],
    ),
    case(
        "long-term support begun on the stay's first day",
        "1 May <= 1 May: open; 10",
        {EXISTING: 10},
        events=[long_term("05-01")],
    ),
    case(
        "long-term support begun the day after",
        "2 May > 1 May: not open; 10",
        {NO_RECORD: 10},
        events=[long_term("05-02")],
    ),
    case("short-term support open", "not long-term: 10", {NO_RECORD: 10}, events=[service("04-01")]),
    case(
        "a service of no stated type open",
        "not known to be long-term: 10",
        {NO_RECORD: 10},
        events=[service("04-01", kind=None)],
    ),
    case(
        "long-term equipment open",
        "any component is support: 10",
        {EXISTING: 10},
        events=[long_term("04-01", component="Equipment")],
    ),
    case(
        "long-term care home place open",
        "Long term support: Nursing care begins so too: 10",
        {EXISTING: 10},
        events=[service("04-01", component="Long term nursing care", kind="Long term support: Nursing care")],
    ),
    case(
        "long-term support over a referral",
        "no q: existing support goes before [10,12) and the dispute: 10",
        {EXISTING: 10},
        events=[long_term("04-01")],
        referrals=[referral("05-12")],
    ),
    case(
        "long-term support, then a request",
        "q there: the council's clock as without it",
        FULL_DAYS,
        events=[long_term("04-01"), *FULL],
    ),
    case(
        "long-term support, request too early",
        "30 April is outside the stay: no q; 10",
        {EXISTING: 10},
        events=[long_term("04-01"), request("04-30")],
    ),
    case(
        "long-term support, request on the day of leaving",
        "q = 20: no existing support; [10,20) before it 10",
        {BEFORE_REQUEST: 10},
        events=[long_term("04-01"), request("05-20")],
    ),
    case(
        "long-term support of another council",
        "not the spell's council: 10",
        {NO_RECORD: 10},
        events=[long_term("04-01", council="elsewhere")],
    ),
    case(
        "long-term support to a carer",
        "not as a service user: 10",
        {NO_RECORD: 10},
        events=[long_term("04-01", client_type=CARER)],
    ),
    case(
        "long-term support that restarts is no new service",
        "begun on the 17th without q: no s; existing support 10",
        {EXISTING: 10},
        events=[long_term("04-01", "05-03"), long_term("05-17")],
    ),
    # ------------------------------------------------------------ referrals
    case(
        "referred, no council record",
        "[10,12) 2, [12,20) 8",
        {BEFORE_REFERRAL: 2, DISPUTE: 8},
        referrals=[referral("05-12")],
    ),
    case(
        "referred, known three days later",
        "[10,12) 2, [12,15) 3, then [15,20) 5 with neither a nor s on P1",
        {BEFORE_REFERRAL: 2, DISPUTE: 3, SERVICE_PRESUMPTIVE: 5},
        referrals=[referral("05-12")],
        events=[request("05-15")],
    ),
    case(
        "referred and known on one day",
        "[10,12) 2, [12,12) 0, [12,14) 2, [14,17) 3, [17,20) 3",
        {BEFORE_REFERRAL: 2, ASSESSMENT_FIRM: 2, SERVICE_FIRM: 3, IN_PLACE: 3},
        referrals=[referral("05-12")],
        events=FULL,
    ),
    case(
        "known before the referral",
        "[10,13) 3, the earlier row; [13,14) 1 of the assessment; 3 + 3",
        {BEFORE_REFERRAL: 3, ASSESSMENT_FIRM: 1, SERVICE_FIRM: 3, IN_PLACE: 3},
        referrals=[referral("05-13")],
        events=FULL,
    ),
    case(
        "known before the ready date, referred after it",
        "q = 6; [10,12) 2 before the referral; neither a nor s on P1: 8",
        {BEFORE_REFERRAL: 2, SERVICE_PRESUMPTIVE: 8},
        referrals=[referral("05-12")],
        events=[request("05-06")],
    ),
    case(
        "service in place before the referral",
        "q = 6, a = 8, s = 11; [10,13) 3 before the referral, [13,20) in place 7",
        {BEFORE_REFERRAL: 3, IN_PLACE: 7},
        referrals=[referral("05-13")],
        events=[request("05-06"), assessment("05-06", "05-08", YES_NEEDS), service("05-11")],
    ),
    case(
        "referred before the ready date, known after it",
        "[10,13) 3 in dispute, [13,20) 7",
        {DISPUTE: 3, SERVICE_PRESUMPTIVE: 7},
        referrals=[referral("05-04")],
        events=[request("05-13")],
    ),
    case("referred on the ready date", "[10,10) 0, 10 in dispute", {DISPUTE: 10}, referrals=[referral("05-10")]),
    case(
        "referred on the stay's first day",
        "1 May is inside: 10 in dispute",
        {DISPUTE: 10},
        referrals=[referral("05-01")],
    ),
    case("referred the day before the stay", "30 April is outside: 10", {NO_RECORD: 10}, referrals=[referral("04-30")]),
    case(
        "referred the day before the stay, known later",
        "h absent: [10,12) is before the request, not the referral",
        FULL_DAYS,
        referrals=[referral("04-30")],
        events=FULL,
    ),
    case(
        "referred on the last delayed day",
        "[10,19) 9, [19,20) 1",
        {BEFORE_REFERRAL: 9, DISPUTE: 1},
        referrals=[referral("05-19")],
    ),
    case(
        "referred on the day of leaving",
        "20 <= e: h = 20, [10,20) 10",
        {BEFORE_REFERRAL: 10},
        referrals=[referral("05-20")],
    ),
    case("referred after leaving", "21 > e: h absent, 10", {NO_RECORD: 10}, referrals=[referral("05-21")]),
    case(
        "referred, known on the day of leaving",
        "q = 20: [10,12) 2, [12,20) 8",
        {BEFORE_REFERRAL: 2, DISPUTE: 8},
        referrals=[referral("05-12")],
        events=[request("05-20")],
    ),
    case(
        "two referrals",
        "the first, 12, counts: 2 + 8",
        {BEFORE_REFERRAL: 2, DISPUTE: 8},
        referrals=[referral("05-16"), referral("05-12")],
    ),
    case(
        "two referrals, one before the stay",
        "30 April absent, so 14: [10,14) 4 + 6",
        {BEFORE_REFERRAL: 4, DISPUTE: 6},
        referrals=[referral("04-30"), referral("05-14")],
    ),
    # ------------------------------------------------------------ the first day the council knew
    case("no record at all", "neither h nor q: 10", {NO_RECORD: 10}),
    case(
        "a request alone, home first",
        "[10,12) 2, on P1 [12,20) 8 waits for a service",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        events=[request("05-12")],
    ),
    case("a request on the ready date", "[10,10) 0, 10", {SERVICE_PRESUMPTIVE: 10}, events=[request("05-10")]),
    case(
        "a request on the stay's first day",
        "1 May inside: known all along, 10",
        {SERVICE_PRESUMPTIVE: 10},
        events=[request("05-01")],
    ),
    case("a request the day before the stay", "30 April outside: 10", {NO_RECORD: 10}, events=[request("04-30")]),
    case(
        "a request from hospital seven days before",
        "1 May - 7 = 24 April: inside, 10",
        {SERVICE_PRESUMPTIVE: 10},
        events=[request("04-24", FROM_HOSPITAL)],
    ),
    case(
        "a request from hospital eight days before",
        "23 April < 24 April: outside, 10",
        {NO_RECORD: 10},
        events=[request("04-23", FROM_HOSPITAL)],
    ),
    case(
        "the request's route in other letters",
        "' discharge  FROM hospital' is that route: 10",
        {SERVICE_PRESUMPTIVE: 10},
        events=[request("04-28", " discharge  FROM hospital")],
    ),
    case(
        "another hospital route before the stay",
        "Diversion from Hospital Services is another: 10",
        {NO_RECORD: 10},
        events=[request("04-28", "Diversion from Hospital Services")],
    ),
    case(
        "no route before the stay", "missing is not from hospital: 10", {NO_RECORD: 10}, events=[request("04-28", None)]
    ),
    case(
        "no route in the stay",
        "any request in the stay counts: [10,12) 2 + 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        events=[request("05-12", None)],
    ),
    case(
        "the window set to 0 days, a day before",
        "30 April < 1 May: outside, 10",
        {NO_RECORD: 10},
        events=[request("04-30", FROM_HOSPITAL)],
        request_window_days=0,
    ),
    case(
        "the window set to 14 days",
        "1 May - 14 = 17 April: inside, 10",
        {SERVICE_PRESUMPTIVE: 10},
        events=[request("04-17", FROM_HOSPITAL)],
        request_window_days=14,
    ),
    case(
        "the window set to 14 days, a day outside",
        "16 April < 17 April: 10",
        {NO_RECORD: 10},
        events=[request("04-16", FROM_HOSPITAL)],
        request_window_days=14,
    ),
    case(
        "an assessment routed from hospital before the stay",
        "only a request has that window: 10",
        {NO_RECORD: 10},
        events=[assessment("04-28", "05-12", YES_NEEDS, route_of_access=FROM_HOSPITAL)],
    ),
    case(
        "a request on the last delayed day",
        "[10,19) 9, [19,20) 1",
        {BEFORE_REQUEST: 9, SERVICE_PRESUMPTIVE: 1},
        events=[request("05-19")],
    ),
    case("a request on the day of leaving", "q = 20: [10,20) 10", {BEFORE_REQUEST: 10}, events=[request("05-20")]),
    case("a request after leaving", "21 > e: 10", {NO_RECORD: 10}, events=[request("05-21")]),
    case(
        "a request from hospital after leaving",
        "21 > e, whatever the route: 10",
        {NO_RECORD: 10},
        events=[request("05-21", FROM_HOSPITAL)],
    ),
    case(
        "two requests",
        "the first, 12, counts: 2 + 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        events=[request("05-15"), request("05-12")],
    ),
    case(
        "two requests, the first before the stay",
        "30 April outside, so 15: 5 + 5",
        {BEFORE_REQUEST: 5, SERVICE_PRESUMPTIVE: 5},
        events=[request("04-30"), request("05-15")],
    ),
    case(
        "two requests, the early one from hospital",
        "24 April inside: assessment [10,14) 4, service [14,17) 3, in place 3",
        {ASSESSMENT_FIRM: 4, SERVICE_FIRM: 3, IN_PLACE: 3},
        events=[request("04-24", FROM_HOSPITAL), *FULL],
    ),
    case(
        "an assessment without a request",
        "its start, 12, is q: 2 + [12,14) 2 + [14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[assessment("05-12", "05-14", YES_NEEDS)],
    ),
    case(
        "an assessment before the stay",
        "30 April outside: 10",
        {NO_RECORD: 10},
        events=[assessment("04-30", "05-14", YES_NEEDS)],
    ),
    case(
        "an assessment on the stay's first day",
        "q = 1 May: [10,14) 4 + 6",
        {ASSESSMENT_FIRM: 4, SERVICE_PRESUMPTIVE: 6},
        events=[assessment("05-01", "05-14", YES_NEEDS)],
    ),
    case(
        "an assessment after leaving", "21 > e: 10", {NO_RECORD: 10}, events=[assessment("05-21", "05-22", YES_NEEDS)]
    ),
    case(
        "a hospital review without a request",
        "its start, 12, is q and its end, 14, is a: 2 + 2 + 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[review("05-12", "05-14", HOSPITAL_REVIEW, YES_NEEDS)],
    ),
    case(
        "a hospital review in other letters",
        "UNPLANNED: IN HOSPITAL holds hospital: 2 + 2 + 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[review("05-12", "05-14", "UNPLANNED: IN HOSPITAL", YES_NEEDS)],
    ),
    case(
        "a hospital review the day before the stay",
        "30 April outside: 10",
        {NO_RECORD: 10},
        events=[review("04-30", "05-14", HOSPITAL_REVIEW, YES_NEEDS)],
    ),
    case(
        "a hospital review on the day of leaving",
        "q = 20: 10",
        {BEFORE_REQUEST: 10},
        events=[review("05-20", "05-20", HOSPITAL_REVIEW, YES_NEEDS)],
    ),
    case(
        "a planned review without a request",
        "not about the hospital: no q, 10",
        {NO_RECORD: 10},
        events=[review("05-12", "05-14", "Planned", YES_NEEDS)],
    ),
    case(
        "a review of no stated reason",
        "not known to be about the hospital: 10",
        {NO_RECORD: 10},
        events=[review("05-12", "05-14", None, YES_NEEDS)],
    ),
    case(
        "a service without a request",
        "a service alone is no q, so there is no s: 10",
        {NO_RECORD: 10},
        events=[service("05-12")],
    ),
    case(
        "a financial assessment alone",
        "does not count anywhere: 10",
        {NO_RECORD: 10},
        events=[assessment("05-12", "05-14", YES_NEEDS, assessment_type=FINANCIAL)],
    ),
    case(
        "a carer's request", "not as a service user: 10", {NO_RECORD: 10}, events=[request("05-12", client_type=CARER)]
    ),
    case(
        "a carer's request beside the person's",
        "the carer's 10th is left out: the full record",
        FULL_DAYS,
        events=[request("05-10", client_type="Unpaid carer known by association"), *FULL],
    ),
    case(
        "a carer in the older wording",
        "' CARER' and Carer known by association are carers: 10",
        {NO_RECORD: 10},
        events=[request("05-12", client_type=" CARER"), request("05-13", client_type="Carer known by association")],
    ),
    case(
        "no client type",
        "not known to be a carer: counts, 2 + 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        events=[request("05-12", client_type=None)],
    ),
    case(
        "another council's record",
        "only the spell's own council counts: 10",
        {NO_RECORD: 10},
        events=[event | {"council": "elsewhere"} for event in FULL],
    ),
    case(
        "another council knew first",
        "its 10th is left out: the full record",
        FULL_DAYS,
        events=[request("05-10", council="elsewhere"), *FULL],
    ),
    # ------------------------------------------------------------ the assessment
    case(
        "assessed on the day it was known",
        "[12,12) 0, [12,20) 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        events=[request("05-12"), assessment("05-12", "05-12", YES_NEEDS)],
    ),
    case(
        "refused on the day it was known",
        "a = q = 12: [12,12) 0, [12,20) 8 not eligible",
        {BEFORE_REQUEST: 2, NOT_ELIGIBLE: 8},
        events=[request("05-12"), assessment("05-12", "05-12", NO_NEEDS)],
    ),
    case(
        "assessed on the last delayed day",
        "[12,19) 7, [19,20) 1",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 7, SERVICE_PRESUMPTIVE: 1},
        events=[request("05-12"), assessment("05-13", "05-19", YES_NEEDS)],
    ),
    case(
        "assessed on the day of leaving",
        "20 <= e: [12,20) 8, firm",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 8},
        events=[request("05-12"), assessment("05-13", "05-20", YES_NEEDS)],
    ),
    case(
        "assessed after leaving, home first",
        "21 > e: absent; P1 waits for a service: 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        events=[request("05-12"), assessment("05-13", "05-21", YES_NEEDS)],
    ),
    case(
        "assessed after leaving, no pathway support",
        "21 > e: absent; P0: 8 waits for the assessment, presumptive",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), assessment("05-13", "05-21", YES_NEEDS)],
    ),
    case(
        "assessment never ended",
        "no end: absent; P0: 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), assessment("05-13", None, YES_NEEDS)],
    ),
    case(
        "assessed before the ready date",
        "q = 3, a = 6: [10,20) 10",
        {SERVICE_PRESUMPTIVE: 10},
        events=[request("05-03"), assessment("05-04", "05-06", YES_NEEDS)],
    ),
    case(
        "assessed on the ready date",
        "[10,10) 0; service [10,15) 5, firm; in place 5",
        {SERVICE_FIRM: 5, IN_PLACE: 5},
        events=[request("05-03"), assessment("05-04", "05-10", YES_NEEDS), service("05-15")],
    ),
    case(
        "an assessment begun before it was known",
        "begun on 30 April, outside the stay, so q = 12 is the request; 30 April < q: absent; P0: 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), assessment("04-30", "05-14", YES_NEEDS)],
    ),
    case(
        "a planned review after the request",
        "any review ends the wait: [12,14) 2, service 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[request("05-12"), review("05-13", "05-14", "Planned", YES_NEEDS)],
    ),
    case(
        "a planned review begun on the day it was known",
        "12 >= q = 12: counts, 2 + 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[request("05-12"), review("05-12", "05-14", "Planned", YES_NEEDS)],
    ),
    case(
        "a planned review begun the day before",
        "11 < q = 12: absent; P0: 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), review("05-11", "05-14", "Planned", YES_NEEDS)],
    ),
    case(
        "a financial assessment before the true one",
        "its 13th is left out: the full record",
        FULL_DAYS,
        events=[assessment("05-12", "05-13", NO_NEEDS, assessment_type=FINANCIAL), *FULL],
    ),
    case(
        "a short-term assessment",
        "only the financial kind is left out: 2 + 2 + 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", assessment_type="Short term assessment")],
    ),
    case(
        "a carer's assessment after the request",
        "left out: P0, 8 presumptive",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), assessment("05-12", "05-14", YES_NEEDS, client_type=CARER)],
    ),
    case(
        "reassessed, first refused",
        "the earlier end, 13, with its decision: [12,13) 1, [13,20) 7",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 1, NOT_ELIGIBLE: 7},
        events=[request("05-12"), assessment("05-12", "05-13", OTHER_NEEDS), assessment("05-14", "05-17", YES_NEEDS)],
    ),
    case(
        "reassessed, first found eligible",
        "the earlier end, 13: 1, [13,20) 7 waits",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 1, SERVICE_PRESUMPTIVE: 7},
        events=[request("05-12"), assessment("05-14", "05-17", NO_NEEDS), assessment("05-12", "05-13", YES_NEEDS)],
    ),
    case(
        "the later start ends first",
        "12 to 17 refused, 13 to 14 eligible: the earlier end, 14, counts: 2, [14,20) 6 waits",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[assessment("05-12", "05-17", NO_NEEDS), assessment("05-13", "05-14", YES_NEEDS)],
    ),
    case(
        "two assessments end on one day",
        "14 both; the earlier start, 12, says not eligible: [14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, NOT_ELIGIBLE: 6},
        events=[
            assessment("05-13", "05-14", YES_NEEDS, event_id="A1"),
            assessment("05-12", "05-14", NO_NEEDS, event_id="A2"),
        ],
    ),
    case(
        "two assessments of the same days",
        "12 to 14 both; A1 < A2 says eligible: 6 wait",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[
            assessment("05-12", "05-14", NO_NEEDS, event_id="A2"),
            assessment("05-12", "05-14", YES_NEEDS, event_id="A1"),
        ],
    ),
    case(
        "event ids are text",
        "A10 < A9 as text, and says declined: 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, DECLINED: 6},
        events=[
            assessment("05-12", "05-14", YES_NEEDS, event_id="A9"),
            assessment("05-12", "05-14", None, DECLINES, event_id="A10"),
        ],
    ),
    case(
        "an assessment and a review of the same days",
        "12 to 14 both; A1, the review, says not eligible: 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, NOT_ELIGIBLE: 6},
        events=[
            assessment("05-12", "05-14", YES_NEEDS, event_id="A2"),
            review("05-12", "05-14", HOSPITAL_REVIEW, NO_NEEDS, event_id="A1"),
        ],
    ),
    # ------------------------------------------------------------ its decision
    case(
        "needs not eligible",
        "[14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, NOT_ELIGIBLE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", OTHER_NEEDS)],
    ),
    case(
        "no needs",
        "[14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, NOT_ELIGIBLE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", NO_NEEDS)],
    ),
    case(
        "outcome leads to services",
        "eligible: [14,17) 3 + 3",
        FULL_DAYS,
        events=[request("05-12"), assessment("05-12", "05-14", None, TO_SERVICES), service("05-17")],
    ),
    case(
        "outcome is advice",
        "not eligible: 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, NOT_ELIGIBLE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", None, SIGNPOSTED)],
    ),
    case(
        "outcome is declined",
        "[14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, DECLINED: 6},
        events=[request("05-12"), assessment("05-12", "05-14", None, DECLINES)],
    ),
    case(
        "outcome is self-funded",
        "[14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SELF_FUNDED: 6},
        events=[request("05-12"), assessment("05-12", "05-14", None, SELF_FUNDS)],
    ),
    case(
        "outcome says nothing of need",
        "not recorded: waits for a service, 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", None, DECEASED)],
    ),
    case(
        "no outcome, then a service",
        "not recorded: [14,17) 3 firm, 3 in place",
        FULL_DAYS,
        events=[request("05-12"), assessment("05-12", "05-14"), service("05-17")],
    ),
    case(
        "needs eligible, outcome declined",
        "recorded needs go before the outcome: 6 wait",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", YES_NEEDS, DECLINES)],
    ),
    case(
        "needs not eligible, outcome leads to services",
        "recorded needs go before the outcome: 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, NOT_ELIGIBLE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", NO_NEEDS, TO_SERVICES)],
    ),
    case(
        "needs in words that say nothing",
        "Unknown: the outcome decides, declined 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, DECLINED: 6},
        events=[request("05-12"), assessment("05-12", "05-14", "Unknown", DECLINES)],
    ),
    case(
        "not eligible, yet a service began",
        "[14,20) 6: the decision's row goes before the service",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, NOT_ELIGIBLE: 6},
        events=[request("05-12"), assessment("05-12", "05-14", NO_NEEDS), service("05-16")],
    ),
    case(
        "declined, yet a service began",
        "[14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, DECLINED: 6},
        events=[request("05-12"), assessment("05-12", "05-14", None, DECLINES), service("05-16")],
    ),
    case(
        "self-funded, no pathway support",
        "the decision's row holds on P0 too: 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SELF_FUNDED: 6},
        pathway="P0",
        events=[request("05-12"), assessment("05-12", "05-14", None, SELF_FUNDS)],
    ),
    case(
        "not eligible before the ready date",
        "q = 3, a = 6: all 10",
        {NOT_ELIGIBLE: 10},
        events=[request("05-03"), assessment("05-03", "05-06", NO_NEEDS)],
    ),
    case(
        "not eligible on the day of leaving",
        "[12,20) 8, [20,20) 0",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 8},
        events=[request("05-12"), assessment("05-12", "05-20", NO_NEEDS)],
    ),
    case(
        "the request's outcome decides nothing",
        "the request says declined, no a: P1 waits, 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        events=[request("05-12", event_outcome=DECLINES)],
    ),
    # ------------------------------------------------------------ the service
    case(
        "service two days before leaving",
        "18 < 19: [14,18) 4 firm, 2 in place",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_FIRM: 4, IN_PLACE: 2},
        events=[*FULL[:2], service("05-18")],
    ),
    case(
        "service the day before leaving",
        "19 = e - 1: [14,19) 5 presumptive, 1 in place",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 5, IN_PLACE: 1},
        events=[*FULL[:2], service("05-19")],
    ),
    case(
        "service on the day of leaving",
        "[14,20) 6 presumptive",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[*FULL[:2], service("05-20")],
    ),
    case(
        "no service",
        "[14,20) 6 presumptive",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=FULL[:2],
    ),
    case(
        "no assessment, a service",
        "[12,16) 4 firm, [16,20) 4 in place",
        {BEFORE_REQUEST: 2, SERVICE_FIRM: 4, IN_PLACE: 4},
        events=[request("05-12"), service("05-16")],
    ),
    case(
        "no assessment, a service, no pathway support",
        "s is there, so P0 waits for it too: 4 + 4",
        {BEFORE_REQUEST: 2, SERVICE_FIRM: 4, IN_PLACE: 4},
        pathway="P0",
        events=[request("05-12"), service("05-16")],
    ),
    case(
        "no assessment, a service the day before leaving",
        "[12,19) 7 presumptive, 1 in place",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 7, IN_PLACE: 1},
        events=[request("05-12"), service("05-19")],
    ),
    case(
        "no assessment, a service on the day it was known",
        "[12,12) 0, [12,20) 8 in place",
        {BEFORE_REQUEST: 2, IN_PLACE: 8},
        events=[request("05-12"), service("05-12")],
    ),
    case(
        "a service the day before it was known",
        "11 < q = 12: absent; P0: 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), service("05-11")],
    ),
    case(
        "a service before it was known and one after",
        "11 absent, 16 counts: 4 + 4",
        {BEFORE_REQUEST: 2, SERVICE_FIRM: 4, IN_PLACE: 4},
        events=[request("05-12"), service("05-11"), service("05-16")],
    ),
    case(
        "a service three days after leaving",
        "23 = e + 3: s is there, so P0 waits for it: 8 presumptive",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), service("05-23")],
    ),
    case(
        "a service four days after leaving",
        "24 > e + 3: absent; P0 waits for the assessment: 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), service("05-24")],
    ),
    case(
        "the service window set to 0 days",
        "21 > e + 0: absent; P0: 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), service("05-21")],
        service_window_days=0,
    ),
    case(
        "the service window set to 0 days, day of leaving",
        "20 = e + 0: there; P0: 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), service("05-20")],
        service_window_days=0,
    ),
    case(
        "the service window set to 10 days",
        "30 = e + 10: there; P0: 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12"), service("05-30")],
        service_window_days=10,
    ),
    case(
        "known and served after leaving",
        "q must be by e = 20: 21 absent, so there is no s: 10",
        {NO_RECORD: 10},
        events=[request("05-21"), service("05-22")],
    ),
    case(
        "known on the day of leaving, served after it",
        "q = 20: [10,20) 10",
        {BEFORE_REQUEST: 10},
        events=[request("05-20"), service("05-22")],
    ),
    case(
        "service before the assessment ended",
        "[12,16) 4 assessment, the earlier row; s = 14 < a = 16, so [16,20) in place 4",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 4, IN_PLACE: 4},
        events=[request("05-12"), assessment("05-12", "05-16", YES_NEEDS), service("05-14")],
    ),
    case(
        "service on the day the assessment ended",
        "[12,16) 4, [16,16) 0, 4 in place",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 4, IN_PLACE: 4},
        events=[request("05-12"), assessment("05-12", "05-16", YES_NEEDS), service("05-16")],
    ),
    case(
        "service in place before the ready date",
        "q = 3, a = 5, s = 8: all 10 in place",
        {IN_PLACE: 10},
        events=[request("05-03"), assessment("05-03", "05-05", YES_NEEDS), service("05-08")],
    ),
    case(
        "service that ended again",
        "begun 17, ended 18: its start alone counts",
        FULL_DAYS,
        events=[*FULL[:2], service("05-17", "05-18")],
    ),
    case(
        "equipment does not enable discharge",
        "15 left out, 17 counts: the full record",
        FULL_DAYS,
        events=[*FULL, service("05-15", component="Equipment")],
    ),
    case(
        "meals, transport and social work do not",
        "none counts: [14,20) 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[
            *FULL[:2],
            service("05-15", component="Meals"),
            service("05-15", component="Transport"),
            service("05-15", component="Professional support: Social worker"),
        ],
    ),
    case(
        "a service of no stated component",
        "not known to enable: 6",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 6},
        events=[*FULL[:2], service("05-15", component=None)],
    ),
    case(
        "equipment enables where the partners say so",
        "15 counts: [14,15) 1, 5 in place",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_FIRM: 1, IN_PLACE: 5},
        events=[*FULL[:2], service("05-15", component="Equipment")],
        enabling_components={"Equipment"},
    ),
    case(
        "two services",
        "the earlier, 16: [14,16) 2, 4 in place",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_FIRM: 2, IN_PLACE: 4},
        events=[*FULL, service("05-16", component="Reablement")],
    ),
    case(
        "a long-term service begun in the stay",
        "s may be long-term: 17, the full record",
        FULL_DAYS,
        events=[*FULL[:2], long_term("05-17")],
    ),
    case(
        "a carer's service",
        "16 left out, 17 counts: the full record",
        FULL_DAYS,
        events=[*FULL, service("05-16", client_type=CARER)],
    ),
    case(
        "another council's service",
        "16 left out, 17 counts: the full record",
        FULL_DAYS,
        events=[*FULL, service("05-16", council="elsewhere")],
    ),
    # ------------------------------------------------------------ pathways
    case(
        "request alone on P0",
        "not P1 to P3: waits for the assessment, 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="P0",
        events=[request("05-12")],
    ),
    case(
        "request alone on P2 of the council",
        "P2 not the NHS's: waits for a service, 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        pathway="P2",
        nhs_pathways=set(),
        events=[request("05-12")],
    ),
    case(
        "request alone on P3",
        "waits for a service, 8",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 8},
        pathway="P3",
        events=[request("05-12")],
    ),
    case(
        "request alone, pathway unknown",
        "not known to be P1 to P3: 8",
        {BEFORE_REQUEST: 2, ASSESSMENT_PRESUMPTIVE: 8},
        pathway="unknown",
        events=[request("05-12")],
    ),
    case("full record on P0", "with an assessment the pathway changes nothing", FULL_DAYS, pathway="P0", events=FULL),
    case(
        "full record, pathway unknown",
        "with an assessment the pathway changes nothing",
        FULL_DAYS,
        pathway="unknown",
        events=FULL,
    ),
    # ------------------------------------------------------------ stays, ends and the calendar
    case(
        "a transfer: known in the first hospital",
        "stay from 20 April, admitted here on 1 May; 22 April is in the stay: 10",
        {SERVICE_PRESUMPTIVE: 10},
        stay="04-20",
        admitted="05-01",
        events=[request("04-22")],
    ),
    case(
        "a transfer: the window runs from the stay",
        "20 April - 7 = 13 April: inside, 10",
        {SERVICE_PRESUMPTIVE: 10},
        stay="04-20",
        admitted="05-01",
        events=[request("04-13", FROM_HOSPITAL)],
    ),
    case(
        "a transfer: a day before that window",
        "12 April < 13 April: outside, 10",
        {NO_RECORD: 10},
        stay="04-20",
        admitted="05-01",
        events=[request("04-12", FROM_HOSPITAL)],
    ),
    case(
        "a transfer: referred in the first hospital",
        "20 April is the stay's first day: 10 in dispute",
        {DISPUTE: 10},
        stay="04-20",
        admitted="05-01",
        referrals=[referral("04-20")],
    ),
    case(
        "a transfer: support open at the stay's start",
        "ended on 25 April, after 20 April: existing, 10",
        {EXISTING: 10},
        stay="04-20",
        admitted="05-01",
        events=[long_term("04-01", "04-25")],
    ),
    case(
        "a transfer: support begun between the hospitals",
        "25 April > 20 April: not open at the start, 10",
        {NO_RECORD: 10},
        stay="04-20",
        admitted="05-01",
        events=[long_term("04-25")],
    ),
    case(
        "readmitted: the earlier stay's record is not this one's",
        "request 5 April, assessed 8 April, all before 1 May: 10",
        {NO_RECORD: 10},
        events=[request("04-05", FROM_HOSPITAL), assessment("04-05", "04-08", YES_NEEDS)],
    ),
    case(
        "readmitted: the earlier stay's service is still on",
        "home support from 10 April is long-term and open: 10",
        {EXISTING: 10},
        events=[request("04-05"), assessment("04-05", "04-08", YES_NEEDS), long_term("04-10")],
    ),
    case(
        "readmitted within the request's window",
        "from hospital 26 April >= 24 April; a = 28 April >= q and decided; s = 29 April >= q: in place, 10",
        {IN_PLACE: 10},
        events=[request("04-26", FROM_HOSPITAL), assessment("04-26", "04-28", YES_NEEDS), service("04-29")],
    ),
    case(
        "died while waiting",
        "died on the 16th: 2, 2, [14,16) 2; care from the 17th is within e + 3 but not before 15",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 2},
        end="05-16",
        events=FULL,
    ),
    case(
        "died before the assessment ended",
        "died on the 13th: a = 14 > e absent; care from the 17th > e + 3 = 16 absent; P1: [12,13) 1",
        {BEFORE_REQUEST: 2, SERVICE_PRESUMPTIVE: 1},
        end="05-13",
        events=FULL,
    ),
    case(
        "open at the as-at date",
        "31 May is the last day counted, e = 1 June: 2 + 2 + [14,17) 3 + [17,32) 15",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_FIRM: 3, IN_PLACE: 15},
        end="06-01",
        as_at="05-31",
        open_events=True,
        covered=("2025-01-01", "05-31"),
        events=FULL,
    ),
    case(
        "open and not yet served",
        "2 + 2 + [14,32) 18 presumptive",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 18},
        end="06-01",
        as_at="05-31",
        open_events=True,
        covered=("2025-01-01", "05-31"),
        events=FULL[:2],
    ),
    case(
        "open, continuing healthcare undecided",
        "[11,32) 21, [10,11) 1",
        {CHC_DECISION: 21, NO_RECORD: 1},
        end="06-01",
        as_at="05-31",
        open_events=True,
        covered=("2025-01-01", "05-31"),
        chc=[chc_case("05-11")],
    ),
    case(
        "ready on the as-at date",
        "one day, 31 May",
        {NO_RECORD: 1},
        ready="05-31",
        end="06-01",
        as_at="05-31",
        open_events=True,
        covered=("2025-01-01", "05-31"),
    ),
    case(
        "one day of delay, served on leaving",
        "[10,11) 1 presumptive",
        {SERVICE_PRESUMPTIVE: 1},
        end="05-11",
        events=[request("05-03"), assessment("05-03", "05-06", YES_NEEDS), service("05-11")],
    ),
    case(
        "one day of delay, served when ready",
        "s = 10 = e - 1; [10,11) in place 1",
        {IN_PLACE: 1},
        end="05-11",
        events=[request("05-03"), assessment("05-03", "05-06", YES_NEEDS), service("05-10")],
    ),
    case(
        "ready on the day of admission",
        "r = 1 May, e = 4 May, request on the 2nd: 1 + [2,4) 2",
        {BEFORE_REQUEST: 1, SERVICE_PRESUMPTIVE: 2},
        ready="05-01",
        end="05-04",
        events=[request("05-02")],
    ),
    case(
        "over a month's end",
        "ready 29 April: request 1 May 2, assessed 3 May 2, served 6 May 3, leaves 8 May 2",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_FIRM: 3, IN_PLACE: 2},
        stay="04-20",
        ready="04-29",
        end="05-08",
        events=[request("05-01"), assessment("05-01", "05-03", YES_NEEDS), service("05-06")],
    ),
    case(
        "over a year's end",
        "ready 30 December: 30, 31, 1 January 3; assessment [2,4) 2; service [4,5) 1",
        {BEFORE_REQUEST: 3, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 1},
        stay="2024-12-20",
        ready="2024-12-30",
        end="2025-01-05",
        events=[request("2025-01-02"), assessment("2025-01-02", "2025-01-04", YES_NEEDS)],
    ),
    case(
        "over a leap day",
        "27 February to 3 March 2024: 27, 28 = 2; 29 February and 1 March = 2; 2 March 1",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 2, SERVICE_PRESUMPTIVE: 1},
        stay="2024-02-20",
        ready="2024-02-27",
        end="2024-03-03",
        events=[request("2024-02-29"), assessment("2024-02-29", "2024-03-02", YES_NEEDS)],
    ),
    case(
        "over the end of a common February",
        "27 February to 3 March 2025: 27, 28 = 2; 1 March 1; 2 March 1",
        {BEFORE_REQUEST: 2, ASSESSMENT_FIRM: 1, SERVICE_PRESUMPTIVE: 1},
        stay="02-20",
        ready="02-27",
        end="03-03",
        events=[request("03-01"), assessment("03-01", "03-02", YES_NEEDS)],
    ),
    case(
        "a leap day is the day before leaving",
        "e = 1 March 2024, e - 1 = 29 February: s on it is presumptive; [26,29) 3, then 1",
        {SERVICE_PRESUMPTIVE: 3, IN_PLACE: 1},
        stay="2024-02-20",
        ready="2024-02-26",
        end="2024-03-01",
        events=[request("2024-02-21"), service("2024-02-29")],
    ),
    case(
        "two days before leaving, over a leap day",
        "28 February < 29 February = e - 1: [26,28) 2 firm, then 2",
        {SERVICE_FIRM: 2, IN_PLACE: 2},
        stay="2024-02-20",
        ready="2024-02-26",
        end="2024-03-01",
        events=[request("2024-02-21"), service("2024-02-28")],
    ),
    case(
        "the request's window over a leap day",
        "1 March 2024 - 7 = 23 February: inside, 10",
        {SERVICE_PRESUMPTIVE: 10},
        stay="2024-03-01",
        ready="2024-03-10",
        end="2024-03-20",
        events=[request("2024-02-23", FROM_HOSPITAL)],
    ),
    case(
        "the request's window over a leap day, a day outside",
        "22 February 2024 < 23 February: 10",
        {NO_RECORD: 10},
        stay="2024-03-01",
        ready="2024-03-10",
        end="2024-03-20",
        events=[request("2024-02-22", FROM_HOSPITAL)],
    ),
    case(
        "the service's window over a leap day",
        "27 February 2024 + 3 = 1 March: there; P0 [24,27) 3",
        {SERVICE_PRESUMPTIVE: 3},
        stay="2024-02-10",
        ready="2024-02-24",
        end="2024-02-27",
        pathway="P0",
        events=[request("2024-02-11"), service("2024-03-01")],
    ),
    case(
        "the service's window over a leap day, a day outside",
        "2 March 2024 > 1 March: P0, 3",
        {ASSESSMENT_PRESUMPTIVE: 3},
        stay="2024-02-10",
        ready="2024-02-24",
        end="2024-02-27",
        pathway="P0",
        events=[request("2024-02-11"), service("2024-03-02")],
    ),
    case(
        "a long delay",
        "153 = to 1 April 31, known; to 1 May 30, assessed; to 1 July 31 + 30 = 61, served; to 1 August 31 in place",
        {BEFORE_REQUEST: 31, ASSESSMENT_FIRM: 30, SERVICE_FIRM: 61, IN_PLACE: 31},
        stay="02-01",
        ready="03-01",
        end="08-01",
        events=[request("04-01"), assessment("04-01", "05-01", YES_NEEDS), service("07-01")],
    ),
    # ------------------------------------------------------------ several rows at once
    case(
        "everything in one stay",
        "[10,11) before h 1; CHC [11,13) 2; NHS to n = 14 1; dispute to q = 15 1; to a = 16 1; to s = 18 2; [18,20) 2",
        {
            BEFORE_REFERRAL: 1,
            CHC_DECISION: 2,
            NHS_FIRM: 1,
            DISPUTE: 1,
            ASSESSMENT_FIRM: 1,
            SERVICE_FIRM: 2,
            IN_PLACE: 2,
        },
        pathway="P2",
        chc=[chc_case("05-11", "05-13", "Not eligible")],
        referrals=[referral("05-12")],
        contacts=[contact("05-14")],
        events=[request("05-15"), assessment("05-15", "05-16", YES_NEEDS), service("05-18")],
    ),
    case(
        "events in any order",
        "the full record with noise, last first",
        FULL_DAYS,
        events=[
            service("05-25"),
            service("05-17"),
            service("05-16", component="Equipment"),
            review("05-15", "05-16", "Planned", NO_NEEDS),
            assessment("05-12", "05-14", YES_NEEDS),
            request("05-13"),
            request("05-12"),
        ],
    ),
]


# ---------------------------------------------------------------- random cases

COMPONENTS = [*sorted(ENABLING), "Equipment", "Meals", "Transport", "Professional support: Social worker", None]
OUTCOMES = [*DECISIONS, DECEASED, "NFA: Other", None]
NEEDS = [YES_NEEDS, OTHER_NEEDS, NO_NEEDS, "Unknown", None, None, None, None]
ROUTES = [
    FROM_HOSPITAL,
    "discharge from hospital",
    " Discharge  from HOSPITAL ",
    "Diversion from Hospital Services",
    "Community / Other route",
    None,
]
REASONS = [HOSPITAL_REVIEW, "UNPLANNED: HOSPITAL", "Planned", "Review of short term support", None]
CLIENTS = ["Service user"] * 12 + [
    None,
    CARER,
    "Unpaid carer known by association",
    "Carer",
    "CARER known by association",
]
LONG_TERM_TYPES = [LONG_TERM, "Long term support: Nursing care", "Long term support: Residential care"]
SHORT_TERM_TYPES = [
    SHORT_TERM,
    "Short term support: Other short term",
    "Unpaid carer support: Direct to unpaid carer",
    None,
]
ASSESSMENT_TYPES = ["Long term assessment", "Long term assessment", "Short term assessment", FINANCIAL, None]


LAST_SERVICE = 7  # the place among the edges of the last day of the service's window


class Dice:
    """A seeded source of choices, and of days crowded around the edges of one spell's windows."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.edges: list[date] = []
        self.first = self.last = self.ready = self.end = date.min

    def pick(self, values: list[Any]) -> Any:
        return self.random.choice(values)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def around(self, day: date, before: int = 1, after: int = 1) -> date:
        return day + timedelta(days=self.random.randint(-before, after))

    def day(self) -> date:
        """A day at or beside an edge (often), beside a day already given (sometimes) or anywhere in reach."""
        if self.chance(0.6):
            day = self.around(self.pick(self.edges))
        else:
            day = self.first + timedelta(days=self.random.randint(0, (self.last - self.first).days))
        if self.chance(0.5):
            self.edges.append(day)
        return day

    def within_delay(self) -> date:
        """A day from shortly before the ready date to the end."""
        return self.ready + timedelta(days=self.random.randint(-2, (self.end - self.ready).days))

    def day_or_none(self, missing: float) -> date | None:
        return None if self.chance(missing) else self.day()

    def several(self, most: int) -> range:
        return range(self.random.randint(0, most))


def random_case(seed: int) -> dict[str, Any]:
    """The arguments of ``evidence`` for a messy spell: the same seed, the same case.

    Every spell has a day of delay or more, every event a start, no event ends before it starts,
    and event ids differ within a case. Each hundred seeds (0 to 99, 100 to 199 ...) share their
    settings, so that they can be run together; coverage and what is open are of the case's own.
    """
    dice = Dice(seed)
    settings = random_settings(seed // 100)
    stay = date(2023, 11, 1) + timedelta(days=dice.random.randint(0, 700))
    admitted = stay if dice.chance(0.8) else dice.around(stay, 0, 15)
    ready = admitted + timedelta(days=dice.pick([0, 1, 2, 5, 9, 20]))
    end = ready + timedelta(days=dice.pick([1, 2, 3, 4, 6, 10, 10, 16, 16, 40]))
    as_at = end - timedelta(days=1) if dice.chance(0.2) else dice.around(end, 0, 60)
    dice.edges = [
        stay - timedelta(days=settings["request_window_days"]),
        stay,
        ready,
        ready,
        ready + (end - ready) // 2,
        end - timedelta(days=1),
        end,
        end + timedelta(days=settings["service_window_days"]),
    ]
    dice.ready, dice.end = ready, end
    dice.first, dice.last = stay - timedelta(days=20), end + timedelta(days=15)
    return {
        "spell": {
            "person": seed,
            "usable_identity": not dice.chance(0.03),
            "council": "unknown" if dice.chance(0.03) else "council",
            "pathway": dice.pick(["P0", "P1", "P1", "P2", "P2", "P3", "unknown"]),
            "stay_start": stay,
            "admission_date": admitted,
            "ready_date": ready,
            "end_date": end,
        },
        "referrals": [random_referral(dice) for _ in dice.several(dice.pick([0, 1, 2]))],
        "contacts": [
            {"contact_date": dice.pick([dice.day, dice.within_delay])(), "attended": dice.pick([None, "5", "3", "6"])}
            for _ in dice.several(dice.pick([0, 3]))
        ],
        "care_events": random_care_events(dice, stay, admitted),
        "chc": [random_chc(dice) for _ in dice.several(dice.pick([0, 0, 2]))],
        "coverage": random_coverage(dice, ready, end, settings["settle_days"]),
        "includes_open_events": {"council": dice.chance(0.5), "elsewhere": dice.chance(0.5)},
        "as_at": as_at,
        **settings,
    }


def random_settings(number: int) -> dict[str, Any]:
    dice = Dice(number)
    return {
        "nhs_pathways": dice.pick([{"P2"}, {"P2"}, set(), {"P1", "P3"}]),
        "settle_days": dice.pick([60, 60, 30, 0]),
        "chc_before_discharge": dice.chance(0.3),
        "enabling_components": ENABLING,
        "decisions": DECISIONS,
        "request_window_days": dice.pick([7, 7, 7, 0, 14]),
        "service_window_days": dice.pick([3, 3, 3, 0, 10]),
    }


def random_referral(dice: Dice) -> Row:
    if dice.chance(0.4):
        referred, accepted = sorted([dice.within_delay(), dice.within_delay()])
        return {"referred_date": referred, "accepted_date": accepted}
    return {"referred_date": dice.day(), "accepted_date": dice.day_or_none(0.4)}


def random_care_events(dice: Dice, stay: date, admitted: date) -> list[Row]:
    kinds = ["Request", "Assessment", "Assessment", "Review", "Service", "Service"]
    numbers = dice.random.sample(range(1, 30), dice.random.randint(0, dice.pick([3, 5, 9])))
    events = [random_care_event(dice, dice.pick(kinds), f"E{number}") for number in numbers]
    if dice.chance(0.2):
        end = None if dice.chance(0.5) else dice.around(dice.pick([stay, admitted]))
        events.append(
            random_care_event(dice, "Service", "E0")
            | {
                "event_start_date": dice.pick([dice.around(stay, 300, 1), dice.around(admitted)])
                if end is None
                else stay - timedelta(days=40),
                "event_end_date": end,
                "service_type": dice.pick(LONG_TERM_TYPES),
            }
        )
    if dice.chance(0.5):
        events += random_course(dice)
    for earlier in list(events):  # ties: the same days, another id, another decision
        if earlier["event_type"] in ("Assessment", "Review") and dice.chance(0.3):
            twin = random_care_event(
                dice, dice.pick(["Assessment", "Review"]), f"{earlier['event_id']}{dice.pick(['1', 'B'])}T"
            )
            days = {"event_end_date": earlier["event_end_date"]}
            if dice.chance(0.7):
                days["event_start_date"] = earlier["event_start_date"]
            elif earlier["event_end_date"] is not None:
                days["event_start_date"] = min(twin["event_start_date"], earlier["event_end_date"])
            events.append(twin | days)
    dice.random.shuffle(events)
    return events


def random_course(dice: Dice) -> list[Row]:
    """A request, an assessment and a service in that order, each but the first sometimes missing."""
    known, began, decided, served = sorted(dice.within_delay() for _ in range(4))
    course = [random_care_event(dice, "Request", "C1") | {"event_start_date": known, "event_end_date": known}]
    if dice.chance(0.6):
        judged = random_care_event(dice, "Assessment", "C2")
        course.append(judged | {"event_start_date": began, "event_end_date": decided})
    if dice.chance(0.2):
        served = dice.around(dice.edges[LAST_SERVICE])
    if dice.chance(0.6):
        course.append(random_care_event(dice, "Service", "C3") | {"event_start_date": served, "event_end_date": None})
    return course


def random_care_event(dice: Dice, event_type: str, event_id: str) -> Row:
    start = dice.day()
    end = dice.day_or_none(0.4 if event_type == "Service" else 0.15)
    row = care_event(event_type, start.isoformat(), None)
    row |= {"event_id": event_id, "client_type": dice.pick(CLIENTS), "event_end_date": end and max(start, end)}
    row["council"] = "elsewhere" if dice.chance(0.1) else "council"
    row["event_outcome"] = dice.pick(OUTCOMES)
    row["route_of_access"] = dice.pick(ROUTES) if event_type == "Request" or dice.chance(0.1) else None
    if event_type == "Assessment":
        row |= {"assessment_type": dice.pick(ASSESSMENT_TYPES), "eligible_needs": dice.pick(NEEDS)}
    elif event_type == "Review":
        row |= {"review_reason": dice.pick(REASONS), "eligible_needs": dice.pick(NEEDS)}
    elif event_type == "Service":
        row["service_type"] = dice.pick(LONG_TERM_TYPES if dice.chance(0.3) else SHORT_TERM_TYPES)
        row["service_component"] = dice.pick(COMPONENTS)
    return row


def random_chc(dice: Dice) -> Row:
    return {
        "checklist_date": dice.day_or_none(0.2),
        "decision_date": dice.day_or_none(0.3),
        "decision": dice.pick(["Eligible", "eligible", " ELIGIBLE", "Not eligible", None]),
        "fast_track": dice.pick(["Y", "N", None]),
        "package_start_date": dice.day_or_none(0.4),
    }


def random_coverage(dice: Dice, ready: date, end: date, settle: int) -> dict[str, tuple[date, date] | None]:
    whole = (date(2022, 1, 1), date(2027, 12, 31))
    if dice.chance(0.7):
        return {"council": whole, "elsewhere": whole, "unknown": whole}
    if dice.chance(0.1):
        return dice.pick([{"council": None}, {"elsewhere": whole}, {}])
    first = dice.around(ready) if dice.chance(0.4) else whole[0]
    last = dice.around(end, 2, 1) if dice.chance(0.4) else dice.around(end + timedelta(days=settle))
    return {"council": (first, max(first, last)), "elsewhere": whole}


# ---------------------------------------------------------------- the tests


def count_days(result: dict[date, tuple[str, str | None, str]]) -> Days:
    return dict(Counter((state, strength) for state, strength, _ in result.values()))


@pytest.mark.parametrize("worked", CASES, ids=lambda worked: worked.name)
def test_hand_worked_case(worked: Case) -> None:
    result = evidence(**worked.arguments)
    assert count_days(result) == worked.expected, worked.why
    assert all(side == SIDES[state] for state, _, side in result.values())


def test_cases_are_many_named_once_and_complete() -> None:
    assert len(CASES) >= 80
    assert len({worked.name for worked in CASES}) == len(CASES)
    for worked in CASES:
        spell = worked.arguments["spell"]
        assert sum(worked.expected.values()) == (spell["end_date"] - spell["ready_date"]).days, worked.name


def test_cases_hold_every_row_of_the_table_in_every_strength() -> None:
    assert {kind for worked in CASES for kind in worked.expected} == EVERY_KIND
    assert {state for state, _ in EVERY_KIND} == set(SIDES)


def test_the_days_themselves_not_only_their_number() -> None:
    # known on the 12th, assessed by the 14th, served from the 17th
    states = [state for state, _, _ in evidence(**CASES[0].arguments).values()]
    assert states == [
        *["before_request"] * 2,
        *["awaiting_assessment"] * 2,
        *["awaiting_service"] * 3,
        *["service_in_place"] * 3,
    ]
    sides = [side for _, _, side in evidence(**CASES[0].arguments).values()]
    assert sides == ["nhs"] * 2 + ["council"] * 5 + ["nhs"] * 3


def test_no_delay_has_no_days() -> None:
    arguments = case("", "", {}, end="05-10", events=FULL).arguments
    assert evidence(**arguments) == {}


def test_order_of_rows_does_not_matter() -> None:
    for seed in range(300):
        arguments = random_case(seed)
        kinds = ("referrals", "contacts", "care_events", "chc")
        turned = arguments | {kind: arguments[kind][::-1] for kind in kinds}
        assert evidence(**turned) == evidence(**arguments), seed


def test_random_cases_are_repeatable_and_every_day_has_one_state() -> None:
    seen: Counter[tuple[str, str | None]] = Counter()
    for seed in range(2000):
        arguments = random_case(seed)
        assert arguments == random_case(seed)
        spell = arguments["spell"]
        assert spell["stay_start"] <= spell["admission_date"] <= spell["ready_date"] < spell["end_date"]
        ids = [event["event_id"] for event in arguments["care_events"]]
        assert len(set(ids)) == len(ids), seed
        result = evidence(**arguments)
        assert len(result) == (spell["end_date"] - spell["ready_date"]).days
        assert all((state, strength) in EVERY_KIND for state, strength, _ in result.values())
        seen.update({(state, strength): 1 for state, strength, _ in result.values()})
    assert set(seen) == EVERY_KIND
    assert min(seen.values()) >= 20, seen  # each in 20 of the 2,000 spells or more


def test_a_missing_council_record_clears_nobody() -> None:
    """Without any event of the council no day goes to the council, and none to the NHS for what it cannot know."""
    for seed in range(500):
        arguments = random_case(seed) | {"care_events": [], "chc": [], "nhs_pathways": set()}
        states = {state for state, _, _ in evidence(**arguments).values()}
        assert states <= {
            "untestable",
            "not_yet_testable",
            "before_referral",
            "referral_in_dispute",
            "no_care_record",
        }, seed
