"""To whom the hospital's own record attributes each delayed day.

Each day of a delay has the dated reason in force on it; a day that none covers has the spell's own reason,
and else none. A recorded attribution goes before the reason's shares. Interval arithmetic: no row per day.

Definition: docs/methods/recorded-attribution.md. The shares of England's 37 reasons are costshift's proposal,
not official, and can be replaced by a recorded attribution.
"""

from __future__ import annotations

import polars as pl

from costshift import standards
from costshift.extracts.cleaning import UNRECOGNISED
from costshift.organisations import SETTINGS
from costshift.standards import formatted

SPELL = ("provider_code", "spell_id")
NOT_RECORDED = "not_recorded"
#: Recorded attribution -> side of the argument.
SIDES = {
    "acute": "nhs",
    "community": "nhs",
    "mental_health": "nhs",
    "icb": "nhs",
    "council": "council",
    "person": "person",
    NOT_RECORDED: "none",
    "unknown": "none",
}


def recorded_periods(spells: pl.LazyFrame, reasons: pl.LazyFrame | None) -> pl.LazyFrame:
    """The periods of each delay with the reason and attribution recorded for them.

    Grain: provider_code, spell_id, from_date (until ``until``, exclusive). The periods of a spell fill its
    delay [ready_date, end_date) without gap or overlap. ``delay_reason`` and ``delay_attribution`` are null
    where nothing was recorded.

    Args:
        spells: dated spells with at least one delayed day.
        reasons: current rows of the kind delay_reasons, or None. In force from from_date to to_date, both
            included, and never beyond the next reason's start; with two rows from one day the one that
            sorts last by reason, attribution and to_date counts.
    """
    own = spells.select(*SPELL, "ready_date", "end_date", "delay_reason", "delay_attribution")
    if reasons is None:
        return own.select(
            *SPELL,
            pl.col("ready_date").alias("from_date"),
            pl.col("end_date").alias("until"),
            "delay_reason",
            "delay_attribution",
        )
    dated = (
        reasons.select(*SPELL, "from_date", "to_date", "delay_reason", "delay_attribution")
        .join(own.select(*SPELL, "ready_date", "end_date"), on=SPELL)
        .sort(*SPELL, "from_date", "delay_reason", "delay_attribution", "to_date", nulls_last=False)
        .unique(subset=[*SPELL, "from_date"], keep="last", maintain_order=True)
        .with_columns(
            pl.max_horizontal("from_date", "ready_date").alias("start"),
            pl.min_horizontal(
                pl.col("from_date").shift(-1).over(SPELL),
                pl.col("to_date").dt.offset_by("1d"),
                pl.col("end_date"),
            ).alias("until"),
        )
        .filter(pl.col("start") < pl.col("until"))
        .select(*SPELL, pl.col("start").alias("from_date"), "until", "delay_reason", "delay_attribution")
    )
    # What no dated reason covers: before the first, between two, after the last.
    before = (
        dated.join(own.select(*SPELL, "ready_date"), on=SPELL)
        .sort(*SPELL, "from_date")
        .select(
            *SPELL,
            pl.coalesce(pl.col("until").shift(1).over(SPELL), "ready_date").alias("gap_from"),
            pl.col("from_date").alias("gap_until"),
        )
    )
    after = own.join(dated.group_by(SPELL).agg(pl.col("until").max()), on=SPELL, how="left").select(
        *SPELL,
        pl.coalesce("until", "ready_date").alias("gap_from"),
        pl.col("end_date").alias("gap_until"),
    )
    gaps = (
        pl.concat([before, after])
        .filter(pl.col("gap_from") < pl.col("gap_until"))
        .join(own.select(*SPELL, "delay_reason", "delay_attribution"), on=SPELL)
        .select(
            *SPELL,
            pl.col("gap_from").alias("from_date"),
            pl.col("gap_until").alias("until"),
            "delay_reason",
            "delay_attribution",
        )
    )
    return pl.concat([dated, gaps])


