"""The pack: public and internal folders, the restricted tables, the manifest; swapped in together or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from costshift import __version__, standards
from costshift.delays.agreement_summaries import ALL
from costshift.indicators.scheme_series import members_of_schemes
from costshift.indicators.series import ADJUSTED, control_charts
from costshift.ledger.schemes import scheme_effects, with_cumulative
from costshift.organisations import SETTINGS
from costshift.project import Disclosure, Project
from costshift.publish.beside import Beside
from costshift.publish.catalogue import TABLES
from costshift.publish.content import (
    Analysis,
    Audience,
    Check,
    Headline,
    PackContent,
    Restricted,
    SubmittedFile,
    exit_code_of,
)
from costshift.publish.disclosure import control
from costshift.publish.dispute_list import NAME as DISPUTE_LIST
from costshift.publish.dispute_list import write_dispute_list
from costshift.publish.files import CHARTS, drawn_files, every_file, workbook
from costshift.publish.findings import write_examples, write_findings
from costshift.publish.headlines import Rule, headlines
from costshift.publish.manifest import write_manifest
from costshift.publish.quarantine import carry_over, make_private
from costshift.publish.summaries import controlled_summaries, with_inner_columns
from costshift.publish.swap import publication_of
from costshift.publish.tables import published, write_parts, write_table
from costshift.publish.together import Telling, telling
from costshift.publish.totals_shown import HEADLINES


@dataclass(frozen=True)
class Pack:
    """A published pack."""

    folder: Path
    restricted: Path
    headlines: list[Headline]
    checks: list[Check]
    known_at: int
    exit_code: int
    #: All that the pack says, uncontrolled, for later packs to be compared with.
    figures: pl.DataFrame


def publish(project: Project, folder: Path, month: dt.date, as_at: dt.date, analysis: Analysis, beside: Beside) -> Pack:
    """Write the pack of a month beside its place, and swap it in whole.

    Raises:
        PublicationError: a folder or file cannot be written. Nothing is published.
    """
    restricted_root = folder / project.output.restricted_folder
    make_private(restricted_root)
    publication = publication_of(project, folder, month)
    main, latest, restricted = publication.build()
    try:
        contents: dict[Audience, PackContent] = {}
        # The internal pack is not controlled: its files are made while the public one is held together, and the
        # public one's while the restricted lists are worked out.
        internal = contents["internal"] = content_for(project, month, as_at, analysis, "internal")
        internal_files = beside.start(every_file, internal)
        public = contents["public"] = content_for(project, month, as_at, analysis, "public")
        public_files = beside.start(drawn_files, public)
        public_workbook = beside.start(workbook, public)
        beside.no_more()
        for audience, content in contents.items():
            _write_tables(content, main / audience)
        write_findings(internal, analysis.submissions, main / "internal" / "findings")
        restricted_lists = analysis.restricted.take()
        _write_restricted(restricted_lists, restricted, csv="csv" in project.output.formats)
        write_dispute_list(
            restricted_lists.tables["disputed_spells"],
            dict(analysis.tables["partners"].select("partner", "name").iter_rows()),
            project.place.name,
            as_at,
            restricted / DISPUTE_LIST,
        )
        carry_over(restricted_root, month, restricted)
        write_examples(analysis.submissions, month, restricted)
        # From the last to the first: what still waits for the second process is done here.
        for files, audience in ((public_workbook, "public"), (public_files, "public"), (internal_files, "internal")):
            _write_files(files(), main / audience)
        exit_code = exit_code_of(analysis.checks)
        write_manifest(internal, main, exit_code)
        shutil.copytree(main, latest, dirs_exist_ok=True)
        publication.swap_in()
    except BaseException:
        publication.abandon()
        raise
    return Pack(
        folder=publication.main,
        restricted=restricted_root / f"{month:%Y-%m}",
        headlines=internal.headlines,
        checks=analysis.checks,
        known_at=analysis.known_at,
        exit_code=exit_code,
        figures=_said(analysis.figures, internal.headlines, month),
    )


def _said(figures: pl.DataFrame, headlines: list[Headline], month: dt.date) -> pl.DataFrame:
    """The figures by month and partner, and the headlines."""
    rows = [("headlines", own.key, own.label, month, "", own.unit, own.value, None) for own in headlines]
    return pl.concat([figures, pl.DataFrame(rows, schema=figures.schema, orient="row")])


def content_for(
    project: Project, month: dt.date, as_at: dt.date, analysis: Analysis, audience: Audience
) -> PackContent:
    """All that page and workbook of an audience are made of: controlled for it, money in pounds."""
    rule = project.disclosure if audience == "public" else None
    used = analysis.bed_day_prices.filter(pl.col("setting").is_in(SETTINGS))
    prices = dict(analysis.bed_day_prices.filter(pl.col("month") == month).select("setting", "price_pence").iter_rows())
    dearest = int(used["price_pence"].max() or 1)  # type: ignore[arg-type]
    shown = dict(analysis.tables)
    told: Telling = {}
    if rule is not None:
        told = telling(shown, with_inner_columns(analysis.summaries), rule, month, members_of_schemes(project))
        shown = {name: control(TABLES[name], frame, rule, dearest, told.get(name)) for name, frame in shown.items()}
        shown |= schemes_as_shown(shown, project)
    tables = {name: published(TABLES[name], _recharted(name, _telling(name, frame))) for name, frame in shown.items()}
    summaries = controlled_summaries(analysis.summaries, rule, dearest, told)
    return PackContent(
        project=project,
        version=__version__,
        month=month,
        as_at=as_at,
        known_at=analysis.known_at,
        audience=audience,
        headlines=headlines(
            analysis.tables,
            analysis.summaries,
            dict(analysis.tables["partners"].select("partner", "name").iter_rows()),
            month,
            prices,
            project.delays.ready_date_missing,
            project.delays.attribution_basis,
            Rule(rule, dearest, _hidden_totals(analysis.summaries, summaries, told, month, rule)),
        ),
        tables=tables,
        summaries=summaries,
        checks=analysis.checks if audience == "internal" else public_checks(analysis.checks),
        # How many rows a file had, and how many were put aside, can be small numbers: internal only.
        inputs=[]
        if audience == "public"
        else [
            SubmittedFile(submission.month, submission.load_id, file)
            for submission in analysis.submissions
            for file in submission.inputs
        ],
        prices=analysis.prices,
        filter_sentences=standards.cohort_filters(),
        settings_hash=project.settings_hash(),
        awaited=analysis.awaited,
        compared_with=analysis.compared_with,
    )


def _hidden_totals(
    exact: dict[str, pl.DataFrame],
    summaries: dict[str, pl.DataFrame],
    told: Telling,
    month: dt.date,
    rule: Disclosure | None,
) -> frozenset[str]:
    """What the headlines rest on and is suppressed, also where it is not small: counts of all acute providers
    together; ``days`` and ``days: ATTRIBUTION``; ``agreement: COLUMN``; ``position: PARTNER NATURE``."""
    frame = summaries["discharges_by_provider"]
    if rule is None or rule.rule == "none":
        return frozenset()
    acute = pl.col("setting") == "acute"
    here = frame.filter((pl.col("month") == month) & acute & pl.col("acceptable"))
    # A single provider is all of them.
    whole = here.filter(pl.col("provider").is_null()) if here["provider"].n_unique() > 2 else here
    found = {name for own in whole["suppressed"] for name in own.split(", ") if name}
    found |= {name for name, own in told.get(HEADLINES, {}).items() if own.any()}
    for row, _ in _told(exact, told, "days_by_attribution"):
        if row["setting"] == "acute":
            whose = row["recorded_attribution"]
            found.add("days" if whose is None else f"days: {whose}")
    for row, count in _told(exact, told, "agreement_by_organisation"):
        if row["role"] == ALL:
            found.add(f"agreement: {count}")
    for row, _ in _told(exact, told, "positions_by_partner"):
        if row["basis"] == "counted":
            found.add(f"position: {row['partner']} {row['nature']}")
    return frozenset(found)


def _told(exact: dict[str, pl.DataFrame], told: Telling, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Rows of a summary of which a count is suppressed though it is not small, with the count."""
    for count, flags in told.get(name, {}).items():
        for row in exact[name].filter(flags).iter_rows(named=True):
            yield row, count


