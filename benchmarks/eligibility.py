"""Time the effects of 200,000 decisions with 20 million rows of activity: under a minute and 4 GB on two cores."""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import time

import numpy as np
import polars as pl

from costshift.eligibility.activity import nhs_use
from costshift.eligibility.effects import TO_NHS, shift_effects
from costshift.eligibility.exposures import exposures_of
from costshift.organisations import Organisations

FIRST, AS_AT = dt.date(2019, 4, 1), dt.date(2025, 3, 31)
DAYS = (AS_AT - FIRST).days
COUNCILS = 12


def a_place(
    decisions: int, rows: int, seed: int = 1
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, pl.LazyFrame], pl.LazyFrame]:
    """Decisions, people, contacts and attendances, and spells."""
    rng = np.random.default_rng(seed)
    people = decisions // 2
    day = pl.lit(FIRST) + pl.duration(days=pl.col("at"))
    person = rng.integers(0, people, decisions)
    transition = rng.choice(
        np.array(["kept", "accepted", "lost", "refused", "reduced"]), decisions, p=[0.6, 0.2, 0.06, 0.1, 0.04]
    )
    ages = np.array(["18_to_64", "65_to_74", "75_to_84", "85_plus"])[rng.integers(0, 4, people)]
    decided = (
        pl.DataFrame(
            {
                "person": person,
                "council": pl.Series([f"council-{at:02}" for at in range(COUNCILS)]).gather(
                    pl.Series(person % COUNCILS)
                ),
                "at": rng.integers(0, DAYS, decisions),
                "transition": transition,
                "age_band": ages[person],
                "sex": np.array(["1", "2"])[person % 2],
                "reason": np.array(["physical", "memory", "social"])[person % 3],
                "setting": np.where(np.isin(transition, ["accepted", "refused"]), "none", "community"),
            }
        )
        .with_columns(day.alias("decision_date"))
        .drop("at")
        .unique(["person", "council", "decision_date"], keep="first", maintain_order=True)
    )
    described = pl.DataFrame({"person": np.arange(people), "death_date": pl.Series([None] * people, dtype=pl.Date)})

    def used(count: int, column: str, code: str) -> pl.LazyFrame:
        frame = pl.DataFrame(
            {"person": rng.integers(0, people, count), "at": rng.integers(0, DAYS, count).astype(np.int32)}
        )
        return frame.lazy().select(
            "person", day.alias(column), pl.lit(code).alias("provider_code"), pl.lit("5").alias("attended")
        )

    views = {
        "contacts": used(int(rows * 0.8), "contact_date", "CT1"),
        "attendances": used(int(rows * 0.15), "arrival_date", "AT1"),
    }
    spells = int(rows * 0.05)
    admitted = rng.integers(0, DAYS - 40, spells)
    stays = pl.DataFrame(
        {"person": rng.integers(0, people, spells), "at": admitted, "nights": rng.integers(0, 30, spells)}
    ).lazy()
    dated = stays.select(
        "person",
        day.alias("admission_date"),
        (day + pl.duration(days=pl.col("nights"))).alias("end_date"),
        pl.when(pl.col("nights") > 20).then(day + pl.duration(days=pl.col("nights") - 5)).alias("ready_date"),
        pl.lit("21").alias("admission_method"),
        pl.lit("acute-trust").alias("provider"),
        pl.lit("acute").alias("setting"),
    )
    return decided, described, views, dated


def main() -> None:
    """Make the place, estimate, print the time and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=200_000)
    parser.add_argument("--rows", type=int, default=20_000_000)
    options = parser.parse_args()
    decided, people, views, spells = a_place(options.decisions, options.rows)
    organisations = Organisations({"CT1": "community-trust", "AT1": "acute-trust"}, {}, {}, {})
    prices = {"community_nursing_contact": 50.0, "emergency_attendance": 150.0, "bed_day_non_elective": 500.0}
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    use = nhs_use(views, spells, organisations, prices, AS_AT)
    none = pl.DataFrame(schema={"person": pl.Int64, "day": pl.Int64})
    found = shift_effects(exposures_of(decided, people), use, TO_NHS, none)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{decided.height:,} decisions, {options.rows:,} rows of activity: {wall:.1f} s ({cpu:.1f} s of processor), "
        f"peak {peak:,.0f} MB ({made:,.0f} MB before), {found.rows.height:,} rows of effects"
    )


if __name__ == "__main__":
    main()
