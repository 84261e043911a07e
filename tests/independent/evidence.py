"""A slow reading of evidenced attribution, to hold the fast one against.

Written from the definitions alone (METHODS 2, DESIGN 3 and 4), without sight of the fast
implementation. Standard library only, one spell and one day at a time: clear before clever.

``evidence`` first finds the handful of dates that METHODS 2 names by letters, then asks of each
delayed day, row by row of the table, which state it is in. The first row that holds it wins.

Decisions taken here where the definitions leave room are marked ``# HOUSE:``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Event = dict[str, Any]
DayState = tuple[str, str | None, str]
Coverage = dict[str, tuple[date, date] | None]

ONE_DAY = timedelta(days=1)
FIRM = "firm"
PRESUMPTIVE = "presumptive"
COUNCIL_CARE_PATHWAYS = {"P1", "P2", "P3"}
UNKNOWN_COUNCIL = "unknown"

SIDES = {
    "untestable": "none",
    "not_yet_testable": "none",
    "chc_decision_pending": "nhs",
    "chc_package_pending": "nhs",
    "awaiting_nhs_service": "nhs",
    "existing_support": "none",
    "before_referral": "nhs",
    "referral_in_dispute": "none",
    "no_care_record": "none",
    "before_request": "nhs",
    "awaiting_assessment": "council",
    "assessed_not_eligible": "nhs",
    "support_declined": "person",
    "self_funded_arrangement": "person",
    "awaiting_service": "council",
    "service_in_place": "nhs",
}

# What a decision makes of the days that follow it; "eligible" and "not recorded" wait for a service.
STATE_AFTER_DECISION = {
    "not_eligible": "assessed_not_eligible",
    "declined": "support_declined",
    "self_funded": "self_funded_arrangement",
}
DECISION_BY_NEEDS = {
    "eligible needs identified": "eligible",
    "non-eligible needs identified": "not_eligible",
    "no needs identified": "not_eligible",
}


@dataclass
class Facts:
    """What is known of one spell: the letters of METHODS 2."""

    r: date  # ready
    e: date  # the end, itself not a delayed day
    pathway: str
    h: date | None = None  # first referral
    n: date | None = None  # start of the NHS service
    q: date | None = None  # first day the council knew
    a: date | None = None  # end of the assessment
    s: date | None = None  # start of the enabling service
    decision: str | None = None
    nhs_pathway: bool = False
    existing_support: bool = False

    def ends_wait_before_leaving(self, start: date | None) -> bool:
        """Whether a service began early enough not to be the discharge itself."""
        return start is not None and start < self.e - ONE_DAY


def evidence(
    spell: Event,
    *,
    referrals: list[Event],
    contacts: list[Event],
    care_events: list[Event],
    chc: list[Event],
    coverage: Coverage,
    includes_open_events: dict[str, bool],
    nhs_pathways: set[str],
    as_at: date,
    settle_days: int = 60,
    chc_before_discharge: bool = False,
    enabling_components: set[str],
    decisions: dict[str, str],
    request_window_days: int = 7,
    service_window_days: int = 3,
) -> dict[date, DayState]:
    """State, strength and side of each day from the ready date to the day before the end.

    The events are those of the spell's person. ``as_at`` decides nothing here: an open spell's
    end already is the day after it. HOUSE: an event dated after ``as_at`` counts like any other.
    """
    ready, end = spell["ready_date"], spell["end_date"]
    assert end <= as_at + ONE_DAY, "a spell cannot end after the day that follows the as-at date"
    delayed_days = [ready + timedelta(days=number) for number in range((end - ready).days)]

    whole = whole_spell_state(spell, coverage, includes_open_events, settle_days)
    if whole is not None:
        return dict.fromkeys(delayed_days, (whole, None, SIDES[whole]))

    facts = find_facts(
        spell,
        referrals,
        contacts,
        own_events(care_events, spell["council"]),
        nhs_pathways,
        {normal(component) for component in enabling_components},
        {normal(outcome): decision for outcome, decision in decisions.items()},
        request_window_days,
        service_window_days,
    )
    cases = [case for case in chc if chc_before_discharge or normal(case["fast_track"]) == "y"]

    found = {}
    for day in delayed_days:
        state, strength = first_that_holds(day, facts, cases)
        found[day] = (state, strength, SIDES[state])
    assert list(found) == delayed_days
    return found


# ---------------------------------------------------------------- before any day is looked at


def whole_spell_state(
    spell: Event, coverage: Coverage, includes_open_events: dict[str, bool], settle_days: int
) -> str | None:
    """``untestable`` or ``not_yet_testable``, which hold for all days or none."""
    ready, end, council = spell["ready_date"], spell["end_date"], spell["council"]
    if not spell["usable_identity"] or council == UNKNOWN_COUNCIL:
        return "untestable"
    covered = coverage.get(council)
    if covered is None:
        return "untestable"
    first, last = covered
    if first > ready or last < end - ONE_DAY:
        return "untestable"
    if includes_open_events.get(council) is False and last < end + timedelta(days=settle_days):
        return "not_yet_testable"
    return None


def own_events(care_events: list[Event], council: str) -> list[Event]:
    """The council's events of the person as a service user, financial assessments left out."""
    kept = []
    for event in care_events:
        if event["council"] != council:
            continue
        if normal(event["client_type"]).startswith(("unpaid carer", "carer")):
            continue
        if is_type(event, "assessment") and normal(event.get("assessment_type")) == "financial assessment":
            continue
        kept.append(event)
    return kept


