"""Which council a spell belongs to, where the extract does not say: by the user's own lookup, never guessed."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from costshift.errors import ProjectError
from costshift.standards import looked_up


def with_council(spells: pl.LazyFrame, lookup: Path | None) -> pl.LazyFrame:
    """Fill an empty council_code from the LSOA, else the postcode.

    Args:
        spells: council_code, lsoa_code, postcode.
        lookup: a CSV file with council_code and lsoa_code or postcode, or None.

    Raises:
        ProjectError: the lookup cannot be read, lacks its columns, or gives one place two councils.
    """
    if lookup is None:
        return spells
    table = _read(lookup)
    found = pl.col("council_code")
    for name in ("lsoa_code", "postcode"):
        if name not in table.columns:
            continue
        pairs = (
            table.select(_key(name).alias(name), pl.col("council_code").str.strip_chars().str.to_uppercase())
            .drop_nulls()
            .unique()
        )
        twice = pairs.filter(pl.col(name).is_duplicated())
        if twice.height:
            raise ProjectError(f"{lookup.name}: a value of {name} stands with two councils. Keep one row for each.")
        mapping = dict(pairs.iter_rows())
        found = pl.coalesce(found, looked_up(_key(name), mapping, pl.String))
    return spells.with_columns(found.alias("council_code"))


def _key(name: str) -> pl.Expr:
    return pl.col(name).str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")


def _read(lookup: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(lookup, infer_schema=False, glob=False)
    except FileNotFoundError:
        raise ProjectError(
            f"[place] council_lookup: there is no file {lookup}. Correct the path or remove it."
        ) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ProjectError(f"{lookup.name} cannot be read as UTF-8 CSV: {str(error).splitlines()[0]}.") from None
    if "council_code" not in table.columns or not {"lsoa_code", "postcode"} & set(table.columns):
        raise ProjectError(
            f"{lookup.name}: it needs the column council_code and lsoa_code or postcode; it has "
            f"{', '.join(table.columns)}."
        )
    return table
