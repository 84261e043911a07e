"""How the records were linked, in one row a sender: what a page can show of linkage_quality."""

from __future__ import annotations

import polars as pl

from costshift.people.identified import People


def linkage_summaries(people: People, quality: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Both summaries of linkage, by name.

    Args:
        people: the people of the run.
        quality: :func:`costshift.people.quality.linkage_quality`.
    """
    return {"linked_records": linked_records(people.records), "found_on_other_side": found_on_other_side(quality)}


def linked_records(records: pl.LazyFrame) -> pl.DataFrame:
    """Records by how they came to their person.

    Grain: extract, submitter. ``records`` = ``by_nhs_number`` (alone, or with the name) + ``by_other_means`` (key,
    demographics, local identifier) + ``unlinked``; ``people``: different ones; ``share_by_nhs_number`` and
    ``share_unlinked`` of the records.
    """
    by_number = pl.col("link_pass").str.starts_with("nhs_number")
    alone = pl.col("link_pass") == "unlinked"
    return (
        records.group_by(pl.col("kind").alias("extract"), "submitter")
        .agg(
            pl.len().cast(pl.Int64).alias("records"),
            pl.col("person").n_unique().cast(pl.Int64).alias("people"),
            by_number.sum().cast(pl.Int64).alias("by_nhs_number"),
            (~by_number & ~alone).sum().cast(pl.Int64).alias("by_other_means"),
            alone.sum().cast(pl.Int64).alias("unlinked"),
        )
        .with_columns(
            (pl.col("by_nhs_number") / pl.col("records")).alias("share_by_nhs_number"),
            (pl.col("unlinked") / pl.col("records")).alias("share_unlinked"),
        )
        .collect(engine="streaming")
    )


def found_on_other_side(quality: pl.DataFrame) -> pl.DataFrame:
    """Records whose person is known to the other side: of hospital spells to the councils, and the reverse.

    Grain: extract, submitter (null: all of them), characteristic, group. By submitter over all groups; by age band
    and sex over all submitters. ``found`` + ``not_found`` are the records, ``share_found`` the share.
    """
    told = quality.filter(pl.col("characteristic").str.starts_with("found_in_")).select(
        "extract",
        "submitter",
        pl.col("characteristic").str.extract(" by (.*)$").fill_null("all").alias("characteristic"),
        pl.col("group").str.extract("^(.*): ").fill_null("all").alias("group"),
        pl.col("group").str.ends_with("yes").alias("found"),
        "records",
    )
    whole = pl.col("characteristic") == "all"
    nobody = pl.lit(None, dtype=pl.String).alias("submitter")
    return (
        pl.concat([told.filter(whole), told.filter(~whole).with_columns(nobody)])
        .group_by("extract", "submitter", "characteristic", "group")
        .agg(
            pl.col("records").filter("found").sum().alias("found"),
            pl.col("records").filter(~pl.col("found")).sum().alias("not_found"),
        )
        .with_columns((pl.col("found") / (pl.col("found") + pl.col("not_found"))).alias("share_found"))
    )
