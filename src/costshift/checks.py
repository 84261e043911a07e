"""Checks of the run itself: identities that must hold before anything is published, and warnings beside figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from costshift import standards
from costshift.delays.bed_days import delayed_spells
from costshift.delays.discharges import BANDS
from costshift.delays.measures import DatedSpells, recorded_days_by_spell
from costshift.delays.recorded_attribution import reason_coverage
from costshift.eligibility.stage import Eligibility
from costshift.errors import PublicationError
from costshift.extracts.dispute_notes import DisputeNotes
from costshift.history.reporting_periods import ThinMonths
from costshift.history.store import Submission
from costshift.indicators.awaited import Awaited
from costshift.indicators.drift import Moved
from costshift.organisations import Organisations
from costshift.people.conflicts import KINDS_OF_CONFLICT
from costshift.project import Project
from costshift.publish.catalogue import TABLES
from costshift.publish.content import Check
from costshift.publish.words import counted
from costshift.statistics.streamed import streamed

#: Most notes that are named one by one.
_MOST_NOTES = 10


def identities(
    dated: DatedSpells, tables: Mapping[str, pl.DataFrame], submissions: Sequence[Submission]
) -> list[Check]:
    """What must hold exactly.

    Raises:
        PublicationError: one does not hold. Nothing is published.
    """
    checks = [
        _rows_add_up(submissions),
        _days_sum_to_delays(dated),
        _parts_sum_to_days(dated),
        _bands_add_up(tables["discharge_delays"]),
        _shifts_equal_cost(tables["delayed_bed_days"], tables["cost_shifts"]),
        _nets_sum_to_zero(tables["partner_positions"]),
        _agreement_sums_to_the_days(tables["delayed_bed_days"], tables["attribution_agreement"]),
        _bases_have_the_same_days(tables["attribution_bases"]),
        _grains_are_unique(tables),
    ]
    failed = [check for check in checks if check.status == "fail"]
    if failed:
        lines = "\n".join(f"  {check.name}: {check.detail}" for check in failed)
        raise PublicationError(
            f"Figures that must agree do not, so that nothing was published:\n{lines}\n"
            "This is a fault of costshift: please report it with these lines, without the data."
        )
    return checks


def doubts(
    project: Project,
    organisations: Organisations,
    tables: Mapping[str, pl.DataFrame],
    submissions: Sequence[Submission],
    unpriced: pl.DataFrame,
    people_counts: Mapping[str, int],
) -> list[Check]:
    """What holds, but must stand beside the figures: one check each, ``pass`` or ``warn``."""
    return [
        _governance(project),
        _providers(tables["discharge_delays"], organisations),
        _provisional(tables["delayed_bed_days"], organisations),
        _unknown_organisations(tables, organisations),
        _unpriced(unpriced),
        _pools(project, organisations, tables["pool_shares"]),
        _quarantine(submissions),
        _blanked(submissions),
        _number_conflicts(people_counts),
        _linkage_doubts(people_counts),
        _permissions(project, people_counts),
        _not_yet(project),
    ]


def nothing_is_in_two_kinds(eligibility: Eligibility) -> Check:
    """Whether no person, day, payer and activity is in two kinds of shift.

    Councils' decisions are followed in contacts, attendances and bed days, those on continuing healthcare in care
    packages, delays in delayed bed days: the only activity in two kinds could be a bed day that is delayed too, and a
    person who is exposed twice.

    Raises:
        PublicationError: something is. Nothing is published.
    """
    twice = eligibility.delayed_days
    exposed = eligibility.people_exposed_twice()
    if twice or exposed:
        raise PublicationError(
            f"{twice:,} delayed bed days would be in the effects of decisions too, and {exposed:,} people would be "
            "exposed twice. This is a fault of costshift: please report it, without the data. Nothing was published."
        )
    return Check(
        "nothing_is_in_two_kinds_of_shift",
        "pass",
        "No delayed bed day is in the effect of a decision, and nobody is exposed twice in one direction.",
    )


def eligibility_is_worked_out(notes: Sequence[str]) -> Check:
    """Whether effects of decisions on eligibility could be estimated; if not, why."""
    return Check(
        "effects_of_eligibility_are_estimated",
        "warn" if notes else "pass",
        " ".join(notes) or "In both directions, with all activity priced.",
    )


def states_sum_to_the_delays(dated: DatedSpells, evidenced: pl.DataFrame) -> Check:
    """Whether the days of all evidenced states are the delay, spell by spell.

    Raises:
        PublicationError: they are not. Nothing is published.
    """
    counted = evidenced.group_by("provider_code", "spell_id").agg(
        (pl.col("until") - pl.col("from_date")).dt.total_days().sum().alias("days")
    )
    spells = streamed(delayed_spells(dated.spells).select("provider_code", "spell_id", "delay_days"))
    wrong = spells.join(counted, on=["provider_code", "spell_id"], how="left").filter(
        pl.col("delay_days") != pl.col("days").fill_null(0)
    )
    if wrong.height:
        raise PublicationError(
            f"The days of all states are not the delay in {wrong.height:,} of {spells.height:,} delayed spells. "
            "This is a fault of costshift: please report it, without the data. Nothing was published."
        )
    return Check("days_of_all_states_sum_to_the_delay", "pass", f"In each of {spells.height:,} delayed spells.")


def nothing_is_lost_to_sight(dated: DatedSpells, organisations: Organisations) -> Check:
    """Whether every open spell is in the latest file of its sender."""
    lost = streamed(dated.spells.filter("lost_to_sight").group_by("provider").agg(pl.len().alias("spells")))
    parts = [f"{organisations.names.get(name, name)}: {spells:,}" for name, spells in lost.sort("provider").iter_rows()]
    return Check(
        "nothing_is_lost_to_sight",
        "warn" if parts else "pass",
        f"Open spells that are in no later file, counted to the last day seen and listed: {'; '.join(parts)}."
        if parts
        else "Every open spell is in its sender's latest file.",
    )


def late_decisions_have_amounts(unknown: pl.DataFrame, organisations: Organisations) -> Check:
    """Whether every late day of a continuing healthcare decision could be given an amount."""
    parts = [
        f"{organisations.names.get(council, council)}: {days:,} days"
        for council, days in unknown.group_by("council").agg(pl.col("days").sum()).sort("council").iter_rows()
    ]
    return Check(
        "late_decisions_have_amounts",
        "warn" if parts else "pass",
        "Late days of continuing healthcare decisions of people whose contribution is not known, in no amount: "
        f"{'; '.join(parts)}."
        if parts
        else "Every late day of a package with a known contribution.",
    )


def dated_reasons_fill_the_delays(dated: DatedSpells, reasons: pl.LazyFrame | None) -> Check:
    """Whether every day of a delay with dated reasons has one of them, and one only."""
    name = "dated_reasons_fill_the_delays"
    if reasons is None:
        return Check(name, "pass", "No dated reasons were sent; each spell has its own.")
    found = reason_coverage(delayed_spells(dated.spells), reasons).collect()
    gaps, overlaps = found.filter(pl.col("gap_days") > 0), found.filter(pl.col("overlap_days") > 0)
    parts = [
        f"{own.height:,} of {found.height:,} delays have {int(own[column].sum()):,} days {what}"
        for own, column, what in (
            (gaps, "gap_days", "without one, which have the spell's own reason or none"),
            (overlaps, "overlap_days", "with two, of which the later row counts"),
        )
        if own.height
    ]
    return Check(
        name,
        "warn" if parts else "pass",
        f"{'; '.join(parts)}." if parts else f"In each of {found.height:,} delays with dated reasons.",
    )


def dispute_notes_are_used(notes: DisputeNotes, dated: DatedSpells) -> Check:
    """Whether every note on a disputed spell counts; one that cannot be understood or placed needs a person."""
    key = ["provider_code", "spell_id"]
    own = notes.notes.join(streamed(delayed_spells(dated.spells).select(key)), on=key, how="anti")
    strange = [
        f"{file}, row {row}: no delayed spell has this provider code and spell id"
        for file, row in own.sort("file", "row").select("file", "row").iter_rows()
    ]
    unsigned = notes.notes.filter(
        (pl.col("outcome") != "contested") & (pl.col("name_for_nhs").is_null() | pl.col("name_for_council").is_null())
    )
    lacking = [
        f"{file}, row {row}: a name is missing, so that it changes nothing"
        for file, row in unsigned.sort("file", "row").select("file", "row").iter_rows()
    ]
    wrong = [*notes.problems, *strange]
    said = "; ".join(text.rstrip(".") for text in [*wrong, *lacking][:_MOST_NOTES])
    more = max(len(wrong) + len(lacking) - _MOST_NOTES, 0)
    return Check(
        "dispute_notes_are_used",
        "fail" if wrong else "warn" if lacking else "pass",
        f"{said}{f'; and {more:,} more' if more else ''}."
        if said
        else f"{notes.read:,} rows with notes were read; {notes.notes.height:,} are the latest on their spell.",
    )


def new_findings(submissions: Sequence[Submission], month: dt.date) -> Check:
    """Findings of a month's submissions that the same sender's submission before did not have (needs a person)."""
    by_sender: dict[tuple[str, str], list[Submission]] = {}
    for submission in submissions:
        if submission.month <= month:
            by_sender.setdefault((submission.kind, submission.submitter), []).append(submission)
    new: list[str] = []
    for (kind, submitter), own in sorted(by_sender.items()):
        ordered = sorted(own, key=lambda submission: (submission.month, submission.load_id))
        latest = ordered[-1]
        earlier = [submission for submission in ordered if submission.month < latest.month]
        if latest.month != month or not earlier:
            continue
        known = {(row["rule"], row["column"]) for row in earlier[-1].findings.to_dicts()}
        new += [
            f"{kind}/{submitter}: {row['rule']}{' in ' + row['column'] if row['column'] else ''} ({row['rows']} rows)"
            for row in latest.findings.to_dicts()
            if (row["rule"], row["column"]) not in known and row["severity"] != "information"
        ]
    return Check("findings_new_since_last_month", "fail" if new else "pass", "; ".join(new) or "None.")


def headline_measures_are_steady(moved: Sequence[Moved], share: float, organisations: Organisations) -> Check:
    """Whether no headline measure of a provider moved by more than a share of its mean of the three months before."""
    parts = [
        f"{organisations.names.get(item.provider, item.provider)}: {item.measure.replace('_', ' ')} "
        f"{item.now:,.4g} against {item.mean:,.4g}"
        for item in moved
    ]
    return Check(
        "headline_measures_are_steady",
        "warn" if parts else "pass",
        f"Moved by more than {share:.0%} of the mean of the three months before: {'; '.join(parts)}. Ask the sender "
        "whether the data or the service changed."
        if parts
        else f"None moved by more than {share:.0%} of the mean of the three months before.",
    )


def what_is_awaited(awaited: Sequence[Awaited], organisations: Organisations) -> Check:
    """Extracts that may come late and have no submission for the month; ``warn`` where the month should have them."""
    parts = [
        f"{item.kind} from {organisations.names.get(item.submitter, item.submitter)} "
        f"({_covered(item)}; waits for it: {item.figures})"
        for item in awaited
    ]
    return Check(
        "what_is_awaited",
        "warn" if any(item.late for item in awaited) else "pass",
        f"No submission for the month, so that the last one is used: {'; '.join(parts)}."
        if parts
        else "Every extract has a submission for the month.",
    )


def reporting_periods_are_filled(thin: Sequence[ThinMonths], organisations: Organisations) -> Check:
    """``warn`` where a council's extract states a period of which it holds months with hardly an event."""
    parts = [
        f"{organisations.names.get(own.submitter, own.submitter)} "
        f"({', '.join(f'{month:%B %Y}' for month in own.months)})"
        for own in thin
    ]
    return Check(
        "reporting_periods_are_filled",
        "warn" if parts else "pass",
        "Months within the stated reporting period that by DHSC's rule hold too few events to count as reported: "
        f"{'; '.join(parts)}. What is missing there is no evidence: ask the council whether its extract is whole."
        if parts
        else "Every month of the stated reporting periods holds its share of events, or there are too few to tell.",
    )


