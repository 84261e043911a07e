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
    requests = events.filter((pl.col("event_type") == "Request") & pl.col("event_end_date").is_not_null()).select(
        "person",
        "council",
        pl.col("event_start_date").alias("asked"),
        pl.col("event_end_date").alias("day"),
        pl.col("route_of_access").fill_null(UNKNOWN).alias("route"),
        standards.normalise(pl.col("event_outcome")).str.starts_with("progress").fill_null(False).alias("goes_on"),
    )
    assessments = decided.filter(~pl.col("is_review"))
    # A request is followed by a decision that came within 180 days of its start, and not before it.
    pairs = requests.join(
        assessments.select("person", "council", "decision_date", "started"), on=["person", "council"]
    ).filter(
        (pl.col("decision_date") >= pl.col("asked"))
        & (pl.col("decision_date") <= pl.col("asked").dt.offset_by(f"{FOLLOWED_WITHIN_DAYS}d"))
    )
    routes = (
        pairs.filter(pl.col("asked") <= pl.col("started"))
        .sort("person", "council", "decision_date", "asked", "route")
        .group_by("person", "council", "decision_date", maintain_order=True)
        .agg(pl.col("route").last())
    )
    followed = pairs.select("person", "council", "asked").unique()
    still_open = pl.col("goes_on") & (pl.col("asked").dt.offset_by(f"{FOLLOWED_WITHIN_DAYS}d") > as_at)
    unfollowed = (
        requests.join(followed, on=["person", "council", "asked"], how="anti")
        .filter(~still_open)
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
    fast = standards.normalise(pl.col("fast_track")).is_in(["y", "yes"]).fill_null(False)
    positive = (standards.normalise(pl.col("checklist_outcome")) != "negative").fill_null(True)
    asked = pl.col("checklist_date")
    late = asked.dt.offset_by(f"{FOLLOWED_WITHIN_DAYS}d") <= as_at
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


def _together(*parts: pl.LazyFrame) -> pl.DataFrame:
    columns = [pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()]
    return pl.concat([part.select(columns) for part in parts]).collect().sort(list(SCHEMA), nulls_last=True)
