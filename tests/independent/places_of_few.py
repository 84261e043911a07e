"""Small random places, and all that a public pack of them shows: made by the product's own counting and control."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from costshift.delays.better_care_fund import bcf_discharge
from costshift.delays.discharges import discharge_delays
from costshift.delays.summaries import discharges_by_provider
from costshift.indicators.inequalities import providers_by_councils
from costshift.indicators.official_form import official_form
from costshift.indicators.scheme_series import PARTNERS
from costshift.ledger.schemes import SERIES, WITH, WITHOUT, scheme_months
from costshift.project import Disclosure, Scheme
from costshift.publish.catalogue import TABLES
from costshift.publish.disclosure import control
from costshift.publish.summaries import SUMMARIES, with_inner_columns
from costshift.publish.together import Telling, telling

RULE = Disclosure()
PRICE = 56_200
GROUPS = {"age_band": 5, "ethnic_group": 14, "sex": 2}
Spell = dict[str, Any]


@dataclass(frozen=True)
class Public:
    """A public pack of a random place: exact frames, and the same as they are shown, inner columns included."""

    month: dt.date
    exact: Mapping[str, pl.DataFrame]
    shown: Mapping[str, pl.DataFrame]
    told: Telling
    members: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)


def random_spells(seed: int, months: int = 14) -> list[Spell]:
    """Discharges of few people over some months."""
    chance = random.Random(seed)
    mean = chance.choice([0.15, 0.3, 0.6, 1.2, 2.5])
    providers = ("a", "b", "c")[: chance.choice([1, 2, 3])]
    councils = ("x", "y", "z")[: chance.choice([2, 3])]
    pathways = ("P0", "P1", "P2", "P3")[: chance.choice([1, 2, 4])]
    prompt = chance.choice([0.3, 0.7, 0.9])
    rows = []
    for place in range(months):
        month = dt.date(2024 + place // 12, place % 12 + 1, 1)
        for provider in providers:
            for council in councils:
                for pathway in pathways:
                    for _ in range(_count(chance, mean)):
                        missing = chance.random() < 0.05
                        delay = 0 if missing or chance.random() < prompt else chance.choice([1, 2, 3, 5, 9, 16, 30])
                        rows.append(_spell(chance, len(rows), month, provider, council, pathway, delay, missing))
    return rows


def _count(chance: random.Random, mean: float) -> int:
    # Few, and now and then exactly the same in every month: the case in which sums tell most.
    return 1 if chance.random() < 0.2 else int(chance.expovariate(1 / mean))


def _spell(
    chance: random.Random, number: int, month: dt.date, provider: str, council: str, path: str, delay: int, no: bool
) -> Spell:
    return {
        "person": number,
        "month": month,
        "provider": provider,
        "setting": "acute",
        "council": council,
        "pathway": path,
        "delay_days": None if no else delay,
        "ready_date_missing": no,
        "ready_date_invalid": no and chance.random() < 0.3,
        "in_cohort": True,
        "is_discharged": True,
        **{name: chance.choice(range(size)) for name, size in GROUPS.items()},
    }


def public_pack(
    spells: Sequence[Spell],
    month: dt.date,
    *,
    guarded: bool = True,
    but: tuple[str, str, int] | None = None,
    scheme: Scheme | None = None,
) -> Public:
    """Everything of a public pack of ``month`` that is a count of the discharges up to it, or rests on one.

    Args:
        spells: the discharges.
        month: the pack's month.
        guarded: whether totals that would tell are suppressed.
        but: a frame, a column and a row: the one count that is shown though it would tell.
        scheme: a joint scheme of some of the councils.
    """
    frame = pl.DataFrame(list(spells), infer_schema_length=None).filter(pl.col("month") <= month)
    frame = frame.with_columns(pl.col("delay_days").cast(pl.Int64))
    months = (
        frame.group_by("month", "provider")
        .agg((~pl.col("ready_date_missing")).any().alias("computable"))
        .with_columns(pl.col("computable").alias("acceptable"))
    ).lazy()
    discharges = discharge_delays(frame.lazy(), months, "no_delay").collect()
    exact = {
        "discharge_delays": discharges,
        "bcf_discharge": bcf_discharge(
            discharges.lazy(), pl.DataFrame(schema={"month": pl.Date, "council": pl.String, "plan": pl.Float64})
        ).collect(),
        "ready_date_publication": official_form(frame.lazy(), months, "no_delay", month).collect(),
        "inequalities": _inequalities(frame, month),
        **with_inner_columns(
            {
                "discharges_by_provider": discharges_by_provider(discharges.lazy(), month).collect(),
                "providers_by_councils": providers_by_councils(frame.lazy(), month).collect(),
            }
        ),
    }
    members: dict[tuple[str, str], list[str]] = {}
    if scheme is not None:
        every = sorted(frame["council"].unique())
        members = {
            (scheme.name, WITH): [name for name in every if name in scheme.partners],
            (scheme.name, WITHOUT): [name for name in every if name not in scheme.partners],
            (scheme.name, PARTNERS): list(scheme.partners),
        }
        exact["scheme_months"] = _months_of(scheme, discharges, members, month)
    definitions = TABLES | SUMMARIES
    told = telling(exact, exact, RULE, month, members) if guarded else {}
    if but is not None:
        frame_of, column, row = but
        own = told[frame_of][column].to_list()
        own[row] = False
        told = told | {frame_of: told[frame_of] | {column: pl.Series(own)}}
    shown = {name: control(definitions[name], own, RULE, PRICE, told.get(name)) for name, own in exact.items()}
    return Public(month, exact, shown, told, members)


def random_scheme(seed: int) -> Scheme:
    """A scheme of some councils, in the middle of the months."""
    chance = random.Random(f"scheme {seed}")
    partners = chance.sample(["x", "y"], chance.choice([1, 2, 2]))
    return Scheme(
        name="Home", start=dt.date(2024, 8, 1), monthly_cost=0, partners=dict.fromkeys(partners, 100 / len(partners))
    )


def _months_of(
    scheme: Scheme, discharges: pl.DataFrame, members: Mapping[tuple[str, str], Sequence[str]], month: dt.date
) -> pl.DataFrame:
    """Average delay and share on the ready date, of all with the scheme and of all without."""
    good = discharges.filter(pl.col("acceptable"))
    counts = good.group_by("month", pl.col("council").alias("unit")).agg(
        pl.col("discharges", "discharged_on_ready_date", "delayed_discharges", "bed_days_lost").sum()
    )
    delayed, on_date = pl.col("delayed_discharges"), pl.col("discharged_on_ready_date")
    fewest = pl.min_horizontal(pl.when(delayed > 0).then(delayed), pl.when(on_date > 0).then(on_date)).fill_null(0)
    series = pl.concat(
        counts.select(
            "unit",
            "month",
            pl.lit(measure).alias("measure"),
            pl.col(top).alias("numerator"),
            pl.col("discharges").alias("denominator"),
            behind.cast(pl.Int64).alias("_numerator_people"),
            pl.col("discharges").alias("_denominator_people"),
            pl.lit(1, dtype=pl.Int64).alias("_per"),
            pl.lit(False).alias("_money"),
        )
        for measure, top, behind in (
            ("average_delay_days", "bed_days_lost", delayed),
            ("share_on_ready_date", "discharged_on_ready_date", fewest),
        )
    ).select(pl.col(name).cast(dtype) for name, dtype in SERIES.items())
    having, without = members[scheme.name, WITH], members[scheme.name, WITHOUT]
    return scheme_months(series, scheme, having, without, month)


def _inequalities(frame: pl.DataFrame, month: dt.date) -> pl.DataFrame:
    year = frame.filter(pl.col("month") > month.replace(year=month.year - 1))
    parts = []
    for measure, least in (("delayed_discharge", 1), ("delayed_7_days_or_more", 7)):
        touched = (pl.col("delay_days").fill_null(0) >= least).sum().cast(pl.Int64).alias("numerator")
        whole = pl.len().cast(pl.Int64).alias("denominator")
        for name in ("all", *GROUPS):
            group = pl.lit("all") if name == "all" else pl.col(name).cast(pl.String)
            parts.append(
                year.group_by(group.alias("group"))
                .agg(touched, whole)
                .select(pl.lit(measure).alias("measure"), pl.lit(name).alias("characteristic"), pl.all())
            )
    return pl.concat(parts).with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in ("rate", "rate_low", "rate_high")
    )
