"""One spell from admission to discharge: every linked event, and every delayed day with the dates that decided it.

It shows what the tables counted, from the same frames. Personal data: for the eyes of those who asked for the spell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from costshift import standards
from costshift.delays.both_sides import NONE, BothSides, agreement, recorded_side
from costshift.delays.evidence import Evidence
from costshift.delays.evidence_dates import EvidenceRules
from costshift.delays.measures import DatedSpells
from costshift.delays.recorded_attribution import NOT_RECORDED, share_rules
from costshift.standards.evidence import evidence_states

#: Events from so many days before the stay to so many after the end are shown.
_AROUND = dt.timedelta(days=60)


@dataclass(frozen=True)
class Event:
    """Something that one side recorded of the person. ``until``: its last day, where it has one."""

    day: dt.date
    until: dt.date | None
    source: str
    organisation: str
    what: str
    link_pass: str


@dataclass(frozen=True)
class Stretch:
    """Days on which neither record nor evidence changes; ``last`` is the last of them.

    ``recorded``: to whom, with per cent where shared. ``why``: the rule and the dates that decided the state.
    ``agreement``: of each recorded share.
    """

    first: dt.date
    last: dt.date
    days: int
    reason: str
    recorded: tuple[tuple[str, int], ...]
    state: str
    label: str
    why: str
    evidenced: str
    strength: str
    agreement: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class SpellStory:
    """A spell, explained. ``not_counted``: why it has no delayed days in the tables; empty where it has.

    ``dates``: name, day (null: none within its window) and meaning of each deciding date.
    """

    provider_code: str
    spell_id: str
    provider: str
    council: str
    pathway: str
    admission_date: dt.date
    ready_date: dt.date | None
    end_date: dt.date
    is_open: bool
    delay_days: int | None
    not_counted: str
    dates: tuple[tuple[str, dt.date | None, str], ...]
    stretches: tuple[Stretch, ...]
    events: tuple[Event, ...]
    note: Mapping[str, Any] | None


def spell_story(
    provider_code: str,
    spell_id: str,
    dated: DatedSpells,
    both: BothSides,
    evidence: Evidence,
    rules: EvidenceRules,
    linked: Mapping[str, pl.LazyFrame],
    notes: pl.DataFrame,
) -> SpellStory | None:
    """The story of a spell, or None where the history has no such spell by the as-at date.

    Args:
        provider_code: of the spell, in any case of letters.
        spell_id: of the spell.
        dated: the dated spells.
        both: record and evidence of each day.
        evidence: the deciding dates.
        rules: windows and conventions.
        linked: person-level kinds with ``person`` and ``link_pass``.
        notes: notes on disputed spells.
    """
    key = (pl.col("provider_code").str.to_lowercase() == provider_code.lower()) & (pl.col("spell_id") == spell_id)
    found = dated.spells.filter(key).collect()
    if not found.height:
        return None
    spell = found.row(0, named=True)
    dates = evidence.dates.filter(key)
    deciding = dates.row(0, named=True) if dates.height else {}
    pending = evidence.chc.filter(key).to_dicts()
    noted = notes.filter(key).to_dicts()
    periods = _shared(both.periods.filter(key)).collect()
    return SpellStory(
        provider_code=spell["provider_code"],
        spell_id=spell["spell_id"],
        provider=spell["provider"],
        council=spell["council"],
        pathway=spell["pathway"],
        admission_date=spell["admission_date"],
        ready_date=spell["ready_date"],
        end_date=spell["end_date"],
        is_open=spell["is_open"],
        delay_days=spell["delay_days"],
        not_counted=_not_counted(spell),
        dates=_dates(spell, deciding),
        stretches=tuple(_stretch(row, deciding, pending, rules) for row in periods.to_dicts()),
        events=_events(spell, linked),
        note=noted[0] if noted else None,
    )


def _not_counted(spell: Mapping[str, Any]) -> str:
    if spell["ready_date_invalid"]:
        return "Its discharge ready date lies before the admission or after the discharge, and was blanked."
    if spell["ready_date"] is None:
        return "It has no discharge ready date."
    if not spell["in_scope"]:
        return "A filter of the cohort leaves it out (docs/methods/cohort.md)."
    return "" if spell["delay_days"] else "The person left on the discharge ready date: no delay."


def _shared(periods: pl.LazyFrame) -> pl.LazyFrame:
    """Each period with its recorded shares and the agreement of each, as lists."""
    shares = share_rules().lazy().select("rule", "setting", "recorded_attribution", "share")
    grain = ["from_date", "until", "delay_reason", "state", "strength", "side", "evidenced_attribution"]
    return (
        periods.join(shares, on=["rule", "setting"])
        .with_columns(agreement(recorded_side(), pl.col("side")).alias("agreement"))
        .sort("from_date", "share", "recorded_attribution", descending=[False, True, False])
        .group_by(grain, maintain_order=True)
        .agg("recorded_attribution", "share", "agreement")
        .sort("from_date")
    )


def _stretch(
    row: Mapping[str, Any], dates: Mapping[str, Any], pending: list[dict[str, Any]], rules: EvidenceRules
) -> Stretch:
    labels = dict(standards.delay_reasons().select("delay_reason", "label").iter_rows())
    reason = row["delay_reason"] or NOT_RECORDED
    judged: dict[str, int] = {}
    for name, share in zip(row["agreement"], row["share"], strict=True):
        judged[name] = judged.get(name, 0) + share
    return Stretch(
        first=row["from_date"],
        last=row["until"] - dt.timedelta(days=1),
        days=(row["until"] - row["from_date"]).days,
        reason=labels.get(reason, reason.replace("_", " ")),
        recorded=tuple(zip(row["recorded_attribution"], row["share"], strict=True)),
        state=row["state"],
        label=evidence_states()[row["state"]][0],
        why=why(row["state"], dates, [own for own in pending if own["chc_from"] <= row["from_date"]], rules),
        evidenced=row["evidenced_attribution"],
        strength="" if row["strength"] == NONE else row["strength"],
        agreement=tuple(judged.items()),
    )


def why(state: str, dates: Mapping[str, Any], pending: list[dict[str, Any]], rules: EvidenceRules) -> str:
    """The rule that put a day into its state, with the dates that decided it, in a sentence."""
    referred, requested, assessed = (_day(dates.get(name)) for name in ("referred", "requested", "assessed"))
    service, nhs_service = _day(dates.get("service")), _day(dates.get("nhs_service"))
    ready = _day(dates.get("ready_date"))
    end = dates["end_date"]
    last = _day(end - dt.timedelta(days=1))
    match state:
        case "untestable":
            return _untestable(dates, ready, last)
        case "not_yet_testable":
            needed = _day(end + dt.timedelta(days=rules.settle_days))
            return (
                f"The council's extracts hold finished events only and reach to {_day(dates['covers_to'])}; this delay "
                f"can be tested once they reach {needed} ({rules.settle_days} days after its end)."
            )
        case "chc_decision_pending":
            own = next(item for item in pending if item["pending"] == "decision")
            return f"Continuing healthcare: a checklist by {_day(own['chc_from'])}, and no decision yet."
        case "chc_package_pending":
            own = next(item for item in pending if item["pending"] == "package")
            return f"Continuing healthcare: found eligible by {_day(own['chc_from'])}, and no package yet."
        case "awaiting_nhs_service":
            since = f"the referral of {referred}" if referred else f"the ready date of {ready}"
            until = f"its first contact or acceptance was on {nhs_service}" if nhs_service else "no contact was found"
            return f"The NHS delivers this pathway: waiting since {since}; {until}."
        case "existing_support":
            return "A long-term service was open when the stay began, and the council has no new request."
        case "before_referral":
            return f"The hospital's first referral of the stay was on {referred}."
        case "referral_in_dispute":
            known = f"the council's first record starts on {requested}" if requested else "the council has no record"
            return f"The hospital says that it referred on {referred}; {known}."
        case "no_care_record":
            return "There is no referral by the hospital and no request, assessment or hospital review at the council."
        case "before_request":
            return f"No referral was supplied; the council's first record starts on {requested}."
        case "awaiting_assessment" if assessed:
            return f"The council knew on {requested}; its assessment ended on {assessed}."
        case "awaiting_assessment":
            return f"The council knew on {requested}; no assessment ended, no service started before they left."
        case "assessed_not_eligible":
            return f"The assessment that ended on {assessed} found no eligible needs."
        case "support_declined":
            return f"The outcome of the assessment that ended on {assessed}: support declined."
        case "self_funded_arrangement":
            return f"The outcome of the assessment that ended on {assessed}: the person pays for their own support."
        case "awaiting_service":
            since = f"Assessed by {assessed}" if assessed else f"The council knew on {requested}"
            until = f"the service started on {service}" if service else "no service that enables discharge was found"
            close = service and dates["service"] >= end - dt.timedelta(days=1)
            hides = " (with the discharge, so that it may hide another wait)" if close else ""
            return f"{since}; {until}{hides}."
        case _:
            return f"A service that enables discharge had started on {service}, and the person was still in hospital."


def _untestable(dates: Mapping[str, Any], ready: str, last: str) -> str:
    if not dates["usable_identity"]:
        return "The person has no NHS number, no key, and no birth date with postcode: they cannot be looked for."
    if dates["council"] == "unknown":
        return "The person's council is not known."
    if dates["covers_from"] is None:
        return f"No extract of the person's council covers {ready}."
    return (
        f"The council's extracts cover {_day(dates['covers_from'])} to {_day(dates['covers_to'])}: not all of {ready} "
        f"to {last}."
    )


def _dates(spell: Mapping[str, Any], deciding: Mapping[str, Any]) -> tuple[tuple[str, dt.date | None, str], ...]:
    if not deciding:
        return ()
    named = (
        ("stay_start", "Stay began", "transfers within a day are one stay"),
        ("ready_date", "Ready to leave", "the first delayed day"),
        ("referred", "First referral", "the hospital's own clock"),
        ("requested", "Council knew", "start of the first request, assessment or hospital review"),
        ("assessed", "Assessment ended", "the first that started once the council knew"),
        ("service", "Service started", "the first service that enables discharge"),
        (
            "nhs_service",
            "NHS service started",
            "first contact held or acceptance, where the NHS delivers the pathway",
        ),
        ("end_date", "Last day counted" if spell["is_open"] else "Left", "the first day that is not counted"),
    )
    return tuple(
        (title, deciding.get(name), meaning)
        for name, title, meaning in named
        if deciding.get(name) is not None or name != "nhs_service"
    )


def _events(spell: Mapping[str, Any], linked: Mapping[str, pl.LazyFrame]) -> tuple[Event, ...]:
    first, last = spell["stay_start"] - _AROUND, spell["end_date"] + _AROUND
    events: list[Event] = []
    for kind, describe in _DESCRIPTIONS.items():
        if kind not in linked:
            continue
        rows = linked[kind].filter(pl.col("person") == spell["person"]).collect()
        for row in rows.to_dicts():
            for day, until, what in describe(row):
                if day is not None and (until or day) >= first and day <= last:
                    events.append(Event(day, until, kind, _organisation(row), what, row["link_pass"]))
    return tuple(sorted(events, key=lambda own: (own.day, own.source, own.organisation, own.what)))


def _organisation(row: Mapping[str, Any]) -> str:
    return next((row[name] for name in ("provider_code", "council_code", "icb_code") if row.get(name)), "")


_Told = list[tuple[dt.date | None, dt.date | None, str]]


def _hospital(row: Mapping[str, Any]) -> _Told:
    return [
        (row["admission_date"], None, "Admitted to hospital"),
        (row["discharge_ready_date"], None, "Discharge ready date, as recorded"),
        (row["discharge_date"], None, "Left hospital"),
    ]


def _referral(row: Mapping[str, Any]) -> _Told:
    to = f" to {row['referred_to']}" if row["referred_to"] else ""
    return [
        (row["referred_date"], None, f"Referred{to}"),
        (row["accepted_date"], None, "Referral accepted"),
        (row["rejected_date"], None, "Referral rejected"),
    ]


def _care_event(row: Mapping[str, Any]) -> _Told:
    parts = [
        row["event_type"],
        *(row[name] for name in ("assessment_type", "service_component", "review_reason", "route_of_access")),
    ]
    outcome = f"; outcome: {row['event_outcome']}" if row["event_outcome"] else ""
    eligible = f"; eligible needs: {row['eligible_needs']}" if row["eligible_needs"] else ""
    what = ", ".join(str(part) for part in parts if part) + eligible + outcome
    return [(row["event_start_date"], row["event_end_date"], what)]


def _contact(row: Mapping[str, Any]) -> _Told:
    what = ", ".join(part for part in ("Contact", row["team_type"]) if part)
    missed = standards.normalise_text(row["attended"] or "") in standards.contacts_not_attended()
    return [(row["contact_date"], None, f"{what}; it did not take place" if missed else what)]


def _attendance(row: Mapping[str, Any]) -> _Told:
    return [(row["arrival_date"], None, "Attended an emergency department")]


def _case(row: Mapping[str, Any]) -> _Told:
    return [
        (row["checklist_date"], None, f"Continuing healthcare checklist: {row['checklist_outcome'] or 'not recorded'}"),
        (row["decision_date"], None, f"Continuing healthcare decision: {row['decision'] or 'not recorded'}"),
        (row["package_start_date"], row["package_end_date"], "Continuing healthcare package"),
    ]


_DESCRIPTIONS = {
    "spells": _hospital,
    "referrals": _referral,
    "care_events": _care_event,
    "contacts": _contact,
    "attendances": _attendance,
    "chc": _case,
}


def _day(value: dt.date | None) -> str:
    return "" if value is None else f"{value.day:02d}/{value.month:02d}/{value.year}"
