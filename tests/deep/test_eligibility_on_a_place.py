"""What was planted in an artificial place is found: thresholds to the month, effects within their intervals."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from costshift import pipeline
from costshift.eligibility.stage import Eligibility, eligibility_shifts
from costshift.ledger.eligibility_shifts import eligibility_shifts as shifts_of
from costshift.linked_days import linked_days
from costshift.locations import history_of, own_file
from costshift.month import Month
from costshift.prices.unit_costs import unit_costs
from costshift.project import load_project
from costshift.sample import SampleSettings, continuing_healthcare, write_sample
from costshift.statistics.intervals import percentile_interval

pytestmark = pytest.mark.slow
MONTH = Month(dt.date(2025, 3, 1), dt.date(2025, 3, 31))


def quietly(_text: str) -> None:
    """No word."""


def worked_out(folder: Path, settings: SampleSettings) -> Eligibility:
    write_sample(folder, settings)
    place = load_project(folder / "costshift.toml")
    with history_of(place, folder).locked():
        pipeline.load(place, folder, MONTH, None, "2025-04-01T00:00:00", quietly)
    days = linked_days(place, folder, MONTH, quietly)
    prices = unit_costs(own_file(place.costs.unit_costs, folder))
    return eligibility_shifts(
        days.linked, days.dated.spells, days.organisations, place, prices, MONTH.first, MONTH.as_at
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Eligibility]:
    folder = tmp_path_factory.mktemp("planted")
    settings = SampleSettings(people=60_000, months=60, seed=5, fault_rate=0.002, file_format="parquet", names=False)
    return folder, worked_out(folder, settings)


@pytest.fixture(scope="module")
def unmoved(tmp_path_factory: pytest.TempPathFactory) -> Eligibility:
    settings = SampleSettings(
        people=40_000, months=60, seed=6, fault_rate=0.002, file_format="parquet", names=False,
        tightening=False, eligibility_effect=0, chc_effect=0,
    )  # fmt: skip
    return worked_out(tmp_path_factory.mktemp("unmoved"), settings)


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Eligibility]:
    """A place in which twelve times as many people are considered for continuing healthcare: enough are refused.

    With names and without faults, so that everybody is found on the other side: who is not looks like somebody for whom
    the council arranged nothing, and the effect is too small by as much.
    """
    folder = tmp_path_factory.mktemp("withdrawn")
    settings = SampleSettings(people=20_000, months=48, seed=9, fault_rate=0.0, file_format="parquet")
    with pytest.MonkeyPatch.context() as patch:
        more = tuple(12 * share for share in continuing_healthcare._CONSIDERED)
        patch.setattr(continuing_healthcare, "_CONSIDERED", more)
        return folder, worked_out(folder, settings)


def test_what_the_nhs_refuses_and_withdraws_is_found_at_the_councils(withdrawn: tuple[Path, Eligibility]) -> None:
    folder, found = withdrawn
    truth = pl.read_parquet(folder / "truth" / "chc.parquet")
    rows = found.tables["shift_effects"].filter(
        (pl.col("design") == "main") & (pl.col("outcome") == "council_cost_while_alive")
    )
    for exposure in ("lost", "refused"):
        # Pounds a week as they were planted, of all; a month has 365.25 / 84 weeks.
        mean = truth.filter(pl.col("transition") == exposure)["council_weekly_cost"].mean()
        assert isinstance(mean, float)
        planted = mean * 365.25 / 84
        row = rows.filter(pl.col("exposure") == f"chc_{exposure}").row(0, named=True)
        assert row["people"] >= 100 and row["effect_low"] <= planted <= row["effect_high"], exposure
        assert row["effect_high"] - row["effect_low"] < 0.1 * planted
        # Nobody cost the councils anything before: the same a year earlier.
        assert row["effect_low"] > 0
    # From effects to pounds: the ICB's, borne by both councils; the interval of the year's sum leaves out zero.
    shifts = shifts_of(found, MONTH.as_at)
    own = shifts.rows["kind"].is_in(["chc_loss", "chc_refusal"]).to_numpy()
    assert set(shifts.rows.filter(pl.Series(own))["driver"]) == {"northshire-icb"}
    assert set(shifts.rows.filter(pl.Series(own))["kind"]) == {"chc_loss", "chc_refusal"}
    low, _ = percentile_interval(shifts.replicates[own].sum(axis=0))
    assert low > 0


def test_the_month_in_which_each_threshold_moved_is_found(planted: tuple[Path, Eligibility]) -> None:
    folder, found = planted
    world = json.loads((folder / "truth" / "world.json").read_text(encoding="utf-8"))
    changes = found.tables["threshold_changes"]
    months = {(row["council"], row["month"].isoformat()): row for row in changes.iter_rows(named=True)}
    for planted_at in (world["eligibility_tightening"], world["chc_tightening"]):
        where = planted_at.get("council") or planted_at["icb"]
        assert (where, planted_at["month"]) in months
        assert months[where, planted_at["month"]]["share_after"] < months[where, planted_at["month"]]["share_before"]
        assert months[where, planted_at["month"]]["policy"] is not None
    # The ICB's losses stop nine months on, as they were planted; nothing else stands out.
    assert "northshire-council" not in changes["council"] and changes.height <= 3


def test_the_planted_effects_lie_within_their_intervals(planted: tuple[Path, Eligibility]) -> None:
    folder, found = planted
    truth = pl.read_parquet(folder / "truth" / "effects.parquet")
    people = pl.read_parquet(folder / "truth" / "people.parquet").select("true_person", "death_date")
    # Use is planted while a person lives; the window is 180 days.
    lived = truth.join(people, on="true_person").with_columns(
        (
            pl.min_horizontal(
                pl.col("death_date").fill_null(dt.date(2100, 1, 1)) - pl.col("decision_date"), pl.duration(days=270)
            )
        )
        .dt.total_days()
        .sub(90)
        .clip(0, 180)
        .truediv(180)
        .alias("alive")
    )
    rows = found.tables["shift_effects"].filter(pl.col("design") == "main")
    checked = 0
    for transition in ("lost", "refused"):
        for council in ("northshire-council", "eastmoor-council"):
            alive = lived.filter((pl.col("transition") == transition) & (pl.col("council") == council))["alive"].mean()
            assert isinstance(alive, float)
            for outcome, planted_size in (("nhs_cost", 60.0), ("contacts", 0.54), ("attendances", 0.06)):
                row = rows.filter(
                    (pl.col("exposure") == transition) & (pl.col("council") == council) & (pl.col("outcome") == outcome)
                ).row(0, named=True)
                # Twelve intervals of 95%: one may miss, by no more than half its reach.
                reach = (row["effect_high"] - row["effect_low"]) / 2
                assert abs(row["effect_per_person_month"] - planted_size * alive) < 1.5 * reach, (
                    transition,
                    council,
                    outcome,
                )
                checked += row["effect_low"] <= planted_size * alive <= row["effect_high"]
    assert checked >= 11
    # The other direction: what the ICB no longer pays for lands on the councils.
    chc = rows.filter((pl.col("exposure") == "chc_lost") & (pl.col("outcome") == "council_cost_while_alive")).row(
        0, named=True
    )
    assert chc["effect_low"] <= 2600 <= chc["effect_high"]


def test_nothing_is_delayed_and_an_effect_at_once_and_the_ledger_has_rows(planted: tuple[Path, Eligibility]) -> None:
    _, found = planted
    assert found.people_exposed_twice() == 0
    ledger = shifts_of(found, MONTH.as_at)
    assert ledger.rows.height > 0 and (ledger.rows["amount_low"] <= ledger.rows["amount_high"]).all()
    eastmoor = ledger.rows.filter((pl.col("driver") == "eastmoor-council") & (pl.col("kind") == "eligibility_loss"))
    assert eastmoor["amount"].sum() > 0


#: Of 17 in 100 who lose support at a review once the threshold is up, 3 would have lost it anyway (sample/careers.py).
LOST_BECAUSE = 14 / 17
#: So many fewer of those assessed for the first time are accepted.
REFUSED_BECAUSE = 0.22


def planted_pounds(folder: Path, transition: str, quarters: set[dt.date]) -> dict[dt.date, float]:
    """Month to what Eastmoor's threshold truly cost the NHS in it, from the truth's files alone.

    For each quarter: the decisions that the threshold made x the months that those exposed lived, 90 to 270 days on,
    on average x £60.
    """
    decisions = pl.read_parquet(folder / "truth" / "eligibility.parquet").filter(
        pl.col("council") == "eastmoor-council"
    )
    first = pl.read_parquet(folder / "truth" / "effects.parquet").filter(
        (pl.col("council") == "eastmoor-council") & (pl.col("transition") == transition)
    )
    people = pl.read_parquet(folder / "truth" / "people.parquet").select("true_person", "death_date")
    exposed = first.join(people, on="true_person").select("decision_date", "death_date").rows()
    found: dict[dt.date, float] = {}
    for quarter in sorted(quarters):
        end = (quarter + dt.timedelta(days=95)).replace(day=1)
        taken = decisions.filter(pl.col("decision_date").is_between(quarter, end, closed="left"))["transition"]
        because = (
            LOST_BECAUSE * taken.is_in(["lost"]).sum()
            if transition == "lost"
            else REFUSED_BECAUSE * taken.is_in(["refused", "accepted"]).sum()
        )
        mine = [(day, death) for day, death in exposed if quarter <= day < end]
        for day, death in mine:
            for after in range(91, 271):
                lived = day + dt.timedelta(days=after)
                if (death is None or lived <= death) and lived <= MONTH.as_at:
                    month = lived.replace(day=1)
                    found[month] = found.get(month, 0.0) + because / len(mine) * 60 * 12 / 365.25
    return found


@pytest.mark.parametrize(("transition", "kind"), [("lost", "eligibility_loss"), ("refused", "eligibility_refusal")])
def test_what_was_planted_lies_within_the_ledgers_intervals(
    planted: tuple[Path, Eligibility], transition: str, kind: str
) -> None:
    folder, found = planted
    world = json.loads((folder / "truth" / "world.json").read_text(encoding="utf-8"))
    moved = dt.date.fromisoformat(world["eligibility_tightening"]["month"])
    ledger = shifts_of(found, MONTH.as_at)
    rows = ledger.rows.with_row_index("_row").filter(
        (pl.col("driver") == "eastmoor-council") & (pl.col("kind") == kind)
    )
    # The quarters that the ledger compares with a baseline, from the first that is wholly under the new threshold.
    quarters = {
        quarter[0]
        for quarter in found.quarters["eastmoor-council"].known("reviews" if transition == "lost" else "requests")
        if quarter[0] >= moved
    }
    truth = planted_pounds(folder, transition, quarters)
    # Months that decisions before it reach, too, hold other amounts; those that rest on quarters that are not known yet
    # have no row.
    booked = set(rows["month"])
    clear = [month for month in truth if month >= (moved + dt.timedelta(days=395)).replace(day=1) and month in booked]
    within, whole, draws = 0, 0.0, 0.0
    for month in sorted(clear):
        places = rows.filter(pl.col("month") == month)["_row"].to_list()
        amounts = ledger.replicates[places].sum(axis=0) / 100
        low, high = np.percentile(amounts, [2.5, 97.5])
        within += low <= truth[month] <= high
        whole, draws = whole + truth[month], draws + amounts
    assert len(clear) >= 6
    # Neighbouring months rest on the same decisions: they miss together.
    assert within >= 0.8 * len(clear)
    low, high = np.percentile(draws, [2.5, 97.5])
    assert low <= whole <= high and whole > 0


def test_a_world_where_nothing_moved_reports_nothing(unmoved: Eligibility) -> None:
    assert unmoved.tables["threshold_changes"].height == 0
    rows = unmoved.tables["shift_effects"].filter(
        (pl.col("design") == "main") & pl.col("outcome").is_in(["nhs_cost", "contacts", "attendances", "bed_days"])
    )
    known = rows.filter(pl.col("effect_per_person_month").is_not_null())
    away = known.filter((pl.col("effect_low") > 0) | (pl.col("effect_high") < 0))
    # One in twenty by chance.
    assert known.height >= 12 and away.height <= 3
    parts = unmoved.tables["eligibility_decomposition"].filter(
        pl.col("component").is_in(["access", "rate", "review_rate"])
    )
    moved = parts.filter((pl.col("people_low") > 0) | (pl.col("people_high") < 0))
    assert parts.height >= 20 and moved.height <= 0.2 * parts.height
