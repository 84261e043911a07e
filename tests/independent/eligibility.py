"""Decisions, transitions and the matched estimate once more, row by row in plain Python, from the written definition."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

ELIGIBLE_OUTCOMES = {"Progress to support planning or services", "Continuation of support or services"}
NOT_ELIGIBLE_OUTCOMES = {
    "NFA: Information and advice or signposting",
    "NFA: No services offered for other reason",
    "NFA: Support ended for other reason",
    "NFA: Support ended as planned",
}
#: Events with these outcomes decide nothing, whatever else they record.
NO_DECISION = {
    "Progress to reablement/ST-Max",
    "Admitted to hospital",
    "NFA: Referral to NHS services or NHS funded social care",
    "NFA: Responsibility moved to another local authority",
    "NFA: Deceased",
}
NEEDS = {
    "Eligible needs identified": "eligible",
    "Non-eligible needs identified": "not_eligible",
    "No needs identified": "not_eligible",
}


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many months before, or the month's last."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day.day, last))


def decision_of(event: dict[str, Any]) -> tuple[str, str] | None:
    """What an event decided, and whether it is recorded or inferred."""
    if event["event_end_date"] is None or (event["client_type"] or "").startswith("Unpaid carer"):
        return None
    if event["event_type"] == "Assessment":
        if event["assessment_type"] != "Long term assessment":
            return None
    elif event["event_type"] != "Review" or event["review_reason"] == "Review of short term support":
        return None
    outcome = event["event_outcome"]
    if outcome in NO_DECISION:
        return None
    if event["eligible_needs"] in NEEDS:
        return NEEDS[event["eligible_needs"]], "recorded"
    if outcome in ELIGIBLE_OUTCOMES:
        return "eligible", "inferred"
    return ("not_eligible", "inferred") if outcome in NOT_ELIGIBLE_OUTCOMES else None


def weekly(service: dict[str, Any]) -> int | None:
    """Weekly pence."""
    cost, how_often, units = service["unit_cost"], service["cost_frequency"], service["planned_units_per_week"]
    if cost is None or not cost:
        return None
    pence = abs(float(cost)) * 100
    if how_often == "Weekly":
        return round(pence)
    if how_often == "Monthly":
        return round(pence * 12 / 52)
    if how_often == "One-off" or units is None or not units:
        return None
    return round(pence * abs(float(units)))


def transitions(events: list[dict[str, Any]], as_at: dt.date) -> list[tuple[Any, ...]]:
    """person, council, day, decision, basis and transition of every decision, in order."""
    seen = []
    for raw in events:
        if raw["event_start_date"] > as_at:
            continue
        event = dict(raw)
        if event["event_end_date"] is not None and event["event_end_date"] > as_at:
            event["event_end_date"] = None
        seen.append(event)
    services = [
        e for e in seen if e["event_type"] == "Service" and not (e["client_type"] or "").startswith("Unpaid carer")
    ]
    by_day: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for event in seen:
        found = decision_of(event)
        if found is not None:
            key = (event["person"], event["council"], event["event_end_date"])
            # Recorded first, then the later start, then not eligible.
            order = (found[1] != "recorded", -event["event_start_date"].toordinal(), found[0] != "not_eligible")
            by_day[key].append((order, event["event_start_date"], *found))
    rows = []
    last: dict[tuple[Any, Any], tuple[dt.date, str]] = {}
    for (person, council, day), candidates in sorted(by_day.items()):
        _order, started, decision, basis = min(candidates)
        own = [s for s in services if s["person"] == person and s["council"] == council]
        long_term = [s for s in own if s["service_type"].startswith("Long term")]
        had = any(s["event_start_date"] < started and ends(s) >= started for s in long_term)
        before = last.get((person, council))
        if before is not None and before[0] < months_before(day, 18):
            before = None
        last[person, council] = (day, decision)
        supported = had or (before is not None and before[1] == "eligible")
        if before is None and not had:
            rows.append((person, council, day, decision, basis, "accepted" if decision == "eligible" else "refused"))
        elif decision == "eligible":
            name = ("reduced" if shrunk(long_term, day) else "kept") if supported else "gained"
            rows.append((person, council, day, decision, basis, name))
        else:
            rows.append((person, council, day, decision, basis, "lost" if supported else "refused_again"))
    return rows


def ends(service: dict[str, Any]) -> dt.date:
    """The last day of a service; far away while it is open."""
    return service["event_end_date"] or dt.date.max


def shrunk(services: list[dict[str, Any]], day: dt.date) -> bool:
    """Whether the weekly cost 28 days on is lower by a fifth or more, by one submission's rows."""
    later = day + dt.timedelta(days=28)
    now = [s for s in services if s["event_start_date"] <= day <= ends(s)]
    then = [s for s in services if s["event_start_date"] <= later <= ends(s)]
    used = [*now, *then]
    if not now or not then or len({s["load_id"] for s in used}) != 1 or any(weekly(s) is None for s in used):
        return False
    before, after = (sum(weekly(s) or 0 for s in part) for part in (now, then))
    return after <= 0.8 * before
