"""From the history to each delayed day, with the person behind it and both sides' word on whose it is.

What a report counts and what an explanation shows is worked out here once, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from costshift.delays.both_sides import BothSides, both_sides
from costshift.delays.evidence import Evidence, evidence_of, linked_records, rules_of
from costshift.delays.evidence_dates import LinkedRecords
from costshift.delays.measures import DatedSpells, date_spells
from costshift.delays.settled_disputes import noted_outcomes
from costshift.errors import ExtractError
from costshift.extracts.councils import with_council
from costshift.extracts.dispute_notes import DisputeNotes, note_files, read_dispute_notes
from costshift.extracts.kinds import KINDS
from costshift.history.care_events import departures, that_count
from costshift.history.store import Submission, latest_of_each_month
from costshift.history.workspace import Keep, in_memory
from costshift.linked_people import people_behind
from costshift.locations import council_lookup, history_of
from costshift.month import Month
from costshift.organisations import Organisations
from costshift.people.identified import People
from costshift.project import Project

Say = Callable[[str], None]


@dataclass(frozen=True)
class LinkedDays:
    """The history as a report reads it.

    ``known``: all submissions up to the load that counts; ``submissions``: the latest of each month. ``departures``:
    what the rules for Client Level Data did to the records, null where there are none. ``views``: kind
    name to its current rows. ``linked``: the person-level ones with ``person`` and ``link_pass``. ``records``: those of
    them that speak of a delay. ``keep``: where what is worked out once lies.
    """

    organisations: Organisations
    known: list[Submission]
    submissions: list[Submission]
    departures: pl.DataFrame | None
    views: dict[str, pl.LazyFrame]
    linked: dict[str, pl.LazyFrame]
    people: People
    dated: DatedSpells
    notes: DisputeNotes
    records: LinkedRecords
    evidence: Evidence
    both: BothSides
    keep: Keep = in_memory


def _refuse_a_month_without_spells(dated: DatedSpells, month: Month) -> None:
    """A month that was not loaded is reported from later loads that hold it: if none does, it would be all zeros.

    Raises:
        ExtractError: nobody left hospital in the month, and nobody was there at its end.
    """
    months = dated.months.select(pl.col("month").unique().sort()).collect()["month"].to_list()
    if month.first not in months:
        held = f"those from {months[0]:%Y-%m} to {months[-1]:%Y-%m}" if months else "none up to then"
        raise ExtractError(
            f"The history holds no spell of {month.first:%Y-%m}: of {month.first:%Y-%m} and before it holds {held}. "
            f"Load the month first: costshift load --month {month.first:%Y-%m}; or ask for another --month."
        )


def linked_days(project: Project, folder: Path, month: Month, say: Say) -> LinkedDays:
    """Read, link, date and attribute.

    Raises:
        ExtractError: the history holds no spells, or a file of notes on disputes cannot be read.
    """
    history, organisations = history_of(project, folder), Organisations.of(project)
    known = history.submissions(month.known_at)
    current = {name: history.current(kind, month.known_at) for name, kind in KINDS.items() if kind.key}
    # Kinds without a key are care events: what became of each record is told as well.
    events = history.fates_of_events(month.known_at)
    current["care_events"] = None if events is None else that_count(events)
    views = {name: rows for name, rows in current.items() if rows is not None}
    if "spells" not in views:
        raise ExtractError(
            f"The history holds no spells. Load a month first: costshift load --month {month.first:%Y-%m}."
        )
    notes = read_dispute_notes(
        note_files(folder, project.rules.dispute_notes, folder / project.output.restricted_folder)
    )

    last = max(own.month for own in known)
    if last < month.first:
        raise ExtractError(
            f"Nothing was loaded for {month.first:%Y-%m}, nor for a later month: the last that the history holds is "
            f"{last:%Y-%m}. Load the month first: costshift load --month {month.first:%Y-%m}; or ask for --month "
            f"{last:%Y-%m}."
        )
    say("Linking records to people")
    people = people_behind(project, folder, views, history.kept)
    linked = {name: people.linked(name) for name in people.rows}
    say("Counting delays")
    spells = with_council(linked["spells"], council_lookup(project, folder))
    dated = date_spells(spells, views.get("delay_reasons"), organisations, project.delays, month.as_at, history.kept)
    if month.first not in {own.month for own in known}:
        _refuse_a_month_without_spells(dated, month)
    say("Holding both sides' dates against each other")
    records = linked_records(linked, organisations, project, known, month.as_at)
    evidence = evidence_of(dated.spells, records, rules_of(project))
    both = both_sides(dated.days, evidence.periods.lazy(), noted_outcomes(notes.notes))
    return LinkedDays(
        organisations=organisations,
        known=known,
        submissions=latest_of_each_month(known),
        departures=None if events is None else departures(events),
        views=views,
        linked=linked,
        people=people,
        dated=dated,
        notes=notes,
        records=records,
        evidence=evidence,
        both=BothSides(both.parts.collect().lazy(), both.people.collect().lazy(), both.periods.collect().lazy()),
        keep=history.kept,
    )
