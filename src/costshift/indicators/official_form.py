"""Our discharges in the form of NHS England's Discharge Ready Date publication: its measures, by its names.

Acute beds only. Definition: docs/methods/official-form.md.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift import standards
from costshift.delays.discharges import BANDS
from costshift.delays.summaries import TREND_MONTHS
from costshift.statistics.streamed import streamed

#: Levels of the publication as its column Data Type names them; "Place" is ours: all acceptable acute providers.
PLACE, PROVIDER, COUNCIL, PROVIDER_COUNCIL = (
    "Place",
    "Provider",
    "UTLA Aggregate",
    "Provider activity mapped to UTLA",
)
#: In place of an organisation where the level has none.
ALL = "all"
#: People behind the top of a measure: those of the band, or all who were delayed.
_BEHIND_DAYS = {"bed_days_lost": "delayed_discharges"} | {name.replace("delay_", "bed_days_"): name for name in BANDS}


def official_form(spells: pl.LazyFrame, months: pl.LazyFrame, ready_date_missing: str, month: dt.date) -> pl.LazyFrame:
    """The table ready_date_publication.

    The 13 months up to one. Grain: month, data_type, provider, council, measure; provider or council is ``all``
    where the level has none.
    ``value``: a count of discharges or bed days, a share (0 to 1) or an average in days; null where it cannot be
    computed. ``acceptable``: whether the provider's month is; council and place rest on acceptable months alone.
    ``_top``, ``_bottom``, ``_people``: what the value is made of and rests on.

    Args:
        spells: dated spells with the cohort marked.
        months: :func:`costshift.delays.acceptability.provider_months`.
        ready_date_missing: no_delay or exclude.
        month: the last of the months.
    """
    first = pl.lit(month, dtype=pl.Date).dt.offset_by(f"-{TREND_MONTHS - 1}mo")
    counted = _counts(spells.filter(pl.col("month").is_between(first, month)), months, ready_date_missing)
    each = streamed(counted).lazy()
    good = each.filter("acceptable")
    levels = [
        _level(each, PROVIDER, ["provider"]),
        _level(good, COUNCIL, ["council"]).join(_coverage(each), on=["month", "council"], how="left"),
        _level(good, PLACE, []).join(_providers(each), on="month", how="left"),
    ]
    mapped = each.group_by("month", "provider", "council").agg(
        _sum("_any").alias("discharges_of_utla"), pl.col("acceptable").all()
    )
    levels.append(mapped.with_columns(pl.lit(PROVIDER_COUNCIL).alias("data_type")))
    whole = pl.concat(levels, how="diagonal_relaxed").collect()
    return _long(whole).lazy()


def _counts(spells: pl.LazyFrame, months: pl.LazyFrame, ready_date_missing: str) -> pl.LazyFrame:
    """month, provider, council: discharges, bands, and the bed days of each band."""
    missing = pl.col("ready_date_missing")
    counted = missing.is_not_null() if ready_date_missing == "no_delay" else ~missing
    delay = pl.col("delay_days").fill_null(0)
    inside = {name: delay.is_between(least, most) if most else delay >= least for name, (least, most) in BANDS.items()}
    found = (
        spells.filter(pl.col("in_cohort") & pl.col("is_discharged") & (pl.col("setting") == "acute"))
        .group_by("month", "provider", "council")
        .agg(
            pl.len().cast(pl.Int64).alias("_any"),
            counted.sum().cast(pl.Int64).alias("discharges"),
            (counted & (delay == 0)).sum().cast(pl.Int64).alias("discharged_on_ready_date"),
            (delay >= 1).sum().cast(pl.Int64).alias("delayed_discharges"),
            *(where.sum().cast(pl.Int64).alias(name) for name, where in inside.items()),
            *(
                delay.filter(where).sum().cast(pl.Int64).alias(name.replace("delay_", "bed_days_"))
                for name, where in inside.items()
            ),
            delay.sum().cast(pl.Int64).alias("bed_days_lost"),
        )
        .join(months.select("month", "provider", "computable", "acceptable"), on=["month", "provider"], how="left")
    )
    need = [name for name in _MEASURED if name != "discharges" or ready_date_missing == "exclude"]
    return found.with_columns(pl.when("computable").then(pl.col(need))).drop("computable")


_MEASURED = (
    "discharges",
    "discharged_on_ready_date",
    "delayed_discharges",
    *BANDS,
    *(name.replace("delay_", "bed_days_") for name in BANDS),
    "bed_days_lost",
)


def _level(each: pl.LazyFrame, data_type: str, by: list[str]) -> pl.LazyFrame:
    return (
        each.group_by("month", *by)
        .agg(*(_sum(name).alias(name) for name in _MEASURED), pl.col("acceptable").all())
        .with_columns(pl.lit(data_type).alias("data_type"))
    )


def _coverage(each: pl.LazyFrame) -> pl.LazyFrame:
    """month, council: discharges of its residents, and those of them from acceptable providers."""
    return each.group_by("month", "council").agg(
        pl.col("_any").sum().alias("all_discharges"),
        pl.col("_any").filter("acceptable").sum().alias("acceptable_discharges"),
    )


def _providers(each: pl.LazyFrame) -> pl.LazyFrame:
    providers = each.group_by("month", "provider").agg(pl.col("acceptable").all())
    return providers.group_by("month").agg(
        pl.len().cast(pl.Int64).alias("providers"),
        pl.col("acceptable").sum().cast(pl.Int64).alias("acceptable_providers"),
    )


def _long(whole: pl.DataFrame) -> pl.DataFrame:
    """One row a measure, by the shipped table of measures."""
    grain = ["month", "data_type", "provider", "council", "measure"]
    parts = []
    levels = {
        "place": [PLACE],
        "utla": [COUNCIL],
        "provider_utla": [PROVIDER_COUNCIL],
        "all": [PLACE, PROVIDER, COUNCIL],
    }
    for measure in standards.ready_date_measures().to_dicts():
        top, bottom = measure["top"], measure["bottom"]
        # Providers are no people: their number needs no control.
        counted = "providers" not in top
        rests = [
            pl.col(name) if counted and name else pl.lit(None, dtype=pl.Int64)
            for name in (top, bottom, _BEHIND_DAYS.get(top, top))
        ]
        own = whole.filter(pl.col("data_type").is_in(levels[measure["level"]]))
        value = pl.col(top) / pl.col(bottom) if bottom else pl.col(top).cast(pl.Float64)
        parts.append(
            own.select(
                "month",
                "data_type",
                pl.col("provider").fill_null(ALL),
                pl.col("council").fill_null(ALL),
                pl.lit(measure["measure"]).alias("measure"),
                pl.when(value.is_finite()).then(value).alias("value"),
                "acceptable",
                *(rest.alias(name) for rest, name in zip(rests, ("_top", "_bottom", "_people"), strict=True)),
            )
        )
    return pl.concat(parts).sort(grain)


def _sum(name: str) -> pl.Expr:
    """A sum of which every part is known, else null."""
    return pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum())