def reason_coverage(spells: pl.LazyFrame, reasons: pl.LazyFrame) -> pl.LazyFrame:
    """How far the dated reasons fill each delay that has any: without a gap, and without two at a time.

    Grain: provider_code, spell_id, of delays with a dated reason in them. ``gap_days``: delayed days that no dated
    reason covers; they have the spell's own reason, or none. ``overlap_days``: days of a row that a later row, or
    another of the same day, had already taken over.

    Args:
        spells: dated spells with at least one delayed day.
        reasons: current rows of the kind delay_reasons.
    """
    end = pl.coalesce(pl.col("to_date").dt.offset_by("1d"), "end_date")
    stated = (
        reasons.select(*SPELL, "from_date", "to_date", "delay_reason", "delay_attribution")
        .join(spells.select(*SPELL, "ready_date", "end_date"), on=SPELL)
        .sort(*SPELL, "from_date", "delay_reason", "delay_attribution", "to_date", nulls_last=False)
        .with_columns(
            pl.max_horizontal("from_date", "ready_date").alias("_from"),
            # Without to_date a row states nothing beyond the next row's start.
            pl.min_horizontal(
                pl.when(pl.col("to_date").is_null()).then(pl.col("from_date").shift(-1).over(SPELL)), end, "end_date"
            ).alias("_until"),
        )
        .filter(pl.col("_from") < pl.col("_until"))
    )
    # The furthest that the rows before reach.
    reached = pl.col("_until").cast(pl.Int32).cum_max().shift(1).over(SPELL).cast(pl.Date)
    taken = pl.when(reached.is_null()).then("_from").otherwise(pl.min_horizontal(reached, "_until"))
    overlap = (pl.max_horizontal(taken, "_from") - pl.col("_from")).dt.total_days()
    new = (pl.col("_until") - pl.max_horizontal(taken, "_from")).dt.total_days()
    return (
        stated.with_columns(overlap.alias("_overlap"), new.alias("_new"))
        .group_by(SPELL)
        .agg(
            (pl.col("end_date").first() - pl.col("ready_date").first()).dt.total_days().alias("_delay"),
            pl.col("_new").sum(),
            pl.col("_overlap").sum().alias("overlap_days"),
        )
        .select(*SPELL, (pl.col("_delay") - pl.col("_new")).alias("gap_days"), "overlap_days")
    )


def share_rules() -> pl.DataFrame:
    """What a recorded reason or attribution means in each setting.

    Grain: rule, setting, recorded_attribution. ``rule`` is ``reason:<key>`` (of an unrecognised one too),
    ``attribution:<canonical>`` or ``not_recorded``; ``share`` is whole per cent and sums to 100 within rule and
    setting. ``provider`` in the shipped tables is the partner in whose bed the person is, so it is resolved to the
    setting here. ``split`` names the resolved shares: rules that split alike have the same.
    """
    attributions = standards.delay_attributions().unique(subset="canonical", keep="first", maintain_order=True)
    tables = [
        standards.delay_reasons().select(
            formatted("reason:{}", "delay_reason").alias("rule"), *standards.SHARE_COLUMNS
        ),
        attributions.select(formatted("attribution:{}", "canonical").alias("rule"), *standards.SHARE_COLUMNS),
    ]
    shares = (
        pl.concat(tables)
        .unpivot(index="rule", variable_name="type", value_name="share")
        .filter(pl.col("share") > 0)
        .join(pl.DataFrame({"setting": [*SETTINGS, "unknown"]}), how="cross")
        .with_columns(
            pl.when(pl.col("type") == "provider").then("setting").otherwise("type").alias("recorded_attribution")
        )
        .group_by("rule", "setting", "recorded_attribution")
        .agg(pl.col("share").sum())
    )
    silent = standards.delay_reasons().filter(pl.sum_horizontal(standards.SHARE_COLUMNS) == 0)["delay_reason"]
    nothing = pl.concat(
        pl.DataFrame({"rule": rule, "setting": [*SETTINGS, "unknown"]}).with_columns(
            pl.lit(NOT_RECORDED).alias("recorded_attribution"), pl.lit(100, dtype=pl.Int64).alias("share")
        )
        for rule in (NOT_RECORDED, f"reason:{UNRECOGNISED}", *(f"reason:{reason}" for reason in silent))
    )
    whole = pl.concat([shares, nothing.select(shares.columns)]).sort("rule", "setting", "recorded_attribution")
    return whole.with_columns(
        formatted("{} {}", "recorded_attribution", "share").str.join(", ").over("rule", "setting").alias("split")
    )


def rule_of_period() -> pl.Expr:
    """The share rule of a period: its attribution, else its reason, else not_recorded."""
    return (
        pl.when(pl.col("delay_attribution").is_not_null())
        .then(formatted("attribution:{}", "delay_attribution"))
        .when(pl.col("delay_reason").is_not_null())
        .then(formatted("reason:{}", "delay_reason"))
        .otherwise(pl.lit(NOT_RECORDED))
    )
