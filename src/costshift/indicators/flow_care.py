"""Indicators of flow that need the councils' records too.

Definition: docs/methods/flow-indicators.md. They are of the councils that send care events, and of months that those
cover for as long as the indicator looks ahead.
"""

from __future__ import annotations

import polars as pl

from costshift.indicators.flow_hospital import GRAIN, counts, ended_stays, parts_of
from costshift.indicators.reablement import (
    discharges_65_plus,
    discharges_into_reablement,
    long_term_care_homes,
    reablement_clusters,
    still_in_the_community,
)
from costshift.standards.flow import flow_windows
from costshift.statistics.streamed import streamed


def care_home_within_28_days(spells: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """Of the stays that ended in an acute bed, those followed by a new long-term care home placement within 28 days.

    Stays of people who were in long-term care when they were admitted are in neither number.
    """
    homes = streamed(long_term_care_homes(events).drop("council")).lazy()
    ended = ended_stays(spells).select("month", "council", "person", "stay_start", "discharge_date")
    last = pl.col("discharge_date").dt.offset_by(f"{flow_windows()['care_home_placement']}d")
    # Most people are in no home: the others' stays are told apart.
    theirs = streamed(ended.join(homes, on="person", how="semi")).with_row_index("_stay").lazy()
    paired = theirs.join(homes, on="person")
    resident = paired.filter(
        (pl.col("start") <= pl.col("stay_start")) & (pl.col("end") >= pl.col("stay_start"))
    ).select("_stay")
    placed = paired.filter((pl.col("start") >= pl.col("discharge_date")) & (pl.col("start") <= last)).select("_stay")
    kept = theirs.join(resident, on="_stay", how="anti")
    rest = ended.join(homes, on="person", how="anti")
    return parts_of(pl.concat([own.select(GRAIN) for own in (kept, rest)]), kept.join(placed, on="_stay", how="semi"))


def reablement_of_discharges(
    spells: pl.LazyFrame, events: pl.LazyFrame, coverage: pl.LazyFrame
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """What both parts of ASCOF 2D count: the discharges at 65 and over, and those of them into reablement.

    Admissions before the councils' extracts begin are left out.

    Returns:
        As :func:`~costshift.indicators.reablement.discharges_65_plus` and
        :func:`~costshift.indicators.reablement.discharges_into_reablement` give them; the second worked out.
    """
    first = coverage.select(pl.col("covers_from").min()).collect().item()
    discharges = discharges_65_plus(spells.filter(pl.col("admission_date") >= pl.lit(first, dtype=pl.Date)), events)
    clusters = streamed(reablement_clusters(events)).lazy()
    return discharges, streamed(discharges_into_reablement(discharges, clusters)).lazy()


def reablement_offered(discharges: pl.LazyFrame, linked: pl.LazyFrame) -> pl.LazyFrame:
    """ASCOF 2D part 2: of the discharges at 65 and over, those into reablement.

    The denominator is of the council of residence, the numerator of the council whose reablement it is, as in DHSC's
    procedure.

    Args:
        discharges: the first of :func:`reablement_of_discharges`.
        linked: the second.
    """
    return parts_of(discharges, linked)


def still_in_community_84_days(
    linked: pl.LazyFrame, spells: pl.LazyFrame, events: pl.LazyFrame, died: pl.LazyFrame
) -> pl.LazyFrame:
    """ASCOF 2D part 1: of those discharged into reablement, those still in the community 84 days later.

    Args:
        linked: the second of :func:`reablement_of_discharges`.
        spells: dated spells with ``person``.
        events: care events with ``person``.
        died: person, died.
    """
    followed = still_in_the_community(linked, spells, events, died)
    return counts(followed, pl.col("remained").sum(), pl.len())
