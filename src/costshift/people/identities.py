"""What a record says about whose it is, normalised; empty and dummy values say nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import polars as pl

from costshift import standards
from costshift.extracts.kinds import KINDS, Kind
from costshift.standards import formatted

#: The columns that identify, in the order in which an identity is written.
IDENTITY_COLUMNS = (
    "organisation",
    "local_id",
    "nhs_number",
    "nhs_number_status",
    "person_key",
    "birth_date",
    "sex",
    "postcode",
    "surname",
    "forename",
    "record",
    "loose",
)
#: A postcode of the United Kingdom that is whole, and one that is not: an area, a district or a sector.
_WHOLE_POSTCODE = r"^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$"
_PART_OF_POSTCODE = r"^[A-Z]{1,2}([0-9][A-Z0-9]?[0-9]?)?$"
_TITLES = r"^(mr|mrs|ms|miss|mx|dr|prof|rev|sir|lady|lord|dame)\.? "


def records_of(kind_name: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The identity of each record of a kind.

    Args:
        kind_name: a person-level kind.
        rows: its current rows.

    Returns:
        kind, submitter, record_key, load_id, source_file, source_row, event_date, ethnic_category,
        gp_practice_code, lsoa_code and the identity columns; one row a record.
    """
    kind = KINDS[kind_name]
    local = pl.col(kind.local_id) if kind.local_id else pl.lit(None, dtype=pl.String)
    sex = pl.col("sex")
    records = rows.select(
        pl.lit(kind_name).alias("kind"),
        "submitter",
        _record_key(kind).alias("record_key"),
        "load_id",
        "source_file",
        "source_row",
        pl.col(kind.covered_from).alias("event_date"),
        "ethnic_category",
        "gp_practice_code",
        "lsoa_code",
        formatted("{}:{}", pl.lit(kind.organisation.removesuffix("_code")), pl.col(kind.organisation)).alias(
            "organisation"
        ),
        local.alias("local_id"),
        "nhs_number",
        "nhs_number_status",
        pl.when(pl.col("person_key").is_not_null())
        .then(pl.concat_str(pl.col("person_key_scheme").fill_null(""), pl.col("person_key"), separator=":"))
        .alias("person_key"),
        _believed_birth_date(kind).alias("birth_date"),
        pl.when(sex.is_in(["1", "2"])).then(sex).alias("sex"),
        normalised_postcode("postcode").alias("postcode"),
        normalised_name("surname").alias("surname"),
        normalised_name("forename").alias("forename"),
    )
    # Records that nothing identifies are never taken for one another: each is an identity of its own.
    identified = pl.any_horizontal(pl.col(name).is_not_null() for name in ("nhs_number", "local_id", "person_key"))
    described = pl.all_horizontal(
        pl.col(name).is_not_null() for name in ("birth_date", "postcode", "surname", "forename")
    )
    # A row of a file is told from the same row of a later month's file only by its load.
    own = pl.col("record_key") if kind.key else formatted("{}/{}", "load_id", "record_key")
    return records.with_columns(
        pl.when(~identified & ~described).then(formatted("{}/{}", "kind", own)).alias("record"),
        # Where a kind has no local id, a record without a number is no evidence of a second person.
        (~identified & pl.lit(kind.local_id is None)).alias("loose"),
    )


def as_written(kind_name: str) -> list[pl.Expr]:
    """What a record says about whose it is, before any of it is normalised: records equal in it have one identity.

    A record without a number, key or local id is given its own place, so that it is equal to no other.
    """
    kind = KINDS[kind_name]
    identifiers = [name for name in ("nhs_number", kind.local_id, "person_key") if name]
    bare = pl.all_horizontal(pl.col(name).is_null() for name in identifiers)
    told = (*identifiers, "nhs_number_status", "person_key_scheme", "sex", "postcode", "surname", "forename")
    return [
        pl.col(kind.organisation),
        *(pl.col(name) for name in told),
        _believed_birth_date(kind).alias("birth_date"),
        *(pl.when(bare).then(name).alias(f"own_{name}") for name in ("load_id", "source_file", "source_row")),
    ]


def _record_key(kind: Kind) -> pl.Expr:
    """The record's key, or, where its kind has none, the row that it lies in."""
    if not kind.key:
        return formatted("{}#{}", "source_file", "source_row")
    return pl.concat_str((pl.col(name).cast(pl.String) for name in kind.key), separator="/")


def _believed_birth_date(kind: Kind) -> pl.Expr:
    """The birth date; null where it stands for none, or nobody is so old at the record's date."""
    born = pl.col("birth_date")
    too_old = standards.implausibly_old(born, pl.col(kind.covered_from))
    dummy = born.is_in([dt.date.fromisoformat(day) for day in standards.dummy_values()["birth_date"]])
    return pl.when(~too_old & ~dummy.fill_null(False)).then(born)


def normalised_postcode(column: str) -> pl.Expr:
    """A postcode in capitals without spaces; of another country, any text with digits.

    Parts of a postcode, those that stand for none, and one sign over and over say nothing.
    """
    return pl.col(column).map_batches(_plain_postcodes, return_dtype=pl.String, is_elementwise=True)


def normalised_name(column: str) -> pl.Expr:
    """A name without case, accents, hyphens, apostrophes and title."""
    return _each_value_once(column, _plain_name)


def _each_value_once(column: str, plain: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """A text column with each different value of it made plain once: names come over and over."""

    def of(texts: pl.Series) -> pl.Series:
        if texts.null_count() == len(texts):
            return texts
        values = texts.unique().to_frame("value")
        told = values.with_columns(plain(pl.col("value")).alias("plain"))
        return texts.to_frame("value").join(told, on="value", how="left", nulls_equal=True, maintain_order="left")[
            "plain"
        ]

    return pl.col(column).map_batches(of, return_dtype=pl.String, is_elementwise=True)


def _plain_postcodes(texts: pl.Series) -> pl.Series:
    if texts.null_count() == len(texts):
        return texts
    # Step by step: as one expression polars works the capitals out again for each pattern.
    plain = texts.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "").alias("plain").to_frame().lazy()
    own = pl.col("plain")
    dummies = standards.dummy_values()["postcode"]
    dummy = pl.any_horizontal(own.str.starts_with(begin) for begin in dummies) | own.str.contains(
        r"^(0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)$"
    )
    foreign = own.str.contains("[0-9]") & own.str.len_chars().is_between(3, 10) & ~own.str.contains(_PART_OF_POSTCODE)
    told = plain.select(pl.when((own.str.contains(_WHOLE_POSTCODE) | foreign) & ~dummy).then(own))
    return told.collect().to_series().alias(texts.name)


def _plain_name(text: pl.Expr) -> pl.Expr:
    plain = text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    spaced = plain.str.replace_all(r"[-\s]+", " ").str.replace_all(r"[^a-z ]", "").str.strip_chars()
    name = spaced.str.replace(_TITLES, "").str.strip_chars()
    return pl.when(name != "").then(name)