def _covered(item: Awaited) -> str:
    if item.last is None:
        return "nothing was ever sent"
    until = f" and covers to {item.covers_to:%d/%m/%Y}" if item.covers_to else ""
    return f"the last is of {item.last:%b %Y}{until}"


def _check(name: str, holds: bool, held: str, broken: str) -> Check:
    return Check(name, "pass" if holds else "fail", held if holds else broken)


def _rows_add_up(submissions: Sequence[Submission]) -> Check:
    files = [file for submission in submissions for file in submission.inputs]
    read = sum(file.rows_read for file in files)
    accepted = sum(file.rows_accepted for file in files)
    quarantined = sum(file.rows_quarantined for file in files)
    return _check(
        "rows_read_equal_accepted_plus_quarantined",
        all(file.rows_read == file.rows_accepted + file.rows_quarantined for file in files),
        f"{read:,} rows read = {accepted:,} accepted + {quarantined:,} quarantined, file by file.",
        f"{read:,} rows read, {accepted:,} accepted, {quarantined:,} quarantined.",
    )


def _days_sum_to_delays(dated: DatedSpells) -> Check:
    days = streamed(recorded_days_by_spell(dated))
    wrong = days.filter(pl.col("delay_days") != pl.col("days").fill_null(0)).height
    return _check(
        "days_of_all_months_sum_to_the_delay",
        wrong == 0,
        f"In each of {days.height:,} delayed spells; {int(days['delay_days'].sum()):,} days.",
        f"Not in {wrong:,} of {days.height:,} delayed spells.",
    )


