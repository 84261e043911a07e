"""Prices of several years at one price year, and own rows by their periods."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from costshift.errors import ProjectError
from costshift.prices.indexation import read_index
from costshift.prices.unit_costs import prices_of_months, unit_costs, with_use

INDEX = "price_year,index,source\n2022/23,100,GDP deflator\n2024/25,110.5,GDP deflator\n2025/26,113.2,GDP deflator\n"


def written(folder: Path, text: str, name: str = "index.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def of(table: pl.DataFrame, item: str) -> dict:
    return table.filter(pl.col("item") == item).row(0, named=True)


def test_a_price_is_brought_to_the_chosen_year(tmp_path: Path) -> None:
    found = unit_costs(None, read_index(written(tmp_path, INDEX), "2025/26"))
    # £395 of 2022/23: 395 x 113.2 / 100 = £447.14.
    own = of(found, "delayed_bed_day_acute_kings_fund")
    assert (own["value"], own["stated_value"], own["indexed_to"]) == (Decimal("447.14"), Decimal("395.00"), "2025/26")
    # £1,185.55 of 2024/25: x 113.2 / 110.5 = 1,214.518... = £1,214.52.
    assert of(found, "care_home_week")["value"] == Decimal("1214.52")
    # Already of the year.
    assert of(found, "delayed_bed_day_acute")["value"] == Decimal("562.00")
    assert of(found, "delayed_bed_day_acute")["indexed_to"] is None


def test_a_price_of_a_year_without_an_index_is_unpriced_and_says_why(tmp_path: Path) -> None:
    found = unit_costs(None, read_index(written(tmp_path, INDEX), "2025/26"))
    own = of(found, "reablement_episode")
    assert own["value"] is None and own["stated_value"] == Decimal("2088.00")
    assert own["indexed_to"] == "2025/26: the index has no 2010"


def test_rates_that_are_paid_in_their_year_are_never_indexed(tmp_path: Path) -> None:
    found = unit_costs(None, read_index(written(tmp_path, INDEX), "2022/23"))
    rates = found.filter(pl.col("item") == "funded_nursing_care_week")
    assert rates["value"].to_list() == rates["stated_value"].to_list()
    assert rates.filter(pl.col("price_year") == "2024/25")["value"].item() == Decimal("235.88")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("price_year,index\n2025/26,1\n", "the column source is missing"),
        ("price_year,index,source\n2025/26,none,us\n", "row 2, index"),
        ("price_year,index,source\n2025/26,0,us\n", "row 2, index"),
        ("price_year,index,source\n2025/26,1,us\n2025/26,2,us\n", "row 3, price_year"),
        ("price_year,index,source\n,1,us\n", "row 2, price_year"),
        ("price_year,index,source\n2024/25,1,us\n", "no row for"),
    ],
)
def test_an_index_that_cannot_be_understood_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        read_index(written(tmp_path, text), "2025/26")


def test_a_missing_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no file"):
        read_index(tmp_path / "index.csv", "2025/26")


def test_an_own_row_holds_for_its_days_and_the_shipped_ones_for_the_others(tmp_path: Path) -> None:
    own = written(
        tmp_path,
        "item,value,price_year,source,valid_from,valid_to\n"
        "funded_nursing_care_week,220.00,2023/24,ours,2023-04-01,2024-03-31\n"
        "delayed_bed_day_acute,600,2025/26,ours,2025-05-01,\n",
        "prices.csv",
    )
    table = unit_costs(own)
    months = [dt.date(2022, 4, 1), dt.date(2023, 6, 1), dt.date(2024, 4, 1), dt.date(2025, 4, 1), dt.date(2025, 5, 1)]
    rows = prices_of_months(
        table, pl.LazyFrame({"month": months}), ["funded_nursing_care_week", "delayed_bed_day_acute"]
    )
    found = {(row["item"], row["month"]): row["price_pence"] for row in rows.collect().to_dicts()}
    assert found["funded_nursing_care_week", months[0]] == 20_919  # shipped, unverified
    assert found["funded_nursing_care_week", months[1]] == 22_000  # own
    assert found["funded_nursing_care_week", months[2]] == 23_588  # shipped
    assert found["delayed_bed_day_acute", months[3]] == 56_200
    assert found["delayed_bed_day_acute", months[4]] == 60_000
    for _, rows_of in table.group_by("item"):
        spans = sorted(
            (a or dt.date.min, b or dt.date.max) for a, b in rows_of.select("valid_from", "valid_to").iter_rows()
        )
        assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,1,2025/26,us,no,2025-05-01,2025-04-01", "valid_to lies before"),
        (",1,2025/26,us,no,,", "row 2, item"),
        ("x,1,2025/26,us,perhaps,,", "row 2, verified"),
        ("x,1,2025/26,us,no,,\nx,2,2025/26,us,no,,", "row 3: 'x' has another row"),
    ],
)
def test_an_own_row_that_cannot_be_is_named(tmp_path: Path, row: str, said: str) -> None:
    path = written(tmp_path, f"item,value,price_year,source,verified,valid_from,valid_to\n{row}\n", "prices.csv")
    with pytest.raises(ProjectError, match=said):
        unit_costs(path)


def test_prices_say_what_they_were_used_for() -> None:
    table = with_use(unit_costs(None), {"delayed_bed_day_acute": "Delayed bed days"})
    assert of(table, "delayed_bed_day_acute")["used_for"] == "Delayed bed days"
    assert of(table, "gp_consultation")["used_for"] is None


#: What domain/hospital.md 9 and domain/social-care.md 3 and 5 say of each value: from memory, unverified.
FROM_MEMORY = {
    ("excess_bed_day_non_elective_2015_16", "2015/16"),
    ("excess_bed_day_non_elective_2017_18", "2017/18"),
    ("delayed_bed_day_older_people_2014_15", "2014/15"),
    ("funded_nursing_care_week", "2022/23"),
    ("funded_nursing_care_week", "2023/24"),
}
#: And of these: seen at a source, of whatever weight.
SEEN = {
    ("delayed_bed_day_acute", "2025/26"): "562.00",
    ("delayed_bed_day_acute_kings_fund", "2022/23"): "395.00",
    ("bed_day_standard", "2020/21"): "345.00",
    ("bed_day_non_elective", "2020/21"): "901.00",
    ("bed_day_elective", "2020/21"): "2349.00",
    ("bed_day_critical_care", "2020/21"): "1881.00",
    ("excess_bed_day_2012_13", "2012/13"): "273.00",
    ("care_home_week", "2024/25"): "1185.55",
    ("care_home_week_london", "2024/25"): "1309.00",
    ("care_home_week_north_east", "2024/25"): "1012.00",
    ("home_care_hour", "2024/25"): "23.56",
    ("home_care_hour_average_fee", "2025/26"): "24.10",
    ("home_care_hour_minimum_price", "2022/23"): "23.20",
    ("home_care_hour_minimum_price", "2023/24"): "25.95",
    ("home_care_hour_minimum_price", "2024/25"): "28.53",
    ("home_care_hour_minimum_price", "2025/26"): "32.14",
    ("reablement_episode", "2010"): "2088.00",
    ("reablement_contact_hour", "2010"): "40.00",
    ("reablement_hour", "2010"): "20.00",
    ("emergency_attendance_admitted_2013_14", "2013/14"): "138.00",
    ("emergency_attendance_not_admitted_2013_14", "2013/14"): "114.00",
    ("minor_injury_attendance_2013_14", "2013/14"): "67.00",
    ("walk_in_attendance_2013_14", "2013/14"): "46.00",
    **{
        ("funded_nursing_care_week", year): rate
        for year, rate in {
            "2013/14": "109.79", "2017/18": "155.05", "2018/19": "158.16", "2019/20": "180.31", "2020/21": "183.92",
            "2021/22": "187.60", "2024/25": "235.88", "2025/26": "254.06", "2026/27": "267.68",
        }.items()
    },
    **{
        ("funded_nursing_care_week_higher", year): rate
        for year, rate in {
            "2013/14": "151.10", "2017/18": "213.32", "2018/19": "217.59", "2019/20": "248.06", "2020/21": "253.02",
            "2021/22": "258.08", "2024/25": "324.50", "2025/26": "349.50", "2026/27": "368.24",
        }.items()
    },
}  # fmt: skip


def test_no_price_is_verified_that_the_notes_do_not_say_was_seen() -> None:
    table = unit_costs(None)
    verified = {
        (row["item"], row["price_year"]): str(row["value"]) for row in table.to_dicts() if row["verified"] == "yes"
    }
    assert verified == SEEN
    valued = {(row["item"], row["price_year"]) for row in table.to_dicts() if row["value"] is not None}
    assert valued - set(verified) == FROM_MEMORY


def test_what_the_notes_mark_as_unverified_is_not_shipped_as_verified() -> None:
    # domain/social-care.md 3: rates of 2022/23 and 2023/24 from memory; 5: not found, so blank.
    table = unit_costs(None)
    rates = table.filter(pl.col("item").str.starts_with("funded_nursing_care_week"))
    memory = rates.filter(pl.col("price_year").is_in(["2022/23", "2023/24"]))
    assert set(memory["verified"]) == {"no"}
    verified = rates.filter(pl.col("verified") == "yes")["price_year"].unique().sort().to_list()
    assert verified == [
        "2013/14", "2017/18", "2018/19", "2019/20", "2020/21", "2021/22", "2024/25", "2025/26", "2026/27"
    ]  # fmt: skip
    for item in ("gp_consultation", "community_nursing_contact", "community_matron_contact", "non_elective_stay"):
        assert of(table, item)["value"] is None and of(table, item)["verified"] == "no"
    latest = table.filter((pl.col("item") == "home_care_hour_minimum_price") & (pl.col("price_year") == "2026/27"))
    assert latest["value"].item() is None and latest["verified"].item() == "no"
