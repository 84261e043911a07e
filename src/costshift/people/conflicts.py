"""What linkage met and did not settle in silence: each kind by its rule, counted and listed.

Definition: docs/methods/people.md, conflicts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from costshift.people.grouping import Grouping, Refused

#: Each kind with what it means, as the catalogue and the pack say it.
KINDS_OF_CONFLICT = {
    "number_on_several_people": "One NHS number with birth dates and names that conflict, or on two person keys: "
    "each group that agrees is a person of its own",
    "person_with_several_numbers": "One person's records have different valid NHS numbers",
    "local_id_on_several_people": "One local id on people of different numbers or keys: records with nothing but the "
    "local id join none of them",
    "person_with_several_local_ids": "One person has several local ids at one organisation",
    "several_people_alike": "Values that two people of one organisation share (twins, homes, namesakes): nobody linked",
    "communal_address": "Without names: many people of one sex and decade of birth at the postcode: nobody linked",
    "not_told_apart_without_names": "Without names: nothing tells these from twins: nobody linked",
    "verified_numbers_differ": "Alike, but both have verified NHS numbers, and these differ: not linked",
    "person_keys_differ": "Alike, but one scheme gave them two person keys: not linked",
    "likely_pairs_tied": "The probabilistic pass found two equally likely: nobody linked",
    "number_traced_later": "Records without a verified number came before the first with one",
}


def conflicts_of(identities: pl.DataFrame, grouping: Grouping, refused: list[Refused]) -> pl.DataFrame:
    """conflict, set, identity: everything that a rule settled with a doubt, or left alone.

    Args:
        identities: identity (0 … n-1, in order), person, organisation, local_id and nhs_number as whole numbers,
            permitted.
        grouping: how the people came about.
        refused: the links that a pass did not make.
    """
    own = identities.lazy().filter("permitted")
    found = [
        _shared(own, "number_on_several_people", ["nhs_number"], "person"),
        _shared(own, "person_with_several_numbers", ["person"], "nhs_number"),
        # A local id's whole number tells its organisation, too.
        _shared(own, "local_id_on_several_people", ["local_id"], "person"),
        _shared(own, "person_with_several_local_ids", ["person", "organisation"], "local_id"),
        *_not_linked(identities, grouping, refused),
    ]
    return pl.concat(found).sort("conflict", "set", "identity")


def _shared(own: pl.LazyFrame, name: str, by: list[str], several: str) -> pl.DataFrame:
    """The identities that agree in ``by`` and have more than one value of ``several``; a set is its least identity."""
    known = own.select("identity", *by, several).drop_nulls()
    sets = (
        known.group_by(by)
        .agg((pl.col(several).min() != pl.col(several).max()).alias("several"), pl.col("identity").min().alias("set"))
        .filter("several")
        .drop("several")
    )
    listed = known.join(sets, on=by).select(pl.lit(name).alias("conflict"), "set", "identity")
    return listed.collect(engine="streaming")


def _not_linked(identities: pl.DataFrame, grouping: Grouping, refused: list[Refused]) -> list[pl.DataFrame]:
    """Refused links, where a later pass did not settle them after all."""
    people = identities["person"].to_numpy()
    listed = []
    for number, one in enumerate(refused):
        table = one.groups.with_columns(
            pl.Series("person", people[one.groups["group"].to_numpy()]),
            pl.lit(number).alias("number"),
            pl.lit(one.guard).alias("conflict"),
        )
        listed.append(table.select("conflict", "number", "set", "person").unique())
    if not listed:
        return []
    sets = pl.concat(listed)
    apart = (
        sets.filter(pl.len().over("conflict", "number", "set") > 1)
        # The same people, refused by several steps or rounds, are one set.
        .group_by("conflict", "number", "set")
        .agg(pl.col("person").sort())
        .unique(["conflict", "person"])
        .select("conflict", "person", pl.col("person").list.first().alias("set"))
    )
    members = identities.select("person", "identity")
    return [apart.explode("person").join(members, on="person").select("conflict", "set", "identity").unique()]


def traced_later(records_of: Callable[[pl.Series], pl.LazyFrame], identities: pl.DataFrame) -> pl.DataFrame:
    """The people whose records at an organisation first had no verified number, and later had one: person.

    Args:
        records_of: the records of the identities that are marked true, in their order: identity, event_date.
        identities: identity (0 … n-1, in order), person, organisation, nhs_number, nhs_number_status.
    """
    has = pl.col("nhs_number").is_not_null() & (pl.col("nhs_number_status").fill_null("01") == "01")
    known = identities.lazy().select("person", "identity", "organisation", has.alias("has"))
    mixed = known.group_by("person").agg((pl.col("has").min() != pl.col("has").max()).alias("mixed")).filter("mixed")
    both = known.join(mixed, on="person", how="semi").collect()
    if not both.height:
        return both.select("person")
    marked = np.zeros(identities.height, dtype=np.bool_)
    marked[both["identity"].to_numpy()] = True
    return (
        records_of(pl.Series(marked))
        .join(both.lazy(), on="identity")
        .drop_nulls("event_date")
        .group_by("person", "organisation")
        .agg(
            pl.col("event_date").filter("has").min().alias("first_with"),
            pl.col("event_date").filter(~pl.col("has")).max().alias("last_without"),
        )
        .filter(pl.col("last_without") < pl.col("first_with"))
        .select("person")
        .unique()
        .collect(engine="streaming")
        .sort("person")
    )


def numbered_sets(conflicts: pl.DataFrame) -> pl.DataFrame:
    """The list with sets numbered from 1 within each kind, in the order of their least identity."""
    return conflicts.with_columns(pl.col("set").rank("dense").over("conflict").cast(pl.Int64).alias("set"))
