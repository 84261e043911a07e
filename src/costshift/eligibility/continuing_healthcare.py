"""Decisions on continuing healthcare, and what each changed for the person."""

from __future__ import annotations

import datetime as dt

import polars as pl

from costshift import standards
from costshift.eligibility import decisions as d
from costshift.eligibility.traits import UNKNOWN, age_band
from costshift.organisations import Organisations

#: The transitions of council decisions that continuing healthcare has too (no package is known to be reduced).
PREFIX = "chc_"


def chc_cases(cases: pl.LazyFrame, organisations: Organisations, as_at: dt.date) -> pl.LazyFrame:
    """Cases up to the as-at date, with ``icb`` as a partner id and ``eligible`` as True, False or null."""
    decision = standards.normalise(pl.col("decision"))
    day = pl.col("decision_date")
    known = (day <= as_at).fill_null(False)
    return cases.filter(pl.col("person").is_not_null()).with_columns(
        organisations.partner(pl.col("icb_code")).alias("icb"),
        pl.when(known).then("decision_date").alias("decision_date"),
        pl.when(known & (decision == "eligible"))
        .then(pl.lit(True))
        .when(known & (decision == "not eligible"))
        .then(pl.lit(False))
        .alias("eligible"),
        pl.when(pl.col("package_start_date") <= as_at).then("package_start_date").alias("package_start_date"),
        pl.when(pl.col("package_end_date") <= as_at).then("package_end_date").alias("package_end_date"),
    )


def chc_decisions(cases: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """Every decision on continuing healthcare that is not on the fast track, with its transition.

    Grain: person, icb, decision_date. Against the previous decision within 18 months, or a package that was open on
    the day before the decision. Columns as :func:`costshift.eligibility.decisions.council_decisions`, the deciding
    ``icb`` in ``council``; ``setting`` is chc or none, ``reason`` unknown. ``is_review``: a package was open.

    Args:
        cases: :func:`chc_cases`.
        people: :func:`costshift.eligibility.traits.people_described`.
    """
    fast = standards.normalise(pl.col("fast_track")).is_in(["y", "yes"]).fill_null(False)
    found = (
        cases.filter(pl.col("eligible").is_not_null() & ~fast)
        .select(
            "person",
            "icb",
            "icb_code",
            "decision_date",
            pl.coalesce("checklist_date", "decision_date").alias("started"),
            "eligible",
        )
        .sort("person", "icb", "decision_date", "eligible", "started", "icb_code")
        .unique(["person", "icb", "decision_date"], keep="first", maintain_order=True)
        .with_row_index("row")
    )
    packages = cases.filter(pl.col("package_start_date").is_not_null()).select(
        "person", pl.col("package_start_date").alias("from_date"), pl.col("package_end_date").alias("to_date")
    )
    open_before = (
        found.select("row", "person", "decision_date")
        .join(packages, on="person")
        .filter(
            (pl.col("from_date") < pl.col("decision_date"))
            & (pl.col("to_date").is_null() | (pl.col("to_date") >= pl.col("decision_date").dt.offset_by("-1d")))
        )
        .select("row", pl.lit(True).alias("had_support"))
        .unique()
    )
    nothing = [pl.lit(None, dtype=pl.Int64).alias(name) for name in ("before", "after")]
    decision = pl.when("eligible").then(pl.lit(d.ELIGIBLE)).otherwise(pl.lit(d.NOT_ELIGIBLE))
    return (
        found.join(open_before, on="row", how="left")
        .with_columns(
            pl.col("had_support").fill_null(False), pl.col("icb").alias("council"), decision.alias("decision"), *nothing
        )
        .sort("row")
        .with_columns(d.transition())
        .join(people.select("person", "birth_date", "sex"), on="person", how="left")
        .select(
            "person",
            "council",
            pl.col("icb_code").alias("council_code"),
            "decision_date",
            "started",
            pl.col("had_support").alias("is_review"),
            "decision",
            pl.lit(d.RECORDED).alias("basis"),
            pl.lit(None, dtype=pl.String).alias("need_band"),
            age_band(pl.col("birth_date"), pl.col("decision_date")).alias("age_band"),
            pl.col("sex").fill_null("unknown"),
            pl.lit(UNKNOWN).alias("reason"),
            pl.when("had_support").then(pl.lit("chc")).otherwise(pl.lit("none")).alias("setting"),
            "transition",
            pl.lit(False).alias("priced"),
        )
        .sort("person", "council", "decision_date")
    )
