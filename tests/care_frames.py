"""Records of care, charges and continuing healthcare for hand-worked cases: everything that a case does not name is empty."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from costshift.organisations import Organisations
from costshift.prices.service_costs import ServiceCosts, service_costs
from costshift.prices.unit_costs import unit_costs
from costshift.project import Funding

COUNCIL, OTHER, ICB = "north-council", "south-council", "north-icb"
PLACE = Organisations(
    by_code={"991": COUNCIL, "992": OTHER, "QZ1": ICB},
    types={COUNCIL: "council", OTHER: "council", ICB: "icb"},
    names={COUNCIL: "North Council", OTHER: "South Council", ICB: "North ICB"},
    site_settings={},
)
EVENT: dict[str, Any] = {
    "council": pl.String,
    "council_code": pl.String,
    "person": pl.Int64,
    "council_person_id": pl.String,
    "client_type": pl.String,
    "event_type": pl.String,
    "event_start_date": pl.Date,
    "event_end_date": pl.Date,
    "event_outcome": pl.String,
    "assessment_type": pl.String,
    "review_reason": pl.String,
    "eligible_needs": pl.String,
    "funding_status": pl.String,
    "service_type": pl.String,
    "service_component": pl.String,
    "unit_cost": pl.Decimal(18, 2),
    "cost_frequency": pl.String,
    "planned_units_per_week": pl.Decimal(18, 2),
    "death_date": pl.Date,
}
CHARGE: dict[str, Any] = {
    "council_code": pl.String,
    "council_person_id": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "contribution_per_week": pl.Decimal(18, 2),
}
CASE: dict[str, Any] = {
    "icb_code": pl.String,
    "person": pl.Int64,
    "checklist_date": pl.Date,
    "checklist_outcome": pl.String,
    "decision_date": pl.Date,
    "decision": pl.String,
    "fast_track": pl.String,
    "package_start_date": pl.Date,
    "package_end_date": pl.Date,
    "weekly_cost": pl.Decimal(18, 2),
}
NURSING, RESIDENTIAL = "Long term support: Nursing care", "Long term support: Residential care"
COMMUNITY, ST_MAX = "Long term support: Community", "Short term support: ST-Max"
HOME_CARE = "Home support or domiciliary care"
YEAR = (dt.date(2024, 4, 1), dt.date(2025, 3, 31))


def day(text: str | None) -> dt.date | None:
    """1 March 2025 as 2025-03-01."""
    return None if text is None else dt.date.fromisoformat(text)


def service(
    start: str,
    end: str | None,
    cost: str | None,
    frequency: str | None = "Weekly",
    units: str | None = None,
    *,
    kind: str = COMMUNITY,
    component: str | None = HOME_CARE,
    person: int = 1,
    council: str = COUNCIL,
    funding: str | None = None,
    client_type: str = "Service user",
) -> dict[str, Any]:
    """A service record."""
    return {
        "council": council,
        "council_code": "991" if council == COUNCIL else "992",
        "person": person,
        "council_person_id": f"N{person}",
        "client_type": client_type,
        "event_type": "Service",
        "event_start_date": day(start),
        "event_end_date": day(end),
        "funding_status": funding,
        "service_type": kind,
        "service_component": component,
        "unit_cost": None if cost is None else Decimal(cost),
        "cost_frequency": frequency,
        "planned_units_per_week": None if units is None else Decimal(units),
    }


def charge(start: str, end: str | None, weekly: str, person: int = 1, code: str = "991") -> dict[str, Any]:
    """A charge."""
    return {
        "council_code": code,
        "council_person_id": f"N{person}",
        "start_date": day(start),
        "end_date": day(end),
        "contribution_per_week": Decimal(weekly),
    }


def case(
    checklist: str | None = None,
    decision: str | None = None,
    package: tuple[str, str | None, str | None] | None = None,
    *,
    person: int = 1,
    outcome: str = "Positive",
    decided: str = "Eligible",
    fast: str = "N",
) -> dict[str, Any]:
    """A continuing healthcare case; package = start, end, weekly cost."""
    start, end, weekly = package or (None, None, None)
    return {
        "icb_code": "QZ1",
        "person": person,
        "checklist_date": day(checklist),
        "checklist_outcome": outcome,
        "decision_date": day(decision),
        "decision": decided if decision else None,
        "fast_track": fast,
        "package_start_date": day(start),
        "package_end_date": day(end),
        "weekly_cost": None if weekly is None else Decimal(weekly),
    }


def frame(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.LazyFrame:
    """Rows with everything that they do not name empty."""
    return pl.LazyFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def coverage(*councils: str, covers: tuple[dt.date, dt.date] = YEAR) -> pl.LazyFrame:
    """What the councils' extracts hold."""
    names = councils or (COUNCIL, OTHER)
    return pl.LazyFrame(
        {
            "council": names,
            "covers_from": [covers[0]] * len(names),
            "covers_to": [covers[1]] * len(names),
            "includes_open_events": [True] * len(names),
        }
    )


def costs(
    services: list[dict[str, Any]],
    charges: list[dict[str, Any]] | None = None,
    cases: list[dict[str, Any]] | None = None,
    *,
    funding: dict[str, dict[str, float]] | None = None,
    prices: pl.DataFrame | None = None,
    as_at: str = "2025-03-31",
    covered: pl.LazyFrame | None = None,
) -> ServiceCosts:
    """The costs of a place."""
    views = {"care_events": frame(services, EVENT)}
    if charges is not None:
        views["charges"] = frame(charges, CHARGE)
    if cases is not None:
        views["chc"] = frame(cases, CASE)
    return service_costs(
        views,
        coverage() if covered is None else covered,
        unit_costs(None) if prices is None else prices,
        [Funding(service_component=name, shares=shares) for name, shares in (funding or {}).items()],
        PLACE,
        dt.date.fromisoformat(as_at),
    )


def table(found: ServiceCosts) -> dict[tuple[str, str, str], tuple[int | None, int | None, int | None, int]]:
    """(2025-03, payer, care setting): gross, contribution, net in pence, people."""
    return {
        (f"{row['month']:%Y-%m}", row["payer"], row["care_setting"]): (
            row["gross"],
            row["contribution"],
            row["net"],
            row["people"],
        )
        for row in found.table.to_dicts()
    }