def _parts_sum_to_days(dated: DatedSpells) -> Check:
    parts = int(dated.days.parts.select(pl.col("days").sum()).collect().item())
    whole = int(dated.days.spell_months.select(pl.col("days").sum()).collect().item())
    return _check(
        "days_by_attribution_sum_to_the_days",
        parts == whole,
        f"{whole:,} days.",
        f"{parts:,} days by attribution, {whole:,} days in all.",
    )


def _bands_add_up(table: pl.DataFrame) -> Check:
    known = table.filter(pl.col("delayed_discharges").is_not_null())
    wrong = known.filter(
        (pl.sum_horizontal(*BANDS) != pl.col("delayed_discharges"))
        | (pl.col("discharged_on_ready_date") + pl.col("delayed_discharges") != pl.col("discharges"))
    ).height
    return _check(
        "bands_sum_to_discharges",
        wrong == 0,
        f"In all {known.height:,} rows of discharge_delays.",
        f"Not in {wrong:,} of {known.height:,} rows of discharge_delays.",
    )


def _shifts_equal_cost(days: pl.DataFrame, shifts: pl.DataFrame) -> Check:
    cost, amount = int(days["cost"].sum()), int(shifts.filter(pl.col("kind") == "delay")["amount"].sum())
    return _check(
        "cost_of_days_equals_amount_shifted",
        cost == amount,
        f"£{cost / 100:,.2f} on both sides.",
        f"£{cost / 100:,.2f} of days, £{amount / 100:,.2f} of shifts.",
    )


