"""What the place's own records say of how far names, birth dates and numbers tell people apart.

The weakest steps of passes 3 and 4 are open only where these measures, taken before them, show that they are safe.
Definition: docs/methods/people.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from costshift.people.grouping import Grouping
from costshift.people.names import compared_names

#: Values, or pairs of records of one person, below which nothing is measured.
LEAST = 100
#: Shares are whole hundred-thousandths. Values of an organisation that two of its people share, at most:
MOST_SHARED = 100
#: Of people known by number at two organisations, those whose forenames there differ, at least:
LEAST_OTHER_FORENAMES = 1_000
#: Of people who agree in all but the number, those whose numbers differ, at least:
LEAST_OTHER_NUMBERS = 1_000
#: Of more records than this, every second, third … person's are looked at.
_SAMPLED = 500_000


@dataclass(frozen=True)
class Measured:
    """Whether the weakest steps are open.

    ``surname_tells``: birth date, surname and postcode tell an organisation's people apart.
    ``names_tell``: so do both names and postcode. ``forenames_vary``: one person's records often have different
    forenames. ``numbers_vary``: and different numbers.
    """

    surname_tells: bool
    names_tell: bool
    forenames_vary: bool
    numbers_vary: bool


def measure(grouping: Grouping, coded: pl.DataFrame, compared: pl.DataFrame, spelling: pl.DataFrame) -> Measured:
    """Measure a place after the passes by identifier.

    Args:
        grouping: the groups after them.
        coded: one row an identity.
        compared: pairs of groups with one birth date and postcode, their names compared.
        spelling: code, name.
    """
    rows = coded.select(
        "organisation", "birth_date", "postcode", "surname", "forename", pl.Series("group", grouping.groups)
    ).drop_nulls(["postcode", "surname"])
    dated = rows.drop_nulls("birth_date")
    one_person = _of_one_person(dated, spelling)
    certain = one_person.filter("both_same").height
    differing = (
        compared.filter("both_same", "numbered", "numbered_b", pl.col("organisation") != pl.col("organisation_b"))
        .select("group", "group_b")
        .unique()
        .height
    )
    others = one_person.filter(~pl.col("forename_close")).height
    return Measured(
        surname_tells=_tell(dated, ["birth_date", "surname", "postcode"]),
        names_tell=_tell(rows.drop_nulls("forename"), ["forename", "surname", "postcode"]),
        forenames_vary=one_person.height >= LEAST and others * 100_000 >= one_person.height * LEAST_OTHER_FORENAMES,
        numbers_vary=certain >= LEAST and differing * 100_000 >= (certain + differing) * LEAST_OTHER_NUMBERS,
    )


def _tell(rows: pl.DataFrame, values: list[str]) -> bool:
    """Whether few enough of an organisation's people share these values with another of them."""
    keys = rows.group_by("organisation", *values).agg((pl.col("group").min() != pl.col("group").max()).alias("shared"))
    return keys.height >= LEAST and int(keys["shared"].sum()) * 100_000 <= keys.height * MOST_SHARED


def _of_one_person(rows: pl.DataFrame, spelling: pl.DataFrame) -> pl.DataFrame:
    """Records of one person at two organisations with one birth date, surname and postcode, their names compared."""
    step = rows.height // _SAMPLED + 1
    own = rows.filter(pl.col("group") % step == 0).drop_nulls("forename").unique()
    pairs = own.join(own, on=["group", "birth_date", "surname", "postcode"], suffix="_b").filter(
        pl.col("organisation") < pl.col("organisation_b")
    )
    # One pair a person: those with many records weigh no more.
    first = pairs.sort("organisation", "organisation_b", "forename", "forename_b").unique("group", keep="first")
    return compared_names(first.with_columns(pl.col("surname").alias("surname_b")), spelling)
