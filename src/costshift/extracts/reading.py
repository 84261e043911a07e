"""A month's extracts: found, read, cleaned, and split into accepted rows and the quarantine.

Every row read is either accepted or in the quarantine, with every reason, in the supplier's own column
names. ``rows read = accepted + quarantined`` is checked here for every file. Where a file holds episodes, a row is
an episode: it counts as accepted when the spell that it went into is accepted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.cleaning import clean
from costshift.extracts.columns import columns_of, header_strength
from costshift.extracts.databases import read_query
from costshift.extracts.episodes import Spelled, are_episodes, with_spells
from costshift.extracts.files import read_tables
from costshift.extracts.finding import find_files, is_due, patterns_of
from costshift.extracts.full_names import with_names
from costshift.extracts.judging import Candidate, Judged, judge, without
from costshift.extracts.kinds import KINDS, Kind
from costshift.extracts.layouts import columns_beside, layout_constants, match_headers
from costshift.extracts.parquet import table_of
from costshift.extracts.raw import UNCLOSED_QUOTE, RawTable, Room, detached
from costshift.extracts.rules import RULES, sentence
from costshift.extracts.unknown_values import SCHEMA as UNKNOWN_SCHEMA
from costshift.extracts.unknown_values import unknown_values
from costshift.project import Extract, Project
from costshift.standards import formatted

#: Values that are shown to the sender, of each rule and column.
MOST_EXAMPLES = 20
#: Rows with values that no list knows, up to which they are read together with the rows that are set aside.
_MOST_TOGETHER = 100_000
EXAMPLE_SCHEMA = {
    "source_file": pl.String,
    "source_row": pl.Int64,
    "rule": pl.String,
    "column": pl.String,
    "value": pl.String,
}
FINDING_SCHEMA = {"rule": pl.String, "column": pl.String, "severity": pl.String, "rows": pl.Int64}


@dataclass(frozen=True)
class InputFile:
    """One file of an extract, and what became of its rows. Rows are those of the file: records, or episodes."""

    extract: str
    submitter: str
    file: str
    sha256: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int


@dataclass(frozen=True)
class ReadExtract:
    """One [[extracts]] entry, read.

    ``kept``: the accepted rows, the kind's schema, sorted by source file and row. ``quarantine``: source_file,
    source_row, reasons, then the supplier's columns as text. ``findings``: rule, column (the supplier's header, empty
    where a rule concerns the row), severity, rows. ``examples``: values of accepted rows, as they came, that were
    blanked or are hard to believe: the first of each rule and column; personal data. ``snapshots``: sha256 = the
    result of a query, for an extract from a database.
    """

    extract: Extract
    kind: Kind
    kept: pl.LazyFrame
    quarantine: pl.DataFrame
    findings: pl.DataFrame
    inputs: list[InputFile]
    examples: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EXAMPLE_SCHEMA))
    #: Values that no list knows, with the nearest known (extracts/unknown_values.py); may hold personal data.
    unknown: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNKNOWN_SCHEMA))
    snapshots: dict[str, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def accepted(self) -> pl.DataFrame:
        """All of ``kept``, for extracts that are known to be small."""
        return self.kept.collect()


@dataclass(frozen=True)
class _Source:
    """A table of a file with its canonical reading: canonical column = header.

    ``file`` is the file; ``label`` names the table in it, ``file#sheet`` where a file can hold several, and is what
    rows carry as source_file.
    """

    file: str
    label: str
    sha256: str
    raw: RawTable
    columns: dict[str, str]
    snapshot: pl.DataFrame | None = None


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
            (extract, [reading.submit(_read_sources, project, extract, path, folder, month, room) for path in files])
            for extract, files in given
        ]
        by_kind: dict[str, list[tuple[Extract, list[Future[list[_Source]]]]]] = {}
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


def _check_files_are_read_once(group: Sequence[tuple[Extract, list[_Source]]]) -> None:
    owners: dict[str, str] = {}
    for extract, sources in group:
        for source in sources:
            other = owners.setdefault(source.file, extract.submitter)
            if other != extract.submitter:
                raise ExtractError(
                    f"{source.file} is matched by two [[extracts]] entries, {extract.kind}/{other} and "
                    f"{extract.label}. Make `files` of each more exact, so that no row counts twice."
                )


def _read_sources(
    project: Project, extract: Extract, path: Path, folder: Path, month: str, room: Room
) -> list[_Source]:
    kind = KINDS.get(extract.kind)
    if kind is None:
        raise ExtractError(
            f"[[extracts]] {extract.label}: this version does not read extracts of the kind {extract.kind}. Remove the "
            "entry for now."
        )
    if extract.connection is not None:
        result = read_query(
            extract,
            project.connections[extract.connection],
            path,
            month,
            may_have_no_rows=not is_due(extract, month),
        )
        name, table = f"{extract.connection}:{extract.query}", table_of(result.frame)
        columns = columns_of(extract, kind, name, table.headers)
        return [_Source(name, name, result.sha256, table, columns, result.frame)]
    # The digest is worked out outside Python's lock, beside the reading.
    with ThreadPoolExecutor(max_workers=1) as beside:
        digest = beside.submit(_sha256, path)
        tables = read_tables(
            path,
            lambda cells: header_strength(extract, kind, cells),
            may_have_no_rows=not extract.required,
            room=room,
        )
        sha256 = digest.result()
    file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
    sources = []
    for table in tables:
        label = f"{file}#{table.part}" if table.part else file
        sources.append(_Source(file, label, sha256, table, columns_of(extract, kind, label, table.headers)))
    return sources


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _read_kind(
    kind: Kind, group: Sequence[tuple[Extract, list[_Source]]], month: str, spool: Path | None
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
        reasons = _reasons(kind, sources, own, put_aside, faults)
        kept = without(own.flagged, reasons)
        shown = _shown(kept, faults, own.doubtful)
        of_unknown = {label: column for label, (rule, column) in faults.items() if rule == "unknown_value"}
        with_unknown = own.flagged.filter(pl.any_horizontal(pl.lit(False), *of_unknown))
        # In one reading with the others, unless they are so many that their other cells would be too much to hold.
        few = with_unknown.height <= _MOST_TOGETHER
        wanted = (reasons, shown, with_unknown) if few else (reasons, shown)
        cells = _cells(sources, pl.concat([rows.select("source_file", "source_row") for rows in wanted]))
        raw = {each.label: replace(each.raw, rows=cells[each.label].lazy()) if few else each.raw for each in sources}
        quarantine = _quarantine(sources, cells, reasons)
        noticed = [own.hard, _counted("merged_episode", merged), _counted("spell_length_differs", odd_length)]
        results.append(
            ReadExtract(
                extract=extract,
                kind=kind,
                kept=own.accepted,
                quarantine=quarantine,
                findings=_findings(sources, kept, reasons, faults, pl.concat(noticed)),
                inputs=_inputs(extract, sources, own.rows, merged, quarantine),
                examples=_examples(sources, cells, shown),
                unknown=unknown_values(
                    {source.label: (raw[source.label], source.columns) for source in sources}, own.flagged, of_unknown
                ),
                snapshots={source.sha256: source.snapshot for source in sources if source.snapshot is not None},
            )
        )
    return results


def _candidate(kind: Kind, extract: Extract, sources: list[_Source], named: pl.LazyFrame) -> Candidate:
    cleaned = clean(named, kind, extract.values)
    return Candidate(
        rows=cleaned.frame,
        faults=cleaned.faults,
        count=None if any(source.raw.is_long for source in sources) else sum(_fitting(source) for source in sources),
        columns={source.label: set(source.columns) for source in sources},
    )


def _fitting(source: _Source) -> int:
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


def _canonical_rows(kind: Kind, extract: Extract, sources: list[_Source]) -> tuple[pl.LazyFrame, Spelled | None]:
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


def _reasons(
    kind: Kind, sources: list[_Source], judged: Judged, put_aside: pl.DataFrame, faults: dict[str, tuple[str, str]]
) -> pl.DataFrame:
    """source_file, source_row, rule, column, reason: why each quarantined row is there."""
    at = ["source_file", "source_row"]
    parts = [
        judged.broken,
        pl.concat([judged.clashes, put_aside]).with_columns(pl.lit("").alias("column")),
        *(
            source.raw.counts().malformed.select(
                pl.lit(source.label).alias("source_file"),
                "source_row",
                pl.lit("malformed_row").alias("rule"),
                formatted("{}/{}", "fields", pl.lit(len(source.raw.headers))).alias("column"),
            )
            for source in sources
        ),
    ]
    found = pl.concat([part.select(*at, "rule", "column") for part in parts])
    # A required cell that could not be read is named as unreadable, not as missing.
    unreadable = [
        judged.flagged.filter(label).select(*at, pl.lit(column).alias("column"), pl.lit(rule).alias("sharper"))
        for label, (rule, column) in faults.items()
        if column in kind.required and RULES[rule].severity != "information"
    ]
    if unreadable:
        found = found.join(pl.concat(unreadable), on=[*at, "column"], how="left").select(
            *at, pl.coalesce("sharper", "rule").alias("rule"), "column"
        )
    keys = {source.label: " and ".join(source.columns.get(name, name) for name in kind.key) for source in sources}
    found = found.join(_headers(sources), on=["source_file", "column"], how="left").with_columns(
        pl.when(pl.col("rule") == "key_conflict")
        .then(pl.col("source_file").replace_strict(keys, default=None, return_dtype=pl.String))
        .otherwise(pl.col("header").fill_null(pl.col("column")))
        .alias("header")
    )
    words = found.select("rule", "column", "header").unique()
    texts = [_reason_text(rule, column, header) for rule, column, header in words.iter_rows()]
    return found.join(
        words.with_columns(pl.Series("reason", texts, dtype=pl.String)), on=["rule", "column", "header"]
    ).select(
        *at,
        "rule",
        pl.when(pl.col("rule").is_in(["malformed_row", "key_conflict"]))
        .then(pl.lit(""))
        .otherwise("header")
        .alias("column"),
        "reason",
    )


def _headers(sources: list[_Source]) -> pl.DataFrame:
    """source_file, column, header: what each file calls a canonical column."""
    return pl.DataFrame(
        [(source.label, name, header) for source in sources for name, header in source.columns.items()],
        schema={"source_file": pl.String, "column": pl.String, "header": pl.String},
        orient="row",
    )


def _reason_text(rule: str, column: str, header: str) -> str:
    if rule == "malformed_row":
        found, expected = column.split("/")
        if int(found) == UNCLOSED_QUOTE:
            return "the row has a quotation mark that is not closed where its field ends"
        return sentence(rule, found=found, expected=expected)
    return sentence(rule, column=header, key=header)


def _cells(sources: list[_Source], wanted: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Some rows of each table as they came: source_row, c0 …

    Of a long text only these rows are taken into memory; it is read once for all of them, and not at all for none.
    """
    found = {}
    for source in sources:
        places = wanted.filter(pl.col("source_file") == source.label)["source_row"].unique()
        found[source.label] = detached(source.raw.at(places))
    return found


