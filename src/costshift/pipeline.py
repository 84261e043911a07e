"""The monthly run, from top to bottom: the one place where the stages meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from costshift import __version__, checks
from costshift.delays.bed_days import delayed_bed_days
from costshift.delays.better_care_fund import bcf_discharge
from costshift.delays.census import census
from costshift.delays.discharges import discharge_delays
from costshift.delays.evidence import evidenced_days, linked_records, rules_of
from costshift.delays.measures import DatedSpells, date_spells
from costshift.delays.spell_list import delayed_spell_list, lost_spell_list
from costshift.delays.summaries import delay_summaries
from costshift.errors import ExtractError, HistoryError, ProjectError
from costshift.extracts.councils import with_council
from costshift.extracts.kinds import KINDS
from costshift.extracts.reading import ReadExtract, read_month
from costshift.history.publications import Publications, Published, State
from costshift.history.store import History, Submission, latest_of_each_month
from costshift.indicators.awaited import what_is_awaited
from costshift.indicators.drift import moved_measures
from costshift.indicators.flow import flow_indicators
from costshift.indicators.revisions import loads_between, published_figures, revisions
from costshift.indicators.series import monthly_series
from costshift.ledger.delay_shifts import delay_shifts, people_shifted, unpriced_days
from costshift.ledger.positions import partner_positions
from costshift.ledger.summaries import ledger_summaries
from costshift.month import Month
from costshift.organisations import Organisations
from costshift.people.identified import People, identify
from costshift.people.pseudonyms import pseudonyms
from costshift.people.quality import linkage_quality
from costshift.people.summaries import linkage_summaries
from costshift.prices.unit_costs import bed_day_prices, unit_costs
from costshift.project import Project
from costshift.publish import dimensions
from costshift.publish.comparison import Comparison, compared, months_published
from costshift.publish.content import Analysis
from costshift.publish.pack import Pack, publish
from costshift.publish.quality import data_quality
from costshift.publish.quarantine import keep_quarantine
from costshift.targets import all_targets, targets_of

Say = Callable[[str], None]
#: Gives the key of the pseudonyms; asked late, so that a run that fails makes no key.
Key = Callable[[], bytes]


def run(project: Project, folder: Path, month: Month, key: Key, loaded_at: str, say: Say) -> Pack:
    """The monthly job: load, analyse, publish."""
    load(project, folder, month, None, loaded_at, say)
    return report(project, folder, month, key, say)


def load(
    project: Project, folder: Path, month: Month, only: str | None, loaded_at: str, say: Say
) -> tuple[int, list[ReadExtract]]:
    """Read the month's extracts and keep the accepted rows as a load; the caller holds the history."""
    say("Reading the extracts")
    reads = read_month(project, folder, f"{month.first:%Y-%m}", only)
    say("Keeping the accepted rows")
    number = history_of(project, folder).keep(month.first, reads, loaded_at)
    keep_quarantine(folder / project.output.restricted_folder, month.first, reads)
    return number, reads


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
    history, organisations = history_of(project, folder), Organisations.of(project)
    known = history.submissions(month.known_at)
    submissions = latest_of_each_month(known)
    current = {name: history.current(kind, month.known_at) for name, kind in KINDS.items()}
    # Worked out once: every stage reads them.
    views = {name: rows.collect().lazy() for name, rows in current.items() if rows is not None}
    if "spells" not in views:
        raise ExtractError(
            f"The history holds no spells. Load a month first: costshift load --month {month.first:%Y-%m}."
        )

    say("Linking records to people")
    people = identify(views)
    say("Counting delays")
    spells = with_council(people.attach("spells", views["spells"]), council_lookup(project, folder))
    dated = date_spells(spells, views.get("delay_reasons"), organisations, project.delays, month.as_at)
    say("Holding both sides' dates against each other")
    evidenced = _evidence(project, organisations, views, people, dated, known, month).collect()
    say("Valuing them")
    prices = unit_costs(own_file(project.costs.unit_costs, folder))
    used = pl.concat([dated.days.parts.select("month"), pl.LazyFrame({"month": [month.first]})])
    bed_days = bed_day_prices(prices, used).collect()
    tables, unpriced = _tables(project, folder, organisations, dated, bed_days.lazy(), people, submissions, month)
    summaries = _summaries(tables, organisations, dated, bed_days.lazy(), people, month)
    say("Comparing with the last pack")
    state = _state(project, month, known)
    figures, earlier = published_figures(tables, summaries), publications_of(project, folder).before(state)
    between = [] if earlier is None else loads_between(earlier.state, state, history.actions())
    tables["revisions"] = revisions(earlier, figures, between)
    awaited = what_is_awaited(project, submissions, month.first)
    moved = moved_measures(figures, month.first, project.checks.drift_share)
    say("Checking that all agrees")
    found = [
        *checks.identities(dated, tables, submissions),
        checks.states_sum_to_the_delays(dated, evidenced),
        *checks.doubts(project, organisations, tables, submissions, unpriced, people.counts),
        checks.nothing_is_lost_to_sight(dated, organisations),
        checks.new_findings(submissions, month.first),
        checks.headline_measures_are_steady(moved, project.checks.drift_share, organisations),
        checks.what_is_awaited(awaited, organisations),
    ]
    return Analysis(
        tables=tables,
        restricted=_restricted(project, dated, evidenced, people, key()),
        summaries=summaries,
        prices=prices,
        bed_day_prices=bed_days,
        checks=found,
        submissions=submissions,
        known_at=state.known_at,
        state=state,
        figures=figures,
        awaited=awaited,
        compared_with=None if earlier is None else earlier.state,
    )


