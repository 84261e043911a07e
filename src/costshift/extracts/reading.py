"""A month's extracts: found, read, cleaned, and split into accepted rows and the quarantine.

Every row read is either accepted or in the quarantine, with every reason, in the supplier's own column
names. ``rows read = accepted + quarantined`` is checked here for every file.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.cleaning import Cleaned, clean
from costshift.extracts.kinds import KINDS, Kind
from costshift.extracts.layouts import LAYOUTS, header_key, match_headers
from costshift.extracts.parquet import read_parquet
from costshift.extracts.raw import UNCLOSED_QUOTE, RawTable
from costshift.extracts.rules import RULES, sentence
from costshift.extracts.text import read_text
from costshift.project import Extract, Project

TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".dat", ".psv")
FINDING_SCHEMA = {"rule": pl.String, "column": pl.String, "severity": pl.String, "rows": pl.Int64}


@dataclass(frozen=True)
class InputFile:
    """One file of an extract, and what became of its rows."""

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

    ``accepted``: the kind's schema, sorted by source file and row. ``quarantine``: source_file, source_row,
    reasons, then the supplier's columns as text. ``findings``: rule, column (the supplier's header, empty
    where a rule concerns the row), severity, rows.
    """

    extract: Extract
    kind: Kind
    accepted: pl.DataFrame
    quarantine: pl.DataFrame
    findings: pl.DataFrame
    inputs: list[InputFile]


@dataclass(frozen=True)
class _Source:
    """A raw file with its canonical reading: canonical column = header."""

    file: str
    sha256: str
    raw: RawTable
    columns: dict[str, str]


def read_month(project: Project, folder: Path, month: str, only: str | None = None) -> list[ReadExtract]:
    """All extracts of a month that are there.

    Args:
        project: the project.
        folder: the project file's folder.
        month: YYYY-MM.
        only: ``KIND/SUBMITTER``, to read just that one.

    Raises:
        ExtractError: a required extract is missing (all missing ones are listed), none is there, or a file
            cannot be read.
    """
    wanted = [extract for extract in project.extracts if only is None or extract.label == only]
    if not wanted:
        known = ", ".join(extract.label for extract in project.extracts)
        raise ExtractError(f"--extract {only}: no such [[extracts]] entry. There are: {known}.")
    found = [(extract, find_files(extract, folder, month)) for extract in wanted]
    missing = [extract for extract, files in found if not files and _is_due(extract, month)]
    if missing or not any(files for _, files in found):
        lines = [
            f"  {extract.label}: nothing matches {' or '.join(_patterns(extract, month))}"
            for extract in missing or wanted
        ]
        raise ExtractError(
            f"The extracts of {month} are not all there:\n"
            + "\n".join(lines)
            + f"\nPut the files there (paths are from {folder}), correct `files` in the project file, or set "
            "`required = false` for an extract that may come later."
        )
    sources = [(extract, [_read_source(extract, path, folder) for path in files]) for extract, files in found if files]
    by_kind: dict[str, list[tuple[Extract, list[_Source]]]] = {}
    for extract, files in sources:
        by_kind.setdefault(extract.kind, []).append((extract, files))
    for group in by_kind.values():
        _check_files_are_read_once(group)
    results = {id(read.extract): read for kind, group in by_kind.items() for read in _read_kind(KINDS[kind], group)}
    return [results[id(extract)] for extract, _ in sources]


def _is_due(extract: Extract, month: str) -> bool:
    """Whether a run of the month must have the extract: a quarterly one only at a quarter's end."""
    return extract.required and (extract.cadence == "monthly" or month[-2:] in ("03", "06", "09", "12"))


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


def find_files(extract: Extract, folder: Path, month: str) -> list[Path]:
    """The files of an extract for a month, sorted."""
    if extract.files is None:
        raise ExtractError(
            f"[[extracts]] {extract.label}: reading from a database is not in this version. Export the query to "
            "CSV or Parquet and give `files`."
        )
    found: set[Path] = set()
    for pattern in _patterns(extract, month):
        if (folder / pattern).is_file():
            # A name with brackets in it is a name before it is a pattern.
            found.add(folder / pattern)
            continue
        path = Path(pattern.replace("\\", "/"))
        base = Path(path.anchor) if path.is_absolute() else folder
        relative = path.relative_to(path.anchor) if path.is_absolute() else path
        try:
            found.update(match for match in base.glob(str(relative)) if match.is_file())
        except (ValueError, IndexError, NotImplementedError):
            raise ExtractError(
                f"[[extracts]] {extract.label}: files = {pattern!r} is not a pattern that can be followed. Give a "
                "path; * stands for any part of a name, and ** for any folders and stands alone between slashes."
            ) from None
    return sorted(found)


