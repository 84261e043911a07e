"""Prices as data. An activity without a price is reported as unpriced, never costed at zero."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from costshift import standards
from costshift.errors import ProjectError
from costshift.prices.indexation import Indexation, indexed

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


def unit_costs(own: Path | None, indexation: Indexation | None = None) -> pl.DataFrame:
    """The prices in force: the shipped ones, completed or overridden row by row by the place's own file.

    Grain: item, valid_from. ``value`` is pounds per ``unit`` (null: unpriced), ``origin`` says shipped or own. A row of
    the own file replaces the shipped rows of its item on the days for which it is valid; on the others they stand.
    With an indexation ``value`` is at its price year, and ``stated_value`` and ``indexed_to`` say from what.

    Raises:
        ProjectError: the file cannot be read, or a row of it cannot be understood.
    """
    shipped = (
        standards.unit_costs()
        .select(*COLUMNS, pl.lit("shipped").alias("origin"))
        .with_columns(pl.col("valid_from", "valid_to").str.to_date("%Y-%m-%d"))
    )
    if own is not None:
        table = _own_prices(own).select(shipped.columns)
        shipped = pl.concat([_outside(shipped, table), table])
    return indexed(shipped.sort("item", "valid_from", nulls_last=False), indexation)


def prices_of_months(prices: pl.DataFrame, months: pl.LazyFrame, items: Sequence[str]) -> pl.LazyFrame:
    """The price of items by month: item, month, price_pence. An item without a price in a month has no row.

    The price of a month is the one in force on its first day; of several, the one that started last.

    Args:
        prices: :func:`unit_costs`.
        months: any frame with ``month``.
        items: the items that are wanted.
    """
    wanted = prices.filter(pl.col("item").is_in(items)).select(
        "item", (pl.col("value") * 100).cast(pl.Int64).alias("price_pence"), "valid_from", "valid_to"
    )
    month = pl.col("month")
    return (
        months.select("month")
        .unique()
        .join(wanted.lazy(), how="cross")
        .filter((pl.col("valid_from") <= month).fill_null(True) & (pl.col("valid_to") >= month).fill_null(True))
        .sort("month", "item", "valid_from", nulls_last=False)
        .unique(subset=["month", "item"], keep="last", maintain_order=True)
        .filter(pl.col("price_pence").is_not_null())
        .select("item", "month", "price_pence")
    )


def bed_day_prices(prices: pl.DataFrame, months: pl.LazyFrame) -> pl.LazyFrame:
    """The price of a delayed bed day by month and setting: month, setting, price_pence.

    Args:
        prices: :func:`unit_costs`.
        months: any frame with ``month``.
    """
    items = prices.filter(pl.col("item").str.starts_with(DELAYED_BED_DAY))["item"].unique().sort().to_list()
    return prices_of_months(prices, months, items).select(
        "month", pl.col("item").str.strip_prefix(DELAYED_BED_DAY).alias("setting"), "price_pence"
    )


def with_use(prices: pl.DataFrame, uses: Mapping[str, str]) -> pl.DataFrame:
    """The prices with ``used_for``: what the pack costs with each item; null where it stands in no figure.

    Args:
        prices: :func:`unit_costs`.
        uses: item to what it was used for.
    """
    return prices.with_columns(
        pl.col("item").replace_strict(dict(uses), default=None, return_dtype=pl.String).alias("used_for")
    )


def _outside(shipped: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """The shipped rows, cut to the days for which no row of the own file is valid."""
    day = dt.timedelta(days=1)
    spans: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for item, start, end in own.select("item", "valid_from", "valid_to").iter_rows():
        spans.setdefault(item, []).append((start or dt.date.min, end or dt.date.max))
    rows = []
    for row in shipped.iter_rows(named=True):
        left = [(row["valid_from"] or dt.date.min, row["valid_to"] or dt.date.max)]
        for start, end in spans.get(row["item"], []):
            pieces = []
            for first, last in left:
                if end < first or start > last:
                    pieces.append((first, last))
                    continue
                if first < start:
                    pieces.append((first, start - day))
                if end < last:
                    pieces.append((end + day, last))
            left = pieces
        rows += [
            row
            | {
                "valid_from": None if first == dt.date.min else first,
                "valid_to": None if last == dt.date.max else last,
            }
            for first, last in left
        ]
    return pl.DataFrame(rows, schema=shipped.schema)


def _own_prices(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(path, infer_schema=False, glob=False)
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
    turned = table.filter(dates["valid_to"] < dates["valid_from"])
    if turned.height:
        raise ProjectError(
            f"{path.name}, row {turned['_row'][0]}: valid_to lies before valid_from. Correct one of them."
        )
    nameless = table.filter(table["item"].is_null() | (table["item"].str.strip_chars() == ""))
    if nameless.height:
        raise ProjectError(f"{path.name}, row {nameless['_row'][0]}, item: it is empty. Name the item that is priced.")
    again = table.with_columns(dates["valid_from"].alias("_from")).filter(
        ~pl.struct("item", "_from").is_first_distinct()
    )
    if again.height:
        raise ProjectError(
            f"{path.name}, row {again['_row'][0]}: {again['item'][0]!r} has another row with the same valid_from. "
            "Keep one of them."
        )
    told = table["verified"].str.strip_chars().str.to_lowercase()
    unclear = table.filter(told.is_not_null() & ~told.is_in(["", "yes", "no"]))
    if unclear.height:
        raise ProjectError(
            f"{path.name}, row {unclear['_row'][0]}, verified: {unclear['verified'][0]!r} is neither yes nor no."
        )
    return table.with_columns(
        pl.Series("verified", ["yes" if value == "yes" else "no" for value in told]),
        values.cast(pl.Decimal(18, 2), strict=False).alias("value"),
        dates["valid_from"].alias("valid_from"),
        dates["valid_to"].alias("valid_to"),
        pl.lit("own").alias("origin"),
    )
