"""A month's extracts: found, read, cleaned, and split into accepted rows and the quarantine.

Where a file holds episodes, a row is an episode: it counts as accepted when the spell that it went into is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.accounting import (
    cells_of,
    examples_of,
    findings_of,
    inputs_of,
    quarantine_of,
    reasons_of,
    shown_of,
)
from costshift.extracts.cleaning import clean
from costshift.extracts.episodes import Spelled, are_episodes, with_spells
from costshift.extracts.finding import find_files, is_due, patterns_of
from costshift.extracts.full_names import with_names
from costshift.extracts.judging import Candidate, judge, without
from costshift.extracts.kinds import KINDS, Kind
from costshift.extracts.layouts import columns_beside, layout_constants, match_headers
from costshift.extracts.raw import Room
from costshift.extracts.read_extract import MOST_EXAMPLES, ReadExtract
from costshift.extracts.sources import Source, read_sources
from costshift.extracts.unknown_values import unknown_values
from costshift.project import Extract, Project

#: Rows with values that no list knows, up to which they are read together with the rows that are set aside.
_MOST_TOGETHER = 100_000


def read_month(
    project: Project, folder: Path, month: str, only: str | None = None, spool: Path | None = None
) -> list[ReadExtract]:
    """All extracts of a month that are there.

    Args:
        project: the project.
        folder: the project file's folder.
        month: YYYY-MM.
        only: ``KIND/SUBMITTER``, to read just that one.
        spool: a folder for the accepted rows of long extracts, which last as long as it does; None: who asks for them
            reads them anew.

    Raises:
        ExtractError: a required extract is missing (all missing ones are listed), none is there, or a file
            cannot be read.
    """
    wanted = [_with_layout_s_constants(extract) for extract in project.extracts if only in (None, extract.label)]
    if not wanted:
        known = ", ".join(extract.label for extract in project.extracts)
        raise ExtractError(f"--extract {only}: no such [[extracts]] entry. There are: {known}.")
    found = [(extract, find_files(extract, folder, month)) for extract in wanted]
    missing = [extract for extract, files in found if not files and is_due(extract, month)]
    if missing or not any(files for _, files in found):
        lines = [
            f"  {extract.label}: nothing matches {' or '.join(patterns_of(extract, month))}"
            for extract in missing or wanted
        ]
        raise ExtractError(
            f"The extracts of {month} are not all there:\n"
            + "\n".join(lines)
            + f"\nPut the files there (paths are from {folder}), correct `files` in the project file, or set "
            "`required = false` for an extract that may come later."
        )
    room = Room()
    given = [(extract, files) for extract, files in found if files]
    # Files are read one after another, and meanwhile what was read is judged: kind by kind.
    reading = ThreadPoolExecutor(max_workers=1)
    try:
        begun = [
            (extract, [reading.submit(read_sources, project, extract, path, folder, month, room) for path in files])
            for extract, files in given
        ]
        by_kind: dict[str, list[tuple[Extract, list[Future[list[Source]]]]]] = {}
        for extract, files_of in begun:
            by_kind.setdefault(extract.kind, []).append((extract, files_of))
        results: dict[int, ReadExtract] = {}
        for kind, own in by_kind.items():
            group = [(extract, [source for file in files_of for source in file.result()]) for extract, files_of in own]
            _check_files_are_read_once(group)
            results |= {id(read.extract): read for read in _read_kind(KINDS[kind], group, month, spool)}
    finally:
        reading.shutdown(cancel_futures=True)
    return [results[id(extract)] for extract, _ in given]


def _with_layout_s_constants(extract: Extract) -> Extract:
    """The extract with what its layout says of every row; the project's own words go before."""
    of_layout = {
        name: value
        for name, value in layout_constants(extract.layout, extract.kind).items()
        if name not in extract.columns
    }
    return extract.model_copy(update={"constants": of_layout | extract.constants}) if of_layout else extract


def _check_files_are_read_once(group: Sequence[tuple[Extract, list[Source]]]) -> None:
    owners: dict[str, str] = {}
    for extract, sources in group:
        for source in sources:
            other = owners.setdefault(source.file, extract.submitter)
            if other != extract.submitter:
                raise ExtractError(
                    f"{source.file} is matched by two [[extracts]] entries, {extract.kind}/{other} and "
                    f"{extract.label}. Make `files` of each more exact, so that no row counts twice."
                )


