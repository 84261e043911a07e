"""From the history to the tables of a report, with the checks on them: what the pack is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from costshift import __version__, checks
from costshift.checks_of_care import checks_of_care
from costshift.history.publications import Published, State
from costshift.history.reporting_periods import ThinMonths, thin_months
from costshift.history.store import Submission
from costshift.indicators.awaited import what_is_awaited
from costshift.indicators.drift import moved_measures
from costshift.indicators.revisions import loads_between, published_figures, revisions
from costshift.linked_days import LinkedDays, Say
from costshift.linked_people import people_before
from costshift.locations import history_of, publications_of
from costshift.month import Month
from costshift.organisations import SETTINGS
from costshift.pack_tables import pack_tables, page_summaries, restricted_tables
from costshift.people.listed import changed_ids, no_changes, person_index
from costshift.people.pseudonyms import pseudonyms
from costshift.prices.unit_costs import DELAYED_BED_DAY, with_use
from costshift.project import Project
from costshift.publish.content import Analysis, Restricted, RestrictedLater
from costshift.reliance import reliance
from costshift.worked_out import work_out

#: Gives the key of the pseudonyms; asked late, so that a run that fails makes no key.
Key = Callable[[], bytes]


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
        checks.nothing_is_in_two_kinds(eligibility),
        checks.eligibility_is_worked_out(eligibility.notes),
    ]
    return Analysis(
        tables=tables,
        # It holds on to no more than it needs: what else was worked out makes room for what is made of the tables.
        restricted=RestrictedLater(
            partial(_restricted, project, folder, month, days, eligibility.decisions, earlier, state, key())
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


def _restricted(
    project: Project,
    folder: Path,
    month: Month,
    days: LinkedDays,
    decisions: pl.LazyFrame,
    earlier: Published | None,
    state: State,
    key: bytes,
) -> Restricted:
    """The person-level tables, with the pseudonyms that the key gives."""
    ids = pseudonyms(days.people.seeds(), key)
    before = people_before(project, folder, earlier, state)
    changed = no_changes() if before is None else changed_ids(before, pseudonyms(before.seeds(), key), days.people, ids)
    return Restricted(
        restricted_tables(days, decisions, ids, changed, month),
        person_index(days.people, ids, days.keep) if project.output.person_index else None,
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
