"""Which adult social care events count: the rules of DHSC for Client Level Data over several submissions.

Source: DHSC, adult social care Client Level Data repository (ASC-CLD-LA-Dashboard), methodology pages on the
selection of submissions and on deduplication, Release 2.

An event is known by its **key**: council, person, client type, event type, start, the end after a date of death
(not for services), and the route of access of a request, the type of an assessment, the type and component of a
service. A later submission's record of an event supersedes the earlier ones. Within one submission records of a
service that differ in delivery or cost both count, as in DHSC's reading of a single submission: a package may
consist of two of them, and its cost is their sum.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from costshift import standards
from costshift.extracts.kinds import KINDS
from costshift.history.side_by_side import side_by_side

if TYPE_CHECKING:
    from costshift.history.store import Submission

#: What became of a record, in ``fates``.
COUNTS, WITHDRAWN, SUPERSEDED, REPEATED = "counts", "withdrawn", "superseded", "repeated"
_FATES = (COUNTS, WITHDRAWN, SUPERSEDED, REPEATED)
_FATE = pl.Enum(_FATES)
#: Why an event ends when it does, in the column ``end_basis``.
SENT, DEATH, PERIOD_END = "sent", "death", "period_end"

_SERVICE = pl.col("event_type") == "Service"
_OPEN = pl.col("event_end_date").is_null()
#: What parts two records of one service within one submission.
_PACKAGE = ("delivery_mechanism", "unit_cost", "cost_frequency", "planned_units_per_week")


def current_events(rows: pl.LazyFrame, submissions: Sequence[Submission]) -> pl.LazyFrame:
    """The events that count.

    Args:
        rows: all care events of ``submissions``: the kind's schema, load_id, submission_month, submitter.
        submissions: the submissions of care events that count, withdrawn by none.

    Returns:
        One row an event (a service of several deliveries or costs: one each), with the same columns and
        ``end_basis``: ``sent``, ``death`` or ``period_end``; null while the event is open. ``event_end_date`` is the
        end by that basis. The rows do not depend on the order of ``rows`` or of ``submissions``.
    """
    return that_count(fates(rows, submissions))


def that_count(fates_of_events: pl.LazyFrame) -> pl.LazyFrame:
    """The events that count, of what ``fates`` gives."""
    return fates_of_events.filter(pl.col("fate") == COUNTS).drop("fate")


def departures(fates_of_events: pl.LazyFrame) -> pl.DataFrame:
    """What the rules did to the records as sent. Grain: submitter, month (of the submission), departure. Also rows.

    Departures (the rules of ``extracts/rules.py`` of these names): ``event_withdrawn``, ``event_superseded`` and
    ``event_repeated`` (records that do not count), ``ended_by_death`` and ``ended_by_period`` (records that count
    with another end), ``event_without_person`` (records that count, and whose sameness with others cannot be told).

    Args:
        fates_of_events: what ``fates`` gives.
    """
    counts, ended_by = pl.col("fate") == COUNTS, pl.col("end_basis")
    told = {
        **{f"event_{fate}": pl.col("fate") == fate for fate in _FATES if fate != COUNTS},
        "ended_by_death": counts & (ended_by == DEATH),
        "ended_by_period": counts & (ended_by == PERIOD_END),
        "event_without_person": counts & _person().is_null(),
    }
    return (
        fates_of_events.group_by("submitter", pl.col("submission_month").alias("month"))
        .agg(is_so.sum().cast(pl.Int64).alias(departure) for departure, is_so in told.items())
        .unpivot(list(told), index=["submitter", "month"], variable_name="departure", value_name="rows")
        .filter(pl.col("rows") > 0)
        .sort("submitter", "month", "departure")
        .collect()
    )


def fates(rows: pl.LazyFrame, submissions: Sequence[Submission]) -> pl.LazyFrame:
    """Every record with what became of it: ``fate``, its end by ``end_basis``.

    - *Death*: a date of death on or after the start ends an event whose end is empty or later.
    - *Withdrawn*: a rolling submission of the same sender covers the record's dates and has no such record. A
      service left open that began before the dates covered is not withdrawn but ended the day before them.
    - *Superseded*: a later submission holds the event. For requests, assessments and reviews that were sent open, one
      that holds it with an end supersedes too.
    - *Repeated*: one submission holds the event twice. An open record counts before an ended one, then the later end,
      then the outcome that stands higher in DHSC's hierarchy, then the first by its contents.
    - *Ended by the period*: a service left open, of which the same sender's later submission says nothing more,
      ended with the reporting period that it was last in.
    """
    columns = rows.collect_schema().names()
    content = [name for name in KINDS["care_events"].columns if not name.startswith("reporting_period")]
    # Of one month the later load is the later word; of two months the later month, whenever it was loaded.
    rank = pl.col("submission_month").cast(pl.Int32).cast(pl.Int64) * 2**32 + pl.col("load_id")
    died = (
        pl.col("death_date").is_not_null()
        & (pl.col("death_date") >= pl.col("event_start_date"))
        & (_OPEN | (pl.col("event_end_date") > pl.col("death_date")))
    )
    covers = pl.LazyFrame(
        {
            "load_id": [submission.load_id for submission in submissions],
            "submitter": [submission.submitter for submission in submissions],
            "_covers_to": [submission.covers_to for submission in submissions],
        },
        schema={"load_id": pl.Int64, "submitter": pl.String, "_covers_to": pl.Date},
    )
    ended = (
        rows.join(covers, on=["load_id", "submitter"], how="left", maintain_order="left")
        .with_columns(rank.alias("_rank"), died.alias("_died"))
        .with_columns(event_end_date=pl.when("_died").then("death_date").otherwise("event_end_date"))
        .with_columns(
            *_key_columns(),
            pl.when("_died").then(pl.lit(DEATH)).when(~_OPEN).then(pl.lit(SENT)).alias("end_basis"),
        )
    )
    with_services = _with_services(rows)
    withdrawn, left_off = _by_rolling(submissions, with_services)
    marked = ended.with_columns(left_off.alias("_left_off"))
    fated = _with_fates(marked, withdrawn, content).with_columns(
        _cropped_to(submissions, with_services).alias("_cropped")
    )
    crop = (pl.col("fate") != WITHDRAWN) & _SERVICE & _OPEN & pl.col("_cropped").is_not_null()
    return (
        fated.with_columns(crop.alias("_crop"))
        .with_columns(
            event_end_date=pl.when("_crop").then("_cropped").otherwise("event_end_date"),
            end_basis=pl.when("_crop").then(pl.lit(PERIOD_END)).otherwise("end_basis"),
        )
        .select(*columns, "end_basis", "fate")
    )


def _person() -> pl.Expr:
    """DHSC: the NHS number, else the council's own identifier. A pseudonym stands for the number."""
    return pl.coalesce(
        pl.lit("number ") + pl.col("nhs_number"),
        pl.lit("key ") + pl.col("person_key_scheme").fill_null("") + pl.lit(" ") + pl.col("person_key"),
        pl.lit("own ") + pl.col("council_person_id"),
    )