def _read_kind(
    kind: Kind, group: Sequence[tuple[Extract, list[Source]]], month: str, spool: Path | None
) -> list[ReadExtract]:
    """All extracts of one kind together, because a key must be unique over a whole load."""
    rows_of = [_canonical_rows(kind, extract, sources) for extract, sources in group]
    candidates = [
        _candidate(kind, extract, sources, named) for (extract, sources), (named, _) in zip(group, rows_of, strict=True)
    ]
    judged = judge(kind, candidates, month, MOST_EXAMPLES, spool)
    results = []
    for (extract, sources), own, candidate, (_, spelled) in zip(group, judged, candidates, rows_of, strict=True):
        faults = candidate.faults
        merged, put_aside, odd_length = _fate_of_episodes(spelled, own.accepted)
        reasons = reasons_of(kind, sources, own, put_aside, faults)
        kept = without(own.flagged, reasons)
        shown = shown_of(kept, faults, own.doubtful)
        of_unknown = {label: column for label, (rule, column) in faults.items() if rule == "unknown_value"}
        with_unknown = own.flagged.filter(pl.any_horizontal(pl.lit(False), *of_unknown))
        # In one reading with the others, unless they are so many that their other cells would be too much to hold.
        few = with_unknown.height <= _MOST_TOGETHER
        wanted = (reasons, shown, with_unknown) if few else (reasons, shown)
        cells = cells_of(sources, pl.concat([rows.select("source_file", "source_row") for rows in wanted]))
        raw = {each.label: replace(each.raw, rows=cells[each.label].lazy()) if few else each.raw for each in sources}
        quarantine = quarantine_of(sources, cells, reasons)
        noticed = [own.hard, _counted("merged_episode", merged), _counted("spell_length_differs", odd_length)]
        results.append(
            ReadExtract(
                extract=extract,
                kind=kind,
                kept=own.accepted,
                quarantine=quarantine,
                findings=findings_of(sources, kept, reasons, faults, pl.concat(noticed)),
                inputs=inputs_of(extract, sources, own.rows, merged, quarantine),
                examples=examples_of(sources, cells, shown),
                unknown=unknown_values(
                    {source.label: (raw[source.label], source.columns) for source in sources}, own.flagged, of_unknown
                ),
                snapshots={source.sha256: source.snapshot for source in sources if source.snapshot is not None},
            )
        )
    return results


def _candidate(kind: Kind, extract: Extract, sources: list[Source], named: pl.LazyFrame) -> Candidate:
    cleaned = clean(named, kind, extract.values)
    return Candidate(
        rows=cleaned.frame,
        faults=cleaned.faults,
        count=None if any(source.raw.is_long for source in sources) else sum(_fitting(source) for source in sources),
        columns={source.label: set(source.columns) for source in sources},
    )


def _fitting(source: Source) -> int:
    return source.raw.counts().fitting


def of_no_use(reads: Sequence[ReadExtract], month: str) -> list[ReadExtract]:
    """Extracts that the month must have, and of which every row was set aside: as good as missing."""
    return [
        read
        for read in reads
        if is_due(read.extract, month)
        and any(file.rows_read for file in read.inputs)
        and not any(file.rows_accepted for file in read.inputs)
    ]


def _canonical_rows(kind: Kind, extract: Extract, sources: list[Source]) -> tuple[pl.LazyFrame, Spelled | None]:
    """The rows under their canonical names, as they came; episodes of a hospital stay put together."""
    frames = []
    episodes = False
    for source in sorted(sources, key=lambda own: own.label):
        headers = source.raw.headers
        names = {name: source.raw.column_of(header) for name, header in source.columns.items()}
        beside: dict[str, str] = {}
        if kind.name == "spells" and extract.layout in ("auto", "hes"):
            beside = columns_beside(headers, "hes", "episodes")
            if are_episodes(beside):
                episodes = True
                names |= {f"_episode_{name}": source.raw.column_of(header) for name, header in beside.items()}
        elif _is_simple_list(kind, extract, headers):
            # A list with one date says when the assessment was made, and by that when it was done.
            if "event_start_date" in names:
                names.setdefault("event_end_date", names["event_start_date"])
            beside = columns_beside(headers, "simple_assessments", "names")
            names |= {f"_{name}": source.raw.column_of(header) for name, header in beside.items()}
        frame = source.raw.rows.select(
            pl.lit(source.label).alias("source_file"),
            "source_row",
            *(pl.col(position).alias(name) for name, position in names.items()),
            *(pl.lit(value).alias(name) for name, value in extract.constants.items()),
            *([pl.lit(value=are_episodes(beside)).alias("_is_episode")] if kind.name == "spells" else []),
        )
        frames.append(with_names(frame) if "_full_name" in names else frame)
    # Files of one extract may differ in which columns are dates already.
    rows = pl.concat(frames, how="diagonal_relaxed")
    if not episodes:
        return rows, None
    spelled = with_spells(rows.collect())
    return spelled.rows.lazy(), spelled


def _is_simple_list(kind: Kind, extract: Extract, headers: list[str]) -> bool:
    if kind.name != "care_events" or extract.layout not in ("auto", "simple_assessments"):
        return False
    return match_headers(headers, kind, extract.layout).layout == "simple_assessments"


def _fate_of_episodes(spelled: Spelled | None, kept: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Episodes that went into an accepted spell; those put aside, with the rule; accepted spells of odd length."""
    at = ["source_file", "source_row"]
    none = pl.DataFrame(schema={"source_file": pl.String, "source_row": pl.Int64})
    if spelled is None:
        return none, none.with_columns(pl.lit("").alias("rule")), none
    into = ["into_file", "into_row"]
    accepted = kept.select(at).collect()
    lost = spelled.merged.join(accepted, left_on=into, right_on=at, how="anti")
    return (
        spelled.merged.join(accepted, left_on=into, right_on=at, how="semi").select(at),
        pl.concat([spelled.put_aside, lost.select(*at, pl.lit("spell_put_aside").alias("rule"))]),
        spelled.odd_length.join(accepted, on=at, how="semi"),
    )


def _counted(rule: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a file that a rule concerns: rule, source_file, column, rows."""
    return (
        rows.group_by("source_file")
        .agg(pl.len().cast(pl.Int64).alias("rows"))
        .select(pl.lit(rule).alias("rule"), "source_file", pl.lit("").alias("column"), "rows")
    )
