"""What every record of a person has in common: identifiers, demographics, and how a source writes them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from costshift.sample.arrays import Ints, Rng, dates
from costshift.sample.people import People
from costshift.sample.settings import SampleSettings

FROM, TO = "_from", "_to"


@dataclass(frozen=True)
class Extract:
    """The rows of one extract of one submitter, typed and not yet cut into months.

    `frame` has canonical columns (dates as dates, all else text), `_from` and `_to` (the days between which
    a file shows the row), `_person`, and `_untraced` where the NHS number is left out. `open_blank` names
    the columns that are empty while the row is open, `open_values` those that have another value until
    then. `reference` is the column that names a record.
    """

    kind: str
    submitter: str
    partner: str
    stem: str
    layout: str
    frame: pl.DataFrame
    reference: str
    open_blank: tuple[str, ...] = ()
    open_values: dict[str, str] = field(default_factory=dict)
    required: bool = True
    by_quarter: bool = False


@dataclass(frozen=True)
class Writing:
    """How a source writes people: its share of missing NHS numbers and the case of its names."""

    missing_numbers: float
    upper_surnames: bool = False
    upper_forenames: bool = False
    council: bool = False


def person_columns(
    settings: SampleSettings, people: People, person: Ints, writing: Writing, rng: Rng
) -> dict[str, pl.Series]:
    """The person fields of records about persons."""
    # A number is missing for the person in the whole source, as it is where nobody has traced it.
    share = writing.missing_numbers if settings.fault_rate > 0 else 0.0
    untraced = rng.random(people.size) < share
    unchecked = rng.random(people.size) < 0.02
    text = people.text.with_columns(pl.when(~pl.Series(untraced)).then(pl.col("nhs_number")).alias("nhs_number"))
    text = text.with_columns(
        pl.when(pl.col("nhs_number").is_null())
        .then(pl.lit("03"))
        .when(pl.Series(unchecked))
        .then(pl.lit("02"))
        .otherwise(pl.lit("01"))
        .alias("nhs_number_status")
    )
    if writing.upper_surnames:
        text = text.with_columns(pl.col("surname").str.to_uppercase())
    if writing.upper_forenames:
        text = text.with_columns(pl.col("forename").str.to_uppercase())
    if not settings.names:
        text = text.with_columns(surname=pl.lit(None, pl.String), forename=pl.lit(None, pl.String))
    sexes = ["Male", "Female"] if writing.council else ["1", "2"]
    text = text.with_columns(
        sex=pl.Series(sexes).gather(pl.Series(people.sex - 1)),
        ethnic_category=pl.col("ethnic_council" if writing.council else "ethnic_hospital"),
        birth_date=dates(people.birth),
        death_date=dates(people.death),
    )
    names = (
        "nhs_number",
        "nhs_number_status",
        "birth_date",
        "sex",
        "postcode",
        "lsoa_code",
        "surname",
        "forename",
        "ethnic_category",
        "gp_practice_code",
        "death_date",
    )
    rows = pl.Series(person)
    untraced &= people.text["nhs_number"].is_not_null().to_numpy()
    fields = {name: text[name].gather(rows) for name in names}
    return {**fields, "_untraced": pl.Series(untraced).gather(rows)}


def local_ids(rng: Rng, size: int, prefix: str, width: int, first: int = 1) -> pl.Series:
    """A local identifier for each person of the place, in an order of its own."""
    number = pl.Series(rng.permutation(size) + first).cast(pl.String).str.zfill(width)
    return pl.select(pl.lit(prefix) + number).to_series()


def money(values: Ints | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> pl.Series:
    """Pounds as text with two decimals."""
    pence = pl.Series(np.round(np.asarray(values, dtype=np.float64) * 100).astype(np.int64))
    whole, part = pence // 100, (pence % 100).cast(pl.String).str.zfill(2)
    return pl.select(pl.concat_str(whole.cast(pl.String), pl.lit("."), part)).to_series()
