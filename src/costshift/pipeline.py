"""The monthly run, from top to bottom: the one place where the stages meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from costshift import __version__, checks
from costshift.checks_of_care import checks_of_care
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
from costshift.eligibility.stage import Eligibility, decisions_listed, eligibility_shifts
from costshift.errors import ExtractError, HistoryError
from costshift.extracts.reading import ReadExtract, of_no_use, read_month
from costshift.history.publications import Publications, Published, State
from costshift.history.reporting_periods import ThinMonths, thin_months
from costshift.history.store import Submission
from costshift.indicators.awaited import what_is_awaited
from costshift.indicators.care_and_flow import CareAndFlow, care_and_flow
from costshift.indicators.drift import moved_measures
from costshift.indicators.inequalities import deprivation_lookup
from costshift.indicators.official_form import official_form
from costshift.indicators.published_comparison import published_comparison
from costshift.indicators.revisions import loads_between, published_figures, revisions
from costshift.indicators.scheme_series import months_of_schemes
from costshift.indicators.series import monthly_series
from costshift.ledger.bases import attribution_bases
from costshift.ledger.delay_shifts import unpriced_days
from costshift.ledger.eligibility_shifts import eligibility_shifts as shifts_of_decisions
from costshift.ledger.ledger import Ledger, ledger
from costshift.ledger.schemes import scheme_effects
from costshift.ledger.summaries import bases_by_partner, ledger_summaries
from costshift.linked_days import LinkedDays, Say, linked_days
from costshift.linked_people import people_before, refuse_what_is_missing
from costshift.locations import history_of, own_file, publications_of
from costshift.month import Month
from costshift.organisations import SETTINGS
from costshift.people.identified import People
from costshift.people.listed import changed_ids, conflict_list
from costshift.people.pseudonyms import pseudonyms
from costshift.people.quality import linkage_quality
from costshift.people.summaries import linkage_summaries
from costshift.prices.funding import FundingRules
from costshift.prices.indexation import read_index
from costshift.prices.unit_costs import DELAYED_BED_DAY, bed_day_prices, unit_costs, with_use
from costshift.project import Project
from costshift.publish import dimensions
from costshift.publish.comparison import Comparison, compared, months_published
from costshift.publish.content import Analysis
from costshift.publish.pack import Pack, publish
from costshift.publish.quality import data_quality
from costshift.publish.quarantine import keep_quarantine
from costshift.reliance import reliance
from costshift.targets import all_targets, targets_of

#: Gives the key of the pseudonyms; asked late, so that a run that fails makes no key.
Key = Callable[[], bytes]


def run(project: Project, folder: Path, month: Month, key: Key, loaded_at: str, say: Say) -> Pack:
    """The monthly job: load, analyse, publish."""
    refuse_what_is_missing(project)
    load(project, folder, month, None, loaded_at, say)
    return report(project, folder, month, key, say)


def load(
    project: Project, folder: Path, month: Month, only: str | None, loaded_at: str, say: Say
) -> tuple[int, list[ReadExtract]]:
    """Read the month's extracts and keep the accepted rows as a load; the caller holds the history."""
    say("Reading the extracts")
    history = history_of(project, folder)
    with history.spool() as spool:
        reads = read_month(project, folder, f"{month.first:%Y-%m}", only, spool)
        _refuse_what_is_of_no_use(reads, month)
        say("Keeping the accepted rows")
        number = history.keep(month.first, reads, loaded_at)
    keep_quarantine(folder / project.output.restricted_folder, month.first, reads)
    return number, reads


def _refuse_what_is_of_no_use(reads: list[ReadExtract], month: Month) -> None:
    """Stop where every row of an extract that must be there was set aside: it is as good as missing.

    Raises:
        ExtractError: there is such an extract.
    """
    useless = of_no_use(reads, f"{month.first:%Y-%m}")
    if not useless:
        return
    lines = []
    for read in useless:
        why = read.findings.filter(pl.col("severity") == "error").sort(
            "rows", "rule", "column", descending=[True, False, False]
        )
        named = [
            f"{rule}: {column}" if column else rule for rule, column in why.select("rule", "column").head(3).rows()
        ]
        rows = sum(file.rows_read for file in read.inputs)
        lines.append(f"  {read.extract.label}: all {rows:,} rows set aside ({', '.join(named)})")
    raise ExtractError(
        f"Not one row can be used of extracts that {month.first:%Y-%m} must have:\n"
        + "\n".join(lines)
        + f"\nNothing was kept. See the reasons with `costshift check --month {month.first:%Y-%m}`; then correct the "
        "mapping in the project file, or ask the sender for the file again."
    )


