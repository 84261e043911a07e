"""Where the record and the linked dates agree about a delayed day, where they dispute, and where nobody can tell.

Recorded side against evidenced side: ``agreed``; ``disputed`` (firm evidence, another side); ``questioned``
(presumptive evidence, another side); ``untestable`` (no evidenced side, or nothing recorded). Recorded shares split
the day, and the four sum to the delay. Definition: docs/methods/evidenced-attribution.md.
"""

from __future__ import annotations

import polars as pl

from costshift.delays.evidence_states import STATES
from costshift.delays.recorded_attribution import SIDES, SPELL, share_rules

AGREEMENT = ("agreed", "disputed", "questioned", "untestable")
#: The days of each state, whole. Of `untestable`, which is a state and an agreement too, the state's has its own name.
STATE_COLUMNS = tuple(f"{state}_state_days" if state in AGREEMENT else f"{state}_days" for state in STATES)


def agreement_by_spell(recorded: pl.LazyFrame, evidenced: pl.LazyFrame) -> pl.LazyFrame:
    """Each delay's days by state and by agreement.

    Args:
        recorded: periods of each delay with ``rule`` and ``setting``; they fill it without gap or overlap.
        evidenced: periods of the same delays with state, strength and side; they fill it likewise.

    Returns:
        provider_code, spell_id, :data:`STATE_COLUMNS` (whole days, summing to the delay), firm_days, and
        agreed_days, disputed_days, questioned_days, untestable_days (exact fractions, summing to the delay).
    """
    days = (pl.col("until") - pl.col("from_date")).dt.total_days()
    by_state = evidenced.group_by(SPELL).agg(
        *(
            days.filter(pl.col("state") == state).sum().cast(pl.Int64).alias(name)
            for state, name in zip(STATES, STATE_COLUMNS, strict=True)
        ),
        days.filter(pl.col("strength") == "firm").sum().cast(pl.Int64).alias("firm_days"),
    )
    pieces = (
        recorded.select(*SPELL, "from_date", "until", "rule", "setting")
        .join(evidenced, on=SPELL, suffix="_evidenced")
        .with_columns(
            pl.max_horizontal("from_date", "from_date_evidenced").alias("from_date"),
            pl.min_horizontal("until", "until_evidenced").alias("until"),
        )
        .filter(pl.col("from_date") < pl.col("until"))
        .join(share_rules().lazy().select("rule", "setting", "recorded_attribution", "share"), on=["rule", "setting"])
    )
    recorded_side = pl.col("recorded_attribution").replace_strict(SIDES, return_dtype=pl.String)
    judged = (
        pl.when((pl.col("side") == "none") | (recorded_side == "none"))
        .then(pl.lit("untestable"))
        .when(recorded_side == pl.col("side"))
        .then(pl.lit("agreed"))
        .when(pl.col("strength") == "firm")
        .then(pl.lit("disputed"))
        .otherwise(pl.lit("questioned"))
    )
    hundredths = (days * pl.col("share")).sum()
    shares = (
        pieces.with_columns(judged.alias("agreement"))
        .group_by(*SPELL, "agreement")
        .agg(hundredths.alias("hundredths"))
        .group_by(SPELL)
        .agg(
            (pl.col("hundredths").filter(pl.col("agreement") == name).sum() / 100).alias(f"{name}_days")
            for name in AGREEMENT
        )
    )
    return by_state.join(shares, on=SPELL, how="left")
