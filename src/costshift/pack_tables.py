"""The tables of a pack, each from the stage that works it out."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from costshift.delays.agreement import attribution_agreement
from costshift.delays.agreement_summaries import agreement_summaries, tested_month
from costshift.delays.bed_days import delayed_bed_days
from costshift.delays.better_care_fund import bcf_discharge
from costshift.delays.both_sides import on_basis
from costshift.delays.census import census
from costshift.delays.discharges import discharge_delays
from costshift.delays.disputed_list import disputed_spells
from costshift.delays.settled_disputes import dispute_outcomes
from costshift.delays.spell_list import delayed_spell_list, lost_spell_list
from costshift.delays.step_standards import step_standards
from costshift.delays.summaries import delay_summaries
from costshift.eligibility.stage import decisions_listed
from costshift.indicators.months_sent import months_sent
from costshift.indicators.official_form import official_form
from costshift.indicators.published_comparison import published_comparison
from costshift.indicators.scheme_series import months_of_schemes
from costshift.indicators.series import monthly_series
from costshift.ledger.bases import attribution_bases
from costshift.ledger.delay_shifts import unpriced_days
from costshift.ledger.ledger import Ledger
from costshift.ledger.schemes import scheme_effects
from costshift.ledger.summaries import bases_by_partner, ledger_summaries
from costshift.linked_days import LinkedDays
from costshift.month import Month
from costshift.people.listed import conflict_list
from costshift.people.quality import linkage_quality
from costshift.people.summaries import linkage_summaries
from costshift.project import Project
from costshift.publish import dimensions
from costshift.publish.quality import data_quality
from costshift.statistics.streamed import streamed
from costshift.targets import all_targets, targets_of
from costshift.worked_out import Worked


def pack_tables(
    project: Project,
    folder: Path,
    worked: Worked,
    month: Month,
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The published tables by name, uncontrolled; and the delayed days that have no price."""
    days, bed_days, own = worked.days, worked.bed_days.lazy(), worked.ledger
    dated, both, organisations = days.dated, days.both, days.organisations
    discharges = streamed(discharge_delays(dated.spells, dated.months, project.delays.ready_date_missing)).lazy()
    attributed = on_basis(both, project.delays.attribution_basis)
    of_spells = {
        "discharge_delays": discharges,
        "delayed_bed_days": delayed_bed_days(dated.days, dated.spells, dated.months, bed_days, month.as_at),
        "census": census(dated.spells, dated.months, month.as_at),
        "cohort_filters": dated.filters,
    }
    frames = {
        "attribution_agreement": attribution_agreement(both, dated.months, bed_days),
        "dispute_outcomes": dispute_outcomes(both),
        "step_standards": step_standards(
            days.evidence.periods.lazy(),
            dated.spells,
            dated.months,
            {str(state): allowed for state, allowed in project.rules.days_allowed.items()},
            working_days=project.rules.working_days,
            bank_holidays=project.rules.bank_holidays,
        ),
        "attribution_bases": attribution_bases(both, dated.months, bed_days, organisations),
        "bcf_discharge": bcf_discharge(discharges, targets_of(project, folder, "average_delay_days")),
    }
    tables = {name: streamed(frame) for name, frame in of_spells.items()}
    tables |= {name: frame.collect() for name, frame in frames.items()} | worked.care.tables
    form = official_form(dated.spells, dated.months, project.delays.ready_date_missing, month.first).collect()
    tables["ready_date_publication"] = form
    tables["published_comparison"] = published_comparison(
        form, days.views.get("published_drd"), tables["cohort_filters"], organisations, project.place.neighbours
    )
    sent = months_sent(days.views["spells"], organisations, days.submissions, month.first)
    tables["spc"] = monthly_series(
        dated, discharges, all_targets(project, folder), project, sent, month.first, month.as_at
    )
    tables |= worked.eligibility.tables
    tables["cost_after_refusal"] = own.estimated.memo.with_columns(pl.col("people").alias("_people"))
    tables["cost_shifts"] = own.shifts
    tables["partner_positions"] = own.positions
    tables["pool_shares"] = own.pool_shares
    tables["scheme_months"] = months_of_schemes(
        dated,
        discharges,
        tables["flow_indicators"],
        own.before_pools,
        project,
        sent,
        month.first,
        month.as_at,
    )
    tables["scheme_effects"] = scheme_effects(tables["scheme_months"], project.schemes)
    tables["linkage_quality"] = linkage_quality(days.people, worked.deprivation)
    tables["data_quality"] = data_quality(days.submissions, days.departures)
    tables |= dimensions.all_of(organisations, tables)
    return tables, unpriced_days(attributed, dated.months, bed_days).collect()


def restricted_tables(
    days: LinkedDays, decisions: pl.LazyFrame, ids: pl.DataFrame, changed: pl.DataFrame, month: Month
) -> dict[str, pl.DataFrame]:
    """The person-level tables by name, but the person index.

    Args:
        days: linked records and each delayed day.
        decisions: on eligibility, with ``person``.
        ids: person, person_id.
        changed: people whose id is another than in the last pack.
        month: the month of the report.
    """
    dated, both = days.dated, days.both
    return {
        "linkage_conflicts": conflict_list(days.people, ids),
        "person_id_changes": changed,
        "delayed_spells": delayed_spell_list(dated, both, ids.lazy()).collect(),
        "disputed_spells": disputed_spells(
            both, days.evidence, days.notes.notes, dated.spells, ids.lazy(), month.first
        ).collect(),
        "lost_to_sight": lost_spell_list(dated, ids.lazy()).collect(),
        "decisions": decisions_listed(decisions, ids),
    }


def page_summaries(
    tables: dict[str, pl.DataFrame], days: LinkedDays, bed_days: pl.LazyFrame, own: Ledger, month: Month
) -> dict[str, pl.DataFrame]:
    """What the page shows: counted anew, as cells that were controlled cannot be summed."""
    dated, both, organisations = days.dated, days.both, days.organisations
    tested = tested_month(both, dated.months, month.first)
    of_spells = delay_summaries(dated, tables["discharge_delays"].lazy(), month.first, month.as_at)
    frames = {
        **agreement_summaries(both, dated.months, tested, month.first),
        "bases_by_partner": bases_by_partner(both, dated.months, bed_days, organisations, tested),
        **ledger_summaries(own, organisations, month.first),
    }
    return (
        {name: streamed(frame) for name, frame in of_spells.items()}
        | {name: frame.collect() for name, frame in frames.items()}
        | linkage_summaries(days.people, tables["linkage_quality"])
    )