def _quarantine(sources: list[_Source], cells: dict[str, pl.DataFrame], reasons: pl.DataFrame) -> pl.DataFrame:
    at = ["source_file", "source_row"]
    why = (
        reasons.sort(*at, "rule", "column")
        .group_by(at, maintain_order=True)
        .agg(pl.col("reason").unique(maintain_order=True).str.join("; ").alias("reasons"))
    )
    parts = []
    for source in sources:
        headers = _unique_headers(source.raw.headers)
        own = why.filter(pl.col("source_file") == source.label)
        rows = cells[source.label].select(
            "source_row",
            *(pl.col(f"c{n}").cast(pl.String).alias(header) for n, header in enumerate(headers)),
        )
        malformed = source.raw.counts().malformed.select("source_row", pl.col("content").alias("malformed_row"))
        parts.append(
            own.join(rows, on="source_row", how="left", maintain_order="left").join(
                malformed, on="source_row", how="left", maintain_order="left"
            )
        )
    return pl.concat(parts, how="diagonal").sort(at)


def _unique_headers(headers: list[str]) -> list[str]:
    reserved = {"source_file", "source_row", "reasons", "malformed_row"}
    names: list[str] = []
    for position, header in enumerate(headers):
        name = header or f"column {position + 1}"
        while name in names or name in reserved:
            name += " (again)"
        names.append(name)
    return names