def read_raw(path: Path, *, may_have_no_rows: bool = False) -> RawTable:
    """A file as it came, by its ending.

    Args:
        path: the file.
        may_have_no_rows: whether a header alone is an answer («nothing this month»); an empty file never is.

    Raises:
        ExtractError: the ending is not one that this version reads, or the file has no rows.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            raw = read_parquet(path)
        elif suffix in TEXT_SUFFIXES:
            raw = read_text(path)
        else:
            raise ExtractError(
                f"{path.name}: files ending in {suffix or 'nothing'} are not read by this version. Save it as CSV "
                "(UTF-8) or Parquet."
            )
    except OSError as error:
        raise ExtractError(f"{path.name} cannot be opened: {error.strerror}. Close it in other programs.") from None
    if raw.rows_read == 0 and not may_have_no_rows:
        raise ExtractError(
            f"{path.name} has a header and no rows. Ask the sender for the file again, or remove it if nothing "
            "was to be sent. An extract with `required = false` may be a header alone."
        )
    return raw


def _patterns(extract: Extract, month: str) -> list[str]:
    files = [extract.files] if isinstance(extract.files, str) else extract.files or []
    return [pattern.replace("{month}", month) for pattern in files]


def _read_source(extract: Extract, path: Path, folder: Path) -> _Source:
    raw = read_raw(path, may_have_no_rows=not extract.required)
    kind = KINDS.get(extract.kind)
    if kind is None:
        raise ExtractError(
            f"[[extracts]] {extract.label}: this version does not read extracts of the kind {extract.kind}. Remove the "
            "entry for now."
        )
    file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return _Source(file, sha256, raw, _columns_of(extract, kind, file, raw.headers))


def _columns_of(extract: Extract, kind: Kind, file: str, headers: list[str]) -> dict[str, str]:
    if extract.layout not in LAYOUTS:
        near = difflib.get_close_matches(extract.layout, LAYOUTS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise ExtractError(
            f"[[extracts]] {extract.label}: unknown layout {extract.layout!r}{hint} Known: {', '.join(LAYOUTS)}."
        )
    for name in (*extract.columns, *extract.constants, *extract.values):
        if name not in kind.columns:
            near = difflib.get_close_matches(name, kind.columns, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ExtractError(
                f"[[extracts]] {extract.label}: {kind.name} have no canonical column {name}.{hint} "
                "See docs/extracts.md."
            )
    columns = match_headers(headers, kind, extract.layout).columns
    if extract.layout not in ("auto", "canonical"):
        # A layout leads; columns that a place added under their canonical names are still understood.
        for name, header in match_headers(headers, kind, "canonical").columns.items():
            if name not in columns and header not in columns.values():
                columns[name] = header
    own = {header_key(header): header for header in reversed(headers)} | {header: header for header in headers}
    for name, header in extract.columns.items():
        found = header if header in own else header_key(header)
        if found not in own or not found:
            near = difflib.get_close_matches(header, headers, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ExtractError(
                f"{file}: there is no column {header!r}, which [[extracts]] {extract.label} gives for {name}.{hint} "
                f"The file has: {', '.join(headers)}."
            )
        chosen = own[found]
        columns = {other: value for other, value in columns.items() if value != chosen}
        columns[name] = chosen
    for name in extract.constants:
        columns.pop(name, None)
    twice = sorted({header for header in columns.values() if headers.count(header) > 1})
    if twice:
        raise ExtractError(f"{file}: the column {twice[0]!r} stands twice. Remove or rename one of the two.")
    missing = [name for name in kind.required if name not in columns and name not in extract.constants]
    if missing:
        raise ExtractError(
            f"{file}: required column missing: {', '.join(missing)} (for {kind.name}). The file has: "
            f"{', '.join(headers)}. Name the column in [extracts.columns] of [[extracts]] {extract.label}, "
            f'for example {missing[0]} = "{headers[0]}", or ask the sender to add it.'
        )
    return columns


def _read_kind(kind: Kind, group: Sequence[tuple[Extract, list[_Source]]]) -> list[ReadExtract]:
    """All extracts of one kind together, because a key must be unique over a whole load."""
    cleaned = [_clean_extract(kind, extract, sources) for extract, sources in group]
    faults = {label: names for part in cleaned for label, names in part.faults.items()}
    frames = [
        part.frame.with_columns(pl.lit(number, dtype=pl.Int32).alias("_extract")) for number, part in enumerate(cleaned)
    ]
    rows = (
        pl.concat(frames, how="diagonal")
        .with_columns(pl.col(label).fill_null(False) for label in faults)
        .sort("source_file", "source_row", "_extract")
        .collect()
    )
    valid, failure = kind.schema.filter(rows.select(list(kind.schema.columns())))
    details = failure.details()
    at = ["source_file", "source_row"]
    # An end that cannot be read is no open end: blanked, it would let run on what has ended.
    unreadable_ends = [
        rows.filter(pl.col(label)).select(*at, pl.lit(rule).alias("rule"), pl.lit(column).alias("column"))
        for label, (rule, column) in faults.items()
        if column in kind.ends
    ]
    broken = pl.concat([_broken_rules(details), *unreadable_ends])
    good = valid.join(broken, on=at, how="anti", maintain_order="left")
    origin = rows.select(*at, "_extract", *faults)
    clashes = _clashes(good, kind)
    accepted = good.join(clashes, on=at, how="anti", maintain_order="left")
    results = []
    for number, (extract, sources) in enumerate(group):
        mine = origin.filter(pl.col("_extract") == number)
        reasons = _reasons(kind, extract, sources, mine, broken, clashes, faults)
        own_accepted = accepted.join(mine.select(at), on=at, how="semi", maintain_order="left")
        quarantine = _quarantine(sources, reasons)
        results.append(
            ReadExtract(
                extract=extract,
                kind=kind,
                accepted=own_accepted,
                quarantine=quarantine,
                findings=_findings(sources, mine, reasons, faults),
                inputs=[_input(extract, source, own_accepted, quarantine) for source in sources],
            )
        )
    return results


def _clean_extract(kind: Kind, extract: Extract, sources: list[_Source]) -> Cleaned:
    frames = []
    for source in sources:
        names = {name: source.raw.column_of(header) for name, header in source.columns.items()}
        frames.append(
            source.raw.frame.lazy().select(
                pl.lit(source.file).alias("source_file"),
                "source_row",
                *(pl.col(position).alias(name) for name, position in names.items()),
                *(pl.lit(value).alias(name) for name, value in extract.constants.items()),
            )
        )
    # Files of one extract may differ in which columns are dates already.
    return clean(pl.concat(frames, how="diagonal_relaxed"), kind, extract.values)


def _broken_rules(details: pl.DataFrame) -> pl.DataFrame:
    """source_file, source_row, rule, column: one row for each schema rule that a row breaks."""
    parts = [
        pl.DataFrame(schema={"source_file": pl.String, "source_row": pl.Int64, "rule": pl.String, "column": pl.String})
    ]
    for label in details.columns:
        rule = label.removesuffix("|nullability")
        if label == rule and label not in RULES:
            continue
        column = rule if label != rule else ""
        parts.append(
            details.filter(pl.col(label).cast(pl.String) == "invalid").select(
                "source_file",
                "source_row",
                pl.lit("missing_required" if column else rule).alias("rule"),
                pl.lit(column).alias("column"),
            )
        )
    return pl.concat(parts)


def _clashes(good: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """source_file, source_row, rule: rows that repeat another, and rows whose key has several contents.

    ``good`` is sorted by source file and row, so that "the first" does not depend on anything else.
    """
    content = [name for name in good.columns if not name.startswith("source_")]
    marked = good.select(
        "source_file",
        "source_row",
        *kind.key,
        pl.struct(content).hash(seed=0).alias("_content"),
    ).with_columns(pl.int_range(pl.len()).over("_content").alias("_nth"))
    conflict = pl.lit(False)
    if kind.key and not kind.grouped:
        conflict = pl.col("_content").n_unique().over(kind.key) > 1
    return (
        marked.with_columns(
            pl.when(conflict)
            .then(pl.lit("key_conflict"))
            .when(pl.col("_nth") > 0)
            .then(pl.lit("duplicate"))
            .alias("rule")
        )
        .filter(pl.col("rule").is_not_null())
        .select("source_file", "source_row", "rule")
    )


def _reasons(
    kind: Kind,
    extract: Extract,
    sources: list[_Source],
    mine: pl.DataFrame,
    broken: pl.DataFrame,
    clashes: pl.DataFrame,
    faults: dict[str, tuple[str, str]],
) -> pl.DataFrame:
    """source_file, source_row, rule, column, reason: why each quarantined row is there."""
    at = ["source_file", "source_row"]
    here = mine.select(at)
    parts = [
        broken.join(here, on=at, how="semi"),
        clashes.join(here, on=at, how="semi").with_columns(pl.lit("").alias("column")),
        *(
            source.raw.malformed.select(
                pl.lit(source.file).alias("source_file"),
                "source_row",
                pl.lit("malformed_row").alias("rule"),
                pl.format("{}/{}", "fields", pl.lit(len(source.raw.headers))).alias("column"),
            )
            for source in sources
        ),
    ]
    found = pl.concat([part.select(*at, "rule", "column") for part in parts])
    # A required cell that could not be read is named as unreadable, not as missing.
    unreadable = [
        mine.filter(pl.col(label)).select(*at, pl.lit(column).alias("column"), pl.lit(rule).alias("sharper"))
        for label, (rule, column) in faults.items()
        if column in kind.required
    ]
    if unreadable:
        found = found.join(pl.concat(unreadable), on=[*at, "column"], how="left").select(
            *at, pl.coalesce("sharper", "rule").alias("rule"), "column"
        )
    found = found.join(_headers(sources), on=["source_file", "column"], how="left").with_columns(
        pl.col("header").fill_null(pl.col("column"))
    )
    words = found.select("rule", "column", "header").unique()
    texts = [_reason_text(kind, rule, column, header) for rule, column, header in words.iter_rows()]
    return found.join(
        words.with_columns(pl.Series("reason", texts, dtype=pl.String)), on=["rule", "column", "header"]
    ).select(
        *at,
        "rule",
        pl.when(pl.col("rule") == "malformed_row").then(pl.lit("")).otherwise("header").alias("column"),
        "reason",
    )


def _headers(sources: list[_Source]) -> pl.DataFrame:
    """source_file, column, header: what each file calls a canonical column."""
    return pl.DataFrame(
        [(source.file, name, header) for source in sources for name, header in source.columns.items()],
        schema={"source_file": pl.String, "column": pl.String, "header": pl.String},
        orient="row",
    )


def _reason_text(kind: Kind, rule: str, column: str, header: str) -> str:
    if rule == "malformed_row":
        found, expected = column.split("/")
        if int(found) == UNCLOSED_QUOTE:
            return "the row has a quotation mark that is not closed where its field ends"
        return sentence(rule, found=found, expected=expected)
    return sentence(rule, column=header, key=" and ".join(kind.key))


def _quarantine(sources: list[_Source], reasons: pl.DataFrame) -> pl.DataFrame:
    at = ["source_file", "source_row"]
    why = (
        reasons.sort(*at, "rule", "column")
        .group_by(at, maintain_order=True)
        .agg(pl.col("reason").unique(maintain_order=True).str.join("; ").alias("reasons"))
    )
    parts = []
    for source in sources:
        headers = _unique_headers(source.raw.headers)
        own = why.filter(pl.col("source_file") == source.file)
        rows = source.raw.frame.select(
            "source_row",
            *(pl.col(f"c{n}").cast(pl.String).alias(header) for n, header in enumerate(headers)),
        )
        malformed = source.raw.malformed.select("source_row", pl.col("content").alias("malformed_row"))
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
    sources: list[_Source], mine: pl.DataFrame, reasons: pl.DataFrame, faults: dict[str, tuple[str, str]]
) -> pl.DataFrame:
    headers = {(file, name): header for file, name, header in _headers(sources).iter_rows()}
    blanks = sum(source.raw.blank_rows for source in sources)
    quarantined = (
        reasons.group_by("rule", "column")
        .agg(pl.len().cast(pl.Int64).alias("rows"))
        .with_columns(pl.lit("error").alias("severity"))
    )
    at = ["source_file", "source_row"]
    kept = mine.join(reasons.select(at).unique(), on=at, how="anti")
    counted: Counter[tuple[str, str]] = Counter()
    for label, (rule, column) in faults.items():
        for file, rows in kept.filter(pl.col(label)).group_by("source_file").len().iter_rows():
            counted[rule, headers.get((file, column), column)] += rows
    blanked = [
        {"rule": rule, "column": header, "severity": "warning", "rows": rows}
        for (rule, header), rows in counted.items()
    ]
    if blanks:
        blanked.append({"rule": "blank_rows", "column": "", "severity": "information", "rows": blanks})
    return pl.concat([quarantined.select(*FINDING_SCHEMA), pl.DataFrame(blanked, schema=FINDING_SCHEMA)]).sort(
        "severity", "rule", "column"
    )


def _input(extract: Extract, source: _Source, accepted: pl.DataFrame, quarantine: pl.DataFrame) -> InputFile:
    kept = accepted.filter(pl.col("source_file") == source.file).height
    put_aside = quarantine.filter(pl.col("source_file") == source.file).height
    if kept + put_aside != source.raw.rows_read:
        raise ExtractError(
            f"{source.file}: {source.raw.rows_read} rows were read, {kept} accepted and {put_aside} quarantined, which "
            "does not add up. This is a fault of costshift: please report it, without the data."
        )
    return InputFile(
        extract=extract.kind,
        submitter=extract.submitter,
        file=source.file,
        sha256=source.sha256,
        rows_read=source.raw.rows_read,
        rows_accepted=kept,
        rows_quarantined=put_aside,
    )
