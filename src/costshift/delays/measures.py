"""All measures of delay of one report: the stage that the pipeline calls."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from costshift.delays.acceptability import provider_months
from costshift.delays.bed_days import AttributedDays, attributed_days, delayed_spells
from costshift.delays.cohort import cohort_filters, dated_spells, with_cohort
from costshift.history.workspace import Keep, in_memory
from costshift.organisations import Organisations
from costshift.project import Delays

#: What no measure of delay asks for once the dates are there: it stays with the linked spells.
_TOLD_ELSEWHERE = (
    "submitter",
    "submission_month",
    "link_pass",
    "nhs_number",
    "nhs_number_status",
    "person_key",
    "person_key_scheme",
    "surname",
    "forename",
    "sex",
    "postcode",
    "gp_practice_code",
    "local_patient_id",
    "ethnic_category",
    "lsoa_code",
    "site_code",
    "discharge_ready_date",
    "discharge_pathway",
    "is_minor",
)


@dataclass(frozen=True)
class DatedSpells:
    """What the tables of delays are counted from.

    ``spells``: dated spells with the cohort marked. ``months``: the state of each provider's month.
    ``filters``: the table cohort_filters. ``days``: delayed bed days, split by recorded attribution.
    """

    spells: pl.LazyFrame
    months: pl.LazyFrame
    filters: pl.LazyFrame
    days: AttributedDays


def date_spells(
    spells: pl.LazyFrame,
    reasons: pl.LazyFrame | None,
    organisations: Organisations,
    settings: Delays,
    as_at: dt.date,
    keep: Keep = in_memory,
) -> DatedSpells:
    """Spells with the dates of their delays, the cohort marked, and each delayed day attributed as recorded.

    Args:
        spells: current rows of the kind spells, with ``person``.
        reasons: current rows of the kind delay_reasons, or None.
        organisations: codes to partners.
        settings: [delays] of the project.
        as_at: the last day that counts.
        keep: works the dated spells out once, because every table reads them.
    """
    marked = with_cohort(dated_spells(spells, organisations, as_at), settings.filters)
    dated = keep(marked.drop(_TOLD_ELSEWHERE, strict=False))
    months = provider_months(dated, settings.ready_date_min_complete).collect().lazy()
    days = attributed_days(dated, reasons)
    kept = AttributedDays(
        days.spell_months.collect().lazy(), days.parts.collect().lazy(), days.periods.collect().lazy()
    )
    return DatedSpells(dated, months, cohort_filters(dated, settings.filters), kept)


def recorded_days_by_spell(dated: DatedSpells) -> pl.LazyFrame:
    """Each delayed spell's days by month, as counted for the tables: provider_code, spell_id, delay_days, days."""
    counted = dated.days.spell_months.group_by("provider_code", "spell_id").agg(pl.col("days").sum())
    return (
        delayed_spells(dated.spells)
        .select("provider_code", "spell_id", "delay_days")
        .join(counted, on=["provider_code", "spell_id"], how="left")
    )