def _findings(
    sources: list[_Source],
    kept: pl.DataFrame,
    reasons: pl.DataFrame,
    faults: dict[str, tuple[str, str]],
    noticed: pl.DataFrame,
) -> pl.DataFrame:
    headers = {(file, name): header for file, name, header in _headers(sources).iter_rows()}
    blanks = sum(source.raw.counts().blank_rows for source in sources)
    quarantined = (
        reasons.group_by("rule", "column")
        .agg(pl.len().cast(pl.Int64).alias("rows"))
        .with_columns(pl.lit("error").alias("severity"))
    )
    counted: Counter[tuple[str, str]] = Counter()
    for label, (rule, column) in faults.items():
        for file, rows in kept.filter(pl.col(label)).group_by("source_file").len().iter_rows():
            counted[rule, headers.get((file, column), column)] += rows
    for rule, file, column, rows in noticed.iter_rows():
        counted[rule, headers.get((file, column), column)] += rows
    blanked = [
        {"rule": rule, "column": header, "severity": _severity_of_kept(rule), "rows": rows}
        for (rule, header), rows in counted.items()
    ]
    if blanks:
        blanked.append({"rule": "blank_rows", "column": "", "severity": "information", "rows": blanks})
    return pl.concat([quarantined.select(*FINDING_SCHEMA), pl.DataFrame(blanked, schema=FINDING_SCHEMA)]).sort(
        "severity", "rule", "column"
    )


