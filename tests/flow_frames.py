"""Spells, contacts and decisions for hand-worked cases of flow: everything that a case does not name is ordinary."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from care_frames import COUNCIL, EVENT, ICB, OTHER, coverage, day, frame
from costshift.delays.measures import DatedSpells, date_spells
from costshift.extracts.kinds import KINDS
from costshift.indicators.flow import Flow, FlowRecords, flow_indicators
from costshift.indicators.residence import deaths
from costshift.organisations import Organisations
from costshift.prices.unit_costs import unit_costs
from costshift.project import Delays

HOSPITAL, COMMUNITY_HOSPITAL = "north-hospitals", "north-community"
PLACE = Organisations(
    by_code={"RA1": HOSPITAL, "RC1": COMMUNITY_HOSPITAL, "991": COUNCIL, "992": OTHER, "QZ1": ICB},
    types={HOSPITAL: "acute", COMMUNITY_HOSPITAL: "community", COUNCIL: "council", OTHER: "council", ICB: "icb"},
    names={},
    site_settings={},
)
SPELL: dict[str, Any] = {
    name: pl.Date if name.endswith("date") or name == "birth_month" else pl.String for name in KINDS["spells"].columns
} | {"person": pl.Int64, "source_file": pl.String, "source_row": pl.Int64}
CONTACT: dict[str, Any] = {
    "person": pl.Int64,
    "contact_date": pl.Date,
    "team_type": pl.String,
    "attended": pl.String,
    "death_date": pl.Date,
}
ATTENDANCE: dict[str, Any] = {"person": pl.Int64, "arrival_date": pl.Date}


def spell(
    person: int,
    admitted: str,
    left: str | None,
    ready: str | None = None,
    *,
    method: str = "21",
    source: str | None = "19",
    to: str | None = "19",
    pathway: str | None = "P1",
    born: str = "1940-06-15",
    council: str = "991",
    provider: str = "RA1",
    function: str | None = "300",
    how: str | None = "1",
    died: str | None = None,
) -> dict[str, Any]:
    """A hospital spell; ready the day it ended unless said."""
    return {
        "provider_code": provider,
        "spell_id": f"{person}-{admitted}-{provider}",
        "person": person,
        "council_code": council,
        "icb_code": "QZ1",
        "birth_date": day(born),
        "admission_date": day(admitted),
        "admission_method": method,
        "admission_source": source,
        "patient_classification": "1",
        "administrative_category": "01",
        "treatment_function_code": function,
        "discharge_ready_date": day(ready or left),
        "discharge_date": day(left),
        "discharge_method": how if left else None,
        "discharge_destination": to if left else None,
        "discharge_pathway": pathway,
        "death_date": day(died),
    }


def event(kind: str, start: str, end: str | None, person: int, council: str = COUNCIL, **more: Any) -> dict[str, Any]:
    """A request, assessment or review."""
    own = {
        "council": council,
        "council_code": "991" if council == COUNCIL else "992",
        "person": person,
        "council_person_id": f"N{person}",
        "client_type": "Service user",
        "event_type": kind,
        "event_start_date": day(start),
        "event_end_date": day(end),
    }
    return own | more


def contact(person: int, on: str, team: str = "District nursing", attended: str | None = "5") -> dict[str, Any]:
    """A community contact."""
    return {"person": person, "contact_date": day(on), "team_type": team, "attended": attended}


#: Somebody who is still in hospital, so that the hospital is seen to send open spells.
WAITING = [spell(9_001, "2025-03-30", None), spell(9_002, "2025-03-30", None, provider="RC1", method="81")]


def dated(spells: list[dict[str, Any]], as_at: str = "2025-03-31", *, waiting: bool = True) -> DatedSpells:
    """Spells with the dates of their delays and the cohort marked."""
    rows = frame([*spells, *(WAITING if waiting else [])], SPELL)
    return date_spells(rows, None, PLACE, Delays(), dt.date.fromisoformat(as_at))


def flow(
    spells: list[dict[str, Any]],
    events: list[dict[str, Any]] | None = None,
    *,
    contacts: list[dict[str, Any]] | None = None,
    attendances: list[dict[str, Any]] | None = None,
    pieces: pl.LazyFrame | None = None,
    packages: list[tuple[dt.date, int, int]] | None = None,
    prices: pl.DataFrame | None = None,
    covered: pl.LazyFrame | None = None,
    as_at: str = "2025-03-31",
    waiting: bool = True,
    ready_date_missing: str = "no_delay",
) -> Flow:
    """The flow indicators of a place."""
    known = dated(spells, as_at, waiting=waiting)
    views = {} if events is None else {"care_events": frame(events, EVENT)}
    if contacts is not None:
        views["contacts"] = frame(contacts, CONTACT)
    if attendances is not None:
        views["attendances"] = frame(attendances, ATTENDANCE)
    empty = dict.fromkeys(("days", "gross"), pl.Int64) | dict.fromkeys(
        ("council", "client", "care_setting", "state"), pl.String
    )
    if covered is None:
        covered = coverage() if events is not None else coverage().head(0)
    return flow_indicators(
        FlowRecords(
            spells=known.spells,
            months=known.months,
            spell_months=known.days.spell_months,
            views=views,
            died=deaths(known.spells, views),
            coverage=covered,
            pieces=pl.LazyFrame(schema=empty | {"month": pl.Date}) if pieces is None else pieces,
            nhs_packages=pl.LazyFrame(
                packages or [], schema={"month": pl.Date, "person": pl.Int64, "pence": pl.Int64}, orient="row"
            ),
            councils=(COUNCIL, OTHER),
            ready_date_missing=ready_date_missing,
        ),
        unit_costs(None) if prices is None else prices,
        dt.date.fromisoformat(as_at),
    )


def figures(
    found: Flow, indicator: str, council: str = COUNCIL
) -> dict[str, tuple[int | None, int | None, float | None]]:
    """Month: numerator, denominator, value of an indicator."""
    own = found.table.filter((pl.col("indicator") == indicator) & (pl.col("council") == council))
    return {f"{row['month']:%Y-%m}": (row["numerator"], row["denominator"], row["value"]) for row in own.to_dicts()}
