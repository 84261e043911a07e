"""What the groups' records say, one row each, and pairs of groups that agree in some of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from costshift.people.grouping import Bools, Grouping, Ints, runs_of

#: A value that more records than this carry tells nobody apart: no pairs are looked for behind it.
CROWD = 100
#: More organisations than this do not fit into one whole number of bits; nobody is known to all of so many.
_MOST_PLACES = 60
#: What one record says, as codes.
FIELDS = ("birth_date", "sex", "postcode", "surname", "forename")


def carriers(grouping: Grouping, coded: pl.DataFrame, known: Sequence[str] = ()) -> pl.DataFrame:
    """One row for each different thing that a group's records say at an organisation.

    Args:
        grouping: the groups so far.
        coded: one row an identity: organisation, has_local, has_number, loose and FIELDS as codes.
        known: the fields that must be known, and that two groups must agree in; other rows are left out.

    Returns:
        group, organisation, has_local, has_number (whether the records have a local id, and a number or key, there),
        loose, numbered (whether any of the group's records has a number or key) and FIELDS.
        A group that every organisation knows has nobody left to be joined to, and is left out.
    """
    groups = grouping.groups
    told = pl.all_horizontal(pl.lit(value=True), *(pl.col(name).is_not_null() for name in known))
    rows = coded.filter(told)
    if known:
        rows = rows.filter(_shared(rows.select(known), groups[rows["identity"].to_numpy()]))
    if rows.height:
        searched = ~_known_everywhere(grouping, coded)[groups]
        rows = rows.filter(pl.Series(searched[rows["identity"].to_numpy()]))
    numbered = np.zeros(len(groups), dtype=np.bool_)
    numbered[groups[coded["has_number"].to_numpy()]] = True
    own = groups[rows["identity"].to_numpy()]
    return rows.select(
        pl.Series("group", own),
        "organisation",
        "has_local",
        "has_number",
        "loose",
        pl.Series("numbered", numbered[own]),
        *FIELDS,
    ).unique()


def _shared(values: pl.DataFrame, groups: Ints) -> pl.Series:
    """Whether two groups carry a row's values: never false where they do. Told by hashes, it may be true by chance."""
    order, starts = runs_of(values.select(pl.struct(values.columns).hash()).to_series().to_numpy())
    shared = np.zeros(len(order), dtype=np.bool_)
    if len(starts):
        own = groups[order]
        several = np.minimum.reduceat(own, starts) != np.maximum.reduceat(own, starts)
        shared[order] = np.repeat(several, np.diff(starts, append=len(order)))
    return pl.Series(shared)


def _known_everywhere(grouping: Grouping, coded: pl.DataFrame) -> Bools:
    """By group: whether every organisation has it by all means that the organisation has (local id, number or key)."""
    groups, organisation = grouping.groups, grouping.organisation
    places = pl.Series(organisation).unique()
    whole = np.ones(len(groups), dtype=np.bool_)
    if not 0 < len(places) < _MOST_PLACES:
        return ~whole
    means = [coded[name].to_numpy() for name in ("has_local", "has_number")]
    for place in places:
        own = organisation == place
        # An organisation that has nobody by any means knows nobody.
        meant = [has[own] for has in means if has[own].any()] or [np.zeros(int(own.sum()), dtype=np.bool_)]
        for has in meant:
            known = np.zeros(len(groups), dtype=np.bool_)
            known[groups[own][has]] = True
            whole &= known
        # Mostly two organisations with people of their own tell it.
        if not whole.any():
            break
    return whole


def pairs_agreeing(rows: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """Pairs of rows of different groups that agree in the columns ``on``; the lower group first.

    Returns:
        The columns of ``rows``, and those that are not in ``on`` again with the suffix ``_b``.
    """
    known = rows.drop_nulls(list(on))
    several = (
        known.group_by(on)
        .agg((pl.col("group").min() != pl.col("group").max()).alias("several"), pl.len().alias("size"))
        .filter(pl.col("several") & (pl.col("size") <= CROWD))
        .select(on)
    )
    if not several.height:
        known = known.clear()
    some = known.join(several, on=list(on), how="semi")
    return some.join(some, on=list(on), suffix="_b").filter(pl.col("group") < pl.col("group_b"))


def apart(pairs: pl.DataFrame, *, loosely: bool) -> pl.DataFrame:
    """The pairs that are not two people of one organisation.

    Args:
        pairs: as :func:`pairs_agreeing` gives them.
        loosely: within an organisation, two local ids are two people, and so are two numbers or keys; a record with
            neither, or one with a number only and one with a local id only, may be of one.
    """
    other = pl.col("organisation") != pl.col("organisation_b")
    two = (pl.col("has_local") & pl.col("has_local_b")) | (pl.col("has_number") & pl.col("has_number_b"))
    return pairs.filter(other | ~two if loosely else other)


def edges(pairs: pl.DataFrame) -> Ints:
    """The groups of pairs, each two once."""
    return np.asarray(pairs.select("group", "group_b").unique().to_numpy(), dtype=np.int64).reshape(-1, 2)


def regrouped(rows: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    """Pairs after groups were joined: those that are still two groups, under their groups' names."""
    groups = grouping.groups
    low, high = groups[rows["group"].to_numpy()], groups[rows["group_b"].to_numpy()]
    return rows.with_columns(pl.Series("group", low), pl.Series("group_b", high)).filter(
        pl.col("group") != pl.col("group_b")
    )