def _nets_sum_to_zero(table: pl.DataFrame) -> Check:
    sums = table.group_by("month", "nature", "basis").agg(pl.col("net_absorbed").sum())
    wrong = sums.filter(pl.col("net_absorbed") != 0).height
    return _check(
        "net_positions_sum_to_zero",
        wrong == 0,
        f"To the penny, in each of {sums.height:,} months, natures and bases.",
        f"Not in {wrong:,} of {sums.height:,} months, natures and bases.",
    )


def _agreement_sums_to_the_days(days: pl.DataFrame, agreement: pl.DataFrame) -> Check:
    grain = ["month", "provider", "council", "recorded_attribution"]
    counted, judged = (
        frame.filter(pl.col("delayed_bed_days") > 0).group_by(grain).agg(pl.col("delayed_bed_days").sum().alias(name))
        for frame, name in ((days, "days"), (agreement, "judged"))
    )
    both = counted.join(judged, on=grain, how="full", coalesce=True)
    wrong = both.filter(pl.col("days").fill_null(0) != pl.col("judged").fill_null(0)).height
    return _check(
        "agreement_sums_to_the_delayed_days",
        wrong == 0,
        f"{int(both['days'].sum()):,} days: agreed, disputed, questioned and untestable together.",
        f"Not in {wrong:,} of {both.height:,} months, providers, councils and recorded attributions.",
    )