def report(project: Project, folder: Path, month: Month, key: Key, say: Say) -> Pack:
    """Publish a month from the history, and keep what was said for later packs to be compared with."""
    analysis = analyse(project, folder, month, key, say)
    say("Writing the pack")
    pack = publish(project, folder, month.first, month.as_at, analysis)
    publications_of(project, folder).append(analysis.state, pack.figures)
    return pack


def compare(project: Project, folder: Path, month: Month, other: Month) -> Comparison:
    """What changed between the packs of two months, from what was published of them.

    Raises:
        HistoryError: one of the months was never published, or not from loads up to the one asked for.
    """
    publications = publications_of(project, folder)
    later, earlier = (_published(publications, own) for own in (month, other))
    between = loads_between(earlier.state, later.state, history_of(project, folder).actions())
    return compared(earlier, later, between)


def _published(publications: Publications, month: Month) -> Published:
    found = publications.of_month(month.first, month.known_at)
    if found is None:
        months = ", ".join(f"{own:%Y-%m}" for own in months_published(publications.all())) or "none"
        upto = "" if month.known_at is None else f" from loads up to {month.known_at}"
        raise HistoryError(
            f"No pack of {month.first:%Y-%m}{upto} was published. Published months: {months}. Publish it first: "
            f"costshift report --month {month.first:%Y-%m}."
        )
    return found


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
        days.linked, days.dated.spells, days.organisations, project, prices, month.first, month.as_at
    )
    say("Valuing days and care")
    deprivation = deprivation_lookup(own_file(project.place.deprivation_lookup, folder))
    care = _care_and_flow(project, days, eligibility, prices, deprivation, month)
    own = _ledger(project, days, bed_days.lazy(), care, eligibility, month)
    return Worked(days, prices, bed_days, eligibility, deprivation, care, own)


def analyse(project: Project, folder: Path, month: Month, key: Key, say: Say) -> Analysis:
    """From the history to the tables of a report.

    Raises:
        ExtractError: the history holds no spells for the month.
        PublicationError: figures that must agree do not.
    """
    worked = work_out(project, folder, month, say)
    days, prices, bed_days = worked.days, worked.prices, worked.bed_days
    care, eligibility, own = worked.care, worked.eligibility, worked.ledger
    tables, unpriced = _tables(project, folder, worked, month)
    tables |= reliance(project, days, month)
    summaries = _summaries(tables, days, bed_days.lazy(), own, month) | care.summaries
    say("Comparing with the last pack")
    state = _state(project, month, days.known)
    figures, earlier = published_figures(tables, summaries), publications_of(project, folder).before(state)
    actions = history_of(project, folder).actions()
    between = [] if earlier is None else loads_between(earlier.state, state, actions)
    tables["revisions"] = revisions(earlier, figures, between)
    awaited = what_is_awaited(project, days.submissions, month.first)
    moved = moved_measures(figures, month.first, project.checks.drift_share)
    say("Checking that all agrees")
    found = [
        *checks.identities(days.dated, tables, days.submissions),
        checks.states_sum_to_the_delays(days.dated, days.evidence.periods),
        *checks_of_care(care, days.organisations),
        *checks.doubts(project, days.organisations, tables, days.submissions, unpriced, days.people.counts),
        checks.nothing_is_lost_to_sight(days.dated, days.organisations),
        checks.new_findings(days.submissions, month.first),
        checks.headline_measures_are_steady(moved, project.checks.drift_share, days.organisations),
        checks.what_is_awaited(awaited, days.organisations),
        checks.reporting_periods_are_filled(_thin_months(days), days.organisations),
        checks.dated_reasons_fill_the_delays(days.dated, days.views.get("delay_reasons")),
        checks.dispute_notes_are_used(days.notes, days.dated),
        checks.late_decisions_have_amounts(own.late_unknown, days.organisations),
        checks.nothing_is_in_two_kinds(eligibility, days.dated),
        checks.eligibility_is_worked_out(eligibility.notes),
    ]
    return Analysis(
        tables=tables,
        restricted=_restricted(
            project, days, eligibility, people_before(project, folder, earlier, state), key(), month
        ),
        summaries=summaries,
        prices=with_use(prices, _delayed_bed_days(bed_days) | care.uses),
        bed_day_prices=bed_days,
        checks=found,
        submissions=days.submissions,
        known_at=state.known_at,
        state=state,
        figures=figures,
        awaited=awaited,
        compared_with=None if earlier is None else earlier.state,
    )


def _thin_months(days: LinkedDays) -> list[ThinMonths]:
    events = days.views.get("care_events")
    return [] if events is None else thin_months(events, days.submissions)


def _state(project: Project, month: Month, known: list[Submission]) -> State:
    loads = tuple(sorted({submission.load_id for submission in known}))
    return State(month.first, month.as_at, max(loads), loads, project.settings_hash(), __version__)


