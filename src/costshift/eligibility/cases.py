"""What is decomposed: requests and reviews that were concluded, each with whether it reached a decision and which."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift import standards
from costshift.eligibility import decisions as d
from costshift.eligibility.traits import UNKNOWN, age_band

#: Streams of cases, by the exposure that their lost rate brings about.
REQUESTS, REVIEWS, PACKAGES, CHC_REQUESTS, CHC_REVIEWS = (
    "requests",
    "reviews",
    "packages",
    "chc_requests",
    "chc_reviews",
)
STREAM_OF = {
    d.REFUSED: REQUESTS,
    d.LOST: REVIEWS,
    d.REDUCED: PACKAGES,
    "chc_refused": CHC_REQUESTS,
    "chc_lost": CHC_REVIEWS,
}
#: A request that a decision follows within so many days reached it; until then one that goes on is pending.
FOLLOWED_WITHIN_DAYS = 180

SCHEMA = {
    "stream": pl.String,
    "person": pl.Int64,
    "council": pl.String,
    "day": pl.Date,
    "reached": pl.Boolean,
    "found": pl.Boolean,
    "age_band": pl.String,
    "sex": pl.String,
    "route": pl.String,
    "reason": pl.String,
    "need_band": pl.String,
    "basis": pl.String,
}


def council_cases(events: pl.LazyFrame, decisions: pl.LazyFrame, people: pl.LazyFrame, as_at: dt.date) -> pl.DataFrame:
    """Concluded requests, reviews, and packages at review, of service users.

    Grain: stream, person, council, day. ``requests``: an assessment's decision is a request that reached one, dated by
    the decision, with the route of the last request of the 180 days before the assessment began; a request that no
    decision followed within 180 days of its start reached none, dated by its end. One that goes on to something else
    and has not had its 180 days is pending, and left out. ``reviews``: found = still eligible. ``packages``: reviews
    kept with both costs known; found = not reduced.

    Args:
        events: :func:`costshift.eligibility.decisions.council_events`.
        decisions: :func:`costshift.eligibility.decisions.council_decisions`.
        people: :func:`costshift.eligibility.traits.people_described`.
        as_at: the last day that counts.
    """
    found = pl.col("decision") == d.ELIGIBLE
    decided = decisions.with_columns(
        found.alias("found"), pl.lit(True).alias("reached"), pl.col("decision_date").alias("day")
    )
    requests = _requests(events)
    assessments = decided.filter(~pl.col("is_review"))
    pairs = _followed(requests, assessments)
    routes = (
        pairs.filter(pl.col("asked") <= pl.col("started"))
        .sort("person", "council", "decision_date", "asked", "route")
        .group_by("person", "council", "decision_date", maintain_order=True)
        .agg(pl.col("route").last())
    )
    unfollowed = (
        requests.join(pairs, on=["person", "council", "asked"], how="anti")
        .filter(~_still_open(as_at))
        .join(people.select("person", "birth_date", "sex"), on="person", how="left")
        .with_columns(
            pl.lit(REQUESTS).alias("stream"),
            pl.lit(False).alias("reached"),
            pl.lit(False).alias("found"),
            age_band(pl.col("birth_date"), pl.col("day")).alias("age_band"),
            pl.col("sex").fill_null(UNKNOWN),
            *(pl.lit(None, dtype=pl.String).alias(name) for name in ("reason", "need_band", "basis")),
        )
    )
    reached = assessments.join(routes, on=["person", "council", "decision_date"], how="left").with_columns(
        pl.lit(REQUESTS).alias("stream"), pl.col("route").fill_null("no request recorded")
    )
    reviews = decided.filter("is_review").with_columns(pl.lit(REVIEWS).alias("stream"), pl.lit(UNKNOWN).alias("route"))
    priced = reviews.filter(pl.col("priced") & pl.col("transition").is_in([d.KEPT, d.REDUCED])).with_columns(
        pl.lit(PACKAGES).alias("stream"), (pl.col("transition") == d.KEPT).alias("found")
    )
    return _together(unfollowed, reached, reviews, priced)


def pending_since(events: pl.LazyFrame, decisions: pl.LazyFrame, as_at: dt.date) -> dict[str, dt.date]:
    """Council to the first day on which a request ended that is pending: left out, as nobody knows what comes of it.

    Args:
        events: as for :func:`council_cases`.
        decisions: as for :func:`council_cases`.
        as_at: the last day that counts.
    """
    requests = _requests(events)
    pairs = _followed(requests, decisions.filter(~pl.col("is_review")))
    pending = requests.join(pairs, on=["person", "council", "asked"], how="anti").filter(_still_open(as_at))
    return dict(pending.group_by("council").agg(pl.col("day").min()).collect().iter_rows())


def chc_pending_since(cases: pl.LazyFrame, as_at: dt.date) -> dict[str, dt.date]:
    """ICB to the first day of a checklist of continuing healthcare that is pending, as :func:`pending_since`."""
    fast, positive, late = _checklists(as_at)
    pending = cases.filter(
        pl.col("eligible").is_null() & ~fast & positive & (pl.col("checklist_date") <= as_at) & ~late
    )
    return dict(pending.group_by("icb").agg(pl.col("checklist_date").min()).collect().iter_rows())


def chc_concluded(cases: pl.LazyFrame, decisions: pl.LazyFrame, people: pl.LazyFrame, as_at: dt.date) -> pl.DataFrame:
    """Concluded checklists and reviews of continuing healthcare; ``council`` is the deciding ICB.

    Grain: stream, person, council, day. ``chc_requests``: first decisions, and checklists that no decision followed
    within 180 days (a positive one that has not had them is pending). ``chc_reviews``: decisions while a package was
    open. Fast-track cases are in neither.
    """
    decided = decisions.with_columns(
        (pl.col("decision") == d.ELIGIBLE).alias("found"),
        pl.lit(True).alias("reached"),
        pl.col("decision_date").alias("day"),
        pl.lit(UNKNOWN).alias("route"),
        pl.when("is_review").then(pl.lit(CHC_REVIEWS)).otherwise(pl.lit(CHC_REQUESTS)).alias("stream"),
    )
    fast, positive, late = _checklists(as_at)
    asked = pl.col("checklist_date")
    stopped = (
        cases.filter(pl.col("eligible").is_null() & ~fast & (asked <= as_at) & (~positive | late))
        .join(people.select("person", "birth_date", pl.col("sex").alias("own_sex")), on="person", how="left")
        .select(
            pl.lit(CHC_REQUESTS).alias("stream"),
            "person",
            pl.col("icb").alias("council"),
            asked.alias("day"),
            pl.lit(False).alias("reached"),
            pl.lit(False).alias("found"),
            age_band(pl.col("birth_date"), asked).alias("age_band"),
            pl.col("own_sex").fill_null(UNKNOWN).alias("sex"),
            pl.lit(UNKNOWN).alias("route"),
            *(pl.lit(None, dtype=pl.String).alias(name) for name in ("reason", "need_band", "basis")),
        )
    )
    return _together(stopped, decided)


def _requests(events: pl.LazyFrame) -> pl.LazyFrame:
    """Requests that ended: person, council, asked (its start), day (its end), route, goes_on."""
    return events.filter((pl.col("event_type") == "Request") & pl.col("event_end_date").is_not_null()).select(
        "person",
        "council",
        pl.col("event_start_date").alias("asked"),
        pl.col("event_end_date").alias("day"),
        pl.col("route_of_access").fill_null(UNKNOWN).alias("route"),
        standards.normalise(pl.col("event_outcome")).str.starts_with("progress").fill_null(False).alias("goes_on"),
    )


def _followed(requests: pl.LazyFrame, assessments: pl.LazyFrame) -> pl.LazyFrame:
    """Requests with each decision that came within 180 days of their start, and not before it."""
    return requests.join(
        assessments.select("person", "council", "decision_date", "started"), on=["person", "council"]
    ).filter(
        (pl.col("decision_date") >= pl.col("asked"))
        & (pl.col("decision_date") <= pl.col("asked").dt.offset_by(f"{FOLLOWED_WITHIN_DAYS}d"))
    )


def _still_open(as_at: dt.date) -> pl.Expr:
    """Whether a request went on to something and has not had its 180 days."""
    return pl.col("goes_on") & (pl.col("asked").dt.offset_by(f"{FOLLOWED_WITHIN_DAYS}d") > as_at)


def _checklists(as_at: dt.date) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Whether a case is on the fast track, its checklist not negative, and its 180 days over."""
    return (
        standards.normalise(pl.col("fast_track")).is_in(["y", "yes"]).fill_null(False),
        (standards.normalise(pl.col("checklist_outcome")) != "negative").fill_null(True),
        pl.col("checklist_date").dt.offset_by(f"{FOLLOWED_WITHIN_DAYS}d") <= as_at,
    )


def _together(*parts: pl.LazyFrame) -> pl.DataFrame:
    columns = [pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()]
    return pl.concat([part.select(columns) for part in parts]).collect().sort(list(SCHEMA), nulls_last=True)
