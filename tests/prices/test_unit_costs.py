"""Prices: shipped, completed, overridden; never zero where there is none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from costshift.errors import ProjectError
from costshift.prices.unit_costs import bed_day_prices, unit_costs

APRIL, MAY = dt.date(2025, 4, 1), dt.date(2025, 5, 1)


def own(folder: Path, text: str) -> Path:
    path = folder / "prices.csv"
    path.write_text("item,value,price_year,source,valid_from,valid_to\n" + text, encoding="utf-8")
    return path


def prices(table: pl.DataFrame, *months: dt.date) -> dict[tuple[dt.date, str], int]:
    rows = bed_day_prices(table, pl.LazyFrame({"month": months})).collect()
    return {(row["month"], row["setting"]): row["price_pence"] for row in rows.to_dicts()}


def test_the_shipped_price_is_for_acute_beds_alone() -> None:
    found = prices(unit_costs(None), APRIL)
    assert found[APRIL, "acute"] == 56_200
    assert (APRIL, "community") not in found and (APRIL, "mental_health") not in found


def test_an_own_row_overrides_its_item_and_leaves_the_others(tmp_path: Path) -> None:
    table = unit_costs(own(tmp_path, "delayed_bed_day_community,£301.50,2024/25,our finance team,,\n"))
    found = prices(table, APRIL)
    assert found[APRIL, "community"] == 30_150
    assert found[APRIL, "acute"] == 56_200
    assert table.filter(pl.col("item") == "delayed_bed_day_community")["origin"].to_list() == ["own"]


def test_the_price_of_the_month_is_used(tmp_path: Path) -> None:
    table = unit_costs(
        own(
            tmp_path,
            "delayed_bed_day_acute,500,2024/25,us,,2025-04-30\ndelayed_bed_day_acute,600,2025/26,us,2025-05-01,\n",
        )
    )
    found = prices(table, APRIL, MAY)
    assert (found[APRIL, "acute"], found[MAY, "acute"]) == (50_000, 60_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("delayed_bed_day_acute,about 500,2024/25,us,,\n", "row 2, value"),
        ("delayed_bed_day_acute,500,2024/25,us,1 May 2025,\n", "row 2, valid_from"),
    ],
)
def test_a_row_that_cannot_be_understood_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        unit_costs(own(tmp_path, text))


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no file .*prices\.csv"):
        unit_costs(tmp_path / "prices.csv")
    (tmp_path / "prices.csv").write_text("item,price\na,1\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="the column value is missing"):
        unit_costs(tmp_path / "prices.csv")


def test_money_is_exact() -> None:
    table = unit_costs(None)
    assert table.schema["value"] == pl.Decimal(18, 2)
    assert table.filter(pl.col("item") == "delayed_bed_day_acute")["value"].to_list() == [Decimal("562.00")]
