"""What the pseudonym of a person is made of: the surest that the person's records say."""

from __future__ import annotations

import polars as pl

from costshift.people.identities import IDENTITY_COLUMNS
from costshift.standards import formatted


def seeds_of(known: pl.LazyFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """person, seed: the person's smallest valid number, else key, else local id, else demographic key.

    A number that several people carry names nobody, and is passed over. Who may not be linked has a seed of each
    organisation's own.
    """
    shared_number = conflicts.filter(pl.col("conflict") == "number_on_several_people")["identity"]
    number = pl.when(~pl.col("identity").is_in(shared_number.implode())).then(pl.col("nhs_number"))
    inside = pl.when(pl.col("permitted")).then(pl.lit("")).otherwise(formatted("only:{}:", "organisation"))
    seeds = (
        known.select("person", "organisation", "permitted", number.alias("number"), "person_key")
        .group_by("person")
        .agg(pl.col("number", "person_key", "organisation").min(), pl.col("permitted").all())
        .with_columns(inside.alias("inside"))
        .with_columns(
            pl.coalesce(
                formatted("{}nhs:{}", "inside", "number"),
                formatted("{}key:{}", "inside", "person_key"),
            ).alias("seed")
        )
        .select("person", "inside", "seed")
        .collect(engine="streaming")
    )
    by_local_id = (
        known.join(seeds.lazy().filter(pl.col("seed").is_null()).select("person", "inside"), on="person")
        .group_by("person")
        .agg(formatted("{}local:{}:{}", "inside", "organisation", "local_id").min().alias("local"))
        .collect(engine="streaming")
    )
    seeds = (
        seeds.select("person", "seed")
        .join(by_local_id, on="person", how="left")
        .select("person", pl.coalesce("seed", "local").alias("seed"))
    )
    # Two people must never share a pseudonym: a local id that two people carry does not name either.
    doubtful = seeds.filter(pl.col("seed").is_null() | pl.col("seed").is_duplicated()).select("person")
    whole = (
        known.join(doubtful.lazy(), on="person", how="semi")
        .with_columns(
            formatted(
                "demographic:{}:{}",
                "organisation",
                _joined(("birth_date", "sex", "postcode", "surname", "forename", "record")),
            ).alias("demographic"),
            _joined(IDENTITY_COLUMNS).alias("whole"),
        )
        .group_by("person")
        .agg(pl.col("demographic", "whole").min())
        .collect(engine="streaming")
    )
    told = seeds.join(whole, on="person", how="left").with_columns(pl.coalesce("seed", "demographic").alias("seed"))
    shared = pl.col("seed").is_duplicated()
    return told.select(
        "person", pl.when(shared).then(formatted("{}|{}", "seed", "whole")).otherwise("seed").alias("seed")
    ).sort("person")


def _joined(names: tuple[str, ...]) -> pl.Expr:
    return pl.concat_str(*(pl.col(name).cast(pl.String).fill_null("") for name in names), separator="|")