def _state(project: Project, month: Month, known: list[Submission]) -> State:
    loads = tuple(sorted({submission.load_id for submission in known}))
    return State(month.first, month.as_at, max(loads), loads, project.settings_hash(), __version__)


def _tables(
    project: Project,
    folder: Path,
    organisations: Organisations,
    dated: DatedSpells,
    bed_days: pl.LazyFrame,
    people: People,
    submissions: list[Submission],
    month: Month,
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    discharges = discharge_delays(dated.spells, dated.months, project.delays.ready_date_missing)
    shifts = delay_shifts(dated.days, dated.months, bed_days, organisations)
    frames = {
        "discharge_delays": discharges,
        "delayed_bed_days": delayed_bed_days(dated.days, dated.spells, dated.months, bed_days, month.as_at),
        "census": census(dated.spells, dated.months, month.as_at),
        "bcf_discharge": bcf_discharge(discharges, targets_of(project, folder, "average_delay_days")),
        "cost_shifts": shifts.with_columns(
            pl.lit(None, dtype=pl.Int64).alias(name) for name in ("amount_low", "amount_high", "avoided_care_cost")
        ),
        "partner_positions": partner_positions(
            shifts, people_shifted(dated.days, dated.months, bed_days, organisations)
        ),
        "flow_indicators": flow_indicators(dated.spells, dated.months),
        "cohort_filters": dated.filters,
    }
    tables = {name: frame.collect() for name, frame in frames.items()}
    tables["spc"] = monthly_series(
        dated, frames["discharge_delays"], all_targets(project, folder), project, month.first, month.as_at
    )
    tables["linkage_quality"] = linkage_quality(people)
    tables["data_quality"] = data_quality(submissions)
    tables |= dimensions.all_of(organisations, tables)
    return tables, unpriced_days(dated.days, dated.months, bed_days).collect()


def _evidence(
    project: Project,
    organisations: Organisations,
    views: dict[str, pl.LazyFrame],
    people: People,
    dated: DatedSpells,
    known: list[Submission],
    month: Month,
) -> pl.LazyFrame:
    """The state of each delayed day by the linked dates of both sides."""
    linked = {name: people.attach(name, rows) for name, rows in views.items() if KINDS[name].has_person}
    open_events = {s.load_id: bool(s.includes_open_events) for s in known if s.kind == "care_events"}
    records = linked_records(linked, organisations, project, open_events, month.as_at)
    return evidenced_days(dated.spells, records, rules_of(project))


def _restricted(
    project: Project, dated: DatedSpells, evidenced: pl.DataFrame, people: People, key: bytes
) -> dict[str, pl.DataFrame]:
    ids = pseudonyms(people.seeds, key)
    tables = {
        "delayed_spells": delayed_spell_list(dated, evidenced.lazy(), ids.lazy()).collect(),
        "lost_to_sight": lost_spell_list(dated, ids.lazy()).collect(),
    }
    if project.output.person_index:
        tables["person_index"] = people.records.join(ids, on="person").select(
            pl.col("kind").alias("extract"), "submitter", "record_key", "person_id", "link_pass"
        )
    return tables


def _summaries(
    tables: dict[str, pl.DataFrame],
    organisations: Organisations,
    dated: DatedSpells,
    bed_days: pl.LazyFrame,
    people: People,
    month: Month,
) -> dict[str, pl.DataFrame]:
    """What the page shows: counted anew, as cells that were controlled cannot be summed."""
    shifted = people_shifted(dated.days, dated.months, bed_days, organisations)
    frames = {
        **delay_summaries(dated, tables["discharge_delays"].lazy(), month.first, month.as_at),
        **ledger_summaries(tables["cost_shifts"].lazy(), shifted, organisations, month.first),
    }
    return {name: frame.collect() for name, frame in frames.items()} | linkage_summaries(
        people, tables["linkage_quality"]
    )


def history_of(project: Project, folder: Path) -> History:
    """The place's history."""
    return History(folder / project.history.folder)


def publications_of(project: Project, folder: Path) -> Publications:
    """What was published of the place."""
    return Publications(history_of(project, folder).folder)


def own_file(name: str | None, folder: Path) -> Path | None:
    """A file that the project names, from the project file's folder."""
    return None if name is None else folder / name


def council_lookup(project: Project, folder: Path) -> Path | None:
    """The place's lookup of councils by LSOA or postcode."""
    return own_file(project.place.council_lookup, folder)


def refuse_what_is_not_there(project: Project) -> None:
    """Stop at settings that would change figures and that this version cannot follow.

    Raises:
        ProjectError: such a setting is there.
    """
    if project.delays.attribution_basis != "recorded":
        raise ProjectError(
            f"[delays] attribution_basis = {project.delays.attribution_basis!r}: this version works out the recorded "
            'attribution only. Set it to "recorded".'
        )
