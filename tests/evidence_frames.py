"""Cases of evidenced attribution as the frames that the fast code reads, many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl

from costshift.delays.evidence_dates import CARE_EVENT, CASE, CONTACT, REFERRAL, EvidenceRules, LinkedRecords
from costshift.delays.evidence_states import evidenced_periods

SPELL = {
    "provider_code": pl.String,
    "spell_id": pl.String,
    "person": pl.Int64,
    "usable_identity": pl.Boolean,
    "council": pl.String,
    "pathway": pl.String,
    "stay_start": pl.Date,
    "ready_date": pl.Date,
    "end_date": pl.Date,
}
Days = dict[dt.date, tuple[str, str | None, str]]


def _frame(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.LazyFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema).lazy()


def fast_days(cases: Sequence[dict[str, Any]]) -> list[Days]:
    """State, strength and side of each day of each case; cases of the same rules are worked out together."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, case in enumerate(cases):
        rules = (
            case.get("settle_days", 60),
            case.get("chc_before_discharge", False),
            case.get("request_window_days", 7),
            case.get("service_window_days", 3),
            frozenset(case["enabling_components"]),
            frozenset(case["nhs_pathways"]),
        )
        groups.setdefault(rules, []).append(number)
    days: list[Days] = [{} for _ in cases]
    for (*rules, nhs), numbers in groups.items():
        for number, own in zip(
            numbers, _of_one_rule([cases[n] for n in numbers], EvidenceRules(*rules), nhs), strict=True
        ):
            days[number] = own
    return days


def _of_one_rule(cases: Sequence[dict[str, Any]], rules: EvidenceRules, nhs_pathways: frozenset[str]) -> list[Days]:
    """Each case is a person of their own, with councils of their own."""
    spells, events, referrals, contacts, chc, coverage = [], [], [], [], [], []
    for number, case in enumerate(cases):
        council = case["spell"]["council"]
        own = "unknown" if council == "unknown" else f"{number}:{council}"
        spells.append(case["spell"] | {"person": number, "provider_code": "R", "spell_id": str(number), "council": own})
        events += [row | {"person": number, "council": f"{number}:{row['council']}"} for row in case["care_events"]]
        referrals += [row | {"person": number} for row in case["referrals"]]
        contacts += [row | {"person": number} for row in case["contacts"]]
        chc += [row | {"person": number} for row in case["chc"]]
        span = case["coverage"].get(council)
        if span is not None:
            coverage.append(
                {
                    "council": own,
                    "covers_from": span[0],
                    "covers_to": span[1],
                    "includes_open_events": case["includes_open_events"].get(council, False),
                }
            )
    covers = {"council": pl.String, "covers_from": pl.Date, "covers_to": pl.Date, "includes_open_events": pl.Boolean}
    records = LinkedRecords(
        coverage=_frame(coverage, covers),
        care_events=_frame(events, CARE_EVENT),
        referrals=_frame(referrals, REFERRAL),
        contacts=_frame(contacts, CONTACT),
        chc=_frame(chc, CASE),
        nhs_pathways=nhs_pathways,
    )
    periods = evidenced_periods(_frame(spells, SPELL), records, rules).collect()
    days: list[Days] = [{} for _ in cases]
    for row in periods.iter_rows(named=True):
        for step in range((row["until"] - row["from_date"]).days):
            day = row["from_date"] + dt.timedelta(days=step)
            own_days = days[int(row["spell_id"])]
            assert day not in own_days, "two states on one day"
            own_days[day] = (row["state"], row["strength"], row["side"])
    return days
