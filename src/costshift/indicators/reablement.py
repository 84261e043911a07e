"""Reablement after discharge from hospital, as ASCOF 2D counts it.

Source: DHSC, ASC-CLD-LA-Dashboard, ASCOF_measures/Create_ASCOF_2D.sql. Departures are listed in
docs/methods/flow-indicators.md: a code that is not recorded leaves nobody out, and a person who is back in hospital
and not yet discharged counts as back in hospital.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift import standards
from costshift.indicators.flow_hospital import OLDER, has_code
from costshift.standards.flow import flow_codes, flow_windows
from costshift.statistics.streamed import streamed

CLUSTER = ("council", "person", "cluster_start")
_FAR = dt.date(9999, 1, 1)


def service_users(events: pl.LazyFrame) -> pl.LazyFrame:
    """Events of people as service users: never as unpaid carers."""
    client = standards.normalise(pl.col("client_type")).fill_null("")
    return events.filter(~(client.str.starts_with("unpaid carer") | client.str.starts_with("carer")))


def long_term_care_homes(events: pl.LazyFrame, *, prison: bool = False) -> pl.LazyFrame:
    """Long-term services in nursing or residential care (and prison): person, council, start, end (far off: open)."""
    names = ["Long term support: Nursing care", "Long term support: Residential care"]
    names += ["Long term support: Prison"] if prison else []
    kinds = [standards.normalise_text(name) for name in names]
    return (
        service_users(events)
        .filter((pl.col("event_type") == "Service") & standards.normalise(pl.col("service_type")).is_in(kinds))
        .select(
            "person",
            "council",
            pl.col("event_start_date").alias("start"),
            pl.col("event_end_date").fill_null(_FAR).alias("end"),
        )
    )


def reablement_clusters(events: pl.LazyFrame) -> pl.LazyFrame:
    """Reablement services of one person and council that overlap, or start within 7 days of the last end, as one.

    Grain: council, person, cluster_start.
    """
    kind = standards.normalise(pl.col("service_type")) == standards.normalise_text("Short term support: ST-Max")
    component = standards.normalise(pl.col("service_component")) == standards.normalise_text("Reablement")
    before = pl.col("_end").cum_max().shift(1).over("council", "person")
    gap = (pl.col("event_start_date") - before).dt.total_days()
    return (
        service_users(events)
        .filter((pl.col("event_type") == "Service") & (kind & component).fill_null(False))
        .with_columns(pl.col("event_end_date").fill_null(_FAR).alias("_end"))
        .sort("council", "person", "event_start_date", "_end")
        .with_columns((gap <= flow_windows()["ascof_2d_cluster_gap"]).fill_null(False).alias("_goes_on"))
        .with_columns((~pl.col("_goes_on")).cum_sum().over("council", "person").alias("_cluster"))
        .group_by("council", "person", "_cluster")
        .agg(pl.col("event_start_date").min().alias("cluster_start"))
        .select(*CLUSTER)
    )


def discharges_65_plus(spells: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    """The denominator of part 2: discharges at 65 and over, of people not in a care home or prison when admitted.

    Age as DHSC counts it, from the first of the month of birth and 365.25 days a year.
    """
    born = pl.coalesce(pl.col("birth_date").dt.month_start(), pl.col("birth_month"))
    days_old = (pl.col("discharge_date") - born).dt.total_days()
    code = pl.col("treatment_function_code")
    (beginnings,) = flow_codes("ascof_2d_left_out_beginning").values()
    begins = pl.any_horizontal(code.str.starts_with(text).fill_null(False) for text in beginnings)
    in_home = (
        spells.select("provider_code", "spell_id", "person", "admission_date")
        .join(long_term_care_homes(events, prison=True), on="person")
        .filter((pl.col("admission_date") >= pl.col("start")) & (pl.col("admission_date") <= pl.col("end")))
        .select("provider_code", "spell_id")
        .unique()
    )
    in_home = streamed(in_home).lazy()
    return (
        spells.filter(
            pl.col("is_discharged")
            & (pl.col("admission_date") < pl.col("discharge_date"))
            & ((days_old / 365.25).floor() >= OLDER).fill_null(False)
            & ~has_code(flow_codes("ascof_2d_left_out"))
            & ~begins
        )
        .join(in_home, on=["provider_code", "spell_id"], how="anti")
        .select("provider_code", "spell_id", "person", "council", "month", "admission_date", "discharge_date")
    )


def discharges_into_reablement(discharges: pl.LazyFrame, clusters: pl.LazyFrame) -> pl.LazyFrame:
    """Each cluster with the latest discharge from 7 days before to 3 days after its start.

    Grain: council (whose reablement it is), person, discharge_date; with cluster_start and month. A discharge that
    several clusters of a council find is one discharge, into the first of them.

    Args:
        discharges: :func:`discharges_65_plus`.
        clusters: :func:`reablement_clusters`.
    """
    windows = flow_windows()
    start, left = pl.col("cluster_start"), pl.col("discharge_date")
    return (
        clusters.join(discharges.select("person", "admission_date", "discharge_date"), on="person")
        .filter(
            (left >= start.dt.offset_by(f"-{windows['ascof_2d_discharge_before']}d"))
            & (left <= start.dt.offset_by(f"{windows['ascof_2d_discharge_after']}d"))
            & (pl.col("admission_date") <= start)
        )
        .group_by(CLUSTER)
        .agg(left.max())
        .group_by("council", "person", "discharge_date")
        .agg(start.min())
        .with_columns(left.dt.month_start().alias("month"))
    )


def still_in_the_community(
    linked: pl.LazyFrame, spells: pl.LazyFrame, events: pl.LazyFrame, died: pl.LazyFrame
) -> pl.LazyFrame:
    """The discharges with ``remained``: no emergency readmission, no death, no new long-term care home within 84 days.

    Args:
        linked: :func:`discharges_into_reablement`.
        spells: dated spells with ``person``.
        events: care events with ``person``.
        died: person, died.
    """
    left = pl.col("discharge_date")
    last = left.dt.offset_by(f"{flow_windows()['ascof_2d_follow_up']}d")
    admitted = spells.filter(
        has_code(flow_codes("ascof_2d_readmission"))
        & (pl.col("admission_date") < pl.col("end_date"))
        & (pl.col("discharge_method") != "5").fill_null(True)
    ).select("person", pl.col("admission_date").alias("_day"))
    back = linked.join(admitted, on="person").filter(
        (pl.col("_day") > pl.col("cluster_start")) & (pl.col("_day") > left) & (pl.col("_day") <= last)
    )
    dead = linked.join(died, on="person").filter((pl.col("died") >= left) & (pl.col("died") <= last))
    homes = linked.join(long_term_care_homes(events).select("person", "start"), on="person").filter(
        (pl.col("start") >= left) & (pl.col("start") <= last)
    )
    failed = (
        pl.concat([own.select(CLUSTER) for own in (back, dead, homes)])
        .unique()
        .with_columns(pl.lit(value=False).alias("_remained"))
    )
    return (
        linked.join(failed, on=list(CLUSTER), how="left")
        .with_columns(pl.col("_remained").fill_null(value=True).alias("remained"))
        .drop("_remained")
    )