def _key_columns() -> list[pl.Expr]:
    """The parts of the key that are not columns; ``event_end_date`` is the end after a date of death."""
    is_of = pl.col("event_type")
    return [
        _person().alias("_person"),
        pl.when(~_SERVICE).then("event_end_date").alias("_end"),
        pl.when(is_of == "Request").then("route_of_access").alias("_route"),
        pl.when(is_of == "Assessment").then("assessment_type").alias("_assessment"),
        pl.when(_SERVICE).then("service_type").alias("_service"),
        pl.when(_SERVICE).then("service_component").alias("_component"),
        *(pl.when(_SERVICE).then(name).alias(f"_package_{name}") for name in _PACKAGE),
    ]


_EVENT = (
    "council_code", "_person", "client_type", "event_type", "event_start_date", "_route", "_assessment", "_service",
    "_component",
)  # fmt: skip


def _with_fates(rows: pl.LazyFrame, withdrawn: pl.Expr, content: list[str]) -> pl.LazyFrame:
    """Add ``fate``: of what no submission withdraws, the only record of its event counts.

    The fates alone are worked out in memory, and stand beside the rows in their order.
    """
    told = rows.select(
        withdrawn.alias("gone"),
        pl.struct(_EVENT).hash(seed=0).alias("event"),
        pl.col("_person").is_null().alias("nobody"),
    ).collect(engine="streaming")
    gone = told["gone"].to_numpy()
    left = told.filter(~pl.col("gone"))
    rival = np.zeros(told.height, dtype=np.bool_)
    rival[~gone] = (left["event"].is_duplicated() | left["nobody"]).to_numpy()
    del told, left
    fate = np.where(gone, _FATES.index(WITHDRAWN), _FATES.index(COUNTS)).astype(np.uint8)
    if rival.any():
        # Without a person nobody can say whether two records are of one event: only equal ones are.
        nobody = pl.lit("contents ") + pl.struct(content).hash(seed=0).cast(pl.String)
        # Piece by piece: otherwise all rows would be held, with all their columns, for the few that have rivals.
        rivals = (
            side_by_side(rows, pl.DataFrame({"_rival": rival}))
            .with_row_index("_at")
            .filter("_rival")
            .with_columns(pl.coalesce("_person", nobody).alias("_person"))
            .collect(engine="streaming")
        )
        told_apart = _with_supersession(rivals.lazy(), content).select("_at", pl.col("fate").cast(_FATE).to_physical())
        decided = told_apart.collect()
        fate[decided["_at"].to_numpy()] = decided["fate"].to_numpy()
    fates_of = pl.Series("fate", _FATES, dtype=_FATE).gather(fate).to_frame()
    return side_by_side(rows, fates_of).with_columns(pl.col("fate").cast(pl.String))


