"""Both sides' linked records as evidence: gathered for a run, and what the councils' extracts cover."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from costshift.delays.bed_days import delayed_spells
from costshift.delays.evidence_dates import EvidenceRules, LinkedRecords, chc_periods, evidence_dates
from costshift.delays.evidence_states import periods_between
from costshift.history.store import Submission
from costshift.organisations import SETTINGS, Organisations
from costshift.project import Project

#: Partner types of the NHS side.
NHS_TYPES = (*SETTINGS, "icb")


def rules_of(project: Project) -> EvidenceRules:
    """The windows and conventions of a place: [delays] settle_days and [rules]."""
    own = project.rules
    chosen = {} if own.enabling_components is None else {"enabling_components": frozenset(own.enabling_components)}
    return EvidenceRules(
        settle_days=project.delays.settle_days,
        chc_before_discharge=own.chc_before_discharge,
        request_window_days=own.request_window_days,
        service_window_days=own.service_window_days,
        **chosen,
    )


def linked_records(
    views: Mapping[str, pl.LazyFrame],
    organisations: Organisations,
    project: Project,
    submissions: Sequence[Submission],
    as_at: dt.date,
) -> LinkedRecords:
    """The records that speak of a delay, from the current rows with ``person``.

    Args:
        views: kind name to its current rows, with ``person``.
        organisations: codes to partners.
        project: the project: who delivers each pathway.
        submissions: what was sent: whether an extract holds events that have not ended is said of each sender alone.
        as_at: the last day that counts; later events have not happened yet.
    """
    events = views.get("care_events")
    if events is not None:
        day = pl.lit(as_at, dtype=pl.Date)
        events = events.filter(pl.col("event_start_date") <= day).with_columns(
            organisations.partner(pl.col("council_code")).alias("council"),
            pl.when(pl.col("event_end_date") <= day).then("event_end_date").alias("event_end_date"),
        )
    nhs = {
        pathway.pathway
        for pathway in project.pathways
        if all(organisations.types.get(partner) in NHS_TYPES for partner in pathway.delivered_by)
    }
    return LinkedRecords(
        coverage=_coverage(events, submissions, as_at).collect().lazy(),
        care_events=events,
        referrals=views.get("referrals"),
        contacts=views.get("contacts"),
        chc=views.get("chc"),
        nhs_pathways=frozenset(nhs),
    )


@dataclass(frozen=True)
class Evidence:
    """What the linked dates say of every delay in scope.

    ``periods``: :func:`costshift.delays.evidence_states.evidenced_periods`. ``dates``: the deciding dates of
    each delay, :func:`costshift.delays.evidence_dates.evidence_dates`. ``chc``: its periods in which
    continuing healthcare was pending.
    """

    periods: pl.DataFrame
    dates: pl.DataFrame
    chc: pl.DataFrame


def evidence_of(spells: pl.LazyFrame, records: LinkedRecords, rules: EvidenceRules) -> Evidence:
    """The evidence on every delay in scope.

    Args:
        spells: dated spells with the cohort marked, with ``person``.
        records: what both sides recorded.
        rules: windows and conventions.
    """
    delayed = delayed_spells(spells).select(
        "provider_code",
        "spell_id",
        "person",
        "usable_identity",
        "council",
        "pathway",
        "stay_start",
        "ready_date",
        "end_date",
    )
    dates = evidence_dates(delayed, records, rules).collect()
    chc = chc_periods(delayed, records, rules).collect()
    return Evidence(periods_between(dates.lazy(), chc.lazy(), rules).collect(), dates, chc)


def _coverage(events: pl.LazyFrame | None, submissions: Sequence[Submission], as_at: dt.date) -> pl.LazyFrame:
    """council, covers_from, covers_to, includes_open_events: one row a stretch without a gap.

    The stated reporting periods, joined where one follows on another; where a council states none, from its first
    event to the as-at date. Whether a stretch includes open events is what its last extract says: that which reaches
    furthest, of several the latest. Where several senders' extracts are that, all of them have to.
    """
    if events is None:
        return pl.LazyFrame(
            schema={
                "council": pl.String,
                "covers_from": pl.Date,
                "covers_to": pl.Date,
                "includes_open_events": pl.Boolean,
            }
        )
    start, end = pl.col("reporting_period_start"), pl.col("reporting_period_end")
    extract = ["council", "load_id", "submitter", "reporting_period_start", "reporting_period_end"]
    extracts = (
        events.group_by(extract)
        .agg(pl.col("event_start_date").min().alias("first"))
        .join(_open_extracts(submissions), on=["load_id", "submitter"], how="left")
        .with_columns(pl.col("open").fill_null(value=False), (start <= end).fill_null(value=False).alias("stated"))
    )
    periods = extracts.filter("stated").sort("council", "reporting_period_start", "reporting_period_end")
    reached = end.cast(pl.Int32).cum_max().shift(1).over("council")
    begins = (start.cast(pl.Int32) > reached + 1).fill_null(True)
    stretches = (
        periods.with_columns(begins.cast(pl.Int64).cum_sum().over("council").alias("stretch"))
        .group_by("council", "stretch")
        .agg(start.min().alias("covers_from"), end.max().alias("covers_to"), _last_is_open(end))
        .drop("stretch")
    )
    unstated = (
        extracts.group_by("council")
        .agg(
            pl.col("first").min().alias("covers_from"),
            pl.lit(as_at, dtype=pl.Date).alias("covers_to"),
            _last_is_open(pl.lit(as_at, dtype=pl.Date)),
        )
        .join(stretches, on="council", how="anti")
    )
    return pl.concat([stretches, unstated]).sort("council", "covers_from")


def _last_is_open(reaches: pl.Expr) -> pl.Expr:
    """Whether those of a group of extracts are open that reach furthest and, of them, came last."""
    last = pl.struct(reaches.alias("reaches"), pl.col("rank").fill_null(-1))
    return pl.col("open").filter(last == last.sort().last()).all().alias("includes_open_events")


def _open_extracts(submissions: Sequence[Submission]) -> pl.LazyFrame:
    """load_id, submitter, open, rank: what each sender of care events says, and which of them is the later one."""
    own = sorted((s for s in submissions if s.kind == "care_events"), key=lambda s: (s.month, s.load_id, s.submitter))
    ranks = {key: at for at, key in enumerate(sorted({(s.month, s.load_id) for s in own}))}
    return pl.LazyFrame(
        [(s.load_id, s.submitter, bool(s.includes_open_events), ranks[s.month, s.load_id]) for s in own],
        schema={"load_id": pl.Int64, "submitter": pl.String, "open": pl.Boolean, "rank": pl.Int64},
        orient="row",
    )
