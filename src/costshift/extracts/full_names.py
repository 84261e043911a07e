"""Names typed in one cell: «SMITH, Mary Ann» or «Mrs Mary Ann Smith» to a surname and forenames."""

from __future__ import annotations

import polars as pl

from costshift.extracts.cleaning import text_of

_TITLE = r"(?i)^(mr|mrs|ms|miss|mx|dr|rev|sir|lady|dame|prof)\.? +"


def with_names(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Surname and forename from ``_full_name``, where the row has none of its own; ``_full_name`` is dropped.

    Before a comma stands the surname; without one the last word is it, after any title has been taken away.
    """
    schema = rows.collect_schema()
    whole = text_of("_full_name", schema["_full_name"])
    comma = whole.str.contains(",", literal=True)
    plain = whole.str.replace(_TITLE, "")
    after = whole.str.replace(r"^[^,]*, *", "").str.replace(_TITLE, "")
    surname = pl.when(comma).then(whole.str.replace(r" *,.*$", "")).otherwise(plain.str.extract(r"(\S+)$"))
    forename = pl.when(comma).then(after).otherwise(plain.str.extract(r"^(.*\S) +\S+$"))
    found = {"surname": surname, "forename": forename}
    return rows.with_columns(
        pl.coalesce(*([pl.col(name)] if name in schema.names() else []), value).alias(name)
        for name, value in found.items()
    ).drop("_full_name")
