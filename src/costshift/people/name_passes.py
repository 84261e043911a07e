"""Pass 4: names, with what is left of birth date and postcode.

Definition: docs/methods/people.md. Each alternative finds its pairs; the surer comes first.
"""

from __future__ import annotations

import polars as pl

from costshift.people.candidates import apart, pairs_agreeing
from costshift.people.measured import Measured
from costshift.people.names import compared_names

#: Years between two birth dates from which the same names at one postcode are two generations.
GENERATION = 15
#: People of one organisation with the same two names, from which chance gives two of them two of three parts of a
#: birth date too often.
MOST_NAMESAKES = 2


def by_birth_date(rows: pl.DataFrame, spelling: pl.DataFrame) -> pl.DataFrame:
    """Pairs with one birth date and both names close, also in each other's place.

    One of the names is the same, or both begin with the same letters.
    Where a record identifies nobody at its organisation, only the same names count within it.
    """
    by_name = pairs_agreeing(_by_one_name(rows), ["birth_date", "name"]).drop("name")
    by_letters = pairs_agreeing(_by_first_letters(rows, spelling), ["birth_date", "letters"]).drop("letters")
    pairs = apart(pl.concat([by_name, by_letters.select(by_name.columns)]).unique(), loosely=True)
    compared = compared_names(pairs, spelling)
    other = pl.col("organisation") != pl.col("organisation_b")
    return compared.filter(pl.col("both_close") & (other | pl.col("both_same")))


def by_postcode(rows: pl.DataFrame, spelling: pl.DataFrame, measured: Measured) -> pl.DataFrame:
    """Pairs with one postcode and both names close, one of them the same; sexes that are known do not differ.

    Birth dates that are there must agree in two of three parts. Where they do not, names must be the same, two numbers
    that differ stop the link unless numbers of one person often do in the place, and so does a generation (father and
    son) unless the place's records show that people of one name at one postcode are few.
    """
    pairs = pairs_agreeing(_by_one_name(rows), ["postcode", "name"]).drop("name")
    compared = compared_names(apart(pairs.unique(), loosely=False), spelling)
    conflicting = pl.col("both_same") & _numbers_allow(measured) & (_of_one_generation() | pl.lit(measured.names_tell))
    return compared.filter(pl.col("both_close") & sexes_allow() & (_dates_agree() | conflicting))


def by_parts_of_birth_date(rows: pl.DataFrame, spelling: pl.DataFrame, measured: Measured) -> pl.DataFrame:
    """Pairs with the same two names, also in each other's place, and two of three parts of the birth date.

    A name that several people of an organisation bear says too little. Sexes that are known do not differ. Where
    postcodes differ as well, two numbers that differ stop the link unless numbers of one person often do in the place.
    """
    named = rows.drop_nulls(["forename", "surname", "birth_date"]).with_columns(
        pl.min_horizontal("forename", "surname").alias("low"),
        pl.max_horizontal("forename", "surname").alias("high"),
    )
    common = (
        named.group_by("low", "high", "organisation")
        .agg(pl.col("group").n_unique().alias("people"))
        .filter(pl.col("people") > MOST_NAMESAKES)
        .select("low", "high")
    )
    own = pl.col("birth_date").cast(pl.Date).dt
    parts = named.join(common, on=["low", "high"], how="anti").with_columns(
        own.year().alias("year"), own.month().alias("month"), own.day().alias("day")
    )
    names = [name for name in rows.columns if name not in ("low", "high")]
    wanted = [*names, *(f"{name}_b" for name in names)]
    found = []
    for two in (("year", "month"), ("year", "day"), ("month", "day")):
        pairs = pairs_agreeing(parts, ["low", "high", *two])
        found.append(pairs.select(wanted))
    pairs = apart(pl.concat(found).unique(), loosely=False)
    elsewhere = (pl.col("postcode") != pl.col("postcode_b")).fill_null(False)
    return compared_names(pairs.filter(sexes_allow() & (~elsewhere | _numbers_allow(measured))), spelling)


def sexes_allow() -> pl.Expr:
    """Whether the sexes are the same, or one is not known."""
    return (pl.col("sex") == pl.col("sex_b")).fill_null(True)


def _numbers_allow(measured: Measured) -> pl.Expr:
    """Whether not both have a number, or numbers of one person often differ in the place."""
    return ~(pl.col("numbered") & pl.col("numbered_b")) | pl.lit(measured.numbers_vary)


def _dates_agree() -> pl.Expr:
    """Whether two of three parts of the birth dates agree, or one is absent."""
    both = [pl.col(name).cast(pl.Date).dt for name in ("birth_date", "birth_date_b")]
    parts = [
        (both[0].year() == both[1].year()),
        (both[0].month() == both[1].month()),
        (both[0].day() == both[1].day()),
    ]
    absent = pl.col("birth_date").is_null() | pl.col("birth_date_b").is_null()
    return absent | (pl.sum_horizontal(part.cast(pl.Int8) for part in parts) >= 2)


def _by_one_name(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row under its surname and under its forename, those with both only."""
    both = rows.drop_nulls(["forename", "surname"])
    return pl.concat([both.with_columns(pl.col(name).alias("name")) for name in ("surname", "forename")])


def _by_first_letters(rows: pl.DataFrame, spelling: pl.DataFrame) -> pl.DataFrame:
    """Each row under the first letters of its two names, in the order of the alphabet."""
    first = spelling.select("code", pl.col("name").str.head(1).alias("letter"))
    both = rows.drop_nulls(["forename", "surname"])
    for name in ("forename", "surname"):
        own = first.rename({"letter": f"_{name}"})
        both = both.join(own, left_on=name, right_on="code", how="left", maintain_order="left")
    low, high = (choose("_forename", "_surname") for choose in (pl.min_horizontal, pl.max_horizontal))
    return both.with_columns((low + high).alias("letters")).drop("_forename", "_surname")


def _of_one_generation() -> pl.Expr:
    years = [pl.col(name).cast(pl.Date).dt.year() for name in ("birth_date", "birth_date_b")]
    return ((years[0] - years[1]).abs() < GENERATION).fill_null(True)