def _telling(name: str, controlled: pl.DataFrame) -> pl.DataFrame:
    """Without the revisions that do not differ once they are rounded: that they stand there would tell that they do."""
    if name != "revisions" or "suppressed" not in controlled.columns:
        return controlled
    return controlled.filter((pl.col("change") != 0).fill_null(True))


def _recharted(name: str, controlled: pl.DataFrame) -> pl.DataFrame:
    """The control charts of the values as they are shown: limits of others would tell what is suppressed."""
    if name != "spc":
        return controlled
    charts = control_charts(controlled)
    if "suppressed" not in controlled.columns:
        return charts
    hidden = controlled.select("measure", "partner", "month", "suppressed").rename({"measure": "_of"})
    return (
        charts.with_columns(pl.col("measure").str.strip_suffix(ADJUSTED).alias("_of"))
        .join(hidden, on=["_of", "partner", "month"], how="left", validate="m:1")
        .drop("_of")
    )


def schemes_as_shown(controlled: dict[str, pl.DataFrame], project: Project) -> dict[str, pl.DataFrame]:
    """The schemes evaluated by the months as they are shown: means of others would tell what is suppressed."""
    months = with_cumulative(controlled["scheme_months"])
    effects = scheme_effects(months, project.schemes).with_columns(pl.lit("").alias("suppressed"))
    return {"scheme_months": months, "scheme_effects": effects}


#: Checks whose detail holds counts that may be small: in public only whether they passed.
_COUNTING_CHECKS = (
    "linkage_met_no_conflicts",
    "everyone_may_be_linked",
    "every_activity_has_a_price",
    "every_service_has_a_cost",
    "service_costs_are_taken_as_sent",
    "charges_fit_the_services",
    "nothing_is_quarantined",
    "extracts_have_no_warnings",
    "nothing_is_lost_to_sight",
    "nhs_numbers_name_one_person",
    "dated_reasons_fill_the_delays",
    "late_decisions_have_amounts",
    "dispute_notes_are_used",
    "findings_new_since_last_month",
    "headline_measures_are_steady",
)


def public_checks(checks: list[Check]) -> list[Check]:
    """The checks without exact counts of people or rows."""
    return [
        Check(check.name, check.status, "See the internal pack.")
        if check.name in _COUNTING_CHECKS and check.status != "pass"
        else Check(check.name, check.status, "Holds." if check.status == "pass" else check.detail)
        for check in checks
    ]


def _write_tables(content: PackContent, folder: Path) -> None:
    folder.mkdir()
    for name, frame in content.tables.items():
        write_table(TABLES[name], frame, folder / "tables", csv="csv" in content.project.output.formats)


def _write_files(files: Mapping[str, bytes], folder: Path) -> None:
    (folder / CHARTS).mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _write_restricted(lists: Restricted, folder: Path, *, csv: bool) -> None:
    make_private(folder)
    for name, frame in lists.tables.items():
        table = TABLES[name]
        write_table(table, published(table, frame), folder / "tables", csv=csv)
    if lists.person_index is not None:
        table = TABLES["person_index"]
        parts = (published(table, part, is_sorted=True) for part in lists.person_index)
        write_parts(table, parts, folder / "tables", csv=csv)
