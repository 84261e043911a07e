"""What a record says about whose it is, normalised; empty and dummy values say nothing."""

from __future__ import annotations

import polars as pl

from costshift.extracts.kinds import KINDS

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
)
# Age from which a birth date is a dummy more often than not (adult social care: ages of 115 and over).
_GREATEST_AGE = 115
_TITLES = r"^(mr|mrs|ms|miss|mx|dr|prof|rev|sir|lady|lord|dame)\.? "


def records_of(kind_name: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The identity of each record of a kind.

    Args:
        kind_name: a person-level kind.
        rows: its current rows.

    Returns:
        kind, submitter, record_key, load_id, source_file, source_row, event_date and the identity columns;
        one row a record.
    """
    kind = KINDS[kind_name]
    local = pl.col(kind.local_id) if kind.local_id else pl.lit(None, dtype=pl.String)
    key = [pl.col(name).cast(pl.String) for name in kind.key]
    place = pl.format("{}#{}", "source_file", "source_row")
    too_old = pl.col(kind.covered_from).dt.year() - pl.col("birth_date").dt.year() >= _GREATEST_AGE
    postcode = pl.col("postcode").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    sex = pl.col("sex")
    records = rows.select(
        pl.lit(kind_name).alias("kind"),
        "submitter",
        (pl.concat_str(key, separator="/") if key else place).alias("record_key"),
        "load_id",
        "source_file",
        "source_row",
        pl.col(kind.covered_from).alias("event_date"),
        pl.format("{}:{}", pl.lit(kind.organisation.removesuffix("_code")), pl.col(kind.organisation)).alias(
            "organisation"
        ),
        local.alias("local_id"),
        "nhs_number",
        "nhs_number_status",
        pl.when(pl.col("person_key").is_not_null())
        .then(pl.concat_str(pl.col("person_key_scheme").fill_null(""), pl.col("person_key"), separator=":"))
        .alias("person_key"),
        pl.when(~too_old.fill_null(False)).then("birth_date").alias("birth_date"),
        pl.when(sex.is_in(["1", "2"])).then(sex).alias("sex"),
        pl.when(postcode.str.contains(r"^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$") & ~postcode.str.starts_with("ZZ"))
        .then(postcode)
        .alias("postcode"),
        normalised_name("surname").alias("surname"),
        normalised_name("forename").alias("forename"),
    )
    # Records that nothing identifies are never taken for one another: each is an identity of its own.
    identified = pl.any_horizontal(pl.col(name).is_not_null() for name in ("nhs_number", "local_id", "person_key"))
    described = pl.all_horizontal(
        pl.col(name).is_not_null() for name in ("birth_date", "postcode", "surname", "forename")
    )
    # A row of a file is told from the same row of a later month's file only by its load.
    own = pl.col("record_key") if key else pl.format("{}/{}", "load_id", "record_key")
    return records.with_columns(pl.when(~identified & ~described).then(pl.format("{}/{}", "kind", own)).alias("record"))


def normalised_name(column: str) -> pl.Expr:
    """A name without case, accents, hyphens, apostrophes and title."""
    plain = pl.col(column).str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    spaced = plain.str.replace_all(r"[-\s]+", " ").str.replace_all(r"[^a-z ]", "").str.strip_chars()
    name = spaced.str.replace(_TITLES, "").str.strip_chars()
    return pl.when(name != "").then(name)