# ---------------------------------------------------------------- the letters of METHODS 2


def find_facts(
    spell: Event,
    referrals: list[Event],
    contacts: list[Event],
    events: list[Event],
    nhs_pathways: set[str],
    enabling_components: set[str],
    decisions: dict[str, str],
    request_window_days: int,
    service_window_days: int,
) -> Facts:
    stay_start = spell["stay_start"]
    facts = Facts(r=spell["ready_date"], e=spell["end_date"], pathway=spell["pathway"])
    facts.nhs_pathway = facts.pathway in nhs_pathways

    facts.h = earliest_within((referral["referred_date"] for referral in referrals), stay_start, facts.e)

    if facts.nhs_pathway:
        # An appointment that was cancelled or missed starts nothing.
        starts = [contact["contact_date"] for contact in contacts if contact["attended"] in (None, "5", "6")]
        starts += [referral["accepted_date"] for referral in referrals]
        facts.n = earliest_within(starts, facts.h or facts.r, facts.e)

    facts.q = first_known_to_council(events, stay_start, facts.e, request_window_days)
    if facts.q is not None:
        judged = assessment_that_counts(events, facts.q, facts.e)
        if judged is not None:
            facts.a = judged["event_end_date"]
            facts.decision = decision_of(judged, decisions)
        facts.s = earliest_within(
            (
                event["event_start_date"]
                for event in events
                if is_type(event, "service") and normal(event["service_component"]) in enabling_components
            ),
            facts.q,
            facts.e + timedelta(days=service_window_days),
        )

    facts.existing_support = any(
        is_type(event, "service")
        and normal(event["service_type"]).startswith("long term")
        and event["event_start_date"] <= stay_start
        and (event["event_end_date"] is None or event["event_end_date"] >= stay_start)
        for event in events
    )
    return facts


def first_known_to_council(events: list[Event], stay_start: date, end: date, request_window_days: int) -> date | None:
    """q: a request, assessment or hospital review in the stay; or a hospital's request shortly before it."""
    starts = []
    for event in events:
        start = event["event_start_date"]
        in_stay = stay_start <= start <= end
        shortly_before = stay_start - timedelta(days=request_window_days) <= start <= end
        if (is_type(event, "request") or is_type(event, "assessment")) and in_stay:
            starts.append(start)
        if is_type(event, "review") and "hospital" in normal(event["review_reason"]) and in_stay:
            starts.append(start)
        if (
            is_type(event, "request")
            and normal(event["route_of_access"]) == "discharge from hospital"
            and shortly_before
        ):
            starts.append(start)
    return min(starts, default=None)


