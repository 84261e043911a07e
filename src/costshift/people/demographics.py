"""Pass 3: birth date, sex and postcode, and a name close where both have names.

Definition: docs/methods/people.md. Names come first: people whom names tell apart or bring together never depend on
the weaker step without names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from costshift.people.candidates import FIELDS, apart, carriers, edges, pairs_agreeing, regrouped
from costshift.people.grouping import Grouping, Guard, Ints
from costshift.people.measured import Measured
from costshift.people.names import compared_names

#: Without names: the share of an organisation's own people of one decade of birth who share birth date, sex and
#: postcode with another of them, above which the three tell people apart too badly. In hundred-thousandths.
MOST_ALIKE = 100
#: Without names: people of one sex and decade of birth at one postcode, from which chance alone gives two of them one
#: birth date too often (5 in the 3,652 days of a decade: more than 1 in 1,000).
MOST_AT_POSTCODE = 4

#: Without names: people of any organisation with one birth date and postcode, above which nobody is linked there.
MOST_OF_ONE_BIRTH_DATE = 10

WithoutNames = Literal["measured", "never"]


@dataclass(frozen=True)
class NamelessLinks:
    """What the step without names links, and the pairs of groups that it cannot tell, by reason: group, group_b."""

    linked: Ints
    untold: dict[str, pl.DataFrame]


def named_pairs(grouping: Grouping, coded: pl.DataFrame, spelling: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs of groups with one birth date and postcode: those that may be linked, with how their names compare.

    Returns:
        (the pairs with names compared; the same between two organisations where a side has no names at all).
    """
    agreeing = ["birth_date", "postcode"]
    pairs = pairs_agreeing(carriers(grouping, coded, agreeing), agreeing)
    nameless = (pl.col("surname").is_null() & pl.col("forename").is_null()) | (
        pl.col("surname_b").is_null() & pl.col("forename_b").is_null()
    )
    compared = compared_names(apart(pairs.filter(~nameless), loosely=True), spelling)
    return compared, apart(pairs.filter(nameless), loosely=False)


def by_names(compared: pl.DataFrame, *, same: bool) -> pl.DataFrame:
    """The pairs to link by birth date, sex, postcode and a close name (``same``: both names the same)."""
    sexes = (pl.col("sex") == pl.col("sex_b")).fill_null(True)
    return compared.filter(sexes & _named(same=same))


def by_one_name(compared: pl.DataFrame) -> pl.DataFrame:
    """The pairs to link by birth date, one name and postcode, whatever their sex (an alternative of pass 4)."""
    return compared.filter(_named(same=False))


def by_surname(compared: pl.DataFrame, measured: Measured) -> pl.DataFrame:
    """The pairs to link by birth date, surname and postcode, where forenames differ or one has none.

    Twins agree in all three: only where the place's records show that they are few, that forenames of one person do
    differ, and that numbers of one person do where both records have one.
    """
    if not measured.surname_tells:
        return compared.clear()
    sexes = (pl.col("sex") == pl.col("sex_b")).fill_null(True)
    absent = pl.col("forename").is_null() | pl.col("forename_b").is_null()
    numbers = ~(pl.col("numbered") & pl.col("numbered_b")) | pl.lit(measured.numbers_vary)
    return compared.filter(sexes & pl.col("surname_close") & numbers & (absent | pl.lit(measured.forenames_vary)))


def _named(*, same: bool) -> pl.Expr:
    if same:
        return pl.col("both_same")
    # Two numbers that differ need more than a surname: twins share it.
    return pl.col("name_close") & (~(pl.col("numbered") & pl.col("numbered_b")) | pl.col("forename_close"))