def _tables(
    project: Project,
    folder: Path,
    worked: Worked,
    month: Month,
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    days, bed_days, own = worked.days, worked.bed_days.lazy(), worked.ledger
    dated, both, organisations = days.dated, days.both, days.organisations
    discharges = discharge_delays(dated.spells, dated.months, project.delays.ready_date_missing)
    attributed = on_basis(both, project.delays.attribution_basis)
    frames = {
        "discharge_delays": discharges,
        "delayed_bed_days": delayed_bed_days(dated.days, dated.spells, dated.months, bed_days, month.as_at),
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
        "census": census(dated.spells, dated.months, month.as_at),
        "bcf_discharge": bcf_discharge(discharges, targets_of(project, folder, "average_delay_days")),
        "cohort_filters": dated.filters,
    }
    tables = {name: frame.collect() for name, frame in frames.items()} | worked.care.tables
    form = official_form(dated.spells, dated.months, project.delays.ready_date_missing, month.first).collect()
    tables["ready_date_publication"] = form
    tables["published_comparison"] = published_comparison(
        form, days.views.get("published_drd"), tables["cohort_filters"], organisations, project.place.neighbours
    )
    tables["spc"] = monthly_series(
        dated, frames["discharge_delays"], all_targets(project, folder), project, month.first, month.as_at
    )
    tables |= worked.eligibility.tables
    tables["cost_after_refusal"] = own.estimated.memo.with_columns(pl.col("people").alias("_people"))
    tables["cost_shifts"] = own.shifts
    tables["partner_positions"] = own.positions
    tables["pool_shares"] = own.pool_shares
    tables["scheme_months"] = months_of_schemes(
        dated,
        frames["discharge_delays"],
        tables["flow_indicators"],
        own.before_pools,
        project,
        month.first,
        month.as_at,
    )
    tables["scheme_effects"] = scheme_effects(tables["scheme_months"], project.schemes)
    tables["linkage_quality"] = linkage_quality(days.people, worked.deprivation)
    tables["data_quality"] = data_quality(days.submissions, days.departures)
    tables |= dimensions.all_of(organisations, tables)
    return tables, unpriced_days(attributed, dated.months, bed_days).collect()


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
    )


def _prices(project: Project, folder: Path) -> pl.DataFrame:
    """The prices in force, at the price year that the project asks for."""
    own, index = (own_file(name, folder) for name in (project.costs.unit_costs, project.costs.index))
    year = project.costs.price_year
    return unit_costs(own, None if index is None or year is None else read_index(index, year))


def _delayed_bed_days(bed_days: pl.DataFrame) -> dict[str, str]:
    used = bed_days.filter(pl.col("setting").is_in(SETTINGS))["setting"].unique()
    return {f"{DELAYED_BED_DAY}{setting}": "Delayed bed days" for setting in used}


def _restricted(
    project: Project, days: LinkedDays, eligibility: Eligibility, before: People | None, key: bytes, month: Month
) -> dict[str, pl.DataFrame]:
    dated, both, people = days.dated, days.both, days.people
    ids = pseudonyms(people.seeds, key)
    known, known_ids = (people, ids) if before is None else (before, pseudonyms(before.seeds, key))
    tables = {
        "linkage_conflicts": conflict_list(people, ids),
        "person_id_changes": changed_ids(known, known_ids, people, ids),
        "delayed_spells": delayed_spell_list(dated, both, ids.lazy()).collect(),
        "disputed_spells": disputed_spells(
            both, days.evidence, days.notes.notes, dated.spells, ids.lazy(), month.first
        ).collect(),
        "lost_to_sight": lost_spell_list(dated, ids.lazy()).collect(),
        "decisions": decisions_listed(eligibility, ids),
    }
    if project.output.person_index:
        tables["person_index"] = people.records.join(ids, on="person").select(
            pl.col("kind").alias("extract"), "submitter", "record_key", "person_id", "link_pass"
        )
    return tables


def _summaries(
    tables: dict[str, pl.DataFrame], days: LinkedDays, bed_days: pl.LazyFrame, own: Ledger, month: Month
) -> dict[str, pl.DataFrame]:
    """What the page shows: counted anew, as cells that were controlled cannot be summed."""
    dated, both, organisations = days.dated, days.both, days.organisations
    tested = tested_month(both, dated.months, month.first)
    frames = {
        **delay_summaries(dated, tables["discharge_delays"].lazy(), month.first, month.as_at),
        **agreement_summaries(both, dated.months, tested, month.first),
        "bases_by_partner": bases_by_partner(both, dated.months, bed_days, organisations, tested),
        **ledger_summaries(own, organisations, month.first),
    }
    return {name: frame.collect() for name, frame in frames.items()} | linkage_summaries(
        days.people, tables["linkage_quality"]
    )
