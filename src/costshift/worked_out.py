"""What the tables are made from, worked out by the stages in their order: from the history to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from costshift.delays.both_sides import on_basis
from costshift.eligibility.stage import Eligibility, eligibility_shifts
from costshift.indicators.care_and_flow import CareAndFlow, care_and_flow
from costshift.indicators.inequalities import deprivation_lookup
from costshift.ledger.eligibility_shifts import eligibility_shifts as shifts_of_decisions
from costshift.ledger.ledger import Ledger, ledger
from costshift.linked_days import LinkedDays, Say, linked_days
from costshift.locations import own_file
from costshift.month import Month
from costshift.prices.funding import FundingRules
from costshift.prices.indexation import read_index
from costshift.prices.unit_costs import bed_day_prices, unit_costs
from costshift.project import Project


@dataclass(frozen=True)
class Worked:
    """What the tables are made from: each delayed day, the prices, eligibility, what care costs, and the ledger.

    ``deprivation``: LSOA code to decile.
    """

    days: LinkedDays
    prices: pl.DataFrame
    bed_days: pl.DataFrame
    eligibility: Eligibility
    deprivation: dict[str, str]
    care: CareAndFlow
    ledger: Ledger


def work_out(project: Project, folder: Path, month: Month, say: Say) -> Worked:
    """From the history to the ledger, by the stages in their order.

    Raises:
        ExtractError: the history holds no spells for the month.
    """
    days = linked_days(project, folder, month, say)
    prices = _prices(project, folder)
    used = pl.concat([days.dated.days.parts.select("month"), pl.LazyFrame({"month": [month.first]})])
    bed_days = bed_day_prices(prices, used).collect()
    say("Following decisions on eligibility")
    eligibility = eligibility_shifts(
        days.linked, days.dated.spells, days.organisations, project, prices, month.first, month.as_at, days.keep
    )
    say("Valuing days and care")
    deprivation = deprivation_lookup(own_file(project.place.deprivation_lookup, folder))
    care = _care_and_flow(project, days, eligibility, prices, deprivation, month)
    own = _ledger(project, days, bed_days.lazy(), care, eligibility, month)
    return Worked(days, prices, bed_days, eligibility, deprivation, care, own)


def _ledger(
    project: Project,
    days: LinkedDays,
    bed_days: pl.LazyFrame,
    care: CareAndFlow,
    eligibility: Eligibility,
    month: Month,
) -> Ledger:
    """Every kind of shift, the pools after them, and the positions."""
    councils = [name for name, kind in days.organisations.types.items() if kind == "council"]
    return ledger(
        days.both,
        on_basis(days.both, project.delays.attribution_basis),
        project.delays.attribution_basis,
        days.dated.spells,
        days.dated.months,
        bed_days,
        days.linked.get("chc"),
        care.costs,
        shifts_of_decisions(eligibility, month.as_at),
        FundingRules.of(project.funding, councils),
        project.pools,
        days.organisations,
        month.as_at,
    )


def _care_and_flow(
    project: Project,
    days: LinkedDays,
    eligibility: Eligibility,
    prices: pl.DataFrame,
    deprivation: dict[str, str],
    month: Month,
) -> CareAndFlow:
    """Care packages, flow, gaps and overlaps, and who is touched."""
    return care_and_flow(
        days.views | days.linked,
        days.records,
        days.dated,
        eligibility,
        prices,
        project,
        days.organisations,
        deprivation,
        month.as_at,
        days.keep,
    )


def _prices(project: Project, folder: Path) -> pl.DataFrame:
    """The prices in force, at the price year that the project asks for."""
    own, index = (own_file(name, folder) for name in (project.costs.unit_costs, project.costs.index))
    year = project.costs.price_year
    return unit_costs(own, None if index is None or year is None else read_index(index, year))
