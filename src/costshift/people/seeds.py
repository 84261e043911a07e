"""What the pseudonym of a person is made of: the surest that the person's records say."""

from __future__ import annotations

import polars as pl

from costshift.people.identities import IDENTITY_COLUMNS
from costshift.standards import formatted

#: People whose records are looked at together: their texts take their room several times over.
TOGETHER = 2_000_000
_SEEDS = {"person": pl.Int64, "seed": pl.String}


def seeds_of(known: pl.LazyFrame, conflicts: pl.DataFrame, together: int = TOGETHER) -> pl.DataFrame:
    """person, seed: the person's smallest valid number, else key, else local id, else demographic key.

    A number that several people carry names nobody, and is passed over. Who may not be linked has a seed of each
    organisation's own.

    Args:
        known: the identities with their ``person``, 0 … m-1, and ``permitted``.
        conflicts: conflict, set, identity.
        together: people whose records are looked at at once.
    """
    shared_number = conflicts.filter(pl.col("conflict") == "number_on_several_people")["identity"]
    number = pl.when(~pl.col("identity").is_in(shared_number.implode())).then(pl.col("nhs_number"))
    named = known.with_columns(number.alias("number"))
    last = known.select(pl.col("person").max()).collect().item()
    parts = [
        _by_identifiers(named.filter(pl.col("person").is_between(first, first + together - 1)))
        for first in range(0, 0 if last is None else last + 1, together)
    ]
    seeds = pl.concat(parts) if parts else pl.DataFrame(schema=_SEEDS)
    # Two people must never share a pseudonym: a local id that two people carry does not name either.
    doubtful = pl.Series("doubtful", seeds["seed"].is_null() | _duplicated(seeds["seed"]))
    whole = (
        known.join(seeds.filter(doubtful).lazy().select("person"), on="person", how="semi")
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
    # What begins a seed tells of which kind it is: those of others are never the same.
    told = (
        seeds.filter(doubtful)
        .join(whole, on="person", how="left")
        .with_columns(pl.coalesce("seed", "demographic").alias("seed"))
    )
    apart = pl.when(pl.col("seed").is_duplicated()).then(formatted("{}|{}", "seed", "whole")).otherwise("seed")
    return pl.concat([seeds.filter(~doubtful), told.select("person", apart.alias("seed"))]).sort("person")


def _by_identifiers(named: pl.LazyFrame) -> pl.DataFrame:
    """person, seed of some people, with all their identities; null of those whom no identifier names.

    Each question is asked of those alone whom the one before leaves open.
    """
    said = named.group_by("person").agg(pl.col("number").min(), pl.col("permitted").all()).collect(engine="streaming")
    settled = pl.col("permitted") & pl.col("number").is_not_null()
    rest = said.filter(~settled)
    by_key = (
        named.join(rest.lazy().select("person"), on="person", how="semi")
        .group_by("person")
        .agg(pl.col("number", "person_key", "organisation").min(), pl.col("permitted").all())
        .with_columns(
            pl.when("permitted").then(pl.lit("")).otherwise(formatted("only:{}:", "organisation")).alias("inside")
        )
        .select(
            "person",
            "inside",
            pl.coalesce(
                formatted("{}nhs:{}", "inside", "number"),
                formatted("{}key:{}", "inside", "person_key"),
            ).alias("seed"),
        )
        .collect(engine="streaming")
    )
    open_still = by_key.filter(pl.col("seed").is_null()).select("person", "inside")
    by_local_id = (
        named.join(open_still.lazy(), on="person")
        .group_by("person")
        .agg(formatted("{}local:{}:{}", "inside", "organisation", "local_id").min().alias("local"))
        .collect(engine="streaming")
    )
    others = by_key.join(by_local_id, on="person", how="left").select("person", pl.coalesce("seed", "local"))
    return pl.concat([said.filter(settled).select("person", formatted("nhs:{}", "number").alias("seed")), others])


def _duplicated(seeds: pl.Series) -> pl.Series:
    """Whether a seed comes more than once; never null. Numbers of theirs are compared first: they take less room."""
    likely = seeds.hash().is_duplicated()
    return likely.scatter(likely.arg_true(), seeds.filter(likely).is_duplicated())


def _joined(names: tuple[str, ...]) -> pl.Expr:
    return pl.concat_str(*(pl.col(name).cast(pl.String).fill_null("") for name in names), separator="|")