def _with_supersession(rows: pl.LazyFrame, content: list[str]) -> pl.LazyFrame:
    """Add ``fate`` to several records of the same events, of which no submission withdraws any."""
    of_package = [f"_package_{name}" for name in _PACKAGE]
    outcome = standards.looked_up(pl.col("event_outcome"), standards.event_outcome_ranks(), pl.Int64)
    newest = pl.col("_rank").max()
    # An open request has no end to be known by: whatever a later submission says of it stands.
    overtaken = _OPEN & (pl.col("_rank") < newest.over(*_EVENT))
    return (
        rows.with_columns(outcome.alias("_outcome"), _OPEN.alias("_open"))
        .sort(
            "_open",
            "event_end_date",
            "_outcome",
            *content,
            "submitter",
            "source_file",
            "source_row",
            descending=[True, True, *[False] * (len(content) + 4)],
            nulls_last=True,
        )
        .with_columns(
            (overtaken | (pl.col("_rank") < newest.over(*_EVENT, "_end"))).alias("_superseded"),
            pl.int_range(pl.len()).over(*_EVENT, "_end", "_rank", *of_package).alias("_nth"),
        )
        .with_columns(
            pl.when("_superseded")
            .then(pl.lit(SUPERSEDED))
            .when(pl.col("_nth") > 0)
            .then(pl.lit(REPEATED))
            .otherwise(pl.lit(COUNTS))
            .alias("fate")
        )
    )


def _with_services(rows: pl.LazyFrame) -> set[tuple[int, str]]:
    """The load and submitter of submissions that hold services: only they say that a service is not there."""
    found = rows.filter(_SERVICE).select("load_id", "submitter").unique().collect()
    return {(load, submitter) for load, submitter in found.iter_rows()}


def _is_before(submission: Submission) -> pl.Expr:
    """Whether a record is of an earlier submission of the same sender."""
    month, load = pl.col("submission_month"), pl.col("load_id")
    earlier = (month < submission.month) | ((month == submission.month) & (load < submission.load_id))
    return (pl.col("submitter") == submission.submitter) & earlier


def _by_rolling(submissions: Sequence[Submission], with_services: set[tuple[int, str]]) -> tuple[pl.Expr, pl.Expr]:
    """Whether a rolling submission withdraws a record; else the last day that none of them speaks of."""
    withdrawn = [pl.lit(value=False)]
    days: list[pl.Expr] = [pl.lit(None, dtype=pl.Date)]
    start, end = pl.col("event_start_date"), pl.col("event_end_date")
    for submission in submissions:
        # A submission of which no row was accepted says nothing of what it covers, and withdraws nothing.
        if submission.scope != "rolling" or submission.covers_from is None or submission.covers_to is None:
            continue
        concerned = _is_before(submission) & (start <= submission.covers_to)
        ended = ~_OPEN & (end >= submission.covers_from)
        open_service = _SERVICE & _OPEN
        if (submission.load_id, submission.submitter) not in with_services:
            concerned = concerned & ~open_service
        withdrawn.append(concerned & (ended | (_OPEN & ~_SERVICE) | (open_service & (start >= submission.covers_from))))
        day_before = submission.covers_from - dt.timedelta(days=1)
        days.append(pl.when(concerned & open_service & (start < submission.covers_from)).then(pl.lit(day_before)))
    return pl.any_horizontal(withdrawn), pl.min_horizontal(days)


def _cropped_to(submissions: Sequence[Submission], with_services: set[tuple[int, str]]) -> pl.Expr:
    """The day on which a service left open ended for want of a later record; null where it may go on.

    Never before its start. The last day that its own submission speaks of is that of the stated period, else the
    last date in it.
    """
    start = pl.col("event_start_date")
    period_end = pl.coalesce("reporting_period_end", "_covers_to", pl.col("submission_month").dt.month_end())
    unheard_of = [pl.lit(value=False)]
    for submission in submissions:
        if submission.scope == "rolling" or submission.covers_to is None:
            continue
        if (submission.load_id, submission.submitter) not in with_services:
            continue
        later = (pl.col("submitter") == submission.submitter) & (pl.col("submission_month") < submission.month)
        unheard_of.append(later & (period_end < submission.covers_to))
    known = pl.when(pl.any_horizontal(unheard_of) | pl.col("_left_off").is_not_null()).then(
        pl.min_horizontal(period_end, "_left_off")
    )
    return pl.when(known >= start).then(known).when(pl.col("_left_off") >= start).then(pl.col("_left_off"))
