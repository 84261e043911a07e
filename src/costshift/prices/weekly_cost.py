"""What a service costs a week, by DHSC's arithmetic for Client Level Data, and what that arithmetic drops or flips.

Source: DHSC, ASC-CLD-LA-Dashboard, 6.Costs_fact.sql. The unit cost is the *planned* gross cost: the council's part
and the person's, without top-ups by others, NHS-funded nursing care and continuing healthcare.
"""

from __future__ import annotations

import polars as pl

from costshift.standards.payers import cost_frequencies

#: What becomes of a service record, in the order in which the rules are asked.
COSTED, NO_COST, NO_UNITS = "costed", "no_cost", "no_units"
#: What is counted of records that are costed.
NOTES = ("negative_cost", "negative_units", "units_disagree", "one_off")
#: Columns that say what a cost frequency means.
_UNDERSTOOD = ("_told", "_units", "_weeks", "_one_off")


def weekly_costs(services: pl.LazyFrame) -> pl.LazyFrame:
    """Services with what they cost a week, exactly.

    - The unit cost without its sign; null or zero: ``no_cost``.
    - Units a week by the cost frequency (weekly 1, fortnightly 1/2, 4-weekly 1/4, monthly 12/52, quarterly 4/52,
      annually 1/52), which is trusted over the planned units; for any other frequency, or none, the planned units a
      week without their sign; null or zero: ``no_units``.
    - One-off: the unit cost once, whatever the units.

    Args:
        services: unit_cost, planned_units_per_week (Decimal), cost_frequency.

    Returns:
        The same rows with ``treatment``; ``unit_pence``; ``week_units`` and ``week_parts`` (the weekly cost is
        unit_pence x week_units / week_parts pence); ``is_one_off``; and a flag for each of :data:`NOTES`.
    """
    pence = (pl.col("unit_cost") * 100).cast(pl.Int64)
    planned = (pl.col("planned_units_per_week") * 100).cast(pl.Int64)
    told, units, weeks, one_off = (pl.col(name) for name in _UNDERSTOOD)
    return (
        _with_frequency(services)
        .with_columns(
            pence.abs().alias("unit_pence"),
            pl.when(told).then(units).otherwise(planned.abs()).alias("week_units"),
            pl.when(told).then(weeks).otherwise(pl.lit(100, dtype=pl.Int64)).alias("week_parts"),
            one_off.alias("is_one_off"),
            (pence < 0).fill_null(False).alias("negative_cost"),
            (~told & ~one_off & (planned < 0)).fill_null(False).alias("negative_units"),
            (told & (planned.abs() * weeks != units * 100) & (planned != 0)).fill_null(False).alias("units_disagree"),
        )
        .with_columns(
            pl.when(pl.col("unit_pence").fill_null(0) == 0)
            .then(pl.lit(NO_COST))
            .when(~one_off & (pl.col("week_units").fill_null(0) == 0))
            .then(pl.lit(NO_UNITS))
            .otherwise(pl.lit(COSTED))
            .alias("treatment"),
            one_off.alias("one_off"),
        )
        .drop(_UNDERSTOOD)
    )


def with_weekly_pence(services: pl.LazyFrame) -> pl.LazyFrame:
    """Add ``weekly``: a service's weekly cost by the same rules, in whole pence, halves upwards; null for none."""
    told, units, weeks, one_off = (pl.col(name) for name in _UNDERSTOOD)
    pence = (pl.col("unit_cost") * 100).cast(pl.Int64).abs()
    planned = (pl.col("planned_units_per_week") * 100).cast(pl.Int64).abs()
    over = pence * pl.when(told).then(units).otherwise(planned)
    under = pl.when(told).then(weeks).otherwise(pl.lit(100, dtype=pl.Int64))
    weekly = pl.when(~one_off & (over > 0)).then((2 * over + under) // (2 * under))
    return _with_frequency(services).with_columns(weekly.alias("weekly")).drop(_UNDERSTOOD)


def _with_frequency(services: pl.LazyFrame) -> pl.LazyFrame:
    """Add what the cost frequency says: whether it tells the units a week, the units, in so many weeks; and one-off."""
    frequency = pl.col("cost_frequency").str.strip_chars().str.to_lowercase().fill_null("")
    by_name = [(frequency.str.starts_with(text), units, weeks) for text, units, weeks in cost_frequencies()]
    told = pl.any_horizontal(matches for matches, _, _ in by_name)
    units = pl.coalesce(*(pl.when(matches).then(pl.lit(number, dtype=pl.Int64)) for matches, number, _ in by_name))
    weeks = pl.coalesce(*(pl.when(matches).then(pl.lit(number, dtype=pl.Int64)) for matches, _, number in by_name))
    found = dict(zip(_UNDERSTOOD, (told, units, weeks, frequency == "one-off"), strict=True))
    # A handful of frequencies come over and over: each is understood once.
    known = services.select("cost_frequency").unique().with_columns(**found)
    return services.join(known, on="cost_frequency", how="left", nulls_equal=True, maintain_order="left")


def pence_for(days: pl.Expr) -> pl.Expr:
    """The cost of so many days, in whole pence, halves upwards: weekly cost x days / 7."""
    over = pl.col("unit_pence") * pl.col("week_units") * days
    under = pl.col("week_parts") * 7
    return (2 * over + under) // (2 * under)


def treatments(costed: pl.LazyFrame) -> pl.LazyFrame:
    """What the arithmetic dropped, flipped or overruled: council, treatment, services.

    Args:
        costed: :func:`weekly_costs`, with ``council``.
    """
    kept = costed.filter(pl.col("treatment") == COSTED)
    noted = [kept.filter(name).select("council", pl.lit(name).alias("treatment")) for name in NOTES]
    return (
        pl.concat([costed.select("council", "treatment"), *noted])
        .drop_nulls()
        .group_by("council", "treatment")
        .agg(pl.len().cast(pl.Int64).alias("services"))
        .sort("council", "treatment")
    )
