"""What became of the rows of an extract: each is accepted or in the quarantine, with every reason.

In the supplier's own column names. ``rows read = accepted + quarantined`` is checked here for every file.
"""

from __future__ import annotations

from collections import Counter

import polars as pl

from costshift.errors import ExtractError
from costshift.extracts.judging import Judged
from costshift.extracts.kinds import Kind
from costshift.extracts.raw import UNCLOSED_QUOTE, detached
from costshift.extracts.read_extract import EXAMPLE_SCHEMA, FINDING_SCHEMA, MOST_EXAMPLES, InputFile
from costshift.extracts.rules import RULES, sentence
from costshift.extracts.sources import Source
from costshift.project import Extract
from costshift.standards import formatted


def reasons_of(
    kind: Kind, sources: list[Source], judged: Judged, put_aside: pl.DataFrame, faults: dict[str, tuple[str, str]]
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


def _headers(sources: list[Source]) -> pl.DataFrame:
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


def cells_of(sources: list[Source], wanted: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Some rows of each table as they came: source_row, c0 …

    Of a long text only these rows are taken into memory; it is read once for all of them, and not at all for none.
    """
    found = {}
    for source in sources:
        places = wanted.filter(pl.col("source_file") == source.label)["source_row"].unique()
        found[source.label] = detached(source.raw.at(places))
    return found


def quarantine_of(sources: list[Source], cells: dict[str, pl.DataFrame], reasons: pl.DataFrame) -> pl.DataFrame:
    """The rows that are put aside, as they came, with all their reasons: source_file, source_row, reasons, columns."""
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


def findings_of(
    sources: list[Source],
    kept: pl.DataFrame,
    reasons: pl.DataFrame,
    faults: dict[str, tuple[str, str]],
    noticed: pl.DataFrame,
) -> pl.DataFrame:
    """FINDING_SCHEMA: how many rows each rule concerns, by the sender's header, those that are kept included."""
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


def shown_of(kept: pl.DataFrame, faults: dict[str, tuple[str, str]], doubtful: pl.DataFrame) -> pl.DataFrame:
    """rule, source_file, source_row, column (canonical): the first rows of each rule and column that are kept."""
    at = ["source_file", "source_row"]
    parts = [doubtful.select("rule", *at, "column")]
    for label, (rule, column) in faults.items():
        first = kept.filter(pl.col(label)).select(at).head(MOST_EXAMPLES)
        parts.append(first.select(pl.lit(rule).alias("rule"), *at, pl.lit(column).alias("column")))
    return pl.concat(parts).filter(pl.col("rule").replace_strict(_HAS_EXAMPLES, return_dtype=pl.Boolean))


def examples_of(sources: list[Source], cells: dict[str, pl.DataFrame], shown: pl.DataFrame) -> pl.DataFrame:
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


def inputs_of(
    extract: Extract, sources: list[Source], rows: dict[str, int], merged: pl.DataFrame, quarantine: pl.DataFrame
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
