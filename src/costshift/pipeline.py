"""The monthly run, from top to bottom: the one place where the stages meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from costshift import __version__, checks
from costshift.checks_of_care import checks_of_care
from costshift.errors import ExtractError, HistoryError
from costshift.extracts.reading import ReadExtract, of_no_use, read_month
from costshift.history.publications import Publications, Published, State
from costshift.history.reporting_periods import ThinMonths, thin_months
from costshift.history.store import Submission
from costshift.indicators.awaited import what_is_awaited
from costshift.indicators.drift import moved_measures
from costshift.indicators.revisions import loads_between, published_figures, revisions
from costshift.linked_days import LinkedDays, Say
from costshift.linked_people import people_before, refuse_what_is_missing
from costshift.locations import history_of, publications_of
from costshift.month import Month
from costshift.organisations import SETTINGS
from costshift.pack_tables import pack_tables, page_summaries, restricted_tables
from costshift.people.listed import changed_ids, no_changes, person_index
from costshift.people.pseudonyms import pseudonyms
from costshift.prices.unit_costs import DELAYED_BED_DAY, with_use
from costshift.project import Project
from costshift.publish.comparison import Comparison, compared, months_published
from costshift.publish.content import Analysis
from costshift.publish.pack import Pack, publish
from costshift.publish.quarantine import keep_quarantine
from costshift.reliance import reliance
from costshift.worked_out import work_out

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


def analyse(project: Project, folder: Path, month: Month, key: Key, say: Say) -> Analysis:
    """From the history to the tables of a report.

    Raises:
        ExtractError: the history holds no spells for the month.
        PublicationError: figures that must agree do not.
    """
    worked = work_out(project, folder, month, say)
    days, prices, bed_days = worked.days, worked.prices, worked.bed_days
    care, eligibility, own = worked.care, worked.eligibility, worked.ledger
    tables, unpriced = pack_tables(project, folder, worked, month)
    tables |= reliance(project, days, month)
    summaries = page_summaries(tables, days, bed_days.lazy(), own, month) | care.summaries
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
    own_key = key()
    ids = pseudonyms(days.people.seeds, own_key)
    before = people_before(project, folder, earlier, state)
    changed = (
        no_changes() if before is None else changed_ids(before, pseudonyms(before.seeds, own_key), days.people, ids)
    )
    return Analysis(
        tables=tables,
        restricted=restricted_tables(days, eligibility, ids, changed, month),
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
        person_index=person_index(days.people, ids) if project.output.person_index else None,
    )


def _thin_months(days: LinkedDays) -> list[ThinMonths]:
    events = days.views.get("care_events")
    return [] if events is None else thin_months(events, days.submissions)


def _state(project: Project, month: Month, known: list[Submission]) -> State:
    loads = tuple(sorted({submission.load_id for submission in known}))
    return State(month.first, month.as_at, max(loads), loads, project.settings_hash(), __version__)


def _delayed_bed_days(bed_days: pl.DataFrame) -> dict[str, str]:
    used = bed_days.filter(pl.col("setting").is_in(SETTINGS))["setting"].unique()
    return {f"{DELAYED_BED_DAY}{setting}": "Delayed bed days" for setting in used}