def assessment_that_counts(events: list[Event], known: date, end: date) -> Event | None:
    """The assessment or review behind a: earliest end, then earlier start, then smaller event id."""
    candidates = [
        event
        for event in events
        if (is_type(event, "assessment") or is_type(event, "review"))
        and event["event_end_date"] is not None
        and event["event_start_date"] >= known
        and known <= event["event_end_date"] <= end
    ]
    # HOUSE: event ids are text and compare as text; one without an id goes before those with one.
    return min(
        candidates,
        key=lambda event: (event["event_end_date"], event["event_start_date"], event["event_id"] or ""),
        default=None,
    )


def decision_of(event: Event, decisions: dict[str, str]) -> str | None:
    """What was decided: by recorded need where there is one, else by the outcome, else not recorded."""
    by_needs = DECISION_BY_NEEDS.get(normal(event["eligible_needs"]))
    return by_needs or decisions.get(normal(event["event_outcome"]))


# ---------------------------------------------------------------- one day, row by row


def first_that_holds(day: date, facts: Facts, cases: list[Event]) -> tuple[str, str | None]:
    """The first row of the table of METHODS 2 that holds the day (the rows for all days are done)."""
    r, e, h, n, q, a, s = facts.r, facts.e, facts.h, facts.n, facts.q, facts.a, facts.s

    if any(decision_pending(day, case, e) for case in cases):
        return "chc_decision_pending", FIRM
    if any(package_pending(day, case, e) for case in cases):
        return "chc_package_pending", FIRM

    if facts.nhs_pathway and (h or r) <= day < (n or e):
        firm = h is not None and facts.ends_wait_before_leaving(n)
        return "awaiting_nhs_service", FIRM if firm else PRESUMPTIVE

    if facts.existing_support and q is None:
        return "existing_support", None

    if h is not None and r <= day < h:
        return "before_referral", FIRM
    if h is not None and h <= day < (q or e):
        return "referral_in_dispute", None
    if h is None and q is None:
        return "no_care_record", None
    if h is None and q is not None and r <= day < q:
        return "before_request", PRESUMPTIVE

    assert q is not None and day >= q, "only days that the council knew of are left"
    needs_no_assessment = facts.pathway in COUNCIL_CARE_PATHWAYS

    if a is not None and day < a:
        return "awaiting_assessment", FIRM
    if a is None and s is None and not needs_no_assessment:
        return "awaiting_assessment", PRESUMPTIVE

    if a is not None and facts.decision in STATE_AFTER_DECISION:
        return STATE_AFTER_DECISION[facts.decision], FIRM

    if day < (s or e):
        return "awaiting_service", FIRM if facts.ends_wait_before_leaving(s) else PRESUMPTIVE

    assert s is not None and day >= s, "a day without a state"
    return "service_in_place", FIRM


def decision_pending(day: date, case: Event, end: date) -> bool:
    # HOUSE: without a checklist date (fast track needs none) no day waits for the decision.
    checklist, decided = case["checklist_date"], case["decision_date"]
    return checklist is not None and checklist <= day < (decided or end)


def package_pending(day: date, case: Event, end: date) -> bool:
    decided, package = case["decision_date"], case["package_start_date"]
    return normal(case["decision"]) == "eligible" and decided is not None and decided <= day < (package or end)


# ---------------------------------------------------------------- small words


def earliest_within(days: Iterable[date | None], first: date, last: date) -> date | None:
    """The earliest of the days from ``first`` to ``last``, both counted."""
    return min((day for day in days if day is not None and first <= day <= last), default=None)


def is_type(event: Event, event_type: str) -> bool:
    return normal(event["event_type"]) == event_type


def normal(text: str | None) -> str:
    """One spelling of a text: no needless spaces, one kind of dash, case folded; missing is empty."""
    plain = (text or "").casefold()
    for dash in "\u2010\u2011\u2012\u2013\u2014\u2212":
        plain = plain.replace(dash, "-")
    return " ".join(plain.split())
