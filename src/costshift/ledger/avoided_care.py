"""What a driver of delay would have paid for the care that followed: the column ``avoided_care_cost``.

Definition: docs/methods/avoided-care.md. A person who waits in hospital is not yet at home with a package. Whoever is
to pay for that package does not pay for it meanwhile.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift import standards
from costshift.delays.recorded_attribution import SPELL
from costshift.prices.funding import FundingRules
from costshift.statistics.streamed import streamed

#: Days after the discharge over which the care that followed is averaged.
WINDOW = 28
AFTER: dict[str, type[pl.DataType]] = {
    "provider_code": pl.String,
    "spell_id": pl.String,
    "payer": pl.String,
    "pence": pl.Int64,
}


def care_after_delays(
    delayed: pl.LazyFrame, pieces: pl.LazyFrame, covered: pl.LazyFrame, rules: FundingRules, as_at: dt.date
) -> pl.DataFrame:
    """What care cost each payer in the 28 days from the discharge on, spell by spell.

    Services that started between the ready date and the last of these days count; what the person had before goes on in
    hospital too, and one-off costs are put off, not avoided. Of a piece of a month the part of its days in the window
    counts: gross x days / days of the piece, pence rounded half up, less the person's contribution likewise.

    Args:
        delayed: provider_code, spell_id, person, council, ready_date, discharge_date; of discharged spells.
        pieces: pieces of packages with ``contribution``.
        covered: council, month: the months that councils' extracts hold in full.
        rules: [[funding]].
        as_at: the last day that counts.

    Returns:
        Grain: provider_code, spell_id, payer; ``pence`` over the 28 days. A spell whose window its council's extract
        does not hold, or has not passed, or with a piece whose contribution is not known, has one row with nulls; one
        without any such care has a row of its council with zero.
    """
    last = pl.col("discharge_date").dt.offset_by(f"{WINDOW - 1}d")
    wanted = delayed.select(*SPELL, "person", "council", "ready_date", "discharge_date")
    spells = wanted.with_columns(last.alias("_last"))
    months = [pl.col("discharge_date").dt.month_start(), pl.col("_last").dt.month_start()]
    held = spells.filter(pl.col("_last") <= pl.lit(as_at, dtype=pl.Date))
    for place, month in enumerate(months):
        held = held.with_columns(month.alias(f"_month_{place}")).join(
            covered.select("council", pl.col("month").alias(f"_month_{place}")),
            on=["council", f"_month_{place}"],
            how="semi",
        )
    overlap = (
        pl.min_horizontal("to_date", "_last") - pl.max_horizontal("from_date", "discharge_date")
    ).dt.total_days() + 1
    found = streamed(
        held.join(pieces.filter(~pl.col("once")), on="person", suffix="_of_care")
        .filter((pl.col("started") >= pl.col("ready_date")) & (pl.col("started") <= pl.col("_last")))
        .with_columns(overlap.alias("_days"))
        .filter(pl.col("_days") > 0)
        .with_columns(
            *(
                ((2 * pl.col(name) * pl.col("_days") + pl.col("days")) // (2 * pl.col("days"))).alias(name)
                for name in ("gross", "contribution")
            )
        )
        .select(*SPELL, "council_of_care", "service_component", "gross", "contribution")
    )
    costs: dict[tuple[str, str], dict[str, int] | None] = {
        (provider, spell): {council: 0}
        for provider, spell, council in held.select(*SPELL, "council").collect().iter_rows()
    }
    costs |= {key: None for key in spells.select(*SPELL).collect().iter_rows() if key not in costs}
    for provider, spell, council, component, gross, paid in found.iter_rows():
        own = costs[provider, spell]
        if own is None or paid is None:
            costs[provider, spell] = None
            continue
        borne = rules.borne(gross, paid, standards.normalise_text(component or ""), council)
        for payer, part in borne.items():
            own[payer] = own.get(payer, 0) + part
    rows = [
        (*key, payer, pence)
        for key, own in sorted(costs.items())
        for payer, pence in (sorted(own.items()) if own is not None else [(None, None)])
    ]
    return pl.DataFrame(rows, schema=AFTER, orient="row")


def avoided_care_cost(after: pl.DataFrame, driven: pl.DataFrame) -> pl.DataFrame:
    """What each driver would have paid for care on the days that it drove: month, driver, payer, avoided_care_cost.

    Days x share x pence / 28, summed exactly, and only then rounded to the penny, halves upwards. Null where any
    spell behind the row has care that is not known: never too little. A driver that would have paid nothing has zero.

    Args:
        after: :func:`care_after_delays`.
        driven: month, provider_code, spell_id, driver, payer (who bore the bed), days, share (whole per cent of the
        days
            that are the driver's).
    """
    unknown = after.filter(pl.col("pence").is_null()).select(*SPELL).with_columns(pl.lit(value=True).alias("_unknown"))
    known = after.drop_nulls().select(*SPELL, pl.col("payer").alias("driver"), "pence")
    hundredths = (pl.col("days") * pl.col("share") * pl.col("pence").fill_null(0)).sum()
    there = after.select(*SPELL).unique().with_columns(pl.lit(value=True).alias("_there"))
    blank = (pl.col("_unknown").fill_null(value=False) | pl.col("_there").is_null()).any()
    under = WINDOW * 100
    return (
        driven.join(known, on=[*SPELL, "driver"], how="left")
        .join(unknown, on=list(SPELL), how="left")
        .join(there, on=list(SPELL), how="left")
        .group_by("month", "driver", "payer")
        .agg(pl.when(~blank).then((2 * hundredths + under) // (2 * under)).alias("avoided_care_cost"))
        .sort("month", "driver", "payer")
    )
