"""Every pound can be followed to its source rows by one command."""

from __future__ import annotations

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from places import costshift

PROJECT = "costshift.toml"


def shifts(place: Path) -> pl.DataFrame:
    return pl.read_parquet(place / "reports/2025-03/internal/tables/cost_shifts.parquet")


def explained(place: Path, *words: str) -> dict[str, object]:
    outcome = costshift("explain", "--project", place / PROJECT, "--format", "json", *words)
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_a_delay_is_followed_to_spells_files_and_rows(published: Path) -> None:
    table = shifts(published).filter((pl.col("kind") == "delay") & (pl.col("month") == pl.date(2025, 3, 1)))
    assert table.height
    row = table.sort("amount", descending=True).row(0, named=True)
    named = f"2025-03/{row['driver']}/{row['payer']}/delay"
    found = explained(published, "--shift", named)
    amount = Decimal(found["shift"]["amount"]) / 100
    assert amount == row["amount"]
    sources = found["sources"]
    assert len({(own["provider_code"], own["spell_id"]) for own in sources}) >= row["people"]
    exact = sum(Decimal(own["days"] * own["share"] * own["price_pence"]) / 100 for own in sources) / 100
    price = Decimal(max(own["price_pence"] for own in sources)) / 100
    # Whole days of shared reasons differ from the exact shares by less than a day a spell.
    assert abs(exact - amount) <= price * sum(own["share"] < 100 for own in sources)
    for own in sources[:3]:
        with (published / own["source_file"]).open(encoding="utf-8", newline="") as file:
            line = list(csv.reader(file))[own["source_row"] - 1]
        assert own["spell_id"] in line


def test_what_it_says_where_it_cannot(published: Path) -> None:
    def told(named: str) -> str:
        outcome = costshift("explain", "--project", published / PROJECT, "--month", "2025-03", "--shift", named)
        assert outcome.code == 2 and not outcome.out
        return outcome.err

    assert "is written MONTH/DRIVER/PAYER/KIND" in told("2025-03/a/b")
    assert "is no month" in told("March/a/b/delay")
    assert "there is no shift 2025-03/a/b/delay" in told("2025-03/a/b/delay")


@pytest.fixture(scope="module")
def pooled(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pooled") / "place"
    shutil.copytree(made, folder)
    text = (folder / PROJECT).read_text(encoding="utf-8")
    (folder / PROJECT).write_text(
        f'{text}\n[[pools]]\nname = "Better Care Fund"\nrule = "fixed_share"\ncovers = ["delay"]\n'
        "partners = { northshire-hospitals = 50, northshire-council = 50 }\n",
        encoding="utf-8",
    )
    outcome = costshift("run", "--project", folder / PROJECT, "--month", "2025-03")
    assert outcome.code == 0, outcome.err
    return folder


def test_a_pool_moves_money_between_its_partners_only_and_is_followed_to_what_it_shared(
    published: Path, pooled: Path
) -> None:
    """Half of what fell on the hospital goes to the council, month by month, to the penny."""
    before, after = shifts(published), shifts(pooled)
    assert after.filter(pl.col("kind") != "pool_adjustment").equals(before)
    moved = after.filter(pl.col("kind") == "pool_adjustment")
    assert moved.height
    assert set(moved["driver"]) | set(moved["payer"]) == {"northshire-hospitals", "northshire-council"}
    fell = (
        before.filter(pl.col("payer") == "northshire-hospitals")
        .group_by("month")
        .agg(pl.col("amount").sum().alias("fell"))
    )
    halves = moved.join(fell, on="month")
    assert halves.height == moved.height
    assert all(abs(2 * row["amount"] - row["fell"]) <= Decimal("0.01") for row in halves.to_dicts())
    positions, earlier = (
        pl.read_parquet(place / "reports/2025-03/internal/tables/partner_positions.parquet")
        for place in (pooled, published)
    )
    joined = positions.join(earlier, on=["month", "partner", "nature", "basis"], how="full", suffix="_before")
    changed = joined.filter(pl.col("net_absorbed") != pl.col("net_absorbed_before"))
    assert set(changed["partner"]) <= {"northshire-hospitals", "northshire-council"}
    assert (positions.group_by("month", "nature", "basis").agg(pl.col("net_absorbed").sum())["net_absorbed"] == 0).all()
    shares = pl.read_parquet(pooled / "reports/2025-03/internal/tables/pool_shares.parquet")
    assert (shares["bears"] - shares["fell_on"] == shares["moved_to"]).all()
    row = moved.sort("month").row(-1, named=True)
    found = explained(pooled, "--shift", f"{row['month']:%Y-%m}/{row['driver']}/{row['payer']}/pool_adjustment")
    assert sum(own["amount"] for own in found["sources"]) == 100 * next(
        own["fell"] for own in halves.to_dicts() if own["month"] == row["month"]
    )
    page = (pooled / "reports/2025-03/internal/board-pack.html").read_text(encoding="utf-8")
    assert "The positions before the pools" in page and "Better Care Fund" in page
