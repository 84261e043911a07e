"""Prices as data. An activity without a price is reported as unpriced, never costed at zero."""

from __future__ import annotations

import datetime as dt
import difflib
from pathlib import Path

import polars as pl

from costshift import standards
from costshift.errors import ProjectError

COLUMNS = (
    "item",
    "value",
    "unit",
    "price_year",
    "source",
    "url",
    "verified",
    "valid_from",
    "valid_to",
    "note",
)
DELAYED_BED_DAY = "delayed_bed_day_"


def unit_costs(own: Path | None) -> pl.DataFrame:
    """The prices in force: the shipped ones, completed or overridden row by row by the place's own file.

    Grain: item, valid_from. ``value`` is pounds per ``unit`` (null: unpriced), ``origin`` says shipped or own.
    A row of the own file replaces the shipped rows of its item.

    Raises:
        ProjectError: the file cannot be read, or a row of it cannot be understood.
    """
    shipped = (
        standards.unit_costs()
        .select(*COLUMNS, pl.lit("shipped").alias("origin"))
        .with_columns(pl.col("valid_from", "valid_to").str.to_date("%Y-%m-%d"))
    )
    if own is None:
        return shipped.sort("item", "valid_from")
    table = _own_prices(own)
    return pl.concat([shipped.join(table, on="item", how="anti"), table.select(shipped.columns)]).sort(
        "item", "valid_from"
    )


def bed_day_prices(prices: pl.DataFrame, months: pl.LazyFrame) -> pl.LazyFrame:
    """The price of a delayed bed day by month and setting: month, setting, price_pence.

    Args:
        prices: :func:`unit_costs`.
        months: any frame with ``month``.
    """
    bed_days = prices.filter(pl.col("item").str.starts_with(DELAYED_BED_DAY) & pl.col("value").is_not_null()).select(
        pl.col("item").str.strip_prefix(DELAYED_BED_DAY).alias("setting"),
        (pl.col("value") * 100).cast(pl.Int64).alias("price_pence"),
        "valid_from",
        "valid_to",
    )
    month = pl.col("month")
    return (
        months.select("month")
        .unique()
        .join(bed_days.lazy(), how="cross")
        .filter((pl.col("valid_from") <= month).fill_null(True) & (pl.col("valid_to") >= month).fill_null(True))
        .sort("month", "setting", "valid_from", nulls_last=False)
        .unique(subset=["month", "setting"], keep="last", maintain_order=True)
        .select("month", "setting", "price_pence")
    )


def _own_prices(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise ProjectError(
            f"[costs] unit_costs: there is no file {path}. Correct the path or remove the setting."
        ) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ProjectError(f"{path.name} cannot be read as UTF-8 CSV: {str(error).splitlines()[0]}.") from None
    for name in ("item", "value", "price_year", "source"):
        if name not in table.columns:
            near = difflib.get_close_matches(name, table.columns, n=1)
            hint = f" Did you mean {near[0]!r} to be it?" if near else ""
            raise ProjectError(f"{path.name}: the column {name} is missing.{hint} Columns: {', '.join(COLUMNS)}.")
    table = table.with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in COLUMNS if name not in table.columns
    ).with_row_index("_row", offset=2)
    values = table["value"].str.replace_all(r"[£,\s]", "")
    bad = table.filter(values.is_not_null() & (values != "") & ~values.str.contains(r"^\d+(\.\d{1,2})?$"))
    if bad.height:
        raise ProjectError(
            f"{path.name}, row {bad['_row'][0]}, value: {bad['value'][0]!r} is not an amount in pounds such as 562.00."
        )
    dates: dict[str, pl.Series] = {}
    for name in ("valid_from", "valid_to"):
        parsed = table[name].str.to_date("%Y-%m-%d", strict=False)
        wrong = table.filter(table[name].is_not_null() & (table[name] != "") & parsed.is_null())
        if wrong.height:
            raise ProjectError(
                f"{path.name}, row {wrong['_row'][0]}, {name}: {wrong[name][0]!r} is not a date such as "
                f"{dt.date(2025, 4, 1).isoformat()}."
            )
        dates[name] = parsed
    return table.with_columns(
        values.cast(pl.Decimal(18, 2), strict=False).alias("value"),
        dates["valid_from"].alias("valid_from"),
        dates["valid_to"].alias("valid_to"),
        pl.lit("own").alias("origin"),
    )
