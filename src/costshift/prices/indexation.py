"""Prices of several years brought to one: by the place's own index file, never by an index that ships in code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl

from costshift.errors import ProjectError
from costshift.standards.payers import paid_rates

COLUMNS = ("price_year", "index", "source")


@dataclass(frozen=True)
class Indexation:
    """A chosen price year, and the index of each year as the place gave it."""

    price_year: str
    index: dict[str, Decimal]
    source: str


def read_index(path: Path, price_year: str) -> Indexation:
    """An index file: price_year, index, source.

    Args:
        path: the file of [costs] index.
        price_year: the year of [costs] price_year, which must have a row.

    Raises:
        ProjectError: the file cannot be read, or a row of it cannot be understood.
    """
    try:
        table = pl.read_csv(path, infer_schema=False, glob=False)
    except FileNotFoundError:
        raise ProjectError(f"[costs] index: there is no file {path}. Correct the path or remove the setting.") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ProjectError(f"{path.name} cannot be read as UTF-8 CSV: {str(error).splitlines()[0]}.") from None
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ProjectError(
            f"{path.name}: the column {missing[0]} is missing. It needs {', '.join(COLUMNS)}, one row a price year."
        )
    index: dict[str, Decimal] = {}
    for row, (stated, value, _) in enumerate(table.select(COLUMNS).iter_rows(), start=2):
        year = (stated or "").strip()
        if not year:
            raise ProjectError(f"{path.name}, row {row}, price_year: it is empty. Give a year as the prices have it.")
        if year in index:
            raise ProjectError(f"{path.name}, row {row}, price_year: {year!r} stands twice. Keep one row a year.")
        if not re.fullmatch(r"\d+(\.\d+)?", (value or "").strip()) or not Decimal(value.strip()):
            raise ProjectError(f"{path.name}, row {row}, index: {value!r} is not a number above zero such as 104.2.")
        index[year] = Decimal(value.strip())
    if price_year not in index:
        raise ProjectError(
            f"{path.name} has no row for [costs] price_year = {price_year!r}; its years are {', '.join(index)}."
        )
    sources = sorted({source.strip() for source in table["source"].drop_nulls() if source.strip()})
    return Indexation(price_year, index, "; ".join(sources) or "not stated")


def indexed(prices: pl.DataFrame, indexation: Indexation | None) -> pl.DataFrame:
    """The prices at the chosen price year.

    ``value`` is the indexed value (pence rounded half up), ``stated_value`` what the source says, ``indexed_to`` the
    year (null where the price stands as it was stated). A price whose year the index file does not have is
    **unpriced**: pounds of two years are never added up in silence. Rates that are paid in their own year
    (``standards.payers.paid_rates``) stay as they are.

    Args:
        prices: :func:`costshift.prices.unit_costs.unit_costs` before indexation.
        indexation: the chosen year and the index; None leaves all as stated.
    """
    if indexation is None:
        return prices.with_columns(
            pl.col("value").alias("stated_value"), pl.lit(None, dtype=pl.String).alias("indexed_to")
        )
    values: list[Decimal | None] = []
    years: list[str | None] = []
    target = indexation.index[indexation.price_year]
    for item, value, year in prices.select("item", "value", "price_year").iter_rows():
        own = indexation.index.get((year or "").strip())
        if value is None or item in paid_rates() or (year or "").strip() == indexation.price_year:
            values.append(value)
            years.append(None)
        elif own is None:
            values.append(None)
            years.append(f"{indexation.price_year}: the index has no {year or 'price year'}")
        else:
            values.append((value * target / own).quantize(Decimal("0.01"), ROUND_HALF_UP))
            years.append(indexation.price_year)
    return prices.with_columns(
        pl.Series("value", values, dtype=pl.Decimal(18, 2)),
        pl.col("value").alias("stated_value"),
        pl.Series("indexed_to", years, dtype=pl.String),
    )
