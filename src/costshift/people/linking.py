"""Identities to people, by passes: the first pass that matches decides, and each link keeps its pass.

Definition: docs/methods/people.md. The same identities give the same people in any order.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from costshift.people.names import names_are_close

#: More candidates than this behind one birth date and postcode are a communal address: nobody is linked there.
_COMMUNAL = 10
_MOST_BIRTH_DATES = 50


def link(identities: pl.DataFrame) -> pl.DataFrame:
    """Give each identity its person.

    Args:
        identities: one row an identity: ``identity`` (0 … n-1) and the identity columns, normalised.

    Returns:
        identity, person (0 … m-1, numbered by the least identity of each), link_pass, and number_in_conflict
        (whether the identity's NHS number stands for people whose birth dates disagree).
    """
    count = identities.height
    keyed = _by_person_key(identities)
    numbered = _by_nhs_number(identities.join(keyed, on="identity", how="anti"))
    first = pl.concat([keyed, numbered.drop("number_in_conflict")])
    second = _by_local_id(identities, first)
    assigned = pl.concat([first, second])
    alone = identities.join(assigned, on="identity", how="anti").select(
        "identity",
        pl.format("alone:{}", "identity").alias("entity"),
        pl.lit("unlinked").alias("link_pass"),
    )
    entities = pl.concat([assigned, alone]).sort("identity")
    edges = _by_demographics(identities, entities)
    codes = entities["entity"].rank("dense").cast(pl.Int64).to_numpy() - 1
    person = _components(codes, edges, count)
    joined_by_demographics = pl.Series(np.isin(codes, edges.ravel()))
    conflicts = numbered.filter("number_in_conflict")["identity"]
    return entities.select(
        "identity",
        pl.Series("person", person),
        # Between organisations a record without a number rests on the weaker pass.
        pl.when(pl.col("link_pass").is_in(["unlinked", "local_id"]) & joined_by_demographics)
        .then(pl.lit("demographics"))
        .otherwise("link_pass")
        .alias("link_pass"),
        pl.col("identity").is_in(conflicts.implode()).alias("number_in_conflict"),
        joined_by_demographics.alias("joined_by_demographics"),
    )


def _by_person_key(identities: pl.DataFrame) -> pl.DataFrame:
    """Pass 0: equal keys of one scheme."""
    return identities.filter(pl.col("person_key").is_not_null()).select(
        "identity",
        pl.format("key:{}", "person_key").alias("entity"),
        pl.lit("person_key").alias("link_pass"),
    )


def _by_nhs_number(identities: pl.DataFrame) -> pl.DataFrame:
    """Pass 1: a valid number, birth dates agreeing in two of three parts or absent on one side.

    Birth dates in conflict under one number link only where a name is close; anything else is a conflict, and
    each group of agreeing birth dates is a person of its own.
    """
    own = identities.filter(pl.col("nhs_number").is_not_null())
    nodes = (
        own.select("nhs_number", "birth_date")
        .unique()
        .with_columns(pl.col("birth_date").is_not_null().sum().over("nhs_number").alias("dates"))
    )
    simple = nodes.filter(pl.col("dates") <= 1).select(
        "nhs_number", "birth_date", pl.lit("").alias("group"), pl.lit(False).alias("by_name")
    )
    several = _birth_date_groups(own, nodes.filter(pl.col("dates") > 1))
    groups = pl.concat([simple, several])
    conflicted = groups.group_by("nhs_number").agg((pl.col("group").n_unique() > 1).alias("number_in_conflict"))
    status = pl.col("nhs_number_status")
    by_number = (
        pl.when(status.is_null() | (status == "01"))
        .then(pl.lit("nhs_number"))
        .otherwise(pl.format("nhs_number_status_{}", status.fill_null("")))
    )
    return (
        own.join(groups, on=["nhs_number", "birth_date"], nulls_equal=True)
        .join(conflicted, on="nhs_number")
        .select(
            "identity",
            pl.format("nhs:{}:{}", "nhs_number", "group").alias("entity"),
            pl.when("by_name").then(pl.lit("nhs_number_name")).otherwise(by_number).alias("link_pass"),
            "number_in_conflict",
        )
    )


def _birth_date_groups(own: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Birth dates under one number, grouped by agreement: nhs_number, birth_date, group, by_name."""
    dated = nodes.filter(pl.col("birth_date").is_not_null()).sort("nhs_number", "birth_date").with_row_index("node")
    agreeing = _agreeing_dates(dated)
    # More birth dates than this under one number are no mistakes of writing: the number is a dummy, and no name helps.
    few = dated.filter(pl.len().over("nhs_number") <= _MOST_BIRTH_DATES)
    pairs = few.join(few, on="nhs_number", suffix="_b").filter(pl.col("node") < pl.col("node_b"))
    names = own.select("nhs_number", "birth_date", "surname", "forename").unique()
    disputed = (
        pairs.join(agreeing, on=["node", "node_b"], how="anti")
        .join(names, on=["nhs_number", "birth_date"])
        .join(
            names.rename({"birth_date": "birth_date_b", "surname": "surname_b", "forename": "forename_b"}),
            on=["nhs_number", "birth_date_b"],
        )
    )
    named = disputed.filter(names_are_close(disputed)).select("node", "node_b").unique()
    edges = pl.concat([agreeing, named]).to_numpy().astype(np.int64).reshape(-1, 2)
    group = _components(np.arange(dated.height), edges, dated.height)
    in_name_pair = np.isin(np.arange(dated.height), named.to_numpy().ravel())
    grouped = dated.with_columns(pl.Series("component", group), pl.Series("by_name", in_name_pair)).with_columns(
        pl.col("birth_date").min().over("component").cast(pl.String).alias("group")
    )
    single = grouped.group_by("nhs_number").agg(
        pl.col("group").n_unique().alias("groups"), pl.col("group").min().alias("only")
    )
    # No birth date: the number's only group, else a person apart.
    undated = (
        nodes.filter(pl.col("birth_date").is_null())
        .join(single, on="nhs_number")
        .select(
            "nhs_number",
            "birth_date",
            pl.when(pl.col("groups") == 1).then("only").otherwise(pl.lit("undated")).alias("group"),
            pl.lit(False).alias("by_name"),
        )
    )
    whole = grouped.select("nhs_number", "birth_date", "group", "by_name")
    return pl.concat([whole, undated])


def _agreeing_dates(dated: pl.DataFrame) -> pl.DataFrame:
    """Birth dates under one number that agree in two of three parts: node, node_b.

    Not every pair, but enough to hold the same dates together: each with the first that has the same two parts.
    """
    parts = [getattr(pl.col("birth_date").dt, part)().alias(f"_{part}") for part in ("year", "month", "day")]
    known = dated.with_columns(parts)
    pairs = [
        known.select(pl.col("node").min().over("nhs_number", *two).alias("node"), pl.col("node").alias("node_b"))
        for two in (("_year", "_month"), ("_year", "_day"), ("_month", "_day"))
    ]
    return pl.concat(pairs).filter(pl.col("node") < pl.col("node_b")).unique().sort("node", "node_b")


def _by_local_id(identities: pl.DataFrame, assigned: pl.DataFrame) -> pl.DataFrame:
    """Pass 2: the same local id under the same organisation code.

    Records without a number join the one person who carries their local id. Where two people carry it, the
    record joins neither: those without a number stay together under the local id.
    """
    open_ = identities.join(assigned, on="identity", how="anti").filter(pl.col("local_id").is_not_null())
    carriers = (
        identities.join(assigned, on="identity")
        .filter(pl.col("local_id").is_not_null())
        .group_by("organisation", "local_id")
        .agg(pl.col("entity").n_unique().alias("carriers"), pl.col("entity").min().alias("entity"))
        .filter(pl.col("carriers") == 1)
    )
    return open_.join(carriers, on=["organisation", "local_id"], how="left").select(
        "identity",
        pl.coalesce("entity", pl.format("local:{}:{}", "organisation", "local_id")).alias("entity"),
        pl.lit("local_id").alias("link_pass"),
    )


def _by_demographics(identities: pl.DataFrame, entities: pl.DataFrame) -> NDArray[np.int64]:
    """Pass 3: birth date, sex and postcode, and a name close where both have names.

    A key value links the people that carry it when no organisation has more than one of them.

    Returns:
        Pairs of entity codes (ranks of the entity's name) to join.
    """
    coded = identities.join(
        entities.select("identity", (pl.col("entity").rank("dense").cast(pl.Int64) - 1).alias("code")),
        on="identity",
        # A number that one record has traced is traced, whatever the person's other records say of it.
    ).with_columns((pl.col("nhs_number_status") == "01").any().over("code", "nhs_number").alias("traced"))
    carriers = (
        coded.filter(pl.col("birth_date").is_not_null() & pl.col("postcode").is_not_null())
        .select(
            "code",
            "organisation",
            "birth_date",
            "sex",
            "postcode",
            "surname",
            "forename",
            "nhs_number",
            "traced",
        )
        .unique()
    )
    sizes = carriers.group_by("birth_date", "postcode").agg(pl.col("code").n_unique().alias("people"))
    shared = carriers.join(
        sizes.filter(pl.col("people").is_between(2, _COMMUNAL)), on=["birth_date", "postcode"], how="semi"
    )
    # Twins, and people in one communal home who share a birth date, show as two people of one organisation.
    doubled = (
        shared.group_by("birth_date", "postcode", "sex", "organisation")
        .agg(pl.col("code").n_unique().alias("people"))
        .filter(pl.col("people") > 1)
    )
    candidates = shared.join(doubled, on=["birth_date", "postcode", "sex"], how="anti", nulls_equal=True)
    pairs = candidates.join(candidates, on=["birth_date", "postcode"], suffix="_b").filter(
        pl.col("code") < pl.col("code_b")
    )
    close = names_are_close(pairs)
    both_named = pl.any_horizontal(
        pl.col("surname").is_not_null(), pl.col("forename").is_not_null()
    ) & pl.any_horizontal(pl.col("surname_b").is_not_null(), pl.col("forename_b").is_not_null())
    verified = pl.col("traced") & pl.col("traced_b")
    differ = (pl.col("nhs_number") != pl.col("nhs_number_b")).fill_null(False)
    wanted = pairs.with_columns(close.alias("close")).filter(
        (pl.col("organisation") != pl.col("organisation_b"))
        & pl.when(pl.col("sex").is_null() | pl.col("sex_b").is_null())
        .then(pl.col("close"))
        .otherwise((pl.col("sex") == pl.col("sex_b")) & (pl.col("close") | ~both_named))
        # Two valid numbers that differ need a close name, and stop the link when both are traced.
        & (~differ | (pl.col("close") & ~verified))
    )
    edges = wanted.select("code", "code_b").unique().sort("code", "code_b").to_numpy().astype(np.int64).reshape(-1, 2)
    # Every organisation that has a record of the person counts, with a birth date on it or not.
    return _without_doubling(edges, coded.select("code", "organisation").unique())


def _without_doubling(edges: NDArray[np.int64], known_to: pl.DataFrame) -> NDArray[np.int64]:
    """The pairs whose joining leaves no organisation (``known_to``: code, organisation) with two people made one."""
    if not len(edges):
        return edges
    codes = np.unique(edges)
    places = np.searchsorted(codes, edges)
    component = _components(np.arange(len(codes)), places, len(codes))
    members = pl.DataFrame({"code": codes, "component": component})
    doubled = (
        known_to.join(members, on="code")
        .group_by("component", "organisation")
        .agg(pl.len().alias("people"))
        .filter(pl.col("people") > 1)["component"]
        .unique()
        .to_numpy()
    )
    return edges[~np.isin(component[places[:, 0]], doubled)]


def _components(codes: NDArray[np.int64], edges: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The component of each item: items of one code are together, and codes that an edge joins.

    Components are numbered by their first item.
    """
    size = int(codes.max()) + 1 if count else 0
    if not size:
        return np.zeros(0, dtype=np.int64)
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    _, first, inverse = np.unique(labels[codes], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
