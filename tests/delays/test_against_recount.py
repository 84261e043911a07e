"""Two answers must agree: the fast measures and a plain-Python recount, on random places."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from costshift import standards
from costshift.delays.bed_days import as_recorded, delayed_bed_days
from costshift.delays.better_care_fund import bcf_discharge
from costshift.delays.census import census
from costshift.delays.discharges import discharge_delays
from costshift.delays.measures import date_spells
from costshift.ledger.delay_shifts import delay_shifts, people_shifted
from costshift.ledger.positions import partner_positions
from costshift.organisations import Organisations

from independent.recount import recount
from worlds import AS_AT, PARTNERS, frame, project, world

PRICES = {"acute": 56200, "community": 30150}
GRAINS = {
    "discharge_delays": ["month", "provider", "setting", "council", "discharge_pathway"],
    "delayed_bed_days": [
        "month",
        "provider",
        "setting",
        "council",
        "discharge_pathway",
        "delay_reason",
        "recorded_attribution",
    ],
    "census": ["date", "provider", "setting", "council", "discharge_pathway"],
    "cohort_filters": ["month", "provider", "filter"],
    "cost_shifts": ["month", "driver", "payer"],
    "partner_positions": ["month", "partner"],
    "bcf_discharge": ["month", "council"],
}


def fast(spells: list[dict[str, Any]], reasons: list[dict[str, Any]], **delays: Any) -> dict[str, pl.DataFrame]:
    place = project(**delays)
    organisations = Organisations.of(place)
    rows = frame("spells", spells, person=pl.Int64())
    dated = date_spells(rows, frame("delay_reasons", reasons), organisations, place.delays, AS_AT)
    months = dated.spells.select("month").collect()["month"].unique()
    spread = pl.concat([months, dated.days.parts.select("month").collect()["month"]]).unique()
    prices = pl.LazyFrame({"month": spread}).join(
        pl.LazyFrame({"setting": list(PRICES), "price_pence": list(PRICES.values())}), how="cross"
    )
    discharges = discharge_delays(dated.spells, dated.months, place.delays.ready_date_missing)
    shifts = delay_shifts(as_recorded(dated.days), dated.months, prices, organisations)
    plan = pl.DataFrame(schema={"month": pl.Date, "council": pl.String, "plan": pl.Float64})
    tables = {
        "discharge_delays": discharges,
        "delayed_bed_days": delayed_bed_days(dated.days, dated.spells, dated.months, prices, AS_AT),
        "census": census(dated.spells, dated.months, AS_AT),
        "cohort_filters": dated.filters,
        "cost_shifts": shifts,
        "partner_positions": partner_positions(
            shifts, people_shifted(as_recorded(dated.days), dated.months, prices, organisations)
        ),
        "bcf_discharge": bcf_discharge(discharges, plan),
    }
    return {name: table.collect() for name, table in tables.items()}


def slow(spells: list[dict[str, Any]], reasons: list[dict[str, Any]], **delays: Any) -> dict[str, list[dict[str, Any]]]:
    shares = list(standards.SHARE_COLUMNS)
    by_reason = {row["delay_reason"]: {t: row[t] for t in shares} for row in standards.delay_reasons().to_dicts()}
    by_attribution = {
        row["canonical"]: {t: row[t] for t in shares} for row in standards.delay_attributions().to_dicts()
    }
    values: dict[str, list[tuple[str, str]]] = {}
    for row in standards.cohort_filter_values().to_dicts():
        values.setdefault(row["filter"], []).append((row["column"], row["value"]))
    return recount(
        spells,
        reasons,
        PARTNERS,
        AS_AT,
        reasons=by_reason,
        attributions=by_attribution,
        filter_values=values,
        transfer_values=[(row["column"], row["value"]) for row in standards.transfer_values().to_dicts()],
        prices={f"delayed_bed_day_{setting}": Decimal(pence) / 100 for setting, pence in PRICES.items()},
        **delays,
    )


def same(quick: pl.DataFrame, plain: list[dict[str, Any]], grain: list[str]) -> None:
    columns = [name for name in quick.columns if not name.startswith("_") and name not in ("plan",)]
    ours = {tuple(row[g] for g in grain): row for row in quick.select(columns).to_dicts()}
    theirs = {tuple(row[g] for g in grain): row for row in plain}
    assert len(ours) == quick.height, "the grain is not unique"
    assert ours.keys() == theirs.keys()
    for key, row in ours.items():
        for name in columns:
            expected = theirs[key][name]
            if name in ("cost", "amount", "absorbed_for_others", "passed_to_others", "net_absorbed"):
                expected = None if expected is None else int(expected * 100)
            if isinstance(expected, float):
                assert row[name] == pytest.approx(expected), (key, name)
            else:
                assert row[name] == expected, (key, name)


#: Twice as many are tried by make test-all; places of every size are among the first.
SEEDS = [*range(20), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(20, 40))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("missing", ["no_delay", "exclude"])
def test_every_table_equals_the_recount(seed: int, missing: str) -> None:
    spells, reasons = world(seed, spells=60 + 20 * (seed % 12))
    sites = {"RN199": "community"} if seed % 3 == 0 else {}
    quick = fast(spells, reasons, ready_date_missing=missing, site_settings=sites)
    plain = slow(spells, reasons, ready_date_missing=missing, site_settings=sites)
    for name, grain in GRAINS.items():
        same(quick[name], plain[name], grain)
