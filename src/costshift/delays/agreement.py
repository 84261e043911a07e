"""Where the record and the linked dates agree about a delayed day, where they dispute, and where nobody can tell.

Recorded side against evidenced side: ``agreed``; ``disputed`` (firm evidence, another side); ``questioned``
(presumptive evidence, another side); ``untestable`` (no evidenced side, or nothing recorded). Recorded shares split
the day, and the four sum to the delay. Definition: docs/methods/evidenced-attribution.md.
"""

from __future__ import annotations

import polars as pl

from costshift.delays.both_sides import AGREEMENT, BothSides, agreement, recorded_side
from costshift.delays.evidence_states import STATES
from costshift.delays.recorded_attribution import SPELL, share_rules

#: The days of each state, whole. Of `untestable`, which is a state and an agreement too, the state's has its own name.
STATE_COLUMNS = tuple(f"{state}_state_days" if state in AGREEMENT else f"{state}_days" for state in STATES)
GRAIN = (
    "month",
    "provider",
    "council",
    "recorded_attribution",
    "evidenced_attribution",
    "state",
    "strength",
)


def agreement_by_spell(periods: pl.LazyFrame) -> pl.LazyFrame:
    """Each delay's days by state and by agreement.

    Args:
        periods: :attr:`costshift.delays.both_sides.BothSides.periods`.

    Returns:
        provider_code, spell_id, :data:`STATE_COLUMNS` (whole days, summing to the delay), firm_days, and
        agreed_days, disputed_days, questioned_days, untestable_days (exact fractions, summing to the delay).
    """
    days = (pl.col("until") - pl.col("from_date")).dt.total_days()
    by_state = periods.group_by(SPELL).agg(
        *(
            days.filter(pl.col("state") == state).sum().cast(pl.Int64).alias(name)
            for state, name in zip(STATES, STATE_COLUMNS, strict=True)
        ),
        days.filter(pl.col("strength") == "firm").sum().cast(pl.Int64).alias("firm_days"),
    )
    rules = share_rules().lazy().select("rule", "setting", "recorded_attribution", "share")
    shares = (
        periods.join(rules, on=["rule", "setting"])
        .with_columns(agreement(recorded_side(), pl.col("side")).alias("agreement"))
        .group_by(*SPELL, "agreement")
        .agg((days * pl.col("share")).sum().alias("hundredths"))
        .group_by(SPELL)
        .agg(
            (pl.col("hundredths").filter(pl.col("agreement") == name).sum() / 100).alias(f"{name}_days")
            for name in AGREEMENT
        )
    )
    return by_state.join(shares, on=SPELL, how="left")


def attribution_agreement(both: BothSides, months: pl.LazyFrame, prices: pl.LazyFrame) -> pl.LazyFrame:
    """The table attribution_agreement.

    Grain: month, provider, council, recorded_attribution, evidenced_attribution, state, strength. Days are whole
    and sum to those of delayed_bed_days by month, provider, council and recorded attribution. ``cost`` (pence) is
    null where a setting among them has no price, or the provider's month is not acceptable. ``_people``: the
    different people behind the days, for disclosure control.

    Args:
        both: record and evidence of each day.
        months: :func:`costshift.delays.acceptability.provider_months`.
        prices: month, setting, price_pence.
    """
    people = both.people.group_by(GRAIN).agg(pl.col("person").n_unique().cast(pl.Int64).alias("_people"))
    state = months.select("month", "provider", "computable", "acceptable")
    cost = pl.col("days") * pl.col("price_pence")
    return (
        both.parts.join(prices, on=["month", "setting"], how="left")
        .group_by(*GRAIN, "agreement")
        .agg(
            pl.col("days").sum().alias("delayed_bed_days"),
            pl.when(cost.is_not_null().all()).then(cost.sum()).alias("cost"),
        )
        .join(state, on=["month", "provider"], how="left")
        .filter(pl.col("computable").fill_null(True))
        .join(people, on=list(GRAIN), how="left")
        .select(
            *GRAIN,
            "delayed_bed_days",
            pl.when(pl.col("acceptable").fill_null(True)).then("cost").alias("cost"),
            "agreement",
            "_people",
        )
        .sort(GRAIN)
    )