def _bases_have_the_same_days(table: pl.DataFrame) -> Check:
    sums = table.group_by("month").agg(pl.col("^.*_days$").sum())
    names = [name for name in sums.columns if name.endswith("_days")]
    wrong = sums.filter(pl.max_horizontal(names) != pl.min_horizontal(names)).height
    return _check(
        "every_basis_has_the_same_days",
        wrong == 0,
        f"In each of {sums.height:,} months: as recorded, as evidenced and reconciled.",
        f"Not in {wrong:,} of {sums.height:,} months.",
    )


def _grains_are_unique(tables: Mapping[str, pl.DataFrame]) -> Check:
    wrong = [name for name, frame in tables.items() if frame.select(TABLES[name].grain).is_duplicated().any()]
    return _check(
        "one_row_for_each_grain",
        not wrong,
        f"In all {len(tables)} tables.",
        f"Not in {', '.join(sorted(wrong))}.",
    )


def _governance(project: Project) -> Check:
    stated = project.governance
    missing = [
        name
        for name, value in (
            ("purpose", stated.purpose),
            ("lawful_basis", stated.lawful_basis),
            ("controllers", stated.controllers),
        )
        if not value
    ]
    return Check(
        "governance_is_stated",
        "warn" if missing else "pass",
        f"[governance] does not state: {', '.join(missing)}." if missing else "Purpose, lawful basis and controllers.",
    )


def _providers(table: pl.DataFrame, organisations: Organisations) -> Check:
    months = table.group_by("month", "provider").agg(
        pl.col("acceptable").all(), pl.col("delayed_discharges").is_null().all().alias("blank")
    )
    bad = months.filter(~pl.col("acceptable")).sort("provider", "month")
    parts = []
    for (provider,), own in bad.group_by("provider", maintain_order=True):
        name = organisations.names.get(str(provider), str(provider))
        for blank, words in ((True, "no ready date at all (not computable)"), (False, "too few ready dates")):
            listed = own.filter(pl.col("blank") == blank)["month"]
            if listed.len():
                parts.append(f"{name}: {words} in {_months(listed)}")
    return Check(
        "ready_dates_are_complete",
        "warn" if parts else "pass",
        "; ".join(parts) + "; left out of totals, charts and costs." if parts else "In every provider's months.",
    )


def _provisional(table: pl.DataFrame, organisations: Organisations) -> Check:
    providers = table.filter("provisional")["provider"].unique().sort()
    names = ", ".join(organisations.names.get(provider, provider) for provider in providers)
    return Check(
        "occupied_days_are_final",
        "warn" if names else "pass",
        f"{names}: no open spells are sent, so that the last two months are provisional."
        if names
        else "For every provider.",
    )


def _unknown_organisations(tables: Mapping[str, pl.DataFrame], organisations: Organisations) -> Check:
    used: set[str] = set()
    for name, frame in tables.items():
        for column in ("provider", "council", "driver", "payer", "partner"):
            if name != "partners" and column in frame.columns:
                used.update(frame[column].drop_nulls().unique())
    strange = sorted(used - set(organisations.types) - {"unknown", "unallocated", "person", "all"})
    return Check(
        "organisations_are_partners",
        "warn" if strange else "pass",
        f"No [[partners]] entry has the code of: {', '.join(strange)}." if strange else "Every code has a partner.",
    )


def _pools(project: Project, organisations: Organisations, shares: pl.DataFrame) -> Check:
    """Whether every pool could be settled: whether what fell on each of its partners is known."""
    if not project.pools:
        return Check("pools_are_settled", "pass", "The project file has no pool.")
    unknown = (
        shares.filter(pl.col("fell_on").is_null())
        .group_by("pool", "partner")
        .agg(pl.col("month").n_unique().alias("months"), pl.col("month").max().alias("last"))
        .sort("pool", "partner")
    )
    parts = [
        f"{pool}: {counted(months, 'month', 'months')}, the last of them {last:%Y-%m}, in which the net of the care of "
        f"{organisations.names.get(partner, partner)} is not known"
        for pool, partner, months, last in unknown.iter_rows()
    ]
    return Check(
        "pools_are_settled",
        "warn" if parts else "pass",
        f"Not settled: {'; '.join(parts)}. Ask for the charges, or for the extracts of these months."
        if parts
        else "What fell on each partner is known.",
    )


