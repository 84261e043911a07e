"""What care costs, how people flow, who falls between the sides and who is touched: one stage of the monthly run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from costshift.delays.evidence_dates import LinkedRecords
from costshift.delays.measures import DatedSpells
from costshift.eligibility.stage import Eligibility
from costshift.history.workspace import Keep, in_memory
from costshift.indicators.flow import Flow, FlowRecords, flow_indicators
from costshift.indicators.gaps_and_overlaps import GapRecords, decided, gaps_and_overlaps, why_unknown
from costshift.indicators.inequalities import (
    characteristics,
    decisions_of_people,
    delays_of_people,
    inequalities,
    providers_by_councils,
)
from costshift.indicators.residence import deaths
from costshift.organisations import Organisations
from costshift.prices.service_costs import ServiceCosts, service_costs
from costshift.project import Project
from costshift.statistics.streamed import streamed

#: Kinds of activity of one day, and the column that holds it.
_DAYS = {"attendances": "arrival_date", "contacts": "contact_date"}
_PERSON = ("person", "birth_date", "birth_month", "sex", "ethnic_category", "lsoa_code")


@dataclass(frozen=True)
class CareAndFlow:
    """``tables`` and ``summaries``: uncontrolled, by name, with inner columns, money in pence.

    ``costs``: care packages, with what was dropped, flipped or left unpriced. ``flow``: with what cannot be worked out.
    ``gaps_unknown``: groups that no figure is there for, and why. ``uses``: price item to what it was used for.
    """

    tables: dict[str, pl.DataFrame]
    summaries: dict[str, pl.DataFrame]
    costs: ServiceCosts
    flow: Flow
    gaps_unknown: list[str]
    uses: dict[str, str]


def up_to(views: Mapping[str, pl.LazyFrame], day: dt.date) -> dict[str, pl.LazyFrame]:
    """The views without activity after a day: what has one day only. Spells and services are cut where they count."""
    last = pl.lit(day, dtype=pl.Date)
    return {name: rows.filter(pl.col(_DAYS[name]) <= last) if name in _DAYS else rows for name, rows in views.items()}


def care_and_flow(
    views: Mapping[str, pl.LazyFrame],
    records: LinkedRecords,
    dated: DatedSpells,
    eligibility: Eligibility,
    prices: pl.DataFrame,
    project: Project,
    organisations: Organisations,
    deprivation: dict[str, str],
    as_at: dt.date,
    keep: Keep = in_memory,
) -> CareAndFlow:
    """The tables service_costs, flow_indicators, gaps_and_overlaps and inequalities.

    Args:
        views: kind name to its current rows, person-level kinds with ``person``.
        records: both sides' linked records, with what the councils' extracts cover.
        dated: the dated spells.
        eligibility: decisions on eligibility.
        prices: :func:`costshift.prices.unit_costs.unit_costs`.
        project: the project: [[funding]].
        organisations: codes to partners.
        deprivation: LSOA code to decile.
        as_at: the last day that counts.
        keep: works care packages out once.
    """
    events = records.care_events
    own = up_to({**views, **({} if events is None else {"care_events": events})}, as_at)
    died = streamed(deaths(dated.spells, own)).lazy()
    costs = service_costs(own, records.coverage, prices, project.funding, organisations, as_at, keep)
    councils = tuple(sorted(name for name, kind in organisations.types.items() if kind == "council"))
    flow = flow_indicators(
        FlowRecords(
            spells=dated.spells,
            months=dated.months,
            spell_months=dated.days.spell_months,
            views=own,
            died=died,
            coverage=records.coverage,
            pieces=costs.pieces,
            nhs_packages=costs.nhs_pieces,
            councils=councils,
            ready_date_missing=project.delays.ready_date_missing,
        ),
        prices,
        as_at,
    )
    gaps = gaps_and_overlaps(
        GapRecords(dated.spells, events, own.get("contacts"), died, decided(eligibility.decisions), records.coverage),
        as_at,
    )
    measured = [
        *delays_of_people(dated.spells, dated.months, as_at, project.delays.ready_date_missing),
        *decisions_of_people(eligibility.covered, as_at),
    ]
    told = characteristics(
        [rows.select(_PERSON) for name, rows in sorted(own.items()) if "sex" in rows.collect_schema()],
        deprivation,
        pl.concat(rows.select("person") for _, rows in measured),
    )
    touched = inequalities(measured, told, as_at)
    return CareAndFlow(
        tables={
            "service_costs": costs.table,
            "flow_indicators": flow.table,
            "gaps_and_overlaps": gaps,
            "inequalities": touched,
        },
        summaries={"providers_by_councils": providers_by_councils(dated.spells, as_at).collect()},
        costs=costs,
        flow=flow,
        gaps_unknown=why_unknown(own),
        uses=costs.uses | dict.fromkeys(flow.used, "Community share of NHS spend"),
    )
