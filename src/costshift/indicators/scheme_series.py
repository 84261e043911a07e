"""What joint schemes are evaluated by: delays, shifts and flow, month by month. Definition: docs/methods/schemes.md."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.delays.measures import DatedSpells
from costshift.indicators.series import monthly_measures
from costshift.ledger.schemes import MONTHS, SERIES, WITH, WITHOUT, scheme_months, with_cumulative
from costshift.project import Project, Scheme
from costshift.standards import formatted

_PROVIDERS = ("acute", "community", "mental_health")
PARTNERS, SHIFTED = "partners", "^(passed_to|absorbed_for)_others_"
#: Of partner_positions: the measure and those behind it.
_SHIFTED = (("passed_to_others", "_passed_people"), ("absorbed_for_others", "_absorbed_people"))


def months_of_schemes(
    dated: DatedSpells,
    discharges: pl.LazyFrame,
    flow: pl.DataFrame,
    positions: pl.DataFrame,
    project: Project,
    sent: pl.DataFrame,
    month: dt.date,
    as_at: dt.date,
) -> pl.DataFrame:
    """The table scheme_months, of every scheme of the project.

    Grain: scheme, measure, group, month. Whose delays and flow: those of the residents of the councils among a
    scheme's partners; where none is, those of the providers among them (no flow: it is known by council); where there
    are neither, everybody's. Without it are the other councils, or the other providers of these types. Shifts are what
    the scheme's partners passed to others and absorbed for others by what was counted, before any pool, in the months
    in which the scheme's delays are known.

    Args:
        dated: the dated spells.
        discharges: :func:`costshift.delays.discharges.discharge_delays`.
        flow: flow_indicators with inner columns.
        positions: partner_positions before pools, with inner columns (pence).
        project: the project.
        sent: :func:`costshift.indicators.months_sent.months_sent`.
        month: the report's month.
        as_at: the last day that counts.
    """
    if not project.schemes:
        return pl.DataFrame(schema=MONTHS)
    delays = _delays(monthly_measures(dated, discharges, project, sent, month, as_at))
    flowing = flow.select(pl.col("council").alias("unit"), pl.col("indicator").alias("measure"), pl.all()).select(
        pl.col(name).cast(dtype) for name, dtype in SERIES.items()
    )
    parts = [pl.DataFrame(schema=MONTHS)]
    for scheme in project.schemes:
        having, without, are_councils = units_of(scheme, project)
        series = pl.concat([delays, flowing]) if are_councils else delays
        own = scheme_months(series, scheme, having, without, month)
        known = own.filter((pl.col("measure") == "delayed_bed_days") & (pl.col("group") == "with"))["month"]
        shifted = _shifts(positions, scheme, known.to_list())
        parts += [own, scheme_months(shifted, scheme, list(scheme.partners), (), month)]
    return with_cumulative(pl.concat(parts).sort("scheme", "measure", "group", "month"))


def units_of(scheme: Scheme, project: Project) -> tuple[list[str], list[str], bool]:
    """Who has a scheme, who is without it, and whether they are councils."""
    types = {own.id: own.type for own in project.partners}
    councils = [name for name, kind in types.items() if kind == "council"]
    having = [name for name in councils if name in scheme.partners]
    if having:
        return having, [name for name in councils if name not in having], True
    having = [name for name, kind in types.items() if kind in _PROVIDERS and name in scheme.partners]
    if having:
        alike = {types[name] for name in having}
        return having, [name for name, kind in types.items() if kind in alike and name not in having], False
    return councils, [], True


def members_of_schemes(project: Project) -> dict[tuple[str, str], list[str]]:
    """Scheme and group (with, without) to the councils or providers whose figures scheme_months sums.

    And as the group :data:`PARTNERS` all partners of the scheme, of whom it sums what was shifted (:data:`SHIFTED`).
    """
    found: dict[tuple[str, str], list[str]] = {}
    for scheme in project.schemes:
        having, others, _ = units_of(scheme, project)
        found |= {(scheme.name, WITH): having, (scheme.name, WITHOUT): others}
        found[scheme.name, PARTNERS] = list(scheme.partners)
    return found


def _delays(measures: pl.DataFrame) -> pl.DataFrame:
    """Delayed bed days as a count, in months that are final; average delay and share on the ready date as ratios.

    A share goes with those who left on the date and with those who were delayed, whichever are fewer; in a chart one of
    them stands behind its numerator and the other behind its denominator, which schemes show themselves.
    """
    is_count = pl.col("measure") == "delayed_beds"
    is_share = pl.col("measure") == "share_on_ready_date"
    some = (pl.when(pl.col(name) > 0).then(name) for name in ("_behind", "_behind_whole"))
    return measures.filter(~pl.col("provisional")).select(
        pl.col("partner").alias("unit"),
        "month",
        pl.when(is_count).then(pl.lit("delayed_bed_days")).otherwise("measure").alias("measure"),
        pl.col("_numerator").alias("numerator"),
        pl.when(~is_count).then("_denominator").alias("denominator"),
        pl.when(is_share)
        .then(pl.min_horizontal(*some).fill_null(0))
        .otherwise("_behind")
        .cast(pl.Int64)
        .alias("_numerator_people"),
        pl.when(is_share).then("_denominator").otherwise("_behind_whole").cast(pl.Int64).alias("_denominator_people"),
        pl.lit(1, dtype=pl.Int64).alias("_per"),
        pl.lit(False).alias("_money"),
    )


def _shifts(positions: pl.DataFrame, scheme: Scheme, months: list[dt.date]) -> pl.DataFrame:
    """Pounds that each partner passed and absorbed, by nature; a month without any is a zero."""
    counted = positions.filter((pl.col("basis") == "counted") & pl.col("partner").is_in(list(scheme.partners)))
    cells = pl.DataFrame({"month": months}, schema={"month": pl.Date}).join(
        counted.select("partner", "nature").unique(), how="cross"
    )
    whole = cells.join(counted, on=["month", "partner", "nature"], how="left")
    return pl.concat(
        whole.select(
            pl.col("partner").alias("unit"),
            "month",
            formatted("{}_{}", pl.lit(name), "nature").alias("measure"),
            # Whole pounds, halves upwards.
            ((pl.col(name).fill_null(0) + 50) // 100).alias("numerator"),
            pl.lit(None, dtype=pl.Int64).alias("denominator"),
            pl.col(people).fill_null(0).alias("_numerator_people"),
            pl.lit(0, dtype=pl.Int64).alias("_denominator_people"),
            pl.lit(1, dtype=pl.Int64).alias("_per"),
            pl.lit(True).alias("_money"),
        )
        for name, people in _SHIFTED
    ).select(pl.col(name).cast(dtype) for name, dtype in SERIES.items())