def _unpriced(days: pl.DataFrame) -> Check:
    parts = [f"{count:,} delayed bed days in {setting} beds" for setting, count in days.iter_rows()]
    return Check(
        "every_activity_has_a_price",
        "warn" if parts else "pass",
        f"Unpriced, and so in no cost: {'; '.join(parts)}." if parts else "Every delayed bed day.",
    )


def _quarantine(submissions: Sequence[Submission]) -> Check:
    put_aside = [
        (submission.kind, submission.submitter, sum(file.rows_quarantined for file in submission.inputs))
        for submission in submissions
    ]
    parts = [f"{kind}/{submitter}: {rows:,}" for kind, submitter, rows in put_aside if rows]
    return Check(
        "nothing_is_quarantined",
        "warn" if parts else "pass",
        f"Quarantined rows, with reasons in the restricted folder: {'; '.join(parts)}." if parts else "No row.",
    )


def _blanked(submissions: Sequence[Submission]) -> Check:
    counted = [
        (submission, submission.findings.filter(pl.col("severity") == "warning")["rows"].sum())
        for submission in submissions
    ]
    parts = [f"{submission.kind}/{submission.submitter}: {cells:,}" for submission, cells in counted if cells]
    return Check(
        "extracts_have_no_warnings",
        "warn" if parts else "pass",
        f"Warnings about cells and rows, listed in data_quality: {'; '.join(parts)}." if parts else "None.",
    )


def _number_conflicts(counts: Mapping[str, int]) -> Check:
    conflicts = counts.get("nhs_numbers_with_conflicting_birth_dates", 0)
    return Check(
        "nhs_numbers_name_one_person",
        "warn" if conflicts else "pass",
        f"{conflicts:,} NHS numbers stand with birth dates that disagree; those records were not linked by the number."
        if conflicts
        else "No number stands with birth dates that disagree.",
    )


def _linkage_doubts(counts: Mapping[str, int]) -> Check:
    """What linkage met beside numbers in conflict; and whether there was anything but person keys to link by."""
    parts = [
        f"{name.replace('_', ' ')}: {counts[name]:,}"
        for name in KINDS_OF_CONFLICT
        if name != "number_on_several_people" and counts.get(name)
    ]
    only = (
        " Records carry person keys and no NHS numbers: the passes by number, local id, birth date and name are off."
        if counts.get("only_person_keys")
        else ""
    )
    return Check(
        "linkage_met_no_conflicts",
        "warn" if parts else "pass",
        (
            f"Settled by rule and listed in the restricted table linkage_conflicts: {'; '.join(parts)}."
            if parts
            else "None."
        )
        + only,
    )


def _permissions(project: Project, counts: Mapping[str, int]) -> Check:
    left_out = counts.get("people_not_permitted", 0)
    given = project.linkage.permitted_file is not None
    return Check(
        "everyone_may_be_linked",
        "warn" if left_out else "pass",
        f"{left_out:,} people of single organisations are not on the list of those who may be linked: they count "
        "there and are linked to nothing."
        if left_out
        else ("Everyone is on the list." if given else "No list of those permitted is given: everyone is linked."),
    )


def _not_yet(project: Project) -> Check:
    charted = standards.chart_measures()
    named = [("[[targets]]", own.measure) for own in project.targets]
    named += [("[[baselines]]", own.measure) for own in project.baselines]
    unknown = sorted({(section, name) for section, name in named if name is not None and name not in charted})
    asked = [
        # A target of a measure that is not charted would be judged by nobody.
        *(f"{section} measure = {name!r} (known: {', '.join(charted)})" for section, name in unknown),
    ]
    return Check(
        "every_setting_is_used",
        "warn" if asked else "pass",
        f"Set in the project file and not used by this version: {', '.join(asked)}." if asked else "Every setting.",
    )


def _months(months: pl.Series) -> str:
    names = [f"{month:%b %Y}" for month in months]
    return ", ".join(names) if len(names) <= 6 else f"{len(names)} months from {names[0]} to {names[-1]}"