def without_names(grouping: Grouping, coded: pl.DataFrame, pairs: pl.DataFrame, rule: WithoutNames) -> NamelessLinks:
    """Links by birth date, sex and postcode alone, where a side has no name.

    Nothing in the two records tells twins apart, so that a link is made only where no organisation has two people
    with these values, no two NHS numbers differ, the place's own data show that the three tell people of that decade
    of birth apart, and the postcode is not that of many people of the same sex and decade.
    """
    left = regrouped(pairs, grouping).filter(
        (pl.col("sex") == pl.col("sex_b"))
        & ~(pl.col("numbered") & pl.col("numbered_b"))
        & ~(pl.col("loose") | pl.col("loose_b"))
    )
    if not left.height:
        return NamelessLinks(edges(left), {})
    everyone = (
        coded.with_columns(pl.Series("group", grouping.groups))
        .filter(~pl.col("loose"))
        .select("group", "organisation", "has_local", "has_number", *FIELDS[:3])
        .drop_nulls(["birth_date", "postcode"])
    )
    judged = left.with_columns(pl.col("birth_date").cast(pl.Date).dt.year().floordiv(10).alias("decade"))
    neighbours = everyone.join(judged.select("postcode").unique(), on="postcode", how="semi").unique()
    doubled = _doubled(neighbours.join(judged, on=["birth_date", "postcode"], how="semi"))
    alike, crowded = _alike_by_decade(everyone), _crowded(neighbours)
    judged = (
        judged.join(doubled, on=["birth_date", "postcode"], how="left")
        .join(alike, on="decade", how="left")
        .join(crowded, on=["decade", "sex", "postcode"], how="left")
        .with_columns(
            pl.when((pl.col("sex") == 1) & pl.col("doubled_1"))
            .then(pl.lit("several_people_alike"))
            .when((pl.col("sex") == 2) & pl.col("doubled_2"))
            .then(pl.lit("several_people_alike"))
            .when(pl.lit(rule == "never"))
            .then(pl.lit("not_told_apart_without_names"))
            .when(pl.col("crowded").fill_null(False) | (pl.col("everyone") > MOST_OF_ONE_BIRTH_DATE))
            .then(pl.lit("communal_address"))
            .when(pl.col("too_alike").fill_null(False))
            .then(pl.lit("not_told_apart_without_names"))
            .alias("reason")
        )
    )
    untold = {
        str(reason): own.select("group", "group_b").unique()
        for (reason,), own in judged.filter(pl.col("reason").is_not_null()).group_by("reason")
    }
    # A pair that one reason forbids is not linked by another of its rows.
    forbidden = judged.filter(pl.col("reason").is_not_null()).select("group", "group_b").unique()
    return NamelessLinks(edges(judged.join(forbidden, on=["group", "group_b"], how="anti")), untold)


def _doubled(everyone: pl.DataFrame) -> pl.DataFrame:
    """birth_date, postcode, doubled_1, doubled_2: whether an organisation has two people with them, sex by sex.

    And ``everyone``: the people of all organisations with them.

    Whose sex is not known may be of either.
    """
    people = everyone.group_by("birth_date", "postcode", "organisation", "group").agg(
        pl.col("sex").max(), pl.col("has_local").any(), pl.col("has_number").any()
    )
    bare = ~pl.col("has_local") & ~pl.col("has_number")

    def two(sex: int) -> pl.Expr:
        may_be = (pl.col("sex") == sex) | pl.col("sex").is_null()
        return (
            ((pl.col("has_local") & may_be).sum() > 1)
            | ((pl.col("has_number") & may_be).sum() > 1)
            | ((bare & may_be).any() & (may_be.sum() > 1))
        )

    each = people.group_by("birth_date", "postcode", "organisation").agg(two(sex).alias(f"two_{sex}") for sex in (1, 2))
    total = people.group_by("birth_date", "postcode").agg(pl.col("group").n_unique().alias("everyone"))
    return (
        each.group_by("birth_date", "postcode")
        .agg(pl.col(f"two_{sex}").any().alias(f"doubled_{sex}") for sex in (1, 2))
        .join(total, on=["birth_date", "postcode"])
    )


def _alike_by_decade(everyone: pl.DataFrame) -> pl.DataFrame:
    """decade, too_alike: whether too many of an organisation's people of a decade of birth share all three.

    Counted over people with numbers: those of two numbers are surely two.
    """
    people = everyone.filter("has_number").drop_nulls("sex")
    # All four as one number, which is far below 2**63: several times as fast to group by.
    key, size = pl.lit(0, dtype=pl.Int64), 1
    for name in ("organisation", "birth_date", "sex", "postcode"):
        own = people[name].cast(pl.Int64)
        low, high = int(own.min() or 0), int(own.max() or 0)  # type: ignore[arg-type]
        key, size = key + (pl.col(name).cast(pl.Int64) - low) * size, size * (high - low + 1)
    keys = people.group_by(key.alias("key")).agg(
        (pl.col("group").min() != pl.col("group").max()).alias("shared"), pl.col("birth_date").min()
    )
    return (
        keys.group_by(pl.col("birth_date").cast(pl.Date).dt.year().floordiv(10).alias("decade"))
        .agg(pl.col("shared").sum(), pl.len().alias("values"))
        .select("decade", (pl.col("shared") * 100_000 > pl.col("values") * MOST_ALIKE).alias("too_alike"))
    )


def _crowded(everyone: pl.DataFrame) -> pl.DataFrame:
    """decade, sex, postcode, crowded: whether an organisation knows too many people of one sex and decade there."""
    return (
        everyone.drop_nulls("sex")
        .group_by(
            pl.col("birth_date").cast(pl.Date).dt.year().floordiv(10).alias("decade"), "sex", "postcode", "organisation"
        )
        .agg(pl.col("group").n_unique().alias("people"))
        .group_by("decade", "sex", "postcode")
        .agg((pl.col("people").max() > MOST_AT_POSTCODE).alias("crowded"))
        .filter("crowded")
    )


def guards_of(*, loosely: bool, guards: dict[str, Guard]) -> list[Guard]:
    """The guards of a step: by organisation, and two verified numbers or two keys of one scheme are two people."""
    strict, loose = ("organisation",), ("local_at", "number_at")
    left_out = strict if loosely else loose
    return [guards[name] for name in sorted(guards) if name not in left_out]
