"""An extract as it was read: what was accepted, what was put aside, and what there is to say about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from costshift.extracts.kinds import Kind
from costshift.project import Extract

#: Values that are shown to the sender, of each rule and column.
MOST_EXAMPLES = 20
EXAMPLE_SCHEMA = {
    "source_file": pl.String,
    "source_row": pl.Int64,
    "rule": pl.String,
    "column": pl.String,
    "value": pl.String,
}
FINDING_SCHEMA = {"rule": pl.String, "column": pl.String, "severity": pl.String, "rows": pl.Int64}
#: Of values that no list knows (unknown_values.py).
UNKNOWN_SCHEMA = {
    "column": pl.String,
    "value": pl.String,
    "rows": pl.Int64,
    "nearest_known": pl.String,
    "similarity": pl.Int64,
    "setting": pl.String,
}


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