def _shown(kept: pl.DataFrame, faults: dict[str, tuple[str, str]], doubtful: pl.DataFrame) -> pl.DataFrame:
    """rule, source_file, source_row, column (canonical): the first rows of each rule and column that are kept."""
    at = ["source_file", "source_row"]
    parts = [doubtful.select("rule", *at, "column")]
    for label, (rule, column) in faults.items():
        first = kept.filter(pl.col(label)).select(at).head(MOST_EXAMPLES)
        parts.append(first.select(pl.lit(rule).alias("rule"), *at, pl.lit(column).alias("column")))
    return pl.concat(parts).filter(pl.col("rule").replace_strict(_HAS_EXAMPLES, return_dtype=pl.Boolean))


def _examples(sources: list[_Source], cells: dict[str, pl.DataFrame], shown: pl.DataFrame) -> pl.DataFrame:
    """EXAMPLE_SCHEMA: of each rule and column the first rows that are kept, with the value as it came."""
    at = ["source_file", "source_row"]
    found = [pl.DataFrame(schema=EXAMPLE_SCHEMA)]
    for source in sources:
        own = shown.filter(pl.col("source_file") == source.label)
        names = {name: source.columns[name] for name in own["column"].unique().sort() if name in source.columns}
        if not names:
            continue
        values = (
            cells[source.label]
            .filter(pl.col("source_row").is_in(own["source_row"].implode()))
            .select(
                "source_row",
                *(pl.col(source.raw.column_of(header)).cast(pl.String).alias(name) for name, header in names.items()),
            )
            .unpivot(index="source_row", variable_name="column", value_name="value")
        )
        found.append(
            own.join(values, on=["source_row", "column"])
            .with_columns(pl.col("column").replace_strict(names, return_dtype=pl.String))
            .select(list(EXAMPLE_SCHEMA))
        )
    return (
        pl.concat(found)
        .unique()
        .sort("rule", "column", *at)
        .filter(pl.int_range(pl.len()).over("rule", "column") < MOST_EXAMPLES)
    )


#: Rules of which values are shown: where nothing is wrong, or nothing is there, there is nothing to show.
_HAS_EXAMPLES = {
    name: rule.severity != "information" and name != "nhs_number_often_missing" for name, rule in RULES.items()
}


def _severity_of_kept(rule: str) -> str:
    """Of a row that is kept: a rule that would put it aside, had the cell been required, is a warning."""
    return "information" if RULES[rule].severity == "information" else "warning"


def _inputs(
    extract: Extract, sources: list[_Source], rows: dict[str, int], merged: pl.DataFrame, quarantine: pl.DataFrame
) -> list[InputFile]:
    """One entry a file; every table of it must add up. ``rows``: source_file = accepted rows."""
    files: dict[str, InputFile] = {}
    for source in sources:
        kept = rows.get(source.label, 0) + merged.filter(pl.col("source_file") == source.label).height
        put_aside = quarantine.filter(pl.col("source_file") == source.label).height
        if kept + put_aside != source.raw.rows_read:
            raise ExtractError(
                f"{source.label}: {source.raw.rows_read} rows were read, {kept} accepted and {put_aside} quarantined, "
                "which does not add up. This is a fault of costshift: please report it, without the data."
            )
        before = files.get(source.file)
        files[source.file] = InputFile(
            extract=extract.kind,
            submitter=extract.submitter,
            file=source.file,
            sha256=source.sha256,
            rows_read=source.raw.rows_read + (before.rows_read if before else 0),
            rows_accepted=kept + (before.rows_accepted if before else 0),
            rows_quarantined=put_aside + (before.rows_quarantined if before else 0),
        )
    return list(files.values())
