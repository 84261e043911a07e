"""Every pound in partner_positions can be followed to its source rows: all shifts of a sample, one after another."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from costshift import pipeline
from costshift.explaining import story_of
from costshift.ledger.pools import borne
from costshift.locations import history_of
from costshift.month import Month
from costshift.project import Project, load_project
from costshift.worked_out import Worked, work_out

MONTH = Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31))


def quietly(_text: str) -> None:
    """No word."""


@pytest.fixture(scope="module")
def worked(made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project, Worked]:
    folder = tmp_path_factory.mktemp("followed") / "place"
    shutil.copytree(made, folder)
    path = folder / "costshift.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f'{text}\n[[pools]]\nname = "Fund"\nrule = "fixed_share"\ncovers = ["delay", "nursing_home"]\n'
        "partners = { northshire-hospitals = 20, northshire-council = 30, eastmoor-council = 50 }\n",
        encoding="utf-8",
    )
    project = load_project(path)
    with history_of(project, folder).locked():
        pipeline.load(project, folder, MONTH, None, "2025-04-01T00:00:00", quietly)
    return folder, project, work_out(project, folder, MONTH, quietly)


def followed(place: tuple[Path, Project, Worked], rows: list[dict[str, Any]]) -> None:
    """Each row's source rows sum to its amount, and what was followed makes up the positions of these months."""
    folder, project, worked = place
    absorbed: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
    spells = worked.days.dated.spells.select("provider_code", "spell_id", "source_file", "source_row").collect()
    lines = {(own["provider_code"], own["spell_id"]): own for own in spells.to_dicts()}
    (pool,) = project.pools
    for row in rows:
        story = story_of(row, worked, project, MONTH)
        assert story.sources, row
        if row["kind"] == "delay":
            amount = sum(Fraction(own["days"] * own["share"] * own["price_pence"], 100) for own in story.sources)
            assert amount == row["amount"], row
            for own in story.sources:
                assert own["source_row"] == lines[own["provider_code"], own["spell_id"]]["source_row"]
                assert (folder / own["source_file"]).exists()
        elif row["kind"] == "late_chc_decision":
            amount = Fraction(sum(own["amount"] for own in story.sources))
            assert len({own["person"] for own in story.sources}) == row["people"]
        else:
            fell = dict.fromkeys(pool.partners, 0)
            for own in story.sources:
                fell[own["payer"]] += own["amount"]
            bears = borne(fell, pool)
            # Three partners: what the giver gives to this taker is what the taker lacks, or what the giver has left.
            surplus, lack = fell[row["driver"]] - bears[row["driver"]], bears[row["payer"]] - fell[row["payer"]]
            assert 0 < row["amount"] <= min(surplus, lack)
            amount = Fraction(row["amount"])
        assert amount == row["amount"], row
        if row["driver"] != row["payer"]:
            cell = (row["month"], row["nature"])
            absorbed[*cell, row["payer"]] += amount
            absorbed[*cell, row["driver"]] -= amount
    months = {row["month"] for row in rows}
    nets = {
        (own["month"], own["nature"], own["partner"]): own["net_absorbed"]
        for own in worked.ledger.positions.to_dicts()
        if own["month"] in months and own["basis"] == "counted"
    }
    assert nets == {key: absorbed.get(key, 0) for key in nets}
    assert set(absorbed) <= set(nets)


def test_the_shifts_of_the_last_months_are_followed_to_their_rows(
    worked: tuple[Path, Project, Worked],
) -> None:
    shifts = worked[2].ledger.shifts.filter((pl.col("month") >= dt.date(2025, 2, 1)) & (pl.col("basis") == "counted"))
    assert set(shifts["kind"]) == {"delay", "late_chc_decision", "pool_adjustment"}
    followed(worked, shifts.to_dicts())


@pytest.mark.slow
def test_all_shifts_are_followed_to_their_rows(worked: tuple[Path, Project, Worked]) -> None:
    followed(worked, worked[2].ledger.shifts.filter(pl.col("basis") == "counted").to_dicts())
