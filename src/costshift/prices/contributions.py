"""What people pay towards their care: charges, by month, over the services that may be charged for."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift.prices.care_packages import OWNER
from costshift.prices.intervals import by_month, joined
from costshift.standards.payers import who_pays

CHARGE: dict[str, type[pl.DataType] | pl.DataType] = {
    "council": pl.String,
    "council_person_id": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "contribution_per_week": pl.Decimal(18, 2),
}


def person_pays() -> dict[str, str]:
    """State of the rule table to what the person pays there: all, contribution or nothing."""
    rules = who_pays().filter(pl.col("payer") == "person")
    return dict(rules.select("state", "pays").iter_rows())


def with_contributions(
    pieces: pl.LazyFrame, charges: pl.LazyFrame | None, as_at: dt.date
) -> tuple[pl.LazyFrame, dict[str, int]]:
    """Pieces of care packages with the person's contribution.

    A charge is what a person pays a week towards all their care from a date on; a later one replaces it from its own
    start. It is taken for the days on which the person has a service that may be charged for, and never exceeds the
    gross of those services in the month; it is spread over them in proportion to their gross, to the penny. Free
    states take nothing of it; a service that the person pays in full takes all its gross.

    Args:
        pieces: of :class:`costshift.prices.care_packages.Packages`.
        charges: current rows of the kind charges with ``council``; None where none were sent.
        as_at: the last day that counts.

    Returns:
        The pieces with ``contribution`` (pence; null where the council's charges are not known: never the gross), and
        counts: ``charges_overlapping`` (charges that a later one cuts short) and ``charged_beyond_cost`` (a person's
        months in which the charge was cut to the gross).
    """
    all_of_it, nothing = (
        pl.col("state").is_in([state for state, own in person_pays().items() if own == pays])
        for pays in ("all", "nothing")
    )
    if charges is None:
        paid = pl.when(all_of_it).then("gross").when(nothing).then(0)
        return pieces.with_columns(paid.alias("contribution")), {"charges_overlapping": 0, "charged_beyond_cost": 0}
    marked = pieces.with_row_index("_piece").collect().lazy()
    cropped = _cropped(charges.select(*CHARGE), as_at).collect().lazy()
    # Of whom nothing is charged, nothing is to be spread.
    chargeable = marked.filter(~(all_of_it | nothing)).join(cropped.select(OWNER).unique(), on=OWNER, how="semi")
    known = cropped.select("council").unique().with_columns(pl.lit(True).alias("_known"))
    days = joined(chargeable, [*OWNER, "month"])
    due = (
        by_month(cropped)
        .join(days, on=[*OWNER, "month"], suffix="_service")
        .with_columns(
            (
                (
                    pl.min_horizontal("to_date", "to_date_service")
                    - pl.max_horizontal("from_date", "from_date_service")
                ).dt.total_days()
                + 1
            ).alias("_charged")
        )
        .filter(pl.col("_charged") > 0)
        .group_by(*OWNER, "month")
        .agg((pl.col("weekly_pence") * pl.col("_charged")).sum().alias("_sevenths"))
        # Whole pence, halves upwards.
        .select(*OWNER, "month", ((2 * pl.col("_sevenths") + 7) // 14).alias("_due"))
    )
    group = [*OWNER, "month"]
    shared = (
        chargeable.join(due, on=group, how="left")
        .with_columns(pl.col("_due").fill_null(0), pl.col("gross").sum().over(group).alias("_all"))
        .with_columns(pl.min_horizontal("_due", "_all").alias("_taken"))
        .collect()
        .lazy()
    )
    # Largest remainder, of equal ones the first by its contents.
    product = pl.col("_taken") * pl.col("gross")
    order = ["_rest", "gross", "care_setting", "state", "service_component", "from_date", "to_date", "_piece"]
    spread = (
        shared.filter(pl.col("_taken") > 0)
        .with_columns((product // pl.col("_all")).alias("_whole"), (product % pl.col("_all")).alias("_rest"))
        .sort(*group, *order, descending=[False] * 3 + [True, True] + [False] * 6, nulls_last=True)
        .with_columns((pl.int_range(pl.len()).over(group)).alias("_place"))
        .with_columns((pl.col("_taken") - pl.col("_whole").sum().over(group)).alias("_left"))
        .select("_piece", (pl.col("_whole") + (pl.col("_place") < pl.col("_left")).cast(pl.Int64)).alias("_share"))
    )
    counts = {
        "charges_overlapping": int(cropped.select(pl.col("_cut").sum()).collect().item() or 0),
        "charged_beyond_cost": int(
            shared.filter(pl.col("_due") > pl.col("_all")).select(group).unique().select(pl.len()).collect().item()
        ),
    }
    found = (
        marked.join(spread, on="_piece", how="left")
        .join(known, on="council", how="left")
        .with_columns(
            pl.when(all_of_it)
            .then("gross")
            .when(nothing)
            .then(0)
            .when(pl.col("_known").fill_null(False))
            .then(pl.col("_share").fill_null(0))
            .alias("contribution")
        )
        .drop("_piece", "_share", "_known")
    )
    return found, counts


def _cropped(charges: pl.LazyFrame, as_at: dt.date) -> pl.LazyFrame:
    """council, client, from_date, to_date, weekly_pence, _cut: each charge to the day before the next one starts."""
    next_start = pl.col("start_date").shift(-1).over(OWNER)
    end = pl.col("end_date").fill_null(pl.lit(as_at, dtype=pl.Date))
    return (
        charges.filter(pl.col("start_date") <= pl.lit(as_at, dtype=pl.Date))
        .with_columns(pl.col("council_person_id").alias("client"))
        .sort(*OWNER, "start_date", "end_date", "contribution_per_week", nulls_last=True)
        .with_columns(next_start.dt.offset_by("-1d").alias("_next"))
        .select(
            *OWNER,
            pl.col("start_date").alias("from_date"),
            pl.min_horizontal(end, "_next", pl.lit(as_at, dtype=pl.Date)).alias("to_date"),
            (pl.col("contribution_per_week") * 100).cast(pl.Int64).abs().alias("weekly_pence"),
            (end > pl.col("_next")).fill_null(False).alias("_cut"),
        )
    )
